"""Header blocks: as the RFCs have them, and as mailers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail import limits
from helpdeskd.mail.fields import decoded, one_line, read_head


def head(raw):
    return read_head(raw, 0, len(raw))


def values(raw):
    return [(field.name, field.text) for field in head(raw).fields]


def test_a_folded_field_is_one_value():
    assert values(b"Subject: a\r\n b\r\nTo: c\r\n\r\nbody") == [("Subject", "a b"), ("To", "c")]


def test_the_body_begins_after_the_blank_line():
    raw = b"A: b\r\n\r\nbody"
    assert raw[head(raw).body :] == b"body"


def test_a_block_without_fields_is_all_body():
    raw = b"\r\nbody"
    assert head(raw).fields == ()
    assert raw[head(raw).body :] == b"body"


def test_the_separator_of_an_mbox_is_no_field():
    assert values(b"From anna@x.example Mon Nov  2 09:00:00 2026\nSubject: a\n\n") == [("Subject", "a")]


def test_a_broken_line_between_known_fields_is_skipped():
    assert values(b"To: a\nno field here\nSubject: b\n\nbody") == [("To", "a"), ("Subject", "b")]


def test_a_line_that_is_no_field_begins_the_body_when_none_follows():
    raw = b"Content-Type: text/plain\nHello Anna\nBye\n\nmore"
    assert raw[head(raw).body :].startswith(b"Hello")
    assert head(raw).defects == ("no blank line between header and body",)


def test_white_space_before_the_colon_is_allowed():
    assert head(b"Subject : a\n\n").first("subject") == "a"


@pytest.mark.parametrize(("extra", "cut"), [(0, False), (1, True)])
def test_a_field_over_its_cap_is_cut_and_told(extra, cut):
    found = head(b"A:" + b"x" * (limits.MAX_FIELD - 1 + extra) + b"\n\n")
    assert bool(found.defects) == cut
    assert len(found.fields[0].raw) <= limits.MAX_FIELD


@pytest.mark.parametrize(("count", "told"), [(limits.MAX_FIELDS, False), (limits.MAX_FIELDS + 1, True)])
def test_fields_over_their_number_are_left_out_and_told(count, told):
    found = head(b"A: b\n" * count + b"\nbody")
    assert len(found.fields) == limits.MAX_FIELDS
    assert bool(found.defects) == told


def test_a_block_over_its_cap_is_cut_and_told():
    found = head(b"A: b\n" + b"B: " + b"c" * 2 * limits.MAX_HEADER_BLOCK + b"\n\nbody")
    assert found.first("a") == "b"
    assert any("header block" in defect for defect in found.defects)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("=?utf-8?q?S=C3=B8ren?=", "Søren"),
        ("=?UTF-8?B?U8O4cmVu?= x", "Søren x"),
        ("=?utf-8?q?S=C3?= =?utf-8?q?=B8ren?=", "Søren"),
        ("=?iso-8859-1*da?q?S=F8ren?=", "Søren"),
        ("=?utf-8?q?a b?=", "a b"),
        ('"=?utf-8?q?S=C3=B8ren?="', '"Søren"'),
        ("=?iso-8859-1?q?Sø=F8?=", "Søø"),
        ("=?utf-8?b?broken", "=?utf-8?b?broken"),
        ("=?utf-8?b?A?=", "=?utf-8?b?A?="),
        ("=?unicode_escape?q?=5Cx41?=", "\\x41"),
        ("no words", "no words"),
    ],
)
def test_encoded_words_are_read_as_they_are_meant(written, meant):
    assert decoded(written) == meant


@pytest.mark.parametrize(("count", "read"), [(limits.MAX_ENCODED_WORDS, True), (limits.MAX_ENCODED_WORDS + 1, False)])
def test_too_many_encoded_words_stay_as_they_stand(count, read):
    assert ("=?" not in decoded("=?utf-8?q?a?= " * count)) == read


def test_a_single_line_holds_no_break_control_or_direction():
    assert one_line("a\r\nBcc: b\x00\x1b\u202e\u2066\u2028c\td\x85e\ufeff") == "a Bcc: b c d e"


@given(st.text())
def test_any_text_becomes_one_printable_line(text):
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    line.encode("utf-8")


@given(st.binary(max_size=300))
def test_any_bytes_have_a_head_that_ends_inside_them(raw):
    assert 0 <= head(raw).body <= len(raw)

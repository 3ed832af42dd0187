"""Who wrote a mail: strictly for rights, kindly for people."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.address import Mailbox
from helpdeskd.mail import limits
from helpdeskd.mail.fields import Field, read_head
from helpdeskd.mail.sender import is_cut, read_from, read_mailboxes


def author(*values):
    raw = b"".join(b"From: " + value.encode() + b"\n" for value in values) + b"\n"
    return read_from(read_head(raw, 0, len(raw)))


def people(value):
    return [(mailbox.name, mailbox.address) for mailbox in read_mailboxes(Field("To", value.encode()))]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("anna@x.example", ""),
        ("<anna@x.example>", ""),
        ("Anna de Vries <anna@x.example>", "Anna de Vries"),
        ('"Vries, Anna de" <anna@x.example>', "Vries, Anna de"),
        ("=?utf-8?q?S=C3=B8ren?= <anna@x.example>", "Søren"),
        ('"=?utf-8?q?S=C3=B8ren?=" <anna@x.example>', "Søren"),
        ("Müller <anna@x.example>", "Müller"),
        ("J. O'Brien <anna@x.example>", "J. O'Brien"),
        ("anna@x.example (Anna)", "Anna"),
        ('"boss@good.example" <anna@x.example>', "boss@good.example"),
        ("Anna\n <anna@x.example>", "Anna"),
    ],
)
def test_one_mailbox_may_prove_its_author(value, name):
    assert author(value) == (Mailbox(name, "anna@x.example"), "")


@pytest.mark.parametrize(
    "value",
    [
        "a@good <evil@bad>",
        "<a@good> <evil@bad>",
        "a@good\x00 <evil@bad>",
        "(a@good) evil@bad",
        "a@good, <evil@bad>",
        "evil@bad,a@good",
        "a@good;evil@bad",
        "evil@bad(,a@good)",
        "Group: a@good, evil@bad;",
        "Group: a@good;",
        "a@good\n b@bad",
        "@a.good,@b.good:evil@bad",
        "=?utf-8?q?a=40good=00?=",
        '"a@good" evil@bad',
        "a@good<evil@bad",
        "evil@bad>a@good",
        "a＠good.example",
        "a@good.example.",
        "a@ good",
        "a@@good",
        '"a b"@good',
        "a@[192.0.2.1]",
        "a@good (a(b)c)",
        "undisclosed",
        "<>",
        "",
    ],
)
def test_whatever_has_a_second_reading_proves_nothing(value):
    assert author(value)[1] == "From is not exactly one mailbox"


@pytest.mark.parametrize(
    "value", ["a@good <evil@bad>", '"a@good" evil@bad', "=?utf-8?q?a=40good=00?=", "evil@bad>a@good"]
)
def test_an_author_who_could_be_another_one_is_not_shown(value):
    assert author(value)[0] is None


@pytest.mark.parametrize("value", ["a@ｇood.example", "a@straße.example", "\u212aate@x.example"])
def test_a_compatibility_form_of_another_address_proves_nothing(value):
    assert author(value)[1] == "From holds a domain or name that has two readings"


def test_a_domain_in_its_own_letters_is_fine():
    assert author("a@müller.example") == (Mailbox("", "a@müller.example"), "")


def test_a_mail_without_from_proves_nothing():
    assert author() == (None, "no From field")


def test_two_from_fields_prove_nothing_and_show_nobody_when_they_differ():
    assert author("a@x.example", "b@x.example") == (None, "more than one From field")


def test_two_equal_from_fields_prove_nothing_but_can_be_shown():
    assert author("a@x.example", "a@x.example") == (Mailbox("", "a@x.example"), "more than one From field")


@pytest.mark.parametrize(("length", "defect"), [(998, ""), (999, "From is too long")])
def test_a_from_field_has_a_length_at_which_it_may_prove(length, defect):
    address = " <anna@x.example>"
    assert author("a" * (length - len(address)) + address)[1] == defect


def test_a_from_in_an_unknown_charset_proves_nothing():
    raw = b"From: S\xf8ren <a@x.example>\n\n"
    assert read_from(read_head(raw, 0, len(raw))) == (Mailbox("Søren", "a@x.example"), "From is not UTF-8")


def test_recipients_are_read_kindly():
    assert people('Anna <a@x.example>, "B, C" <b@x.example>, Team: c@x.example;') == [
        ("Anna", "a@x.example"),
        ("B, C", "b@x.example"),
        ("", "c@x.example"),
    ]


def test_a_recipient_that_no_parser_reads_is_still_shown():
    assert people("Anna de Vries <anna@x.example.>") == [("Anna de Vries", "anna@x.example.")]


@pytest.mark.parametrize(("count", "cut"), [(limits.MAX_ADDRESSES, False), (limits.MAX_ADDRESSES + 1, True)])
def test_the_number_of_recipients_is_capped(count, cut):
    field = Field("To", b",".join(b"a%d@x.example" % n for n in range(count)))
    assert len(read_mailboxes(field)) == limits.MAX_ADDRESSES
    assert is_cut(field) == cut


ADDRESS = st.sampled_from(["a@good", "evil@bad"])
NOISE = st.sampled_from([*'<>(),;:"@\\[] \t\x00', "=?utf-8?q?x?=", "a", "é", "＠", "\n "])


@given(st.lists(NOISE | ADDRESS, max_size=8).map("".join))
def test_what_passes_is_the_only_address_outside_quotes(value):
    shown, defect = author(value)
    if not defect:
        unquoted = re.sub(r'"(?:[^"\\]|\\.)*"|\n(?= )', "", value)
        assert unquoted.count("@") == 1
        assert shown.address in unquoted

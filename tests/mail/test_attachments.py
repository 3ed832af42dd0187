"""Attachments: names that are safe for people, and the same at every reading."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail.attachments import attachment, safe_name, whole_mail
from helpdeskd.mail.fields import read_head
from helpdeskd.mail.parts import read_tree


def read(*fields, body=b"x"):
    raw = b"\n".join(fields) + b"\n\n" + body
    return attachment(raw, read_tree(raw, read_head(raw, 0, len(raw))))


def test_an_attachment_has_its_name_size_and_hash():
    found = read(b"Content-Type: image/png", b'Content-Disposition: attachment; filename="a b.png"', body=b"bytes")
    assert (found.name, found.type, found.size, found.inline) == ("a b.png", "image/png", 5, False)
    assert found.sha256 == hashlib.sha256(b"bytes").hexdigest()
    assert found.content == b"bytes"


@pytest.mark.parametrize(
    ("fields", "inline"),
    [
        ([b"Content-Disposition: inline"], True),
        ([b"Content-ID: <a@b>"], True),
        ([b"Content-ID: <a@b>", b"Content-Disposition: attachment"], False),
        ([], False),
    ],
)
def test_a_picture_of_the_text_is_marked_inline(fields, inline):
    assert read(b"Content-Type: image/png", *fields).inline == inline


def test_the_name_of_the_content_type_stands_in_for_the_file_name():
    assert read(b'Content-Type: image/png; name="a.png"').name == "a.png"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (b"image/jpeg", "part-1.jpg"),
        (b"application/pdf", "part-1.pdf"),
        (b"text/calendar; method=REQUEST", "part-1.ics"),
        (b"application/octet-stream", "part-1.bin"),
        (b"application/vnd.ms-excel.sheet.macroenabled.12", "part-1.bin"),
    ],
)
def test_what_has_no_name_is_named_after_its_place(kind, name):
    assert read(b"Content-Type: " + kind).name == name


def test_a_nested_mail_is_named_after_its_subject():
    found = read(b"Content-Type: message/rfc822", body=b"Subject: =?utf-8?q?S=C3=B8ren?=: a/b\n\nx")
    assert found.name == "Søren_ a_b.eml"


def test_a_mail_that_was_not_read_is_one_opaque_attachment():
    assert whole_mail(b"raw").content == b"raw"


@pytest.mark.parametrize(
    ("sent", "safe"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Temp\\a.png", "C__Temp_a.png"),
        ("%2e%2e%2fetc%2Fpasswd", "%2e%2e_etc_passwd"),
        ("a\u2215b\uff0fc", "a_b_c"),
        (".htaccess", "htaccess"),
        ("a.txt. . ", "a.txt"),
        ("CON", "_CON"),
        ("lpt1.txt", "_lpt1.txt"),
        ("console.txt", "console.txt"),
        ("a\x00b\r\nc\u202egnp.exe", "ab cgnp.exe"),
        ("=?utf-8?q?=2E=2E=2Fx?=", "x"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("...", ""),
    ],
)
def test_a_name_keeps_what_is_harmless(sent, safe):
    assert safe_name(sent) == safe


@pytest.mark.parametrize(("length", "kept"), [(196, 196), (197, 196)])
def test_a_name_of_200_characters_is_whole_and_a_longer_one_keeps_its_ending(length, kept):
    assert safe_name("a" * length + ".pdf") == "a" * kept + ".pdf"


def test_a_name_is_short_in_bytes_too():
    assert len(safe_name("朱" * 199).encode()) <= 240


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_name_becomes_harmless_and_stays_so(sent):
    name = safe_name(sent)
    assert not set(name) & set('/\\:*?"<>|\x00\n\r')
    assert not name.startswith(".")
    assert len(name) <= 200
    assert safe_name(name) == name

"""Any bytes become text, whatever charset a mail claims for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail.charset import codec_for, decode, encode


@pytest.mark.parametrize(
    ("declared", "text", "sent_as"),
    [
        ("utf-8", "Søren", "utf-8"),
        ("iso-8859-1", "“quoted” €", "cp1252"),
        ("gb2312", "朱镕基", "gb18030"),
        ("ks_c_5601-1987", "똠방각하", "cp949"),
        ("Shift_JIS", "①髙", "cp932"),
        ("iso-2022-jp", "日本語", "iso2022_jp"),
        ("unicode-1-1-utf-7", "é", "utf-7"),
        ("Windows-1251", "Привет", "cp1251"),
        ("cp-850", "café", "cp850"),
        ("ISO-8859-15", "10 €", "iso8859_15"),
    ],
)
def test_a_declared_charset_is_read_as_mailers_mean_it(declared, text, sent_as):
    assert decode(text.encode(sent_as), declared) == text


def test_ascii_that_is_really_utf_8_is_read_as_utf_8():
    assert decode("Søren".encode(), "us-ascii") == "Søren"


def test_what_is_no_utf_8_is_read_as_windows_1252():
    assert decode("Søren".encode("latin-1"), "utf-8") == "Søren"


def test_one_broken_character_in_a_long_utf_8_text_does_not_spoil_the_rest():
    assert decode("æøå".encode() * 20 + b"\xc3", "utf-8") == "æøå" * 20 + "\ufffd"


def test_japanese_without_a_charset_is_known_by_its_escapes():
    assert decode("日本語".encode("iso2022_jp")) == "日本語"


@pytest.mark.parametrize("name", ["unicode_escape", "undefined", "idna", "punycode", "zlib", "rot13", "x-unknown", ""])
def test_a_charset_that_is_none_of_text_counts_as_none(name):
    assert codec_for(name) == ""
    assert decode(b"a\\n", name) == "a\\n"


def test_a_lone_surrogate_never_comes_out():
    assert decode(b"+2AA-", "utf-7") == "\ufffd"


@given(
    st.binary(max_size=200), st.sampled_from(["utf-7", "utf-16", "hz", "gb2312", "iso-2022-jp", "nonsense", "utf-8"])
)
def test_any_bytes_in_any_charset_become_text_that_can_be_stored(data, name):
    decode(data, name).encode("utf-8")


@given(st.text(max_size=50), st.sampled_from(["utf-8", "iso-8859-1", "nonsense"]))
def test_any_text_has_bytes_in_any_charset(text, name):
    assert isinstance(encode(text, name), bytes)

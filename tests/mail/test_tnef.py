"""The file names in a winmail.dat."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail.tnef import file_names, is_tnef

START = b"\x78\x9f\x3e\x22\x01\x00"
REND_DATA, TITLE, PROPERTIES = 0x9002, 0x8010, 0x9005


def attribute(identity, data, level=2):
    return struct.pack("<BHHI", level, identity, 6, len(data)) + data + b"\0\0"


def padded(data):
    return struct.pack("<I", len(data)) + data + b"\0" * (-len(data) % 4)


def properties(*rows):
    return struct.pack("<I", len(rows)) + b"".join(rows)


def text(identity, value):
    return struct.pack("<HHI", 0x1F, identity, 1) + padded(value.encode("utf-16-le") + b"\0\0")


def number(identity, value):
    return struct.pack("<HHI", 3, identity, value)


def named(identity, name, value):
    return (
        struct.pack("<HH", 0x1F, identity)
        + b"\0" * 16
        + struct.pack("<I", 1)
        + padded(name)
        + struct.pack("<I", 1)
        + padded(value.encode("utf-16-le"))
    )


def test_each_attachment_is_listed_by_its_title():
    data = START + attribute(REND_DATA, b"") + attribute(TITLE, b"a.txt\0") + attribute(REND_DATA, b"")
    assert file_names(data + attribute(TITLE, b"b.txt\0")) == ("a.txt", "b.txt")


def test_the_long_name_is_better_than_the_title():
    rows = properties(
        number(0x0E20, 4), named(0x8001, b"x" * 7, "y"), text(0x3704, "LONGNA~1.TXT"), text(0x3707, "long name.txt")
    )
    data = START + attribute(REND_DATA, b"") + attribute(TITLE, b"LONGNA~1.TXT\0") + attribute(PROPERTIES, rows)
    assert file_names(data) == ("long name.txt",)


def test_an_attachment_without_a_name_is_still_listed():
    assert file_names(START + attribute(REND_DATA, b"")) == ("Untitled attachment",)


def test_what_belongs_to_the_message_is_no_attachment():
    assert file_names(START + attribute(TITLE, b"subject\0", level=1)) == ()


def test_a_stream_that_is_cut_off_gives_what_came_before():
    data = START + attribute(REND_DATA, b"") + attribute(TITLE, b"a.txt\0")
    assert file_names(data + attribute(PROPERTIES, properties(text(0x3707, "b"))[:9])) == ("a.txt",)


def test_only_the_signature_makes_a_tnef_stream():
    assert is_tnef(START)
    assert not is_tnef(b"PK")


@given(st.binary(max_size=300))
def test_any_bytes_after_the_signature_have_a_list(data):
    assert isinstance(file_names(START + data), tuple)

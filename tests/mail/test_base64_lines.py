"""Base64 that is passed on as it came is what we would have written."""

from base64 import b64encode
from binascii import a2b_base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpdeskd.domain.message import Attachment
from helpdeskd.mail.base64_lines import in_lines
from helpdeskd.mail.mime import entity

ENDS = st.sampled_from([b"", b"\r\n", b"\r\n\r\n"])


def written(octets: bytes, width: int = 76) -> bytes:
    letters = b64encode(octets)
    return b"\r\n".join(letters[at : at + width] for at in range(0, len(letters), width))


@given(st.binary(min_size=1, max_size=500), ENDS)
@example(bytes(57), b"")
@example(bytes(114), b"\r\n")
def test_lines_as_we_write_them_are_kept(octets: bytes, end: bytes):
    found = in_lines(written(octets) + end)
    assert found is not None
    assert (found.lines, found.size) == (written(octets), len(octets))


@given(st.binary(min_size=1, max_size=500))
def test_kept_lines_make_the_same_mail_as_their_octets(octets: bytes):
    kept = in_lines(written(octets))
    assert kept is not None
    both = [Attachment("a", "image/png", len(octets), False, one) for one in (kept, octets)]
    mails = [entity("text", "<p>html</p>", [attachment], "<1@desk.example>").whole() for attachment in both]
    assert mails[0] == mails[1]
    assert both[0].content == octets


LETTERS = st.sampled_from([b"A", b"/", b"=", b"==", b"\r\n", b"\n", b"\r", b" ", b"-", b"A" * 76, b"A" * 75 + b"="])


@given(st.lists(LETTERS, max_size=12).map(b"".join))
@example(b"")
@example(b"=")
@example(b"QUJD=")
@example(b"QU=D")
@example(b"A" * 78)
@example(b"A" * 76 + b"\n\r" + b"AAAA")
@example(b"A" * 74 + b"==\r\nAAAA")
def test_whatever_is_kept_has_one_reading(body: bytes):
    found = in_lines(body)
    if found is not None:
        octets = a2b_base64(found.lines)
        assert found.size == len(octets)
        lines = found.lines.split(b"\r\n")
        assert [len(line) for line in lines[:-1]] == [76] * (len(lines) - 1)
        assert len(lines[-1]) <= 76
        assert a2b_base64(b"".join(lines), strict_mode=True) == octets


@pytest.mark.parametrize(
    "body",
    [
        written(bytes(200), width=64),
        written(bytes(200)).replace(b"\r\n", b"\n"),
        written(bytes(200))[:-1],
        b" " + written(bytes(200)),
        written(bytes(200)).replace(b"A", b"-", 1),
        written(b"abcd") + written(b"abcd"),
        b"QR==",
        b"QUJ=",
    ],
    ids=["shorter lines", "line feeds", "cut off", "indented", "another letter", "padding within", "bits", "two bits"],
)
def test_other_lines_are_left_to_the_lenient_decoder(body: bytes):
    assert in_lines(body) is None

"""What signers see is what is read, or nothing; and it is canonicalised as dkimpy does it."""

import hashlib

import pytest
from dkim.canonicalization import Relaxed, Simple
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail.fields import read_head
from helpdeskd.mail.proof.source import read

HEADER = st.lists(
    st.sampled_from(
        [
            b"From: a@b",
            b"from : c@d",
            b"From",
            b" x",
            b"\ty",
            b" ",
            b"",
            b"\r",
            b"X-\xff: 1",
            b":",
            b"From :\0",
            b"A: \r b",
        ]
    ),
    max_size=6,
)
BODY = st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"\n", b"\r", b"a", b"  \r\n"]), max_size=12).map(b"".join)


@given(HEADER, st.sampled_from([b"\r\n", b"\n"]), BODY)
def test_the_fields_are_those_that_the_mail_is_read_by(lines: list[bytes], end: bytes, body: bytes):
    raw = end.join(lines) + end + end + body
    seen = read(raw)
    if seen is not None:
        head = read_head(raw, 0, len(raw))
        assert [name.decode("latin-1") for name, _ in seen.fields] == [field.name for field in head.fields]
        ours = [b"".join(value.split()) for _, value in seen.fields]
        assert ours == [b"".join(field.raw.split()) for field in head.fields]


@given(BODY)
def test_a_body_is_canonicalised_as_by_dkimpy(body: bytes):
    seen = read(b"A: b\r\n\r\n" + body)
    assert seen is not None
    whole = seen.body + (b"" if seen.body.endswith(b"\r\n") or not seen.body else b"\r\n")
    assert seen.relaxed == Relaxed.canonicalize_body(whole)
    assert seen.hashes[b"simple"] == hashlib.sha256(Simple.canonicalize_body(seen.body)).digest()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n",
        b" From: a@b\r\n\r\n",
        b"From a@b Mon Nov 2\r\nFrom: a@b\r\n\r\n",
        b"From : a@b\r\n\r\n",
        b"From: a@b\rTo: c@d\r\n\r\n",
        b"From: a\0@b\r\n\r\n",
        b"From: a@b\r\nhello\r\n\r\n",
        b"A: b\r\n" * 501 + b"\r\n",
        b"A: " + b"b" * 200_000 + b"\r\n\r\n",
        b"A: b\r\n" + b" \r\n" * 100_000 + b"\r\n",
    ],
)
def test_a_header_that_two_readers_could_read_differently_or_that_is_too_long_is_none(raw: bytes):
    assert read(raw) is None

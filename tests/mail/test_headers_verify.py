"""Whatever gets into a mail of ours: `verify` refuses it, or every parser reads exactly the fields that we wrote."""

import re
from contextlib import suppress
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpdeskd.daemon.office import shipped
from helpdeskd.domain.address import normalise
from helpdeskd.mail.compose import Composer
from helpdeskd.mail.headers import UnsafeOutput, verify
from tests.mail.test_headers import GOOD

TO = "anna@customer.example"
HEAD = GOOD.index(b"\r\n\r\n") + 4
SPOTS = [GOOD.index(word) for word in (b"[ACME", b"Invoice", b"Anna", b"Helpdesk", b"16:30", b"<1@desk")]
CONTROLS = [octet for octet in (*range(0x20), 0x7F) if octet not in b"\r\n"]
BITS = (
    *(
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n ",
        b"\r\n\t",
        b"\r\n\r\n",
        b" ",
        b"\t",
        b"\x0b",
        b"\x0c",
        b"\x1b",
        b"\x1c",
        b"\x85",
    ),
    *(b":", b",", b";", b"<", b">", b'"', b"(", b")", b"[", b"\\", b".", b"@", b"--", b"From ", b"=?utf-8?q?=0ABcc:?="),
    *(
        b"a@b.c",
        b"a@b.c, ",
        b"<a@b.c>",
        b"x" * 990,
        b"\r\nBcc: a@b.c",
        b"\r\nTo: a@b.c",
        b"\r\nX-Loop : a@b.c",
        b"\r\n :",
    ),
    *(b"\r\nReferences: <2@b.c>", b"\r\nReply-To: a@b.c", b"\r\nX-Loop:a@b.c", b"\r\nContent-Type: text/plain"),
)


@st.composite
def tampered(draw: st.DrawFn) -> bytes:
    """Our mail with something put in at one or two places, most of them in the header."""
    raw = GOOD
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(SPOTS) | st.integers(0, HEAD + 4))
        bit = draw(st.sampled_from(BITS) | st.binary(min_size=1, max_size=3))
        raw = raw[:place] + bit + raw[place + draw(st.sampled_from((0, 0, 0, 1, 5))) :]
    return raw


def is_let_pass(raw: bytes) -> bool:
    try:
        verify(raw, TO)
    except UnsafeOutput:
        return False
    return True


def written(raw: bytes) -> list[tuple[str, str]]:
    """The fields as they stand there, each on one line."""
    head = raw[: raw.index(b"\r\n\r\n")].decode("ascii").replace("\r\n ", " ")
    fields = (line.partition(":") for line in head.split("\r\n"))
    return [(name, value.strip(" ")) for name, _, value in fields]


def read(message: Message) -> list[tuple[str, str]]:
    """The fields as the standard library reads them."""
    return [(name, re.sub(r"\r?\n ", " ", str(value)).strip(" ")) for name, value in message.raw_items()]


@pytest.mark.parametrize("octet", CONTROLS, ids=hex)
def test_no_control_character_gets_out_in_a_header(octet: int):
    for field in (b"Invoice", b"Anna", b"Helpdesk", b"Fri", b"<1@desk"):
        with pytest.raises(UnsafeOutput):
            verify(GOOD.replace(field, field + bytes([octet]) + b"x", 1), TO)


@settings(max_examples=500)
@given(tampered())
@example(GOOD.replace(b"Invoice", b"Invoice\x0cBcc: a@b.c"))
@example(GOOD.replace(b"Invoice", b"Invoice\x1cTo: a@b.c"))
def test_what_is_let_pass_is_read_by_every_parser_as_the_fields_that_we_wrote(raw: bytes):
    if not is_let_pass(raw):
        return
    for rules in (policy.compat32, policy.default, policy.SMTP):
        message = BytesHeaderParser(policy=rules).parsebytes(raw)
        assert (read(message), message.defects) == (written(raw), [])
        assert message.get_payload() == raw.partition(b"\r\n\r\n")[2].decode("ascii")
        assert len(message.keys()) == len({name.lower() for name in message})
    assert [
        normalise(address)
        for _, address in getaddresses([value for name, value in written(raw) if name.lower() == "to"])
    ] == [TO]
    assert message["bcc"] is message["cc"] is message["resent-to"] is None


@cache
def composer() -> Composer:
    return Composer([shipped("templates")], "en", sign=lambda _: signed[-1])


signed: list[bytes] = []


@settings(max_examples=300)
@given(tampered(), tampered())
def test_what_is_refused_is_never_sealed_before_or_after_it_is_signed(raw: bytes, after: bytes):
    signed[:] = [after]
    sealed = None
    with suppress(UnsafeOutput):
        sealed = composer().sealed(raw, TO)
    assert (sealed == after) is (is_let_pass(raw) and is_let_pass(after))

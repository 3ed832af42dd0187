"""Reading a mail's content: by blocks, within limits, and only CRLF.CRLF ends it."""

import asyncio
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail.smtp_data import ABUSE, BARE_NEWLINE, DRAIN, NO_MEMORY, TOO_BIG, TOO_LONG_LINE, read_data
from helpdeskd.mail.smtp_settings import SmtpSettings

KIB = 1024


def settings(**chosen):
    return SmtpSettings(**{"hostname": "mx.example.org", **chosen})


def dots_stuffed(raw: bytes) -> bytes:
    """What a client sends for a mail that ends in CRLF (RFC 5321 §4.5.2)."""
    return b"".join(b"." * line.startswith(b".") + line for line in raw.split(b"\n") for line in [line + b"\n"])[:-1]


async def read(wire: bytes, chosen: SmtpSettings, take=lambda octets: True):
    reader = asyncio.StreamReader(limit=64)
    reader.feed_data(wire)
    reader.feed_eof()
    return await read_data(reader, chosen, take)


pieces = st.lists(st.sampled_from([b"a", b".", b"..", b"\r\n", b"\r\n.", b"\x00", b"\xff", b"x" * 70]), max_size=40)


@given(pieces=pieces, cuts=st.lists(st.integers(1, 90), max_size=12))
def test_a_mail_is_read_back_however_it_arrives(pieces, cuts):
    raw = b"".join([*pieces, b"\r\n"])
    wire = dots_stuffed(raw) + b".\r\nNOOP\r\n"

    async def scenario():
        reader = asyncio.StreamReader(limit=64)
        reading = asyncio.create_task(read_data(reader, settings(), lambda octets: True))
        rest = wire
        for cut in cuts:
            reader.feed_data(rest[:cut])
            rest = rest[cut:]
            await asyncio.sleep(0)
        reader.feed_data(rest)
        assert await reading == raw
        assert await reader.readline() == b"NOOP\r\n"

    asyncio.run(scenario())


async def test_an_empty_mail_ends_at_once():
    assert await read(b".\r\n", settings()) == b""


async def test_a_leading_dot_is_taken_off_and_no_other():
    assert await read(b"..\r\n.a.\r\n. b\r\nc.\r\n...\r\n.\r\n", settings()) == b".\r\na.\r\n b\r\nc.\r\n..\r\n"


async def test_a_client_that_stops_in_the_middle_has_sent_no_mail():
    with pytest.raises(asyncio.IncompleteReadError):
        await read(b"half\r\n.", settings())


@pytest.mark.parametrize("bare", [b"a\nb", b"a\rb", b"\r", b"\n", b"a\r\r\nb", b"a\n\r\nb", b"\n.", b"\r."])
async def test_a_lone_cr_or_lf_is_refused_or_repaired(bare):
    wire = b"x\r\n" + bare + b"\r\n.\r\n"
    assert await read(wire, settings()) == BARE_NEWLINE
    repaired = await read(wire, settings(protocol="lmtp", allow_bare_newlines=True))
    assert repaired.count(b"\r") == repaired.count(b"\n") == repaired.count(b"\r\n")
    assert repaired.replace(b"\r\n", b"") == b"x" + bare.replace(b"\r", b"").replace(b"\n", b"")


async def test_a_mail_may_be_as_large_as_the_limit_and_no_larger():
    assert await read(b"x" * 98 + b"\r\n.\r\n", settings(max_size=100)) == b"x" * 98 + b"\r\n"
    assert await read(b"x" * 99 + b"\r\n.\r\n", settings(max_size=100)) == TOO_BIG


async def test_the_dots_that_a_client_adds_do_not_count():
    assert await read(b"..\r\n" * 33 + b".\r\n", settings(max_size=99)) == b".\r\n" * 33
    assert await read(b"..\r\n" * 34 + b".\r\n", settings(max_size=99)) == TOO_BIG


async def test_a_line_may_be_as_long_as_the_limit_and_no_longer():
    limited = settings(line_limit=200)
    longest = b"a\r\n" + b"x" * 200 + b"\r\n"
    assert await read(longest * 3 + b".\r\n", limited) == longest * 3
    assert await read(longest + b"x" * 201 + b"\r\n" + longest + b".\r\n", limited) == TOO_LONG_LINE


async def test_a_mail_for_which_there_is_no_memory_is_to_come_again():
    assert await read(b"x\r\n.\r\n", settings(), take=lambda octets: False) == NO_MEMORY


async def test_a_client_that_never_ends_is_cut_off():
    limited = settings(max_size=1000)
    end = b"x" * 98 + b"\r\n"
    assert await read(end * (10 * DRAIN - 1) + b".\r\n", limited) == TOO_BIG
    assert await read(end * (10 * DRAIN + 2) + b".\r\n", limited) == ABUSE


@pytest.mark.parametrize(
    ("block", "bound"),
    [(b"x" * 256 * KIB, 2 * KIB * KIB), (b"\r\n" * 128 * KIB, 8 * KIB * KIB)],
    ids=["one endless line", "endless lines"],
)
async def test_what_is_refused_takes_no_memory(block, bound):
    reader = asyncio.StreamReader(limit=64 * KIB)
    reading = asyncio.create_task(read_data(reader, settings(max_size=4 * KIB * KIB), lambda octets: True))
    tracemalloc.start()
    for _ in range(60):
        reader.feed_data(block)
        await asyncio.sleep(0)
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    reader.feed_data(b"\r\n.\r\n")
    assert await reading in {TOO_BIG, TOO_LONG_LINE}
    assert kept < KIB * KIB
    assert most < bound

"""B05: many connections, slow ones and deaf ones; a good client is served beside them all."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from helpdeskd.mail.smtp_intake import Listener
from helpdeskd.mail.smtp_limits import HURRY_SECONDS, Patience, Traffic
from helpdeskd.mail.smtp_settings import SmtpSettings
from tests.mail.smtp_client import (
    MAIL,
    Client,
    House,
    connected,
    greeted,
    open_door,
    server_context,
    trusting_context,
    until,
)

LORISES = 500


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    return server_context(tmp_path_factory.mktemp("tls"))


@asynccontextmanager
async def lorises(listener: Listener, count: int, begin: bytes = b"") -> AsyncIterator[list[Client]]:
    """So many connections of which each says a little, and then nothing."""
    held = [Client(*await asyncio.open_connection("127.0.0.1", listener.ports[0])) for _ in range(count)]
    for loris in held:
        await loris.send_raw(begin)
    try:
        yield held
    finally:
        for loris in held:
            loris.writer.transport.abort()


@pytest.mark.parametrize("begin", [b"", b"E", b"EHLO a\r\nMAIL FROM:<a@b.example>\r\n", b"\x16\x03\x01"])
async def test_b05_a_good_client_is_served_beside_five_hundred_slow_ones(begin):
    house = House()
    async with (
        open_door(house, max_connections=LORISES + 1, max_connections_per_address=LORISES + 1) as listener,
        lorises(listener, LORISES, begin),
        connected(listener) as client,
    ):
        assert (await client.reply()).startswith("220")
        assert (await client.deliver(MAIL)).startswith("250")
    assert house.contents == [MAIL]


async def test_b05_slow_clients_of_one_address_take_only_the_places_of_that_address():
    async with (
        open_door(House(), max_connections=60, max_connections_per_address=50) as listener,
        lorises(listener, 200),
    ):
        await until(lambda: listener.connections == 50)
        elsewhere = socket.socket()
        elsewhere.bind(("127.0.0.2", 0))
        elsewhere.setblocking(False)
        await asyncio.get_running_loop().sock_connect(elsewhere, ("127.0.0.1", listener.ports[0]))
        client = Client(*await asyncio.open_connection(sock=elsewhere))
        assert (await client.reply()).startswith("220")
        assert (await client.deliver(MAIL)).startswith("250")
        client.reset()


async def test_b05_when_places_are_scarce_who_is_silent_leaves_sooner(monkeypatch):
    monkeypatch.setattr("helpdeskd.mail.smtp_limits.HURRY_SECONDS", 0.3)
    limits = {"max_connections": 4, "max_junk": 10**9}
    async with open_door(House(), **limits) as listener, lorises(listener, 3, b"EHLO a\r\n") as silent:
        await until(lambda: listener.connections == 3)
        async with connected(listener) as client:
            assert (await client.reply()).startswith("220")
            while listener.connections == 4:
                assert (await client.say("NOOP")).startswith("250")
            assert (await client.deliver(MAIL)).startswith("250")
        async with asyncio.timeout(20):
            leaving = [asyncio.ensure_future(loris.last_replies()) for loris in silent]
            left, _ = await asyncio.wait(leaving, return_when=asyncio.FIRST_COMPLETED)
        assert "421 4.4.2 You took too long" in left.pop().result()
        for still in leaving:
            still.cancel()


def test_b05_while_there_is_room_a_slow_client_has_its_full_time():
    settings = SmtpSettings(hostname="mx.example.org", max_connections=100)
    traffic, patience = Traffic(settings), Patience(settings, now=0)
    traffic.connections = 75
    assert patience.due(traffic.crowded) == settings.idle_seconds
    traffic.connections = 76
    assert patience.due(traffic.crowded) == HURRY_SECONDS
    patience.receive(now=5)
    patience.heard(now=14, octets=100)
    assert patience.due(traffic.crowded) == pytest.approx(5 + HURRY_SECONDS + 100 / settings.min_rate)


def test_b05_without_a_least_rate_only_silence_ends_a_mail():
    patience = Patience(SmtpSettings(hostname="mx.example.org", min_rate=0), now=0)
    patience.receive(now=5)
    patience.heard(now=1000, octets=1)
    assert patience.due() == 1300


async def test_b05_a_commit_under_way_is_not_hurried(monkeypatch):
    monkeypatch.setattr("helpdeskd.mail.smtp_limits.HURRY_SECONDS", 0.05)
    house = House(gate=asyncio.Event())
    async with open_door(house, max_connections=2) as listener, connected(listener) as client:
        await client.reply()
        await client.begin()
        await client.send_raw(MAIL + b".\r\n")
        await house.arrived.wait()
        async with connected(listener) as second:
            assert (await second.reply()).startswith("220")
            assert "421 4.4.2" in await second.last_replies()
        house.gate.set()
        assert (await client.reply()).startswith("250")


@pytest.mark.parametrize("hello", [b"", b"\x16\x03\x01\x02\x00"])
async def test_b05_a_client_that_makes_no_handshake_has_a_place_like_any_other(context, hello):
    """Counted behind the handshake, thousands of them would be in no limit."""
    limits = {"max_connections": 100, "max_connections_per_address": 5}
    async with (
        open_door(House(), tls=context, implicit_tls=True, **limits) as listener,
        lorises(listener, 20, hello) as held,
    ):
        await until(lambda: listener.connections == 5)
        for loris in held[5:]:
            assert await loris.last_replies() == ""
        for loris in held[:5]:
            loris.writer.transport.abort()
        await until(lambda: listener.connections == 0)
        async with connected(listener, trusting_context()) as client:
            assert (await client.reply()).startswith("220")


async def test_b05_handshakes_do_not_keep_the_listener_from_ending(context):
    async with open_door(House(), tls=context, implicit_tls=True) as listener, lorises(listener, 3, b"\x16"):
        await until(lambda: listener.connections == 3)
        async with asyncio.timeout(10):
            await listener.drain(60)
        assert listener.connections == 0


async def test_b05_something_else_than_tls_gives_its_place_back(context):
    async with open_door(House(), tls=context, implicit_tls=True) as listener, connected(listener) as client:
        await client.send("EHLO a")
        await client.last_replies()
        await until(lambda: listener.connections == 0)


@pytest.mark.parametrize("ending", [b"QUIT\r\n", b"FROG\r\n" * 30])
async def test_b05_a_deaf_client_gives_its_place_back_also_when_all_was_said(monkeypatch, ending):
    """It fills the system's buffers with replies that it never reads, so that the last ones stay with us."""
    monkeypatch.setattr("helpdeskd.mail.smtp_connection.LAST_WORD_SECONDS", 0.1)
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    listening.bind(("127.0.0.1", 0))
    listener = House().listener(idle_seconds=0.5, max_junk=10**9)
    await listener.open([listening])
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    deaf.setblocking(False)
    await asyncio.get_running_loop().sock_connect(deaf, listening.getsockname())
    deaf.send(b"HELP\r\n" * 1000 + ending)
    await until(lambda: listener.connections == 1)
    await until(lambda: listener.connections == 0)
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    deaf.close()
    await listener.drain(1)


async def test_b05_a_mail_that_is_larger_than_the_disk_has_room_for_is_not_begun():
    async with greeted(House(room=False)) as client:
        replies = await client.say_all("EHLO a", "MAIL FROM:<a@b.example>", "RCPT TO:<support@example.org>")
        assert [reply[:9] for reply in replies[1:]] == ["452 4.3.1", "503 5.5.1"]

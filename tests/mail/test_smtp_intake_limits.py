"""A client that takes too much, errs too often, or is too slow is sent away; the others are served on."""

import asyncio
import contextlib
import gc
import logging
import socket

import pytest

from tests.mail.smtp_client import MAIL, OURS, House, connected, greeted, open_door, until


async def test_too_many_connections_in_all():
    async with (
        open_door(House(), max_connections=1) as listener,
        connected(listener) as first,
        connected(listener) as second,
    ):
        assert (await first.reply()).startswith("220")
        assert (await second.last_replies()).startswith("421 4.3.2 ")
        assert (await first.deliver(MAIL)).startswith("250")


async def test_too_many_connections_from_one_address():
    async with open_door(House(), max_connections_per_address=1) as listener:
        async with connected(listener) as first, connected(listener) as second:
            assert (await first.reply()).startswith("220")
            assert (await second.last_replies()).startswith("421 4.7.0 ")
            await first.say("QUIT")
            assert await first.reply() == ""
        async with connected(listener) as third:
            assert (await third.reply()).startswith("220")


async def test_too_many_recipients_are_for_a_later_mail():
    house = House()
    async with greeted(house, max_recipients=2) as client:
        await client.say_all("EHLO client.example", "MAIL FROM:<a@b.example>")
        replies = await client.say_all(*["RCPT TO:<support@example.org>"] * 3)
        assert [reply[:9] for reply in replies] == ["250 2.1.5", "250 2.1.5", "452 4.5.3"]
        assert (await client.say("DATA")).startswith("354")


async def test_recipients_without_end_end_the_session():
    async with greeted(House(), max_recipients=1, max_junk=3) as client:
        await client.say_all("EHLO client.example", "MAIL FROM:<a@b.example>")
        replies = await client.say_all(*["RCPT TO:<support@example.org>"] * 4)
        assert [reply[:3] for reply in replies] == ["250", "452", "452", "452"]
        assert (await client.reply()).startswith("421 4.7.0 ")
        assert await client.reply() == ""


async def test_too_many_errors_end_the_session():
    async with greeted(House(), max_errors=2) as client:
        assert [reply[:3] for reply in await client.say_all("FROG", "FROG", "FROG")] == ["500", "500", "500"]
        assert (await client.reply()).startswith("421 4.7.0 ")
        assert await client.reply() == ""


async def test_guessing_recipients_ends_the_session():
    async with greeted(House(), max_errors=2) as client:
        await client.say_all("EHLO client.example", "MAIL FROM:<a@b.example>")
        await client.say_all(*[f"RCPT TO:<guess{n}@example.org>" for n in range(3)])
        assert (await client.reply()).startswith("421 4.7.0 ")


async def test_too_much_junk_ends_the_session():
    async with greeted(House(), max_junk=2) as client:
        assert [reply[:3] for reply in await client.say_all("NOOP", "RSET", "NOOP")] == ["250", "250", "250"]
        assert (await client.reply()).startswith("421 4.7.0 ")


async def test_a_mail_taken_forgives_errors_and_junk():
    async with greeted(House(), max_errors=2, max_junk=2) as client:
        for _ in range(3):
            await client.say_all("FROG", "FROG", "NOOP")
            assert (await client.deliver(MAIL, greeting="RSET" if _ else "EHLO a")).startswith("250")


async def test_a_mail_over_the_limit_is_refused_when_it_has_come_and_the_session_goes_on():
    house = House()
    async with greeted(house, max_size=1000) as client:
        assert (await client.deliver((b"x" * 98 + b"\r\n") * 11)).startswith("552 5.3.4 ")
        assert (await client.deliver(MAIL)).startswith("250")
    assert house.contents == [MAIL]


async def test_a_line_over_the_limit_is_refused():
    async with greeted(House(), line_limit=1000) as client:
        assert (await client.deliver(b"x" * 1001 + b"\r\n")).startswith("500 5.5.2 ")
        assert (await client.deliver(b"x" * 1000 + b"\r\n")).startswith("250 ")


async def test_a_mail_without_end_is_cut_off():
    async with greeted(House(), max_size=1000) as client:
        await client.begin()
        await client.send_raw((b"x" * 98 + b"\r\n") * 3000)
        assert (await client.last_replies()).startswith("421 4.7.0 ")


async def test_mails_that_need_too_much_memory_together_come_later():
    async with greeted(House(), max_buffered=20) as client:
        assert (await client.deliver(MAIL)).startswith("452 4.3.1 ")
        assert (await client.deliver(b"Subject: x\r\n")).startswith("250 ")


async def test_a_command_line_without_end_is_cut_off():
    async with greeted(House()) as client:
        await client.send_raw(b"x" * 300_000)
        assert (await client.last_replies()).startswith("421 4.7.0 ")


async def test_a_silent_client_is_sent_away():
    async with greeted(House(), idle_seconds=0.05) as client:
        assert (await client.last_replies()).startswith("421 4.4.2 ")


async def test_a_client_that_is_silent_within_its_mail_is_sent_away():
    house = House()
    async with greeted(house, idle_seconds=0.2) as client:
        await client.begin()
        await client.send_raw(MAIL)
        assert (await client.last_replies()).startswith("421 4.4.2 ")
    assert house.mails == []


async def test_a_client_that_trickles_its_mail_is_sent_away():
    async with greeted(House(), idle_seconds=0.2, min_rate=1_000_000) as client:
        await client.begin()
        last = asyncio.create_task(client.last_replies())
        while not last.done():
            client.writer.write(b"x")
            await asyncio.sleep(0.01)
        assert (await last).startswith("421 4.4.2 ")


async def test_a_client_that_never_sends_a_mail_is_sent_away():
    async with greeted(House(), transaction_seconds=0.2, max_junk=10**9) as client:
        while (reply := await client.say("NOOP")).startswith("250"):
            pass
        assert reply.startswith("421 4.4.2 ")


async def test_a_slow_commit_is_ours_and_not_the_clients_fault():
    house = House(gate=asyncio.Event())
    async with greeted(house, idle_seconds=0.2, transaction_seconds=0.2) as client:
        await client.begin()
        await client.send_raw(MAIL + b".\r\n")
        await house.arrived.wait()
        asyncio.get_running_loop().call_later(0.4, house.gate.set)
        assert (await client.reply()).startswith("250")


async def test_a_client_that_reads_no_replies_is_cut_off():
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    listening.bind(("127.0.0.1", 0))
    listener = House().listener(idle_seconds=0.3, max_junk=10**9)
    await listener.open([listening])
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(listening.getsockname())
    _, writer = await asyncio.open_connection(sock=deaf)
    writer.transport.pause_reading()
    writer.write(b"HELP\r\n" * 20_000)
    await until(lambda: listener.connections == 1)
    await until(lambda: listener.connections == 0)
    writer.transport.abort()
    await listener.drain(1)


async def test_silent_clients_do_not_keep_a_good_one_waiting():
    async with open_door(House(), max_connections=200, max_connections_per_address=200) as listener:
        silent = [await asyncio.open_connection("127.0.0.1", listener.ports[0]) for _ in range(150)]
        async with connected(listener) as client:
            await client.reply()
            assert (await client.deliver(MAIL)).startswith("250")
        for _, writer in silent:
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize("steps", range(5))
async def test_who_is_being_accepted_when_the_desk_stops_is_hung_up_on(steps):
    async with open_door(House()) as listener:
        client = socket.create_connection(("127.0.0.1", listener.ports[0]), timeout=10)
        for _ in range(steps):
            await asyncio.sleep(0)
        await listener.drain(1)
    with client, contextlib.suppress(ConnectionResetError):
        assert client.recv(100)[:4] in (b"", b"220 ", b"421 ")
    gc.collect()  # a socket that nobody closed warns now


async def test_addresses_are_not_logged(caplog):
    caplog.set_level(logging.DEBUG)
    async with greeted(House()) as client:
        await client.deliver(MAIL)
    assert logging.getLogger("mail.log").getEffectiveLevel() == logging.WARNING
    assert not [record for record in caplog.records if "customer.example" in record.getMessage()]


async def test_draining_lets_a_mail_under_way_finish_and_sends_the_others_away():
    house = House()
    async with open_door(house) as listener, connected(listener) as idle, connected(listener) as busy:
        await idle.reply()
        await busy.reply()
        await busy.begin()
        draining = asyncio.create_task(listener.drain(30))
        assert (await idle.last_replies()).startswith("421 4.3.2 ")
        await busy.send_raw(MAIL + b".\r\n")
        assert (await busy.reply()).startswith("250")
        assert (await busy.last_replies()).startswith("421 4.3.2 ")
        await draining
    assert house.contents == [MAIL]


async def test_draining_ends_when_its_time_is_over():
    async with open_door(House()) as listener, connected(listener) as client:
        await client.reply()
        await client.begin()
        await listener.drain(0.05)
        assert await client.last_replies() == ""


async def test_draining_waits_for_a_commit_whose_client_is_gone():
    house = House(gate=asyncio.Event())
    listener = house.listener()
    await listener.open(("127.0.0.1", 0))
    async with connected(listener) as client:
        await client.reply()
        await client.begin(OURS[0])
        await client.send_raw(MAIL + b".\r\n")
        await house.arrived.wait()
        client.reset()
    draining = asyncio.create_task(listener.drain(30))
    await until(lambda: not listener.connections)
    assert not draining.done()
    house.gate.set()
    await draining
    assert house.contents == [MAIL]

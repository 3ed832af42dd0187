"""LMTP (RFC 2033): LHLO, and one reply for each recipient whatever becomes of the mail."""

import asyncio
import smtplib

import pytest

from tests.mail.smtp_client import MAIL, OURS, Client, House, connected, greeted, open_door

LHLO = "LHLO relay.example"


async def test_lhlo_is_the_only_greeting():
    async with greeted(House(), protocol="lmtp") as client:
        assert [reply[:9] for reply in await client.say_all("EHLO a", "HELO a")] == ["500 5.5.1", "500 5.5.1"]
        assert (await client.say(LHLO)).startswith("250-mx.example.org\n250-PIPELINING\n")


async def test_lhlo_is_no_command_of_smtp():
    async with greeted(House()) as client:
        assert (await client.say(LHLO)).startswith("500 5.5.1 ")


async def test_each_recipient_gets_its_reply_in_order():
    house = House()
    async with greeted(house, protocol="lmtp") as client:
        await client.say_all(LHLO, "MAIL FROM:<a@b.example>", "RCPT TO:<sales@example.org>")
        assert (await client.say("RCPT TO:<nobody@example.org>")).startswith("550 5.1.1 ")
        await client.say_all("RCPT TO:<support@example.org>", "DATA")
        await client.send_raw(MAIL + b".\r\n")
        replies = [await client.reply() for _ in range(2)]
        assert (await client.say("NOOP")).startswith("250 2.0.0 OK")
    assert [reply[:37] for reply in replies] == [
        "250 2.0.0 <sales@example.org> Taken a",
        "250 2.0.0 <support@example.org> Taken",
    ]
    assert [(e.forward_path, e.source) for e in house.mails[0][0]] == [
        ("sales@example.org", "lmtp"),
        ("support@example.org", "lmtp"),
    ]
    assert b" with LMTP id " in house.mails[0][1]


@pytest.mark.parametrize(
    ("content", "fault", "code"),
    [
        (MAIL, OSError("no"), "451 4.3.0 "),
        (b"lone\nlf\r\n", None, "550 5.5.2 "),
        (b"x" * 2000 + b"\r\n", None, "552 5.3.4 "),
        (b"x" * 600 + b"\r\n", None, "500 5.5.2 "),
        (b"Received: x\r\n" * 51, None, "554 5.4.6 "),
    ],
)
async def test_each_recipient_gets_its_reply_also_when_the_mail_is_refused(content, fault, code):
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    house = House(fault=fault)
    async with greeted(house, protocol="lmtp", max_size=1000, line_limit=500, max_errors=1) as client:
        first = await client.deliver(content, *OURS[:2], greeting=LHLO)
        second = await client.reply()
        assert first.startswith(f"{code}<support@example.org> ")
        assert second.startswith(f"{code}<sales@example.org> ")
        assert (await client.say("NOOP")).startswith("250 2.0.0 OK")
    assert house.mails == []


async def test_data_without_a_recipient_has_one_reply():
    async with greeted(House(), protocol="lmtp") as client:
        await client.say_all(LHLO, "MAIL FROM:<a@b.example>", "RCPT TO:<nobody@example.org>")
        assert (await client.say("DATA")).startswith("503 5.5.1 ")
        assert (await client.say("NOOP")).startswith("250 2.0.0 OK")


async def test_a_unix_socket_is_served_and_removed(tmp_path):
    house = House()
    listener = house.listener(protocol="lmtp", max_connections_per_address=1)
    path = tmp_path / "lmtp"
    await listener.open(path)
    for _ in range(2):
        reader, writer = await asyncio.open_unix_connection(path)
        client = Client(reader, writer)
        await client.reply()
        assert (await client.deliver(MAIL, greeting=LHLO)).startswith("250")
        writer.close()
        await writer.wait_closed()
    await listener.drain(1)
    assert not path.exists()
    assert [envelopes[0].peer for envelopes, _ in house.mails] == ["", ""]
    assert house.mails[0][1].startswith(b"Received: from relay.example\r\n\tby mx.example.org")


async def test_a_unix_socket_left_behind_gives_way(tmp_path):
    path = tmp_path / "lmtp"
    killed = House().listener(protocol="lmtp")
    await killed.open(path)
    listener = House().listener(protocol="lmtp")
    await listener.open(path)
    reader, writer = await asyncio.open_unix_connection(path)
    assert (await Client(reader, writer).reply()).startswith("220 ")
    writer.close()
    await writer.wait_closed()
    await listener.drain(1)
    await killed.drain(1)


async def test_lmtplib_delivers():
    house = House()

    def deliver(port: int) -> dict[str, tuple[int, bytes]]:
        with smtplib.LMTP("127.0.0.1", port) as lmtp:
            return lmtp.sendmail("a@b.example", ["support@example.org"], MAIL)

    async with open_door(house, protocol="lmtp") as listener:
        assert await asyncio.to_thread(deliver, listener.ports[0]) == {}
    assert house.contents == [MAIL]


async def test_a_mail_cut_off_has_one_last_reply():
    async with open_door(House(), protocol="lmtp", max_size=1000) as listener, connected(listener) as client:
        await client.reply()
        await client.begin(*OURS[:2], greeting=LHLO)
        await client.send_raw((b"x" * 98 + b"\r\n") * 3000)
        assert (await client.last_replies()).count("421") == 1


async def test_lmtp_is_not_served_on_port_25():
    with pytest.raises(ValueError):
        await House().listener(protocol="lmtp").open(("127.0.0.1", 25))

"""A mail over SMTP: taken whole, answered 250 only when it is kept, and refused in the field's words."""

import asyncio
import smtplib
import socket
from email.message import EmailMessage
from ipaddress import ip_network

import pytest

from helpdeskd.mail.smtp_settings import SmtpSettings, StorageFull
from tests.mail.smtp_client import MAIL, NOW, OURS, House, connected, greeted, open_door, until
from tests.servers.process import free_port


async def test_a_mail_is_kept_with_one_envelope_for_each_recipient():
    house = House()
    async with greeted(house) as client:
        reply = await client.deliver(MAIL, "support@example.org", "sales@example.org")
    assert reply.startswith("250 2.0.0 ")
    [(envelopes, raw)] = house.mails
    assert [envelope.forward_path for envelope in envelopes] == ["support@example.org", "sales@example.org"]
    assert {(e.reverse_path, e.received_at, e.source, e.peer, e.login, e.account) for e in envelopes} == {
        ("anna@customer.example", NOW, "smtp", "127.0.0.1", "", "front door")
    }
    assert raw.endswith(MAIL)


async def test_a_received_field_on_top_tells_how_the_mail_came():
    house = House()
    async with greeted(house) as client:
        reply = await client.deliver(MAIL)
    identity = reply.rpartition(" ")[2]
    assert (
        house.mails[0][1]
        == (
            b"Received: from client.example ([127.0.0.1])\r\n\tby mx.example.org with ESMTP id %s;\r\n"
            b"\tMon, 02 Mar 2026 09:30:00 +0000\r\n" % identity.encode()
        )
        + MAIL
    )


async def test_a_greeting_cannot_write_into_the_received_field():
    house = House()
    async with greeted(house) as client:
        await client.deliver(MAIL, greeting="EHLO (evil) by other; x")
    assert house.mails[0][1].startswith(b"Received: from ?evil??by?other??x ([127.0.0.1])\r\n")


async def test_smtplib_delivers():
    house = House()
    message = EmailMessage()
    message["Subject"] = "Printer"
    message.set_content("It is on fire.\n.\n..and so on\n")

    def deliver(port: int) -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            return smtp.send_message(message, "anna@customer.example", ["support@example.org"])

    async with open_door(house) as listener:
        assert await asyncio.to_thread(deliver, listener.ports[0]) == {}
    assert house.contents[0].endswith(b"\r\nIt is on fire.\r\n.\r\n..and so on\r\n")


async def test_250_waits_for_the_commit():
    house = House(gate=asyncio.Event())
    async with greeted(house) as client:
        await client.begin()
        await client.send_raw(MAIL + b".\r\n")
        reply = asyncio.create_task(client.reply())
        await house.arrived.wait()
        assert not reply.done()
        house.gate.set()
        assert (await reply).startswith("250")


async def test_f17_a_client_that_hangs_up_after_the_final_dot_does_not_cancel_the_commit():
    house = House(gate=asyncio.Event())
    async with open_door(house) as listener:
        async with connected(listener) as client:
            await client.reply()
            await client.begin()
            await client.send_raw(MAIL + b".\r\n")
            await house.arrived.wait()
            client.reset()
        await until(lambda: not listener.connections)
        house.gate.set()
        await until(lambda: bool(house.mails))
    assert house.contents == [MAIL]


async def test_a_client_that_closes_its_half_gets_its_reply():
    house = House(gate=asyncio.Event())
    async with greeted(house) as client:
        await client.begin()
        await client.send_raw(MAIL + b".\r\n")
        await house.arrived.wait()
        client.writer.write_eof()
        house.gate.set()
        assert (await client.reply()).startswith("250")
        assert await client.reply() == ""


async def test_half_a_mail_is_no_mail():
    house = House()
    async with greeted(house) as client:
        await client.begin()
        await client.send_raw(MAIL)
        client.writer.write_eof()
        assert await client.reply() == ""
    assert house.mails == []


async def test_a_fault_of_ours_is_temporary_and_tells_nothing():
    house = House(fault=RuntimeError("secret /var/lib/db password=hunter2"))
    told = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))
    async with greeted(house) as client:
        reply = await client.deliver(MAIL)
        assert reply.startswith("451 4.3.0 ")
        assert "secret" not in reply
        assert told == [house.fault]
        house.fault = None
        assert (await client.deliver(MAIL)).startswith("250")


async def test_a_full_storage_is_452():
    house = House(fault=StorageFull())
    async with greeted(house) as client:
        assert (await client.deliver(MAIL)).startswith("452 4.3.1 ")


async def test_no_mail_is_begun_while_the_disk_is_below_its_reserve():
    house = House(room=False)
    async with greeted(house) as client:
        await client.say("EHLO client.example")
        assert (await client.say("MAIL FROM:<a@b.example>")).startswith("452 4.3.1 ")
        house.room = True
        assert (await client.say("MAIL FROM:<a@b.example>")).startswith("250 2.1.0 ")


@pytest.mark.parametrize(
    "address", ["nobody@example.org", "a@elsewhere.example", "support%elsewhere.example@example.org"]
)
async def test_the_desk_is_no_relay(address):
    async with greeted(House()) as client:
        await client.say_all("EHLO client.example", "MAIL FROM:<support@example.org>")
        assert (await client.say(f"RCPT TO:<{address}>")).startswith("550 5.1.1 ")
        assert (await client.say("DATA")).startswith("503 5.5.1 ")


async def test_what_is_refused_is_told_to_the_house():
    house = House()
    async with greeted(house) as client:
        await client.say_all("EHLO client.example", "MAIL FROM:<a@b.example>", "RCPT TO:<nobody@example.org>")
        assert house.refusals == [("127.0.0.1", "550 5.1.1 No such address here")]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("postmaster", "250"),
        ("PostMaster", "250"),
        ("postmaster@mx.example.org", "250"),
        ("Postmaster@Example.ORG", "250"),
        ("postmaster@elsewhere.example", "550"),
        ("hostmaster", "550"),
    ],
)
async def test_postmaster_is_ours_at_our_domains(address, code):
    async with greeted(House(), domains=frozenset({"example.org"})) as client:
        await client.say_all("EHLO client.example", "MAIL FROM:<a@b.example>")
        assert (await client.say(f"RCPT TO:<{address}>")).startswith(code)


async def test_the_null_reverse_path_is_an_empty_one():
    house = House()
    async with greeted(house) as client:
        await client.say_all("EHLO client.example", "MAIL FROM:<>", "RCPT TO:<support@example.org>", "DATA")
        await client.send_raw(MAIL + b".\r\n")
        await client.reply()
    assert house.mails[0][0][0].reverse_path == ""


async def test_a_recipient_named_twice_gets_the_mail_once():
    house = House()
    async with greeted(house) as client:
        await client.deliver(MAIL, OURS[0], OURS[0])
    assert [envelope.forward_path for envelope in house.mails[0][0]] == [OURS[0]]


async def test_ehlo_announces_what_is_served_and_no_more():
    async with greeted(House(), max_size=1000) as client:
        assert await client.say("EHLO client.example") == (
            "250-mx.example.org\n250-PIPELINING\n250-SIZE 1000\n250-8BITMIME\n250-SMTPUTF8\n250 ENHANCEDSTATUSCODES"
        )
        assert await client.say("HELO client.example") == "250 mx.example.org"


async def test_the_commands_of_rfc_5321_have_their_replies():
    async with greeted(House()) as client:
        assert await client.say_all("NOOP", "RSET", "EXPN staff", "FROG", "AUTH PLAIN", "STARTTLS", "EHLO", "HELO") == [
            "250 2.0.0 OK",
            "250 2.0.0 OK",
            "502 5.5.1 EXPN not implemented",
            "500 5.5.1 No such command",
            "502 5.5.1 No AUTH here",
            "502 5.5.1 No TLS here",
            "501 5.5.4 Syntax: EHLO hostname",
            "501 5.5.4 Syntax: HELO hostname",
        ]
        assert [reply[:9] for reply in await client.say_all("VRFY support", "HELP")] == ["252 2.1.5", "214 2.0.0"]
        assert await client.say("QUIT") == "221 2.0.0 Bye"
        assert await client.reply() == ""


async def test_commands_out_of_order_are_refused():
    async with greeted(House()) as client:
        assert (await client.say("MAIL FROM:<a@b.example>")).startswith("503 5.5.1 ")
        await client.say("EHLO client.example")
        assert (await client.say("RCPT TO:<support@example.org>")).startswith("503 5.5.1 ")
        assert (await client.say("DATA")).startswith("503 5.5.1 ")
        await client.say("MAIL FROM:<a@b.example>")
        assert (await client.say("MAIL FROM:<a@b.example>")).startswith("503 5.5.1 ")
        await client.say("RCPT TO:<support@example.org>")
        assert (await client.say("DATA now")).startswith("501 5.5.4 ")


async def test_bdat_is_refused_and_the_connection_survives():
    async with greeted(House()) as client:
        assert (await client.say("BDAT 0 LAST")).startswith("502 5.5.1 ")
        assert (await client.deliver(MAIL)).startswith("250")


async def test_pipelined_mails_are_all_taken():
    house = House()
    envelope = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<support@example.org>\r\nDATA\r\n"
    async with greeted(house) as client:
        await client.say("EHLO client.example")
        await client.send_raw((envelope + b".\r\n") + (envelope + MAIL + b".\r\n") * 2 + b"QUIT\r\n")
        replies = [await client.reply() for _ in range(13)]
    assert [reply[:3] for reply in replies] == ["250", "250", "354", "250"] * 3 + ["221"]
    assert house.contents == [b"", MAIL, MAIL]


async def test_a_mail_larger_than_announced_is_refused_before_it_is_sent():
    async with greeted(House(), max_size=1000) as client:
        await client.say("EHLO client.example")
        assert (await client.say("MAIL FROM:<a@b.example> SIZE=1001")).startswith("552 5.3.4 ")
        assert (await client.say("MAIL FROM:<a@b.example> SIZE=1000 BODY=8BITMIME")).startswith("250 ")


async def test_an_address_outside_ascii_needs_smtputf8():
    house = House()
    async with greeted(house) as client:
        await client.say("EHLO client.example")
        assert (await client.say("MAIL FROM:<ærø@kunde.example>")).startswith("553 5.6.7 ")
        await client.say("MAIL FROM:<a@b.example>")
        assert (await client.say("RCPT TO:<søren@example.org>")).startswith("553 5.6.7 ")
        await client.say_all("RSET", "MAIL FROM:<ærø@kunde.example> SMTPUTF8", "RCPT TO:<søren@example.org>", "DATA")
        await client.send_raw(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")
    [([envelope], raw)] = house.mails
    assert (envelope.reverse_path, envelope.forward_path) == ("ærø@kunde.example", "søren@example.org")
    assert b" with UTF8SMTP id " in raw


@pytest.mark.parametrize(("fields", "code"), [(50, "250"), (51, "554 5.4.6")])
async def test_a_mail_that_goes_round_in_a_loop_is_refused(fields, code):
    async with greeted(House()) as client:
        assert (await client.deliver(b"Received: from a\r\n\tby b\r\n" * fields + MAIL)).startswith(code)


async def test_received_in_the_body_is_no_loop():
    async with greeted(House()) as client:
        assert (await client.deliver(MAIL + b"Received: by b\r\n" * 60)).startswith("250")


async def test_a_listening_socket_from_systemd_is_served():
    house = House()
    handed_over = socket.create_server(("127.0.0.1", 0))
    listener = house.listener()
    await listener.open([handed_over])
    assert listener.ports == [handed_over.getsockname()[1]]
    async with connected(listener) as client:
        await client.reply()
        await client.deliver(MAIL)
    await listener.drain(1)
    assert house.contents == [MAIL]


async def test_a_port_that_is_taken_is_told():
    async with open_door(House()) as listener:
        with pytest.raises(OSError):
            await House().listener().open(("127.0.0.1", listener.ports[0]))


async def test_without_a_host_every_address_is_served():
    house = House()
    listener = house.listener()
    await listener.open(("", free_port()))
    async with connected(listener) as client:
        assert (await client.reply()).startswith("220 ")
    await listener.drain(1)


@pytest.mark.parametrize(
    "settings",
    [
        {"allow_bare_newlines": True},
        {"implicit_tls": True},
        {"implicit_tls": True, "balancers": (ip_network("10.0.0.0/8"),), "tls": object()},
    ],
)
def test_settings_that_cannot_go_together_are_refused(settings):
    with pytest.raises(ValueError):
        SmtpSettings(hostname="mx.example.org", **settings)

"""TLS by STARTTLS and from the start, AUTH for our own devices, and the PROXY protocol of a balancer."""

import asyncio
import smtplib
from base64 import b64encode
from ipaddress import ip_network

import pytest

from tests.mail.smtp_client import MAIL, House, connected, greeted, open_door, server_context, trusting_context

HERE = (ip_network("127.0.0.0/8"),)
PLAIN = b64encode(b"\0printer\0secret").decode()


def logins(login: str, password: bytes) -> bool:
    return (login, password) == ("printer", b"secret")


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    return server_context(tmp_path_factory.mktemp("tls"))


async def test_starttls_is_offered_until_it_is_used_and_forgets_what_was_said(context):
    async with greeted(House(), tls=context) as client:
        assert "STARTTLS" in await client.say("EHLO client.example")
        await client.say("MAIL FROM:<a@b.example>")
        assert (await client.say("STARTTLS")).startswith("220 ")
        await client.start_tls()
        assert (await client.say("RCPT TO:<support@example.org>")).startswith("503 ")
        assert (await client.say("MAIL FROM:<a@b.example>")).startswith("503 ")
        assert "STARTTLS" not in await client.say("EHLO client.example")
        assert (await client.say("STARTTLS")).startswith("503 5.5.1 ")


async def test_a_mail_over_tls_says_so(context):
    house = House()
    async with greeted(house, tls=context) as client:
        await client.say_all("EHLO client.example", "STARTTLS")
        await client.start_tls()
        assert (await client.deliver(MAIL)).startswith("250")
    assert b" with ESMTPS id " in house.mails[0][1]
    assert b"\r\n\t(TLSv1.3 TLS_" in house.mails[0][1]
    assert house.contents == [MAIL]


async def test_commands_pipelined_behind_starttls_are_dropped(context):
    async with greeted(House(), tls=context) as client:
        await client.say("EHLO client.example")
        await client.send("STARTTLS", "NOOP")
        assert (await client.reply()).startswith("220 ")
        await client.start_tls()
        assert (await client.say("VRFY x")).startswith("252 ")


async def test_starttls_does_not_forgive_errors(context):
    async with greeted(House(), tls=context, max_errors=2) as client:
        await client.say_all("FROG", "FROG", "EHLO client.example", "STARTTLS")
        await client.start_tls()
        assert (await client.say("FROG")).startswith("500")
        assert (await client.reply()).startswith("421 4.7.0 ")


async def test_a_failed_handshake_ends_the_connection(context):
    async with open_door(House(), tls=context) as listener, connected(listener) as client:
        await client.reply()
        await client.say_all("EHLO client.example", "STARTTLS")
        await client.send_raw(b"this is no handshake\r\n" * 10)
        await client.last_replies()
        async with connected(listener) as second:
            assert (await second.reply()).startswith("220 ")
            assert listener.connections == 1


async def test_a_client_that_is_silent_within_tls_is_told_so(context):
    async with greeted(House(), tls=context, idle_seconds=0.5) as client:
        await client.say_all("EHLO client.example", "STARTTLS")
        await client.start_tls()
        assert (await client.last_replies()).startswith("421 4.4.2 ")


async def test_implicit_tls_and_auth_with_smtplib(context):
    house = House()

    def deliver(port: int) -> None:
        with smtplib.SMTP_SSL("127.0.0.1", port, context=trusting_context()) as smtp:
            assert not smtp.has_extn("starttls")
            smtp.login("printer", "secret")
            smtp.sendmail("printer@example.org", ["support@example.org"], MAIL)

    async with open_door(house, tls=context, implicit_tls=True, logins=logins) as listener:
        await asyncio.to_thread(deliver, listener.ports[0])
    [([envelope], raw)] = house.mails
    assert envelope.login == "printer"
    assert b" with ESMTPSA id " in raw
    assert b"printer" not in raw


@pytest.mark.parametrize("implicit", [False, True])
async def test_a_new_certificate_is_for_new_connections(context, tmp_path, implicit):
    def certificate(client) -> bytes:
        return client.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)

    async def shown(listener) -> bytes:
        async with connected(listener, trusting_context() if implicit else None) as client:
            await client.reply()
            if not implicit:
                await client.say_all("EHLO client.example", "STARTTLS")
                await client.start_tls()
            return certificate(client)

    async with open_door(House(), tls=context, implicit_tls=implicit) as listener:
        port = listener.ports
        async with connected(listener, trusting_context() if implicit else None) as old:
            await old.reply()
            before = await shown(listener)
            listener.use_tls(server_context(tmp_path, "new.example.org"))
            assert listener.ports == port
            assert await shown(listener) != before
            assert (await old.say("NOOP")).startswith("250")


async def test_auth_is_not_offered_in_clear_where_tls_is_required(context):
    async with greeted(House(), tls=context, logins=logins) as client:
        assert "AUTH" not in await client.say("EHLO client.example")
        assert (await client.say(f"AUTH PLAIN {PLAIN}")).startswith("538 5.7.11 ")
        await client.say("STARTTLS")
        await client.start_tls()
        assert "AUTH PLAIN LOGIN" in await client.say("EHLO client.example")
        assert (await client.say(f"AUTH PLAIN {PLAIN}")).startswith("235 2.7.0 ")


async def test_auth_plain_and_login_in_any_case():
    async with greeted(House(), logins=logins, require_tls_for_auth=False) as client:
        await client.say("EHLO client.example")
        assert await client.say("auth login") == f"334 {b64encode(b'Username:').decode()}"
        assert await client.say(b64encode(b"printer").decode()) == f"334 {b64encode(b'Password:').decode()}"
        assert (await client.say(b64encode(b"secret").decode())).startswith("235 2.7.0 ")
        assert (await client.say(f"AUTH PLAIN {PLAIN}")).startswith("503 5.5.1 ")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"AUTH PLAIN {b64encode(b'x' + bytes(1) + b'printer' + bytes(1) + b'wrong').decode()}", "535 5.7.8"),
        (f"AUTH PLAIN {b64encode(bytes(1) + bytes([255]) + bytes(1) + b'secret').decode()}", "535 5.7.8"),
        ("AUTH PLAIN ====", "501 5.5.2"),
        (f"AUTH PLAIN {b64encode(b'printer').decode()}", "501 5.5.2"),
        ("AUTH", "501 5.5.4"),
        ("AUTH CRAM-MD5", "504 5.5.4"),
    ],
)
async def test_a_wrong_login_is_refused_and_counted(line, code):
    house = House()
    async with greeted(house, logins=logins, login_pause=0, require_tls_for_auth=False, max_errors=0) as client:
        await client.say("EHLO client.example")
        assert (await client.say(line)).startswith(code)
        assert (await client.reply()).startswith("421 4.7.0 ")


async def test_a_fault_in_checking_a_password_is_ours():
    def broken(_login: str, _password: bytes) -> bool:
        raise OSError("secret")

    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    async with greeted(House(), logins=broken, require_tls_for_auth=False) as client:
        await client.say("EHLO client.example")
        assert (await client.say(f"AUTH PLAIN {PLAIN}")) == "451 4.3.0 We have a problem, come again later"


async def test_auth_after_mail_is_out_of_order():
    async with greeted(House(), logins=logins, require_tls_for_auth=False) as client:
        await client.say_all("EHLO client.example", "MAIL FROM:<a@b.example> AUTH=<>")
        assert (await client.say(f"AUTH PLAIN {PLAIN}")).startswith("503 5.5.1 ")


@pytest.mark.parametrize(
    ("header", "peer"),
    [
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 25\r\n", "2001:db8::7"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([192, 0, 2, 7, 192, 0, 2, 1, 18, 103, 0, 25]), "192.0.2.7"),
    ],
)
async def test_behind_a_balancer_the_peer_is_the_client(header, peer):
    house = House()
    async with open_door(house, balancers=HERE) as listener, connected(listener) as client:
        await client.send_raw(header)
        assert (await client.reply()).startswith("220 ")
        await client.deliver(MAIL)
    [([envelope], raw)] = house.mails
    assert envelope.peer == peer
    assert (f"([IPv6:{peer}])" if ":" in peer else f"([{peer}])").encode() in raw


async def test_behind_a_balancer_clients_are_counted_by_their_own_address():
    async with (
        open_door(House(), balancers=HERE, max_connections_per_address=1) as listener,
        connected(listener) as one,
        connected(listener) as same,
        connected(listener) as other,
    ):
        for client, address in ((one, "192.0.2.7"), (same, "192.0.2.7"), (other, "192.0.2.8")):
            await client.send(f"PROXY TCP4 {address} 192.0.2.1 4711 25")
        assert [(await client.reply())[:3] for client in (one, same, other)] == ["220", "421", "220"]


async def test_without_its_proxy_header_a_connection_is_closed():
    async with open_door(House(), balancers=HERE) as listener, connected(listener) as client:
        await client.send("EHLO client.example")
        assert (await client.last_replies()).startswith("554 5.5.0 ")


async def test_the_peer_is_still_the_client_after_starttls(context):
    house = House()
    async with open_door(house, balancers=HERE, tls=context) as listener, connected(listener) as client:
        await client.send("PROXY TCP4 192.0.2.7 192.0.2.1 4711 25")
        await client.reply()
        await client.say_all("EHLO client.example", "STARTTLS")
        await client.start_tls()
        await client.deliver(MAIL)
    assert house.mails[0][0][0].peer == "192.0.2.7"

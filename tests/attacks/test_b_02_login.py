"""B02, AUTH and the PROXY protocol to an attacker: nothing said before TLS counts behind it, and guesses are few."""

import asyncio
from base64 import b64encode
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdeskd.mail.smtp_limits import MOST_GUESSERS, Guesses
from helpdeskd.mail.smtp_settings import SmtpSettings
from tests.mail.smtp_client import MAIL, House, connected, greeted, open_door, server_context

HERE, ELSEWHERE = (ip_network("127.0.0.0/8"),), (ip_network("192.0.2.0/24"),)
RIGHT = f"AUTH PLAIN {b64encode(bytes(1) + b'printer' + bytes(1) + b'secret').decode()}"
WRONG = f"AUTH PLAIN {b64encode(bytes(1) + b'printer' + bytes(1) + b'guess').decode()}"


def logins(login: str, password: bytes) -> bool:
    return (login, password) == ("printer", b"secret")


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    return server_context(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("injected", ["NOOP", "EHLO evil.example", "MAIL FROM:<evil@example.com>", RIGHT])
async def test_b02_what_was_pipelined_behind_starttls_is_thrown_away(context, injected):
    house = House()
    async with greeted(house, tls=context, logins=logins) as client:
        await client.say("EHLO client.example")
        await client.send("STARTTLS", injected)
        assert (await client.reply()).startswith("220 ")
        await client.start_tls()
        assert (await client.say("VRFY x")).startswith("252 ")
        assert (await client.deliver(MAIL)).startswith("250 ")
    [([envelope], raw)] = house.mails
    assert (envelope.reverse_path, envelope.login) == ("anna@customer.example", "")
    assert b"Received: from client.example " in raw


async def test_b02_behind_tls_the_session_begins_anew(context):
    async with greeted(House(), tls=context) as client:
        await client.say_all("EHLO client.example", "MAIL FROM:<evil@example.com>", "RCPT TO:<support@example.org>")
        await client.say("STARTTLS")
        await client.start_tls()
        for command in ("DATA", "RCPT TO:<support@example.org>", "MAIL FROM:<a@b.example>"):
            assert (await client.say(command)).startswith("503 ")
        assert "STARTTLS" not in await client.say("EHLO client.example")


async def test_b02_a_login_in_clear_is_not_even_looked_at(context):
    def never(*_: object) -> bool:
        raise AssertionError("asked")

    async with greeted(House(), tls=context, logins=never) as client:
        assert "AUTH" not in await client.say("EHLO client.example")
        assert (await client.say(RIGHT)).startswith("538 ")
        assert (await client.say("AUTH LOGIN")).startswith("538 ")


async def test_b02_after_ten_wrong_logins_an_address_gets_no_further_try_on_any_connection():
    house, asked = House(), []

    def check(login: str, password: bytes) -> bool:
        asked.append(password)
        return logins(login, password)

    limits = {"logins": check, "require_tls_for_auth": False, "login_pause": 0, "login_tries": 10, "max_errors": 6}
    async with open_door(house, **limits) as listener:
        for _ in range(3):
            async with connected(listener) as client:
                await client.reply()
                await client.say("EHLO client.example")
                await client.send(*[WRONG] * 10)
                assert "421 4.7.0" in await client.last_replies()
        assert asked == [b"guess"] * 11
        async with connected(listener) as client:
            await client.reply()
            assert (await client.say("EHLO client.example")).startswith("250")
            assert (await client.say(RIGHT)).startswith("421 4.7.0 Too many wrong logins")
        async with connected(listener) as client:
            await client.reply()
            assert (await client.deliver(MAIL)).startswith("250")


async def test_b02_a_wrong_login_is_answered_only_after_a_pause():
    async with greeted(House(), logins=logins, require_tls_for_auth=False, login_pause=3600) as client:
        await client.say("EHLO client.example")
        await client.send(WRONG)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.reply()


def test_b02_wrong_logins_are_forgotten_in_time_and_an_address_of_ipv6_is_its_whole_network():
    guesses = Guesses(SmtpSettings(hostname="mx.example.org", login_tries=2, login_bar_seconds=100))
    for at, host in enumerate("abc"):
        guesses.wrong(f"2001:db8::{host}", at)
    assert guesses.barred("2001:db8::1", 50)
    assert not guesses.barred("2001:db8:1::1", 50)
    assert not guesses.barred("2001:db8::1", 100)
    for _ in range(9):
        guesses.wrong("", 50)
    assert not guesses.barred("", 50)


def test_b02_guesses_from_everywhere_cost_little_memory():
    guesses = Guesses(SmtpSettings(hostname="mx.example.org", login_tries=0))
    for number in range(MOST_GUESSERS + 10):
        guesses.wrong(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", number / 100)
    assert len(guesses._wrong) == MOST_GUESSERS
    assert not guesses.barred("10.0.0.9", 200)
    assert guesses.barred("10.0.0.10", 200)


# The PROXY protocol: whom it names is believed, so it is heard from balancers only.


async def test_b02_a_proxy_header_of_one_who_is_no_balancer_is_not_heard():
    house = House()
    async with open_door(house, balancers=ELSEWHERE) as listener, connected(listener) as client:
        await client.send("PROXY TCP4 192.0.2.1 192.0.2.1 4711 25", "EHLO relay.example")
        assert (await client.last_replies()).startswith("554 5.7.1 Only our balancer may connect here")
        assert house.refusals == [("127.0.0.1", "554 5.7.1 Only our balancer may connect here")]


async def test_b02_without_balancers_a_proxy_header_is_a_command_that_nobody_knows():
    house = House()
    async with greeted(house) as client:
        assert (await client.say("PROXY TCP4 192.0.2.7 192.0.2.1 4711 25")).startswith("500 5.5.1 ")
        await client.deliver(MAIL)
    assert house.mails[0][0][0].peer == "127.0.0.1"


async def test_b02_a_second_proxy_header_changes_nothing():
    house = House()
    async with open_door(house, balancers=HERE) as listener, connected(listener) as client:
        await client.send("PROXY TCP4 192.0.2.7 192.0.2.1 4711 25", "PROXY TCP4 192.0.2.1 192.0.2.1 4711 25")
        assert (await client.reply()).startswith("220 ")
        assert (await client.reply()).startswith("500 5.5.1 ")
        await client.deliver(MAIL)
    assert house.mails[0][0][0].peer == "192.0.2.7"


V2 = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL = V2 + b"\x20\x11\0\x0c" + bytes((192, 0, 2, 7, 192, 0, 2, 1, 0x10, 0, 0, 25))


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", V2 + b"\x21\0\0\0", LOCAL], ids=["v1", "v2", "local"])
async def test_b02_a_balancer_that_names_no_client_lends_it_no_address(header):
    house = House()
    async with open_door(house, balancers=HERE) as listener, connected(listener) as client:
        await client.send_raw(header)
        assert (await client.reply()).startswith("220 ")
        await client.deliver(MAIL)
    assert house.mails[0][0][0].peer == ""


BAD = st.one_of(
    st.binary(max_size=60).map(lambda rest: b"PROXY" + rest + b"\r\n"),
    st.binary(max_size=60).map(lambda rest: V2 + rest),
    st.lists(st.sampled_from([b"PROXY", b"TCP4", b"TCP6", b"UNKNOWN", b"", b"::1", b"1.2.3.4", b"25", b"999999", b"x"]))
    .map(b" ".join)
    .map(lambda line: line + b"\r\n"),
    st.sampled_from(
        [b"PROXY\r\n", b"PROXY TCP4\r\n", b"PROXY " + b"x" * 200_000, V2 + b"\x21\x11\xff\xff" + b"x" * 70_000]
    ),
)


@pytest.mark.parametrize(
    "header", [b"PROXY\r\n", b"PROXY TCP4\r\n", b"PROXY TCP4 x y 1 2\r\n", b"PROXY " + b"x" * 200_000]
)
async def test_b02_half_a_proxy_header_is_told_to_be_none(header):
    async with open_door(House(), balancers=HERE) as listener, connected(listener) as client:
        await client.send_raw(header)
        assert (await client.last_replies()).startswith("554 5.5.0 ")


@given(header=BAD)
@settings(max_examples=60, deadline=None)
async def test_b02_a_proxy_header_that_is_none_ends_the_connection_and_is_no_fault_of_ours(header):
    faults = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    async with open_door(House(), balancers=HERE) as listener, connected(listener) as client:
        await client.send_raw(header)
        client.writer.write_eof()
        said = await client.last_replies()
    assert not said or said[:3] in {"554", "220"}
    assert faults == []

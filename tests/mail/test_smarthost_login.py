"""Logging in at the smarthost with an access token: how it is shown, refused, replaced, and what the mail waits for."""

import base64
import ssl
from typing import Any

import pytest

from helpdeskd.mail.delivery import Later, Result, Sent, SmarthostSettings
from helpdeskd.mail.oauth import NoToken, NoTokenYet
from helpdeskd.mail.smtp_delivery import Courier
from tests.servers.certificates import Authority
from tests.servers.smarthost import CUT, Script, Smarthost

RAW = b"Subject: Hello\r\n\r\nHi.\r\n"
REFUSED = "535 5.7.3 Authentication unsuccessful"
CHALLENGE = "334 " + base64.b64encode(b'{"status":"invalid_token"}').decode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def context(authority: Authority) -> ssl.SSLContext:
    certificate = authority.issue("127.0.0.1")
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificate.chain, certificate.key)
    return made


class Tokens:
    """Gives the tokens one after the other, or raises what stands among them; `refused` are those it was told of."""

    def __init__(self, *tokens: str | NoToken) -> None:
        self._tokens = list(tokens)
        self.refused: list[str] = []

    def __call__(self, refused: str) -> str:
        self.refused.append(refused)
        token = self._tokens.pop(0)
        if isinstance(token, NoToken):
            raise token
        return token


async def sent(smarthost: Smarthost, authority: Authority, tokens: Tokens, **more: Any) -> Result:
    settings = SmarthostSettings(
        host="127.0.0.1", port=smarthost.port, ca_file=str(authority.certificate), login="desk", token=tokens, **more
    )
    courier = Courier(settings)
    result = await courier.deliver("support@desk.example", "anna@bakery.example", RAW)
    await courier.close()
    return result


@pytest.mark.parametrize(
    ("mechanism", "octets"),
    [
        ("XOAUTH2", "user=desk\x01auth=Bearer T1\x01\x01"),
        ("OAUTHBEARER", "n,a=desk,\x01host=127.0.0.1\x01port={port}\x01auth=Bearer T1\x01\x01"),
    ],
)
async def test_a_token_stands_in_the_command(
    authority: Authority, context: ssl.SSLContext, mechanism: str, octets: str
):
    async with Smarthost(tls=context) as smarthost:
        assert isinstance(await sent(smarthost, authority, Tokens("T1"), mechanism=mechanism), Sent)
    shown = next(line for line in smarthost.commands if line.startswith("AUTH"))
    verb, name, message = shown.split(" ")
    assert (verb, name, base64.b64decode(message).decode()) == ("AUTH", mechanism, octets.format(port=smarthost.port))


async def test_a_token_too_long_for_a_command_is_shown_on_its_own_line(authority: Authority, context: ssl.SSLContext):
    token = "x" * 2000
    async with Smarthost({"AUTH": ["334 "]}, tls=context) as smarthost:
        assert isinstance(await sent(smarthost, authority, Tokens(token)), Sent)
    place = smarthost.commands.index("AUTH XOAUTH2")
    assert token.encode() in base64.b64decode(smarthost.commands[place + 1])


@pytest.mark.parametrize(("mechanism", "answer"), [("XOAUTH2", ""), ("OAUTHBEARER", "AQ==")])
async def test_a_refused_token_is_replaced_once_on_a_new_connection(
    authority: Authority, context: ssl.SSLContext, mechanism: str, answer: str
):
    tokens = Tokens("T1", "T2")
    async with Smarthost({"AUTH": [CHALLENGE, REFUSED]}, tls=context) as smarthost:
        assert isinstance(await sent(smarthost, authority, tokens, mechanism=mechanism), Sent)
    assert tokens.refused == ["", "T1"]
    assert smarthost.connections == 2
    first = next(place for place, line in enumerate(smarthost.commands) if line.startswith("AUTH"))
    assert smarthost.commands[first + 1] == answer


async def test_a_server_that_hangs_up_after_a_refusal_gets_the_new_token(authority: Authority, context: ssl.SSLContext):
    async with Smarthost({"AUTH": ["421 4.7.0 " + REFUSED, CUT, "235 ok"]}, tls=context) as smarthost:
        results = [await sent(smarthost, authority, Tokens("T1")) for _ in range(3)]
    assert [type(result) for result in results] == [Later, Later, Sent]


@pytest.mark.parametrize(
    ("script", "tokens", "alarm"),
    [
        ({"AUTH": REFUSED}, ("T1", "T2"), "refuses us: 535 5.7.3 Authentication unsuccessful"),
        ({"AUTH": REFUSED}, ("T1", "T1"), "refuses us: 535 5.7.3 Authentication unsuccessful"),
        ({"AUTH": REFUSED}, ("T1", NoToken("sign in again")), "sign in again"),
        ({}, (NoToken("sign in again"),), "sign in again"),
        ({}, ("no token",), "what desk was given as an access token is none"),
        ({"AUTH": "454 4.7.0 Temporary authentication failure"}, ("T1",), ""),
        ({"AUTH": REFUSED}, ("T1", NoTokenYet("the token server is down")), ""),
        ({}, (NoTokenYet("the token server is down"),), ""),
    ],
)
async def test_without_a_login_the_mail_stays_and_only_what_does_not_pass_is_an_alarm(
    authority: Authority, context: ssl.SSLContext, script: Script, tokens: tuple[str | NoToken, ...], alarm: str
):
    async with Smarthost(script, tls=context) as smarthost:
        result = await sent(smarthost, authority, Tokens(*tokens))
    assert isinstance(result, Later)
    assert alarm in result.alarm
    assert bool(alarm) == bool(result.alarm)
    assert smarthost.accepted == []


async def test_a_server_that_takes_no_tokens_is_told(authority: Authority, context: ssl.SSLContext):
    plain_only = "250-smarthost.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"
    async with Smarthost({"EHLO": plain_only}, tls=context) as smarthost:
        result = await sent(smarthost, authority, Tokens("T1"))
    assert isinstance(result, Later)
    assert "offers none of the login methods xoauth2" in result.alarm
    assert not any(line.startswith("AUTH") for line in smarthost.commands)

"""Delivery against a scripted mail server: every stage of RFC 5321 refuses, hesitates or hangs up once."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail.delivery import RETRY, Failed, Later, Result, Sent, SmarthostSettings, Uncertain, retry_at
from helpdeskd.mail.smtp_delivery import Courier
from tests.servers.certificates import Authority, expired, serving
from tests.servers.smarthost import CUT, CUT_AFTER_ACCEPTING, SILENCE, Smarthost

RAW = b"From: support@desk.example\r\nTo: anna@bakery.example\r\nSubject: Hello\r\n\r\nGood morning.\r\n"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ALARM = "an alarm"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> tuple[ssl.SSLContext, str]:
    """TLS of a server at 127.0.0.1, and what its clients trust."""
    return serving(authority.issue("127.0.0.1")), str(authority.certificate)


@pytest.fixture
async def courier_for() -> AsyncIterator[Callable[..., Courier]]:
    """Makes couriers for a smarthost and closes them afterwards."""
    made: list[Courier] = []

    def make(smarthost: Smarthost, **changes) -> Courier:
        settings = SmarthostSettings(host="127.0.0.1", port=smarthost.port, tls="none", timeout=10, answer_seconds=10)
        made.append(Courier(replace(settings, **changes)))
        return made[-1]

    yield make
    for courier in made:
        await courier.close()


async def deliver(courier: Courier, recipient: str = "anna@bakery.example", raw: bytes = RAW) -> Result:
    return await courier.deliver("support@desk.example", recipient, raw)


def with_login(certificate, **changes) -> dict:
    _, ca_file = certificate
    return {"tls": "starttls", "ca_file": ca_file, "login": "desk", "password": lambda: "secret", **changes}


async def test_a_mail_is_handed_over_with_its_envelope(courier_for):
    async with Smarthost() as smarthost:
        result = await deliver(courier_for(smarthost))
    assert result == Sent("250 2.0.0 queued as 4711", "2.0.0")
    assert smarthost.accepted[0].mail == f"MAIL FROM:<support@desk.example> SIZE={len(RAW)}"
    assert smarthost.accepted[0].rcpt == "RCPT TO:<anna@bakery.example>"
    assert smarthost.accepted[0].raw == RAW


async def test_the_null_reverse_path_is_written_as_one(courier_for):
    async with Smarthost() as smarthost:
        await courier_for(smarthost).deliver("", "anna@bakery.example", RAW)
    assert smarthost.accepted[0].mail.startswith("MAIL FROM:<> ")


# What each stage makes of 4xx, 5xx and a cut. 4xx passes by itself; 5xx before the recipient is about us.


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "final dot"])
@pytest.mark.parametrize("code", ["421 4.3.2", "450 4.2.0", "451 4.3.0"])
async def test_f15_a_4xx_at_any_stage_means_later(courier_for, certificate, stage, code):
    async with Smarthost({stage: f"{code} not now"}, tls=certificate[0]) as smarthost:
        result = await deliver(courier_for(smarthost, **with_login(certificate)))
    assert isinstance(result, Later)
    assert result.alarm == ""
    assert smarthost.accepted == []


@pytest.mark.parametrize(
    ("stage", "reply", "expected"),
    [
        ("greeting", "554 5.3.2 go away", ALARM),
        ("EHLO", "550 5.7.1 we do not like your name", ALARM),
        ("STARTTLS", "501 5.5.4 no", ALARM),
        ("AUTH", "535 5.7.8 wrong password", ALARM),
        ("MAIL", "550 5.7.1 not from you", ALARM),
        ("MAIL", "552 5.3.4 message too big", Failed("552 5.3.4 message too big", "5.3.4")),
        ("MAIL", "554 5.6.0 malformed", Failed("554 5.6.0 malformed", "5.6.0")),
        ("RCPT", "550 5.1.1 no such user", Failed("550 5.1.1 no such user", "5.1.1")),
        ("RCPT", "552 mailbox full", Failed("552 mailbox full", "5.0.0")),
        ("RCPT", "530 5.7.0 authentication required", ALARM),
        ("DATA", "554 5.5.1 no valid recipients", Failed("554 5.5.1 no valid recipients", "5.5.1")),
        ("DATA", "503 5.5.1 bad sequence", ALARM),
        ("final dot", "554 5.7.1 spam", Failed("554 5.7.1 spam", "5.7.1")),
        ("final dot", "500 line too long", Failed("500 line too long", "5.0.0")),
    ],
)
async def test_f15_a_5xx_is_about_the_mail_or_about_us(courier_for, certificate, stage, reply, expected):
    async with Smarthost({stage: reply}, tls=certificate[0]) as smarthost:
        result = await deliver(courier_for(smarthost, **with_login(certificate)))
    if expected is ALARM:
        assert isinstance(result, Later)
        assert reply[4:] in result.alarm
    else:
        assert result == expected
    assert smarthost.accepted == []


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("step", [CUT, SILENCE])
async def test_a_cut_or_silence_before_the_text_means_later(courier_for, certificate, stage, step):
    async with Smarthost({stage: step}, tls=certificate[0]) as smarthost:
        timeout = 0.3 if step == SILENCE else 10
        result = await deliver(courier_for(smarthost, **with_login(certificate, timeout=timeout)))
    assert isinstance(result, Later)
    assert result.alarm == ""


@pytest.mark.parametrize("tls", ["none", "starttls"])
async def test_f16_a_cut_within_the_text_means_later(courier_for, certificate, tls):
    big = RAW + (b"x" * 70 + b"\r\n") * 200_000
    async with Smarthost({"text": CUT}, tls=certificate[0]) as smarthost:
        result = await deliver(courier_for(smarthost, tls=tls, ca_file=certificate[1]), raw=big)
    assert isinstance(result, Later)
    assert "the text" in result.reply


@pytest.mark.parametrize("step", [CUT, CUT_AFTER_ACCEPTING, SILENCE, "354 go on"])
async def test_f16_no_answer_after_the_final_dot_is_uncertain(courier_for, step):
    async with Smarthost({"final dot": step}) as smarthost:
        result = await deliver(courier_for(smarthost, answer_seconds=0.3))
    assert isinstance(result, Uncertain)
    assert len(smarthost.accepted) == (step == CUT_AFTER_ACCEPTING)


async def test_replies_that_are_none_are_an_alarm(courier_for):
    async with Smarthost({"RCPT": "what?"}) as nonsense, Smarthost({"DATA": "250 ok"}) as confused:
        assert isinstance(await deliver(courier_for(nonsense)), Later)
        surprised = await deliver(courier_for(confused))
    assert isinstance(surprised, Later)
    assert "unexpected reply to DATA" in surprised.alarm


async def test_a_reply_is_kept_as_one_printable_line(courier_for):
    async with Smarthost({"RCPT": "550-5.1.1 first\r\n550 5.1.1 se\x1bcond" + "x" * 600}) as smarthost:
        result = await deliver(courier_for(smarthost))
    assert result.reply.startswith("550 5.1.1 first 5.1.1 se condxxx")
    assert len(result.reply) == 500


async def test_f14_nobody_listening_means_later(courier_for):
    async with Smarthost() as smarthost:
        courier = courier_for(smarthost)
    result = await deliver(courier)
    assert isinstance(result, Later)
    assert result.alarm == ""


# One connection is kept.


async def test_mails_share_a_connection(courier_for):
    async with Smarthost() as smarthost:
        courier = courier_for(smarthost)
        results = await asyncio.gather(*(deliver(courier, f"a{n}@bakery.example") for n in range(5)))
    assert [type(result) for result in results] == [Sent] * 5
    assert smarthost.connections == 1
    assert [mail.rcpt for mail in smarthost.accepted] == [f"RCPT TO:<a{n}@bakery.example>" for n in range(5)]


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "final dot"])
async def test_a_refused_mail_does_not_cost_the_connection(courier_for, stage):
    async with Smarthost({stage: ["554 5.0.0 no"]}) as smarthost:
        courier = courier_for(smarthost)
        assert isinstance(await deliver(courier), Failed)
        assert isinstance(await deliver(courier), Sent)
    assert smarthost.connections == 1


async def test_a_connection_that_cannot_be_reset_is_not_used_again(courier_for):
    async with Smarthost({"RCPT": ["550 5.1.1 no"], "RSET": "500 what?"}) as smarthost:
        courier = courier_for(smarthost)
        await deliver(courier)
        assert isinstance(await deliver(courier), Sent)
    assert smarthost.connections == 2


async def test_a_server_that_closed_meanwhile_is_called_again(courier_for):
    async with Smarthost() as smarthost:
        courier = courier_for(smarthost)
        await deliver(courier)
        await smarthost.hang_up()
        assert isinstance(await deliver(courier), Sent)
    assert smarthost.connections == 2
    assert len(smarthost.accepted) == 2


@pytest.mark.parametrize("step", ["421 4.4.2 idle for too long", CUT])
async def test_a_server_that_closes_at_the_next_mail_is_called_again_once(courier_for, step):
    async with Smarthost({"MAIL": ["250 ok", step, step]}) as smarthost:
        courier = courier_for(smarthost)
        await deliver(courier)
        assert isinstance(await deliver(courier), Later)
        assert isinstance(await deliver(courier), Sent)
    assert smarthost.connections == 3


@pytest.mark.parametrize(("mails", "connections"), [(3, 1), (4, 2)])
async def test_a_connection_carries_so_many_mails_and_no_more(courier_for, mails, connections):
    async with Smarthost() as smarthost:
        courier = courier_for(smarthost, mails_per_connection=3)
        for _ in range(mails):
            await deliver(courier)
    assert smarthost.connections == connections


async def test_an_idle_connection_is_closed_politely(courier_for):
    async with Smarthost() as smarthost:
        await deliver(courier_for(smarthost, idle_seconds=0))
        await smarthost.all_gone()
    assert smarthost.commands[-1] == "QUIT"


async def test_a_cancelled_delivery_leaves_no_half_transaction(courier_for):
    async with Smarthost({"final dot": [SILENCE]}) as smarthost:
        courier = courier_for(smarthost)
        delivery = asyncio.ensure_future(deliver(courier))
        await smarthost.said(".")
        delivery.cancel()
        with pytest.raises(asyncio.CancelledError):
            await delivery
        await smarthost.all_gone()
        assert isinstance(await deliver(courier), Sent)
    assert smarthost.connections == 2


# TLS: verified, or nothing is said.


async def test_starttls_and_implicit_tls_carry_the_mail_and_the_login(courier_for, certificate):
    context, _ = certificate
    async with Smarthost(tls=context) as upgraded, Smarthost(tls=context, implicit=True) as implicit:
        assert isinstance(await deliver(courier_for(upgraded, **with_login(certificate))), Sent)
        assert isinstance(await deliver(courier_for(implicit, **with_login(certificate, tls="implicit"))), Sent)
    assert [mail.secure for mail in upgraded.accepted + implicit.accepted] == [True, True]
    assert "AUTH PLAIN AGRlc2sAc2VjcmV0" in implicit.commands
    assert upgraded.commands.index("STARTTLS") < upgraded.commands.index("AUTH PLAIN AGRlc2sAc2VjcmV0")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_many_mails_follow_each_other_on_one_secure_connection(courier_for, certificate, tls):
    async with Smarthost(tls=certificate[0], implicit=tls == "implicit") as smarthost:
        courier = courier_for(smarthost, **with_login(certificate, tls=tls, timeout=5))
        assert [type(await deliver(courier)) for _ in range(4)] == [Sent] * 4
    assert smarthost.connections == 1


async def test_without_starttls_nothing_is_sent(courier_for, certificate):
    async with Smarthost() as smarthost:
        result = await deliver(courier_for(smarthost, **with_login(certificate)))
    assert isinstance(result, Later)
    assert "does not offer STARTTLS" in result.alarm
    assert smarthost.commands == ["EHLO localhost"]


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ("unknown authority", "unable to get local issuer certificate"),
        ("wrong name", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        ("expired", "certificate has expired"),
    ],
)
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_bad_certificate_stops_delivery_with_an_alarm(courier_for, authority, trouble, why, tls):
    ca_file = None if trouble == "unknown authority" else str(authority.certificate)
    name = "another.example" if trouble == "wrong name" else "127.0.0.1"
    context = serving(expired(authority) if trouble == "expired" else authority.issue(name))
    async with Smarthost(tls=context, implicit=tls == "implicit") as smarthost:
        result = await deliver(courier_for(smarthost, tls=tls, ca_file=ca_file))
    assert isinstance(result, Later)
    assert why in result.alarm
    assert smarthost.accepted == []
    assert not any(command.startswith(("AUTH", "MAIL")) for command in smarthost.commands)


async def test_implicit_tls_to_a_server_that_has_none_is_an_alarm(courier_for):
    async with Smarthost() as smarthost:
        result = await deliver(courier_for(smarthost, tls="implicit"))
    assert isinstance(result, Later)
    assert "no valid TLS" in result.alarm


async def test_a_login_that_cannot_be_read_or_used_is_an_alarm(courier_for, certificate, tmp_path: Path):
    missing = tmp_path / "password"
    async with Smarthost(tls=certificate[0]) as smarthost:
        unreadable = await deliver(courier_for(smarthost, **with_login(certificate, password=missing.read_text)))
        no_ca = await deliver(courier_for(smarthost, tls="starttls", ca_file=str(missing)))
    async with Smarthost({"EHLO": "250-hello\r\n250 STARTTLS"}, tls=certificate[0]) as smarthost:
        no_method = await deliver(courier_for(smarthost, **with_login(certificate)))
    assert "cannot be read" in unreadable.alarm
    assert "cannot be read" in no_ca.alarm
    assert "none of the login methods plain, login" in no_method.alarm


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_host_may_be_spoken_to_without_tls(host):
    assert SmarthostSettings(host, 25, "none").host == host


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"host": "mail.example", "tls": "none"}, "not for mail.example"),
        ({"host": "127.0.0.1", "tls": "none", "login": "desk", "password": str}, "needs TLS"),
        ({"host": "mail.example", "tls": "starttls", "login": "desk"}, "needs a password"),
    ],
)
def test_settings_that_would_send_in_clear_are_refused(changes, why):
    with pytest.raises(ValueError, match=why):
        SmarthostSettings(port=25, **changes)


# Addresses and bytes.


async def test_a_domain_is_written_as_a_label(courier_for):
    async with Smarthost() as smarthost:
        await deliver(courier_for(smarthost), "anna@Bäckerei.example")
    assert smarthost.accepted[0].rcpt == "RCPT TO:<anna@xn--bckerei-5wa.example>"


async def test_letters_outside_ascii_need_smtputf8(courier_for):
    async with Smarthost() as old, Smarthost(extensions=("SMTPUTF8",)) as new:
        refused = await deliver(courier_for(old), "søren@desk.example")
        sent = await deliver(courier_for(new), "søren@desk.example")
    assert isinstance(refused, Failed)
    assert "does not offer SMTPUTF8" in refused.reply
    assert isinstance(sent, Sent)
    assert (new.accepted[0].mail[-9:], new.accepted[0].rcpt) == (" SMTPUTF8", "RCPT TO:<søren@desk.example>")


async def test_eight_bit_content_needs_8bitmime(courier_for):
    raw = RAW + "Tot ziens, René\r\n".encode()
    async with Smarthost(extensions=()) as old, Smarthost() as new:
        refused = await deliver(courier_for(old), raw=raw)
        await deliver(courier_for(new), raw=raw)
    assert isinstance(refused, Failed)
    assert "does not offer 8BITMIME" in refused.reply
    assert new.accepted[0].mail.endswith(" BODY=8BITMIME")
    assert new.accepted[0].raw == raw


@pytest.mark.parametrize(
    "address",
    ["", "anna", "@bakery.example", "a b@x.example", "a>@x.example", "a\r\nRSET@x.example", "a@x> SIZE=1", "a@x..y"],
)
async def test_an_address_that_says_more_than_an_address_is_refused(courier_for, address):
    async with Smarthost() as smarthost:
        result = await deliver(courier_for(smarthost), address)
    assert result == Failed("not sent: the address cannot be written in SMTP", "5.1.3")
    assert smarthost.commands == ["EHLO localhost"]


@pytest.mark.parametrize("text", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nb\r\n", b"no end", b"a\n\r\r\n", b""])
async def test_a_text_with_other_line_ends_is_refused(courier_for, text):
    async with Smarthost() as smarthost:
        result = await deliver(courier_for(smarthost), raw=text)
    assert isinstance(result, Failed)
    assert smarthost.connections == 0


@given(st.lists(st.binary(max_size=20).map(lambda line: b"." * (len(line) % 3) + line.translate(None, b"\r\n"))))
async def test_any_lines_arrive_as_they_were(lines):
    raw = b"".join(line + b"\r\n" for line in [b"Subject: x", b"", *lines])
    async with Smarthost() as smarthost:
        courier = Courier(SmarthostSettings("127.0.0.1", smarthost.port, "none"))
        assert isinstance(await deliver(courier, raw=raw), Sent)
        await courier.close()
    assert smarthost.accepted[0].raw == raw


async def test_a_mail_that_begins_with_a_dot_arrives_as_it_was(courier_for):
    async with Smarthost() as smarthost:
        await deliver(courier_for(smarthost), raw=b".\r\n..\r\n")
    assert smarthost.accepted[0].raw == b".\r\n..\r\n"


# When to try again.


def test_f14_the_pauses_grow_from_a_minute_to_an_hour():
    settings = SmarthostSettings("mail.example", 587)
    pauses = [retry_at(n, NOW, NOW, settings) - NOW for n in range(1, 10)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[len(RETRY) - 1], pauses[-1]) == (
        timedelta(minutes=1),
        timedelta(hours=1),
        timedelta(hours=1),
    )


def test_f14_after_five_days_nothing_is_tried_again():
    settings = SmarthostSettings("mail.example", 587)
    created = NOW - timedelta(days=5) + RETRY[-1]
    assert retry_at(120, NOW, created, settings) == NOW + RETRY[-1]
    assert retry_at(120, NOW, created - timedelta(seconds=1), settings) is None

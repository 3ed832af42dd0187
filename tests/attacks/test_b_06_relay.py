"""B06: mail is taken for our own addresses only, and what was taken is never sent back to its envelope sender."""

from collections.abc import Callable

import pytest

from tests.mail.smtp_client import MAIL, House, greeted
from tests.system.desk import ANNA, PIET, SUPPORT, RunningDesk, mail
from tests.system.sink import Sink

VICTIM = "victim@elsewhere.example"


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
@pytest.mark.parametrize("login", [False, True])
@pytest.mark.parametrize("sender", ["<>", "<support@example.org>", "<postmaster@example.org>", f"<{VICTIM}>"])
@pytest.mark.parametrize(
    "recipient", [VICTIM, "nobody@example.org", "support@example.org.elsewhere.example", "support@"]
)
async def test_b06_the_desk_relays_for_nobody(protocol, login, sender, recipient):
    house = House()
    options = {"protocol": protocol, "logins": lambda *_: True, "require_tls_for_auth": False}
    async with greeted(house, **options) as client:
        await client.say("EHLO a" if protocol == "smtp" else "LHLO a")
        if login:
            assert (await client.say("AUTH PLAIN AHByaW50ZXIAc2VjcmV0")).startswith("235 ")
        assert (await client.say(f"MAIL FROM:{sender}")).startswith("250 ")
        assert (await client.say(f"RCPT TO:<{recipient}>"))[:3] in {"550", "553", "501"}
        assert (await client.say("DATA")).startswith("503 ")
    assert house.mails == []


@pytest.mark.parametrize(
    "address", ["postmaster", "Postmaster", "postmaster@mx.example.org", "POSTMASTER@desk.example"]
)
async def test_b06_mail_for_the_postmaster_is_taken(address):
    house = House()
    async with greeted(house, domains=frozenset({"desk.example"})) as client:
        assert (await client.deliver(MAIL, address)).startswith("250 ")
    assert [envelope.forward_path for envelope in house.mails[0][0]] == [address]


BROKEN = (
    b"",
    b"\r\n",
    b"no header at all\r\n",
    b"From: nobody@elsewhere.example\r\nTo: support@desk.example\r\nSubject: Who am I\r\n\r\nHello.\r\n",
    b"From: victim@elsewhere.example\r\nTo: support@desk.example\r\nSubject: Forged\r\n\r\n/close HD-1001\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 3_000,
    b"From: " + b'"' * 20_000 + b"\r\nSubject: Quadratic\r\n\r\nHello.\r\n",
    b"From: mailer-daemon@elsewhere.example\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\n--b--\r\n",
)


def test_b06_after_a_250_no_mail_goes_to_the_envelope_sender_whatever_was_wrong(
    new_desk: Callable[..., RunningDesk], sink: Sink
):
    """A sender's address may be forged: whoever answers to it is used against somebody else (backscatter)."""
    desk = new_desk(smarthost=sink.port)
    desk.start()
    for raw in BROKEN:
        desk.send(raw, sender=VICTIM)
        desk.send(raw, sender="")
    desk.send(mail(), sender=VICTIM, to="postmaster")
    desk.send(mail(2))
    desk.decides(2 * len(BROKEN) + 2, seconds=120)
    desk.sends(2)
    assert {row["recipient"] for row in desk.outbox()} <= {ANNA, PIET, SUPPORT}
    assert {recipient for recipient, _ in sink.mails} <= {ANNA, PIET}
    desk.audit()


def test_b06_what_goes_out_by_itself_says_that_nobody_is_to_be_told_where_it_fails(desk: RunningDesk, sink: Sink):
    """A null reverse-path, or our own address for bounces: never the customer's (RFC 3834 section 3.3)."""
    desk.send(mail())
    desk.sends(2)
    paths = [
        command.removeprefix("MAIL FROM:").partition(" ")[0] for command in sink.commands if command.startswith("MAIL")
    ]
    assert len(paths) == 2
    assert all(path == "<>" or path.startswith("<support+b.") for path in paths)

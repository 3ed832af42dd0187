"""Senders that the desk checks itself: mail straight to its SMTP port, a real DNS server, the checker as a process."""

import base64
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import cache

import dkim
import pytest

from tests.servers.dns import SERVFAIL, SILENCE, DnsServer, running
from tests.servers.process import until
from tests.system.desk import ANNA, PATIENCE_SECONDS, RunningDesk, children, command_line, mail
from tests.system.sink import Sink

KEY = ("s1._domainkey.bakery.example", "TXT")
POLICY = ("_dmarc.bakery.example", "TXT")
PROOF = "dkim=pass header.d=bakery.example"


@cache
def key() -> bytes:
    """Anna's server signs with it."""
    return subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True).stdout


@cache
def record() -> str:
    command = ["openssl", "rsa", "-pubout", "-outform", "DER"]
    der = subprocess.run(command, input=key(), check=True, capture_output=True).stdout
    return f"v=DKIM1; p={base64.b64encode(der).decode()}"


def signed(number: int = 1) -> bytes:
    raw = mail(number, proved=False)
    signature: bytes = dkim.sign(raw, b"s1", b"bakery.example", key(), include_headers=[b"from", b"to", b"subject"])
    return signature + raw


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    with running() as server:
        server.ttl = 0
        server.zone = {KEY: [record()], POLICY: ["v=DMARC1; p=reject"]}
        yield server


def asking(dns: DnsServer) -> str:
    return f'\n[auth]\nnameservers = ["{dns.host}:{dns.port}"]\n'


@pytest.fixture
def desk(new_desk: Callable[..., RunningDesk], sink: Sink, dns: DnsServer) -> RunningDesk:
    """A desk that no relay stands before, and that asks `dns`."""
    running = new_desk(smarthost=sink.port, extra=asking(dns))
    running.change('networks = ["127.0.0.1"]', 'networks = ["192.0.2.99"]')
    running.start()
    return running


def parked(desk: RunningDesk) -> dict[str, object]:
    """The one mail, as soon as it is parked."""
    assert until(lambda: desk.inbox() and desk.inbox()[0]["reason"], PATIENCE_SECONDS), desk.log
    return desk.inbox()[0]


def test_a_signed_mail_that_comes_directly_opens_a_ticket_and_is_answered(desk: RunningDesk, sink: Sink):
    desk.send(signed(), sender="bounces@mailer.example")
    (row,) = desk.decides()
    assert row["fate"] == "opened"
    assert "dmarc=pass" in row["checked"]
    assert desk.log.count("stage=checked") == 1
    assert ANNA not in desk.log
    assert until(lambda: sink.to(ANNA), PATIENCE_SECONDS)


def test_the_same_mail_changed_on_the_way_is_held_and_answered_by_nobody(desk: RunningDesk, sink: Sink):
    desk.send(signed().replace(b"It is on fire.", b"It is on sale."))
    (row,) = desk.decides()
    assert (row["fate"], row["reference"]) == ("held", "")
    assert "dkim=fail" in row["checked"]
    assert sink.to(ANNA) == []


def test_while_the_dns_is_down_a_mail_is_parked_and_it_becomes_a_ticket_when_it_is_back(
    desk: RunningDesk, sink: Sink, dns: DnsServer
):
    dns.zone[KEY] = SERVFAIL
    desk.send(signed(1))
    row = parked(desk)
    assert str(row["reason"]).startswith("parked: ")
    assert (row["status"], row["checked"], desk.outbox(), sink.mails) == ("queued", None, [], [])
    desk.restart()  # which forgets nothing
    assert [row["fate"] for row in desk.inbox()] == [""]
    dns.zone[KEY] = [record()]
    assert desk.run("inbox", "requeue", str(row["id"]))[0] == 0
    (row,) = desk.decides()
    assert row["fate"] == "opened"
    assert until(lambda: sink.to(ANNA), PATIENCE_SECONDS)


def test_a_stranger_cannot_hold_up_a_contact_with_forged_mail_and_silent_name_servers(
    desk: RunningDesk, dns: DnsServer
):
    junk = b"DKIM-Signature: v=1; a=rsa-sha256; d=slow%d.evil.example; s=s1; h=from; bh=AAAA; b=AAAA\r\n"
    dns.zone |= {(f"s1._domainkey.slow{number}.evil.example", "TXT"): SILENCE for number in range(8)}
    desk.send(b"".join(junk % number for number in range(8)) + mail(1, proved=False))
    desk.send(signed(2))
    assert [row["fate"] for row in desk.decides(2)] == ["held", "opened"]
    assert desk.log.count("stage=parked") == 0


def test_a_checker_that_is_killed_is_replaced_and_mail_goes_on(desk: RunningDesk):
    desk.send(signed(1))
    desk.decides()
    (pid,) = [pid for pid in children(desk.pid) if "checker_child" in command_line(pid)]
    os.kill(pid, signal.SIGKILL)
    desk.send(signed(2))
    assert [row["fate"] for row in desk.decides(2)] == ["opened", "opened"]


def test_a_mail_of_a_relay_is_not_checked_and_no_checker_is_started(
    new_desk: Callable[..., RunningDesk], dns: DnsServer
):
    desk = new_desk(extra=asking(dns))
    desk.start()
    desk.send(mail())
    (row,) = desk.decides()
    assert (row["fate"], row["checked"], dns.asked) == ("opened", None, [])
    assert not any("checker_child" in command_line(pid) for pid in children(desk.pid))

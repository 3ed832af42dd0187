"""`helpdeskd explain` shows what a sender is proved by, and really asks the DNS for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.mails import eml, mail
from tests.cli.program import Program
from tests.servers.dns import SERVFAIL, DnsServer, running

PEER = "192.0.2.1"
DIRECT = ("--helo", "mx.bakery.example", "--from-envelope", "anna@bakery.example", "--at", "2026-11-23T10:00")
RESULT = "Authentication-Results: mx.desk.example; spf=pass smtp.mailfrom=bakery.example; dmarc=pass (p=none)"


@pytest.fixture
def dns(config: Path) -> Iterator[DnsServer]:
    """A DNS server that the desk of `config` asks; bakery.example sends from PEER."""
    with running() as server:
        server.zone = {
            ("bakery.example", "TXT"): [f"v=spf1 ip4:{PEER} -all"],
            ("_dmarc.bakery.example", "TXT"): ["v=DMARC1; p=reject"],
        }
        config.write_text(f'{config.read_text()}\n[auth]\nnameservers = ["{server.host}:{server.port}"]\n')
        yield server


def test_a_mail_that_would_come_directly_is_checked_and_each_result_shown(
    helpdeskd: Program, config: Path, dns: DnsServer
) -> None:
    ran = helpdeskd("explain", eml(config.parent), "--peer", PEER, *DIRECT)
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert "spf          pass (smtp.mailfrom=bakery.example)" in lines
    assert "dkim         none" in lines
    assert any(line.startswith("dmarc        pass (header.from=bakery.example") for line in lines)
    assert "strength     aligned (aligned: spf)" in lines


def test_a_client_that_the_domain_does_not_know_proves_nothing(
    helpdeskd: Program, config: Path, dns: DnsServer
) -> None:
    ran = helpdeskd("explain", eml(config.parent), "--peer", "198.51.100.9", *DIRECT, "--json")
    [told] = ran.rows
    assert (ran.status, told["fate"]) == (1, "held")
    assert {(each["method"], each["verdict"]) for each in told["results"]} == {
        ("spf", "fail"),
        ("dkim", "none"),
        ("dmarc", "fail"),
    }


def test_while_the_dns_does_not_answer_the_mail_would_be_parked(
    helpdeskd: Program, config: Path, dns: DnsServer
) -> None:
    dns.zone[("bakery.example", "TXT")] = SERVFAIL
    ran = helpdeskd("explain", eml(config.parent), "--peer", PEER, *DIRECT)
    assert ran.status == 1
    assert "the mail would be parked and checked again" in ran.out


def test_what_nobody_needs_to_check_asks_no_dns(helpdeskd: Program, config: Path, dns: DnsServer) -> None:
    for options in (("--proved",), ("--peer", "10.0.0.7"), ()):
        helpdeskd("explain", eml(config.parent), *options)
    assert dns.asked == []


def test_the_results_of_a_relay_are_shown(helpdeskd: Program, config: Path) -> None:
    raw = f"{RESULT} header.from=bakery.example\r\n".encode() + mail()
    ran = helpdeskd("explain", eml(config.parent, raw), "--at", "2026-11-23T10:00")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert "spf          pass (smtp.mailfrom=bakery.example)" in lines
    assert "dmarc        pass (header.from=bakery.example)" in lines


def test_a_client_that_is_no_address_is_refused(helpdeskd: Program, config: Path) -> None:
    ran = helpdeskd("explain", eml(config.parent), "--peer", "mx.bakery.example")
    assert (ran.status, "argument --peer" in ran.err) == (2, True)

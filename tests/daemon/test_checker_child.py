"""The checker process itself, with a real DNS server: what it says about each mail, and that none hurts another."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from helpdeskd.daemon.wire import AT_ONCE, NO_MEMORY
from tests.servers.dns import SERVFAIL, DnsServer, running

PEER = "192.0.2.1"
MEMORY = 512 << 20
Told = dict[str, Any]


@pytest.fixture(scope="module")
def dns() -> Iterator[DnsServer]:
    with running() as server:
        server.zone = {
            ("bakery.example", "TXT"): [f"v=spf1 ip4:{PEER} -all"],
            ("_dmarc.bakery.example", "TXT"): ["v=DMARC1; p=reject"],
            ("dark.example", "TXT"): SERVFAIL,
            ("_dmarc.dark.example", "TXT"): SERVFAIL,
        }
        yield server


class Child:
    """A checker that runs; leaving it closes its standard input."""

    def __init__(self, dns: DnsServer, memory: int = MEMORY) -> None:
        told = {"nameservers": [[dns.host, dns.port]], "timeout": 20, "sealers": [], "memory": memory}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "helpdeskd.daemon.checker_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "MALLOC_ARENA_MAX": "2"},
        )
        self._write(told | {"log_level": "error", "mark": "00"}, b"")
        assert self.hears() == {"ready": True}

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def give(self, number: int, raw: bytes, reverse_path: str | None = "anna@bakery.example") -> None:
        envelope = {
            "reverse_path": reverse_path,
            "forward_path": "support@desk.example",
            "received_at": "2026-11-02T09:00:00+00:00",
            "source": "smtp",
            "peer": PEER,
            "login": "",
            "account": "mx",
            "helo": "mx.bakery.example",
            "checked": None,
        }
        self._write({"id": number, "size": len(raw), "envelope": envelope}, raw)

    def hears(self) -> Told:
        assert self.process.stdout is not None
        told: Told = json.loads(self.process.stdout.readline() or b"{}")
        return told

    def _write(self, told: Told, raw: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told).encode() + b"\n" + raw)
        self.process.stdin.flush()


def mail(sender: str = "anna@bakery.example", text: bytes = b"It hangs.\r\n") -> bytes:
    return f"From: {sender}\r\nTo: support@desk.example\r\nSubject: Printer\r\n\r\n".encode() + text


def test_a_mail_is_told_with_what_was_found(dns: DnsServer) -> None:
    with Child(dns) as child:
        child.give(7, mail())
        told = child.hears()
    assert told["id"] == 7
    assert told["found"].startswith("helpdeskd; spf=pass smtp.mailfrom=bakery.example")
    assert "dmarc=pass header.from=bakery.example" in told["found"]


def test_a_mail_about_which_the_dns_cannot_answer_is_told_as_for_later(dns: DnsServer) -> None:
    with Child(dns) as child:
        child.give(1, mail("anna@dark.example"), "anna@dark.example")
        told = child.hears()
    assert (told["id"], set(told)) == (1, {"id", "later"})
    assert "dark.example" in told["later"]


@pytest.mark.parametrize("sender", ["", "anna", "anna@bakery.example, eve@elsewhere.example", "Group: a@b.example;"])
def test_a_mail_whose_from_names_nobody_is_not_asked_about(dns: DnsServer, sender: str) -> None:
    dns.asked.clear()
    with Child(dns) as child:
        child.give(1, mail(sender))
        assert child.hears() == {"id": 1, "found": "helpdeskd; none"}
    assert dns.asked == []


def test_many_mails_at_once_are_all_answered_each_under_its_own_number(dns: DnsServer) -> None:
    with Child(dns) as child:
        for number in range(2 * AT_ONCE):
            child.give(number, mail(text=b"x" * 10_000 + b"\r\n"))
        assert {child.hears()["id"] for _ in range(2 * AT_ONCE)} == set(range(2 * AT_ONCE))


def test_the_largest_mail_is_checked_within_the_memory(dns: DnsServer) -> None:
    with Child(dns) as child:
        child.give(1, mail(text=b"It hangs.\r\n" * (50 << 20 >> 4)))
        assert "dmarc=pass" in child.hears()["found"]


def test_a_mail_for_which_the_memory_is_not_enough_ends_the_process_for_the_supervisor_to_see(dns: DnsServer) -> None:
    with Child(dns, memory=160 << 20) as child:
        child.give(1, mail(text=b" \r\n" * (20 << 20)))
        assert child.hears() == {}
        assert child.process.wait(30) in {1, NO_MEMORY}

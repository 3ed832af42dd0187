"""A mail, its way and the DNS around it, honest until a case breaks one thing.

Anna of acme.example writes through a provider: `mailer.example` is the reverse-path and passes SPF without alignment,
and her mail is signed by acme.example, selector s1. A case changes the scene; `found` says what the check makes of it.
"""

import base64
import functools
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dkim
import nacl.signing

from helpdeskd.domain.message import Envelope
from helpdeskd.mail.proof.check import check
from helpdeskd.mail.proof.dns import Limits, Resolver, Temporary
from helpdeskd.triage.authenticate import aligned
from helpdeskd.triage.authentication_results import read
from tests.servers.dns import DnsServer, Zone

HERE = "192.0.2.1"
NOW = datetime.now(UTC)
LIMITS = Limits(question=2.0)
SIGNED = [b"from", b"to", b"subject", b"date", b"message-id"]
ED25519 = nacl.signing.SigningKey(b"0123456789abcdef0123456789abcdef")


def pem(name: str, bits: int = 2048) -> bytes:
    """A private RSA key, the same one for the same name."""
    return _pem(name, bits)


@functools.cache
def _pem(_name: str, bits: int) -> bytes:
    return subprocess.run(["openssl", "genrsa", str(bits)], check=True, capture_output=True).stdout


@functools.cache
def public(name: str, bits: int = 2048) -> str:
    """The record of that key."""
    command = ["openssl", "rsa", "-pubout", "-outform", "DER"]
    der = subprocess.run(command, input=pem(name, bits), check=True, capture_output=True).stdout
    return f"v=DKIM1; p={base64.b64encode(der).decode()}"


def ed25519() -> str:
    return f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(ED25519.verify_key)).decode()}"


@dataclass
class Signer:
    """How a mail is signed. `tags` replaces tags of the field before it is signed, or takes them away with None."""

    domain: bytes = b"acme.example"
    selector: bytes = b"s1"
    key: bytes = b""
    algorithm: bytes = b"rsa-sha256"
    canonical: tuple[bytes, bytes] = (b"relaxed", b"relaxed")
    fields: list[bytes] = field(default_factory=lambda: list(SIGNED))
    length: bool = False
    tags: dict[bytes, bytes | None] = field(default_factory=dict)

    def sign(self, raw: bytes) -> bytes:
        key = self.key or pem("acme")
        return _Library(raw, self).sign(
            self.selector, self.domain, key, self.algorithm, None, self.canonical, [b"from"], self.length
        )


class _Library(dkim.DKIM):
    """dkimpy, which signs without From and with any tags."""

    def __init__(self, raw: bytes, how: Signer) -> None:
        super().__init__(raw)
        self.how = how

    def gen_header(self, fields: list[tuple[bytes, bytes]], _: Any, *rest: Any, **more: Any) -> bytes:
        tags: dict[bytes, bytes | None] = dict(fields)
        tags[b"h"] = b" : ".join(self.how.fields)
        signature = tags.pop(b"b")
        tags |= self.how.tags
        kept = [(name, value) for name, value in [*tags.items(), (b"b", signature)] if value is not None]
        return super().gen_header(kept, self.how.fields, *rest, **more)


@dataclass
class Scene:
    zone: Zone = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    text: str = "Good morning.\r\n\r\nThe  printer is on fire.\r\n"
    signers: list[Signer] = field(default_factory=lambda: [Signer()])
    afterwards: Callable[[bytes], bytes] = lambda raw: raw
    author: str = "acme.example"
    reverse_path: str | None = "bounces@mailer.example"
    peer: str = HERE
    helo: str = "mx.mailer.example"
    source: str = "smtp"
    received: datetime = field(default_factory=lambda: datetime.now(UTC))
    sealers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.zone |= {
            ("mailer.example", "TXT"): [f"v=spf1 ip4:{HERE} -all"],
            ("s1._domainkey.acme.example", "TXT"): [public("acme")],
            ("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=reject; rua=mailto:dmarc@acme.example"],
        }
        self.fields = [
            "From: Anna <anna@acme.example>",
            "To: support@desk.example",
            "Subject: Printer",
            "Date: Mon, 2 Nov 2026 10:00:00 +0000",
            "Message-ID: <1@acme.example>",
        ]

    @property
    def raw(self) -> bytes:
        raw = ("\r\n".join(self.fields) + "\r\n\r\n" + self.text).encode()
        for signer in self.signers:
            raw = signer.sign(raw) + raw
        return self.afterwards(raw)

    def txt(self, name: str, *texts: str | list[str]) -> None:
        self.zone[(name, "TXT")] = list(texts)

    def replace(self, old: bytes, new: bytes) -> None:
        """Something changes on the way, after the signature."""
        before = self.afterwards
        self.afterwards = lambda raw: before(raw).replace(old, new, 1)

    def write_as(self, domain: str) -> None:
        """The author is of another domain."""
        self.author = domain
        self.fields[0] = f"From: Anna <anna@{domain}>"

    def spf_only(self, record: str = f"v=spf1 ip4:{HERE} -all") -> None:
        """No signature; acme.example's own server brings the mail."""
        self.signers = []
        self.reverse_path = "anna@acme.example"
        self.txt("acme.example", record)

    @property
    def envelope(self) -> Envelope:
        way = {"source": self.source, "peer": self.peer, "helo": self.helo}
        return Envelope(self.reverse_path, "support@desk.example", self.received, **way)

    def check(self, dns: DnsServer) -> str:
        """What the check says; Temporary passes through."""
        dns.zone = self.zone
        return check(self.raw, self.author, self.envelope, Resolver([(dns.host, dns.port)], LIMITS), self.sealers)

    def found(self, dns: DnsServer) -> str:
        """The verdicts `spf dkim[+dkim…] dmarc[=policy] method`, each `-` where there is none; or `temporary`."""
        try:
            value = self.check(dns)
        except Temporary:
            return "temporary"
        results = read(value)
        assert results is not None
        assert results.authserv_id == "helpdeskd"
        said = {method: [r.verdict for r in results.results if r.method == method] for method in ("spf", "dkim")}
        dmarc = next((r for r in results.results if r.method == "dmarc"), None)
        policy = dmarc.properties.get("policy.dmarc", "") if dmarc else ""
        words = [
            "+".join(said["spf"]) or "-",
            "+".join(said["dkim"]) or "-",
            f"{dmarc.verdict}{'=' if policy else ''}{policy}" if dmarc else "-",
            (dmarc.properties.get("policy.aligned", "") if dmarc else "") or aligned(results.results, self.author),
        ]
        return " ".join(word or "-" for word in words)


Change = Callable[[Scene], None]


@dataclass(frozen=True)
class Case:
    """What is broken, what the check must say, and the one change to the scene."""

    name: str
    expected: str
    change: Change

"""A list that a company trusts changes the mail and seals what it saw: only a trusted, whole, last seal counts."""

import base64
import hashlib
from typing import Any

import dkim

from tests.mail.proof.cases_dkim import mailing_list
from tests.mail.proof.scene import Case, Change, Scene, pem, public
from tests.servers.dns import SERVFAIL

SEEN = b"mx.list.example; dkim=pass header.d=acme.example; dmarc=pass header.from=acme.example"
GOOD, NO = "- pass pass dmarc", "pass fail+policy fail=reject -"
FIELDS = [b"from", b"to", b"subject", b"date"]


def seal(raw: bytes, domain: bytes, seen: bytes = SEEN, **how: object) -> bytes:
    """The mail with a set by that domain more; dkimpy takes what was seen from an Authentication-Results field."""
    name = seen.partition(b";")[0]
    field = b"Authentication-Results: " + seen + b"\r\n"
    return b"".join(dkim.arc_sign(field + raw, b"s1", domain, pem("acme"), name, include_headers=FIELDS, **how)) + raw


def sealed(*domains: str, trusted: str = "list.example", seen: bytes = SEEN) -> Change:
    """The mailing list's mail, sealed by these in turn."""

    def change(scene: Scene) -> None:
        mailing_list(scene)
        scene.sealers = frozenset({trusted} if trusted else ())
        distribute = scene.afterwards

        def chain(raw: bytes) -> bytes:
            mail, said = distribute(raw), seen
            for domain in domains:
                mail, said = seal(mail, domain.encode(), said), seen + b"; arc=pass"
            return mail

        scene.afterwards = chain
        scene.zone |= {(f"s1._domainkey.{domain}", "TXT"): [public("acme")] for domain in domains}

    return change


def then(change: Change, old: bytes, new: bytes) -> Change:
    def both(scene: Scene) -> None:
        change(scene)
        scene.replace(old, new)

    return both


def fault(change: Change) -> Change:
    def both(scene: Scene) -> None:
        change(scene)
        distribute = scene.afterwards
        scene.afterwards = lambda raw: distribute(raw)
        scene.zone[("s2._domainkey.list.example", "TXT")] = SERVFAIL
        scene.replace(b"d=list.example; s=s1", b"d=list.example; s=s2")

    return both


class _ByLength(dkim.ARC):
    """A sealer that signs nothing but the beginning of the text."""

    def gen_header(self, fields: list[tuple[bytes, bytes]], *rest: Any, **more: Any) -> bytes:
        names = [name for name, _ in fields]
        if b"bh" in names:
            fields.insert(names.index(b"bh"), (b"l", b"10"))
            hashed = base64.b64encode(hashlib.sha256(self.body[:10]).digest())
            fields[:] = [(name, hashed if name == b"bh" else value) for name, value in fields]
        return bytes(super().gen_header(fields, *rest, **more))


def by_length(scene: Scene) -> None:
    sealed(trusted="list.example")(scene)
    distribute = scene.afterwards

    def chain(raw: bytes) -> bytes:
        mail = distribute(raw)
        sealer = _ByLength(b"Authentication-Results: " + SEEN + b"\r\n" + mail)
        return b"".join(sealer.sign(b"s1", b"list.example", pem("acme"), b"mx.list.example", FIELDS)) + mail

    scene.afterwards = chain


def first_seal_broken(scene: Scene) -> None:
    sealed("other.example", "list.example")(scene)
    scene.txt("s1._domainkey.other.example", public("other"))


UNNUMBERED = b"ARC-Authentication-Results: mx.list.example; dmarc=pass header.from=acme.example\r\n"

CASES = [
    Case("arc-of-two-the-first-broken", NO, first_seal_broken),
    Case("arc-results-without-number", NO, then(sealed("list.example"), b"ARC-Auth", UNNUMBERED + b"ARC-Auth")),
    Case("arc", GOOD, sealed("list.example")),
    Case("arc-of-nobody-trusted", NO, sealed("list.example", trusted="")),
    Case("arc-of-another", NO, sealed("evil.example")),
    Case("arc-of-two-the-last-trusted", GOOD, sealed("other.example", "list.example")),
    Case("arc-of-two-the-first-trusted", NO, sealed("list.example", "evil.example")),
    Case("arc-text-changed", NO, then(sealed("list.example"), b"on fire", b"fine")),
    Case("arc-subject-changed", NO, then(sealed("list.example"), b"[talk]", b"[pay]")),
    Case(
        "arc-results-changed",
        NO,
        then(sealed("list.example", seen=SEEN.replace(b"=pass", b"=fail")), b"dmarc=fail", b"dmarc=pass"),
    ),
    Case("arc-of-a-part-of-the-text", NO, by_length),
    Case("arc-saw-a-fail", NO, sealed("list.example", seen=SEEN.replace(b"=pass", b"=fail"))),
    Case("arc-saw-another-author", NO, sealed("list.example", seen=SEEN.replace(b"acme", b"evil"))),
    Case("arc-saw-dkim-only", "- pass - dkim", sealed("list.example", seen=SEEN.partition(b"; dmarc")[0])),
    Case("arc-saw-dmarc-twice", NO, sealed("list.example", seen=SEEN + b"; dmarc=pass header.from=acme.example")),
    Case("arc-claims-a-trusted-domain", NO, then(sealed("evil.example"), b"d=evil.example", b"d=list.example")),
    Case(
        "arc-without-results",
        NO,
        then(sealed("list.example"), b"ARC-Authentication-Results", b"X-Authentication-Results"),
    ),
    Case("arc-without-seal", NO, then(sealed("list.example"), b"ARC-Seal", b"X-Seal")),
    Case(
        "arc-of-number-2",
        NO,
        then(sealed("list.example"), b"ARC-Authentication-Results: i=1", b"ARC-Authentication-Results: i=2"),
    ),
    Case(
        "arc-results-twice",
        NO,
        then(sealed("list.example"), b"ARC-Auth", b"ARC-Authentication-Results: i=1; a; dmarc=pass\r\nARC-Auth"),
    ),
    Case("arc-key-servfail", "temporary", fault(sealed("list.example"))),
    Case("arc-not-needed", "pass pass pass dkim", lambda scene: setattr(scene, "sealers", frozenset({"list.example"}))),
]

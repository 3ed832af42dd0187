"""Attack rows A09 and A10 against our own check: what DKIM, SPF and ARC let through, and nobody is proved by.

The mail is checked against a real name server and parsed, and triage says how strongly its sender is proved. Each
attack is a change to an honest mail that is proved.
"""

from dataclasses import replace

import pytest

from helpdeskd.domain.desk import Trust
from helpdeskd.mail.parse import parse
from helpdeskd.triage.authenticate import authenticate
from helpdeskd.triage.case import Proof, Strength
from helpdeskd.triage.consent import SPF
from tests.mail.proof.cases_arc import sealed, then
from tests.mail.proof.cases_dkim import append, both, prepend, short_key, signer, swap, tags
from tests.mail.proof.cases_spf import way
from tests.mail.proof.conftest import dns, server
from tests.mail.proof.scene import NOW, SIGNED, Change, Scene, Signer, public
from tests.servers.dns import DnsServer

__all__ = ["dns", "server"]

LAST_WEEK = int(NOW.timestamp()) - 7 * 86400


def proof(scene: Scene, dns: DnsServer) -> Proof:
    """How strongly triage takes the sender for proved."""
    return authenticate(parse(scene.raw), replace(scene.envelope, checked=scene.check(dns)), Trust())


def after(change: Change) -> Scene:
    scene = Scene()
    change(scene)
    return scene


def by_a_stranger(scene: Scene) -> None:
    """A signature that verifies, of a domain that the attacker has."""
    scene.signers = [Signer(b"evil.example")]
    scene.txt("s1._domainkey.evil.example", public("acme"))


def by_a_neighbour(scene: Scene) -> None:
    """The attacker has another name below the same registry, which has a policy for all below it."""
    by_a_stranger(scene)
    scene.txt("_dmarc.example", "v=DMARC1; p=reject")


APPENDED = b"\r\nPlease pay 5000 to our new account.\r\n"
FORGERIES: dict[str, Change] = {
    "text appended to a signature with l=": append(APPENDED, length=True),
    "text appended": append(APPENDED),
    "l= over nothing": both(signer(length=True, canonical=(b"relaxed", b"relaxed")), swap("Good", "Bad")),
    "From that is not signed": both(signer(fields=SIGNED[1:]), swap("anna@acme", "boss@acme")),
    "second From above": prepend(b"From: Boss <boss@acme.example>\r\n"),
    "second From below": swap("To: ", "From: Boss <boss@acme.example>\r\nTo: "),
    "second From that is signed": lambda scene: scene.fields.insert(1, "From: Boss <boss@acme.example>"),
    "second Subject above": prepend(b"Subject: Approved\r\n"),
    "second Content-Type above": both(
        lambda scene: scene.fields.append("Content-Type: text/plain"), prepend(b"Content-Type: text/html\r\n")
    ),
    "replay after x=": tags(t=str(LAST_WEEK), x=str(LAST_WEEK + 86400)),
    "key of 512 bits": short_key(512),
    "key of 768 bits": short_key(768),
    "sha1": signer(algorithm=b"rsa-sha1"),
    "signature of a stranger": by_a_stranger,
    "signature of a neighbour in the registry": by_a_neighbour,
    "client that may send for a stranger": lambda scene: scene.signers.clear(),
    "client that calls itself the author's": way(reverse_path="eve@evil.example", helo="acme.example"),
    "client in a record that lets everybody send": way("v=spf1 ip4:0.0.0.0/0 -all"),
    "reverse-path with the author's domain in its local part": way(reverse_path='"a@acme.example"@evil.example'),
}


def test_a09_an_honest_mail_is_proved_by_more_than_spf(dns: DnsServer):
    found = proof(Scene(), dns)
    assert (found.strength, found.address, found.reason.detail) == (Strength.ALIGNED, "anna@acme.example", "dmarc")


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a09_a_signature_or_record_that_says_too_little_proves_nobody(forgery: str, dns: DnsServer):
    assert proof(after(FORGERIES[forgery]), dns).strength is Strength.NONE


@pytest.mark.parametrize("policy", ["v=DMARC1; p=reject", "v=DMARC1; p=none", ""])
def test_a09_spf_alone_never_proves_enough_for_what_must_not_be_forged(policy: str, dns: DnsServer):
    scene = after(way())
    scene.zone.pop(("_dmarc.acme.example", "TXT"))
    if policy:
        scene.txt("_dmarc.acme.example", policy)
    found = proof(scene, dns)
    assert (found.strength, found.reason.detail) == (Strength.ALIGNED, SPF)


def test_a09_spf_beside_a_strangers_signature_is_still_spf_alone(dns: DnsServer):
    scene = after(both(way(), by_a_stranger))
    assert "header.d=evil.example" in scene.check(dns)
    assert proof(scene, dns).reason.detail == SPF


SEALS: dict[str, Change] = {
    "nobody is trusted": sealed("list.example", trusted=""),
    "sealed by a stranger": sealed("evil.example"),
    "sealed by a stranger after a trusted one": sealed("list.example", "evil.example"),
    "sealed by a stranger who names a trusted one": then(sealed("evil.example"), b"d=evil.example", b"d=list.example"),
    "text changed after the seal": then(sealed("list.example"), b"Good morning", b"Pay at once"),
    "From changed after the seal": then(sealed("list.example"), b"Anna <anna@", b"Boss <boss@"),
    "results changed after the seal": then(
        sealed("list.example", seen=b"mx.list.example; dmarc=fail header.from=acme.example"),
        b"dmarc=fail",
        b"dmarc=pass",
    ),
    "results of another author": sealed("list.example", seen=b"mx.list.example; dmarc=pass header.from=evil.example"),
}


def test_a10_a_whole_seal_of_a_trusted_forwarder_proves_what_it_saw(dns: DnsServer):
    assert proof(after(sealed("list.example")), dns).strength is Strength.ALIGNED


@pytest.mark.parametrize("seal", SEALS)
def test_a10_a_forwarder_that_is_not_trusted_or_not_the_last_proves_nobody(seal: str, dns: DnsServer):
    assert proof(after(SEALS[seal]), dns).strength is Strength.NONE

"""Our own check of a mail's sender: SPF, DKIM and DMARC, and ARC where that is configured.

In: the raw mail, the domain of our one reading of its From field, its envelope, and where to ask. Out: the value of an
Authentication-Results field (RFC 8601) by `helpdeskd`, as `triage.authentication_results.read` reads it: every name in
it is an A-label and every reason our own words, so nothing in a mail or in DNS can say a result. The property
`policy.aligned` tells by which method DMARC passed, `policy.dmarc` what the owner asks for where it failed. The only
thing raised is `Temporary`, where the answer depends on a lookup that failed for the moment. The author's domain is
asked first and those of strangers last, so what these take of a mail's time is missing to nobody else; what there is no
time left for proves nothing. Blocks on DNS, for as long as the resolver's limits say; safe for many threads.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from helpdeskd.domain.address import a_label
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.proof import arc, dkim, dmarc, source, spf
from helpdeskd.mail.proof.dns import Lookups, Resolver, Spent, Temporary
from helpdeskd.triage.authenticate import aligned
from helpdeskd.triage.authentication_results import OURS, Result, Results, read

_VERDICTS = frozenset({"pass", "fail", "softfail", "neutral", "none", "policy", "temperror", "permerror"})
_COPIED = ("smtp.mailfrom", "header.d", "header.i", "header.from")
_UNSAFE = re.compile(r"[^A-Za-z0-9._]+")
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class _Finding:
    """One result; a property without a value is left out."""

    method: str
    verdict: str
    reason: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        reason = _UNSAFE.sub("-", self.reason)[:_LONGEST_REASON].strip("-")
        named = {"reason": reason, **self.properties}
        return f"{self.method}={self.verdict}{''.join(f' {name}={value}' for name, value in named.items() if value)}"


@dataclass(frozen=True, slots=True)
class _Author:
    """The domain of the From field, and its policy, or why that is not known."""

    domain: str
    policy: dmarc.Policy | None = None
    unknown: Temporary | None = None

    def owns(self, domain: str, method: str, lookups: Lookups) -> bool:
        """Whether what "dkim" or "spf" proves of a domain proves the author. Raises Temporary."""
        return self.policy.is_aligned(domain, method, lookups) if self.policy else domain == self.domain

    def may_own(self, lookups: Lookups, signer: str) -> bool:
        """Whether the key of a signer is worth asking for."""
        try:
            return self.owns(signer, "dkim", lookups)
        except Spent:
            return False
        except Temporary:
            return True


def _author(domain: str, lookups: Lookups) -> _Author:
    try:
        return _Author(domain, dmarc.discover(domain, lookups) if domain else None)
    except Temporary as error:
        return _Author(domain, unknown=error)


def check(raw: bytes, from_domain: str, envelope: Envelope, dns: Resolver, sealers: frozenset[str]) -> str:
    """The value of our Authentication-Results. `from_domain` is an A-label; `sealers` are domains. Raises Temporary."""
    lookups = dns.lookups()
    mail = source.read(raw)
    author = _author(from_domain, lookups)
    signatures = dkim.verify(mail, from_domain, partial(author.may_own, lookups), envelope.received_at, lookups)
    client = spf.verify(envelope, lookups)
    open_question: Temporary | None = None
    try:
        ours = _value([*_told(client, signatures), *_judged(author, signatures, client, lookups)])
    except Temporary as error:
        ours, open_question = "", error
    if ours and _proves(ours, from_domain):
        return ours
    sealed = arc.sealed(mail, sealers, lookups)
    theirs = _value(_copied(*sealed)) if sealed else ""
    if theirs and _proves(theirs, from_domain):
        return theirs
    if open_question:
        raise open_question
    return ours


def _value(findings: Iterable[_Finding]) -> str:
    return "; ".join([OURS, *map(str, findings)])


def _proves(value: str, domain: str) -> bool:
    """Whether triage will take the value for a proof of that domain."""
    found = read(value)
    return found is not None and bool(aligned(found.results, domain))


def _told(client: spf.Client, signatures: tuple[dkim.Signature, ...]) -> Iterator[_Finding]:
    named = {client.identity: client.domain} if client.identity else {}
    yield _Finding("spf", client.verdict, client.reason, named)
    for each in signatures:
        yield _Finding("dkim", each.verdict, each.reason, {"header.d": each.domain, "header.s": each.selector})
    if not signatures:
        yield _Finding("dkim", "none")


@dataclass(frozen=True, slots=True)
class _Identity:
    """A domain that a method proved, or may prove when its lookups work again."""

    method: str
    domain: str
    verdict: str
    reason: str


def _identities(signatures: tuple[dkim.Signature, ...], client: spf.Client) -> Iterator[_Identity]:
    for each in signatures:
        yield _Identity("dkim", each.domain, each.verdict, each.reason)
    if client.identity == "smtp.mailfrom":
        yield _Identity("spf", client.domain, client.verdict, client.reason)


def _judged(
    author: _Author, signatures: tuple[dkim.Signature, ...], client: spf.Client, lookups: Lookups
) -> Iterator[_Finding]:
    """What DMARC says; nothing where only its policy is not known, and not needed either. Raises Temporary."""
    proved = [each for each in _identities(signatures, client) if each.verdict in {"pass", "temperror"}]
    if not author.domain:
        return
    if author.unknown:
        if any(each.verdict == "pass" and each.domain == author.domain for each in proved):
            return
        raise author.unknown
    by, named = _aligned_method(author, proved, lookups), {"header.from": author.domain}
    if author.policy is None:
        yield _Finding("dmarc", "none", "there is no policy", named)
    elif by:
        yield _Finding("dmarc", "pass", "", {**named, "policy.aligned": by})
    else:
        yield _Finding("dmarc", "fail", "", {**named, "policy.dmarc": _requested(author.policy, lookups)})


def _aligned_method(author: _Author, proved: list[_Identity], lookups: Lookups) -> str:
    """By which method the author is proved; "" for none. Raises Temporary where a lookup could still prove it."""
    open_question: Temporary | None = None
    for each in proved:
        try:
            own = author.owns(each.domain, each.method, lookups)
        except Spent:
            own = False
        except Temporary as error:
            own, open_question = False, error
        if own and each.verdict == "pass":
            return each.method
        if own:
            open_question = Temporary(each.reason)
    if open_question:
        raise open_question
    return ""


def _requested(policy: dmarc.Policy, lookups: Lookups) -> str:
    try:
        return policy.requested(lookups)
    except Temporary:
        return policy.record.policy


def _copied(sealer: str, results: Results) -> Iterator[_Finding]:
    """What the sealer says of SPF, DKIM and DMARC, with nothing of its text but verdicts and domains."""
    yield _Finding("arc", "pass", "", {"header.d": sealer})
    for each in results.results:
        if each.method in {"spf", "dkim", "dmarc"} and each.verdict in _VERDICTS:
            yield _Finding(each.method, each.verdict, f"seen by {sealer}", _domains(each))


def _domains(result: Result) -> dict[str, str]:
    return {name: a_label(result.properties.get(name, "").rpartition("@")[2]) for name in _COPIED}

"""The DKIM signatures of a mail (RFC 6376, 8301, 8463): which domains vouch for its From field and the whole text.

dkimpy canonicalises the header and verifies; what it lets pass and we do not is refused before: a signature over a part
of the text (`l=`), over no From, expired, of the future, by sha1 or a short key, or in a mail that has a field twice
that may be there once (readers differ on which they show) is ignored ("policy") with the reason. So is that of a domain
which cannot vouch for the author, and its key is not asked for: strangers' name servers may be silent on purpose. At
most MOST_SIGNATURES are looked at, those of the author's domain first. Nothing is raised: a lookup that failed for the
moment makes a "temperror", one that the mail has no time left for a "permerror".
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import dkim as library
from dkim.canonicalization import CanonicalizationPolicy, InvalidCanonicalizationPolicyError

from helpdeskd.domain.address import a_label
from helpdeskd.mail.proof import keys
from helpdeskd.mail.proof.dns import Lookups, Spent, Temporary
from helpdeskd.mail.proof.keys import Key, Tags, Unusable
from helpdeskd.mail.proof.source import Field, Source, is_reasonable

MOST_SIGNATURES = 8
SKEW = 900
"""Seconds that clocks may differ."""

_ALGORITHMS = {b"rsa-sha256": b"rsa", b"ed25519-sha256": b"ed25519"}
_ONCE = (
    *(b"from", b"sender", b"reply-to", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references"),
    *(b"mime-version", b"content-type", b"content-transfer-encoding"),
)
_NEEDED = (b"v", b"a", b"b", b"bh", b"d", b"h", b"s")
_SECONDS = re.compile(rb"[0-9]{1,12}")
_BLANK = re.compile(rb"\s+")


@dataclass(frozen=True, slots=True)
class Signature:
    """What one signature proves: a verdict of RFC 8601 §2.7.1; its domain and selector, or "" where they are none."""

    verdict: str
    domain: str = ""
    selector: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A signature's field that can be looked at: its tags, and d= and s= as A-labels."""

    field: Field
    tags: Tags
    domain: str
    selector: str


def verify(
    mail: Source | None, author: str, may_vouch: Callable[[str], bool], received: datetime, lookups: Lookups
) -> tuple[Signature, ...]:
    """The signatures of a mail whose From field is of the domain `author`, that came at `received` (aware UTC).

    `may_vouch` is asked of each domain that signed, whether it may prove the author.
    """
    if mail is None:
        return (Signature("permerror", reason="the header is malformed"),)
    fields = mail.all(b"dkim-signature")
    claims = [claim for field in fields if (claim := _claim(field)) is not None]
    claims.sort(key=lambda claim: -_closeness(claim.domain, author))
    now = received.timestamp()
    found = [_verdict(claim, mail, may_vouch, now, lookups) for claim in claims[:MOST_SIGNATURES]]
    if len(claims) < len(fields):
        found.append(Signature("permerror", reason="a signature is malformed"))
    if len(claims) > MOST_SIGNATURES:
        found.append(Signature("policy", reason=f"only {MOST_SIGNATURES} signatures are looked at"))
    return tuple(found)


def name(value: bytes) -> str:
    """A domain or selector as A-labels (RFC 8616); "" for what is none."""
    return a_label(value.decode("utf-8", "replace")) if len(value) <= 253 else ""


def signed_fields(tags: Tags) -> list[bytes]:
    """The lower-case names in h=."""
    return [each.strip().lower() for each in tags[b"h"].split(b":")]


def _claim(field: Field) -> _Claim | None:
    tags = keys.tags(field[1]) if is_reasonable(field[1]) else None
    if tags is None or any(needed not in tags for needed in _NEEDED):
        return None
    domain, selector = name(tags[b"d"]), name(tags[b"s"])
    return _Claim(field, tags, domain, selector) if "." in domain and selector else None


def _closeness(domain: str, author: str) -> int:
    """How many labels two domains share at their ends; most where they are the same."""
    if domain == author:
        return 1000
    pairs = list(zip(reversed(domain.split(".")), reversed(author.split(".")), strict=False))
    return next((count for count, (ours, theirs) in enumerate(pairs) if ours != theirs), len(pairs))


def _verdict(claim: _Claim, mail: Source, may_vouch: Callable[[str], bool], now: float, lookups: Lookups) -> Signature:
    verdict, reason = "permerror", ""
    try:
        _refuse_malformed(claim.tags)
        reason = _ignored(claim.tags, mail, now)
        if not reason and not may_vouch(claim.domain):
            reason = "the domain is not the author's"
        verdict, reason = ("policy", reason) if reason else _verified(claim, mail, lookups)
    except (Unusable, Spent) as why:
        reason = str(why)
    except Temporary as error:
        verdict, reason = "temperror", str(error)
    return Signature(verdict, claim.domain, claim.selector, reason)


def _refuse_malformed(tags: Tags) -> None:
    """Raises Unusable for what no verifier can take (RFC 6376 §6.1.1)."""
    domain, identity = name(tags[b"d"]), _identity(tags)
    times = [tags[each] for each in (b"t", b"x") if each in tags]
    wrong = (
        tags[b"v"] != b"1"
        or tags.get(b"q", b"dns/txt") != b"dns/txt"
        or not (identity == domain or identity.endswith(f".{domain}"))
        or not all(_SECONDS.fullmatch(each) for each in times)
        or (len(times) == 2 and int(times[1]) < int(times[0]))
    )
    if wrong:
        raise Unusable("the signature is malformed")
    if tags[b"a"] not in _ALGORITHMS and tags[b"a"] != b"rsa-sha1":
        raise Unusable("the algorithm is unknown")


def _identity(tags: Tags) -> str:
    """The domain of i= (RFC 6376 §3.5)."""
    return name(tags.get(b"i", tags[b"d"]).rpartition(b"@")[2])


def _ignored(tags: Tags, mail: Source, now: float) -> str:
    """Why a signature does not count, however well it verifies; "" when it may."""
    if b"l" in tags:
        return "the tag l is ignored"
    if tags[b"a"] == b"rsa-sha1":
        return "sha1 is too weak"
    if b"from" not in signed_fields(tags) or not mail.all(b"from"):
        return "From is not signed"
    if any(len(mail.all(once)) > 1 for once in _ONCE):
        return "a field is there twice that may be there once"
    if b"x" in tags and int(tags[b"x"]) < now - SKEW:
        return "the signature is expired"
    return "the signature is of the future" if int(tags.get(b"t", b"0")) > now + SKEW else ""


def _verified(claim: _Claim, mail: Source, lookups: Lookups) -> tuple[str, str]:
    key = keys.find(claim.selector, claim.domain, lookups)
    if key.kind != _ALGORITHMS[claim.tags[b"a"]]:
        raise Unusable("the key is of another kind")
    if key.strict and _identity(claim.tags) != claim.domain:
        raise Unusable("the key is not for subdomains")
    if _signed_hash(claim.tags) != mail.hashes[_body_canonicalisation(claim.tags)]:
        return "fail", "the text was changed"
    if not _header_verifies(claim, mail, key):
        return "fail", "the header was changed or the key is another"
    return "pass", "the domain is testing" if key.testing else ""


def _signed_hash(tags: Tags) -> bytes:
    try:
        return base64.b64decode(_BLANK.sub(b"", tags[b"bh"]), validate=True)
    except binascii.Error:
        raise Unusable("the signature is malformed") from None


def _body_canonicalisation(tags: Tags) -> bytes:
    try:
        policy = CanonicalizationPolicy.from_c_value(tags.get(b"c"))
    except InvalidCanonicalizationPolicyError:
        raise Unusable("the signature is malformed") from None
    return bytes(policy.body_algorithm.name)


def _header_verifies(claim: _Claim, mail: Source, key: Key) -> bool:
    """Without bh=, since the body is compared here, in linear time and once for all signatures."""
    verifier = library.DKIM(minkey=keys.LEAST_BITS)
    verifier.headers = list(mail.fields)
    verifier.pk, verifier.keysize, verifier.ktag = key.material, key.bits, key.kind
    tags = {each: value for each, value in claim.tags.items() if each != b"bh"}
    try:
        return bool(verifier.verify_sig_process(tags, signed_fields(tags), claim.field, None))
    except Exception:
        return False

"""Public keys of signers, from DNS (RFC 6376 §3.6, RFC 8301, RFC 8463): what dkimpy takes, and what it does not ask.

`find` raises Unusable for a key that proves nothing: none or several, revoked, malformed, for another service or hash,
shorter than 1024 bits; and for one so large that using it would cost seconds.
"""

from dataclasses import dataclass
from typing import Any

import dkim as library
from dkim.util import InvalidTagValueList, parse_tag_value

from helpdeskd.mail.proof.dns import Lookups

LEAST_BITS = 1024
MOST_BITS = 8192
EXPONENTS = range(3, 2**32)

Tags = dict[bytes, bytes]


class Unusable(Exception):
    """A key or signature proves nothing; the text says why, in our words only."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as dkimpy uses it, its DNS record, and its flags: `strict` (t=s) and `testing` (t=y)."""

    record: bytes
    material: Any
    bits: int
    kind: bytes
    strict: bool
    testing: bool


def tags(text: bytes) -> Tags | None:
    """A tag-list (RFC 6376 §3.2); None for what is none."""
    try:
        return dict(parse_tag_value(text))
    except InvalidTagValueList:
        return None


def find(selector: str, domain: str, lookups: Lookups) -> Key:
    """The key of a selector. Raises Unusable and Temporary."""
    records = [(text, found) for text in lookups.txt(f"{selector}._domainkey.{domain}") if (found := tags(text))]
    records = [(text, found) for text, found in records if b"p" in found]
    if len(records) != 1:
        raise Unusable("there are several keys" if records else "there is no key")
    record, found = records[0]
    _refuse_by_tags(found)
    return _loaded(record, _words(found, b"t"))


def _refuse_by_tags(found: Tags) -> None:
    if found.get(b"v", b"DKIM1") != b"DKIM1":
        raise Unusable("the key is malformed")
    if not found[b"p"]:
        raise Unusable("the key is revoked")
    if not {b"*", b"email"} & (_words(found, b"s") or {b"*"}):
        raise Unusable("the key is not for mail")
    if b"sha256" not in (_words(found, b"h") or {b"sha256"}):
        raise Unusable("the key is for another hash")


def _words(found: Tags, name: bytes) -> set[bytes]:
    return {word.strip().lower() for word in found.get(name, b"").split(b":")} - {b""}


def _loaded(record: bytes, flags: set[bytes]) -> Key:
    try:
        material, bits, kind, _ = library.evaluate_pk("key", record)
    except Exception:
        raise Unusable("the key is malformed") from None
    if kind == b"rsa":
        if bits < LEAST_BITS:
            raise Unusable("the key is too short")
        if bits > MOST_BITS or material["publicExponent"] not in EXPONENTS or not material["modulus"] % 2:
            raise Unusable("the key is malformed")
    return Key(record, material, bits, kind, b"s" in flags, b"y" in flags)

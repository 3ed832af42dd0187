"""DMARC (RFC 9989): which policy a domain has, and which domains are the same organisation's.

Both by the tree walk (§4.10) instead of a list of public suffixes: records at `_dmarc.` of the name and its parents, at
most eight. `pct` and what else RFC 9989 removed is not read; a record without a policy that can be read counts as
`p=none` where it asks for reports, else not at all; several records at one name count as none. One thing is stricter
than the RFC: a top-level domain is an organisation only where it says so (`psd=n`), so that a registry which forgets
`psd=y` does not make all its customers one. Everything may raise Temporary.
"""

import re
from dataclasses import dataclass

from helpdeskd.mail.proof.dns import Lookups

POLICIES = ("none", "quarantine", "reject")
MOST_LABELS = 8

_VERSION = re.compile(rb"[ \t]*[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")


@dataclass(frozen=True, slots=True)
class Record:
    """A policy record and the name where it was found; `subdomains` is sp= and `missing` np=, or ""."""

    domain: str
    policy: str
    subdomains: str
    missing: str
    strict: frozenset[str]
    suffix: str
    testing: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """The record that applies to an author's domain, and the domain of its organisation."""

    author: str
    record: Record
    organisation: str

    def is_aligned(self, domain: str, method: str, lookups: Lookups) -> bool:
        """Whether a domain that is proved by "dkim" or "spf" is the author's (§4.4). Raises Temporary."""
        if domain == self.author:
            return True
        if method in self.record.strict or not f".{domain}".endswith(f".{self.organisation}"):
            return False
        return organisation(domain, walk(domain, lookups)) == self.organisation

    def requested(self, lookups: Lookups) -> str:
        """What the owner asks for mail that fails: none, quarantine or reject (§4.7). Raises Temporary."""
        record = self.record
        asked = record.policy
        if record.domain != self.author:
            asked = record.subdomains or asked
            if record.missing and not _exists(self.author, lookups):
                asked = record.missing
        return POLICIES[max(0, POLICIES.index(asked) - record.testing)]


def discover(author: str, lookups: Lookups) -> Policy | None:
    """The policy of an author's domain (§4.10.1); None where there is none. Raises Temporary."""
    records = walk(author, lookups)
    owner = organisation(author, records)
    for place in (author, owner):
        found = next((record for record in records if record.domain == place), None)
        if found:
            return Policy(author, found, owner)
    return Policy(author, records[-1], owner) if records else None


def walk(domain: str, lookups: Lookups) -> tuple[Record, ...]:
    """The records of a domain and its parents, longest name first (§4.10). Raises Temporary."""
    labels = domain.split(".")
    starts = [0, *range(1 if len(labels) < MOST_LABELS else len(labels) - MOST_LABELS + 1, len(labels))]
    records: list[Record] = []
    for start in starts:
        name = ".".join(labels[start:])
        texts = [text for text in lookups.txt(f"_dmarc.{name}") if _VERSION.match(text)]
        record = _record(name, texts[0]) if len(texts) == 1 else None
        if record:
            records.append(record)
        if record and record.suffix in {"y", "n"}:
            break
    return tuple(records)


def organisation(domain: str, records: tuple[Record, ...]) -> str:
    """The organisational domain, from the records of the domain's walk (§4.10.2)."""
    if not records:
        return domain
    last = records[-1]
    if last.suffix == "y" or (last.suffix != "n" and "." not in last.domain):
        return ".".join(domain.split(".")[-last.domain.count(".") - 2 :])
    return last.domain


def _record(name: str, text: bytes) -> Record | None:
    """What can be read of a record (§4.7): the first of each tag; None where it is of no use."""
    values: dict[str, str] = {}
    for part in text.decode("ascii", "replace").lower().split(";"):
        key, _, value = part.partition("=")
        values.setdefault(key.strip(), value.strip())
    asked = [values.get(key, "") for key in ("p", "sp", "np")]
    if asked[0] not in POLICIES or any(each and each not in POLICIES for each in asked[1:]):
        if "mailto:" not in values.get("rua", ""):
            return None
        asked = ["none", "", ""]
    strict = frozenset(method for method in ("dkim", "spf") if values.get(f"a{method}") == "s")
    return Record(name, asked[0], asked[1], asked[2], strict, values.get("psd", "u"), values.get("t") == "y")


def _exists(domain: str, lookups: Lookups) -> bool:
    """Whether a domain has an address or a mail server (§3.2.13)."""
    return any(lookups.ask(domain, kind) for kind in ("A", "AAAA", "MX"))

"""SPF of a mail's client (RFC 7208): may this address send for the domain of the reverse-path?

pyspf evaluates; DNS, its limits and the exact domain are ours. Only a client that spoke SMTP to us is checked. A null
reverse-path is checked by the client's HELO name (§2.3), which aligns with nobody. A record that lets everybody send
(`+all`, 0.0.0.0/0, however it is written) proves nothing and is a "policy". Nothing is raised: a lookup that failed for
the moment makes a "temperror", one that the mail has no time left for a "permerror".
"""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

import spf as library

from helpdeskd.domain.address import a_label
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.proof.dns import Answer, Lookups, Spent, Temporary

MOST_QUESTIONS = 60
NOBODY = {4: "240.0.0.1", 6: "100::1"}
"""Addresses that no client can have (RFC 1112 §4, RFC 6666): what is open to them is open to everybody."""

_LONGEST_NAME = 253
_LONGEST_LOCAL = 64
_VERDICTS = frozenset({"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"})


@dataclass(frozen=True, slots=True)
class Client:
    """What SPF says: a verdict of RFC 8601 §2.7.2, for which identity (smtp.mailfrom or smtp.helo) and domain."""

    verdict: str
    identity: str = ""
    domain: str = ""
    reason: str = ""


def verify(envelope: Envelope, lookups: Lookups) -> Client:
    """What SPF says of the client that brought a mail."""
    address = _address(envelope.peer)
    if envelope.source != "smtp" or envelope.reverse_path is None or not address:
        return Client("none", reason="the client is not known")
    local, _, written = envelope.reverse_path.rpartition("@")
    identity = "smtp.mailfrom" if envelope.reverse_path else "smtp.helo"
    helo = _domain(envelope.helo)
    domain = _domain(written) if envelope.reverse_path else helo
    if not domain:
        return Client("none", reason="there is no domain to ask")
    sender = _Sender(local[:_LONGEST_LOCAL] or "postmaster", domain, helo)
    verdict, reason = _judged(address, sender, lookups)
    return Client(verdict, identity, domain, reason)


@dataclass(frozen=True, slots=True)
class _Sender:
    local: str
    domain: str
    helo: str


def _address(peer: str) -> str:
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _domain(written: str) -> str:
    """A domain of several labels as A-labels (RFC 7208 §4.3), or ""."""
    domain = a_label(written) if len(written) <= _LONGEST_NAME else ""
    return domain if "." in domain else ""


def _judged(address: str, sender: _Sender, lookups: Lookups) -> tuple[str, str]:
    verdict, reason = _asked(address, sender, lookups)
    if verdict == "pass" and _asked(NOBODY[ip_address(address).version], sender, lookups)[0] == "pass":
        return "policy", "the record lets everybody send"
    return verdict, reason


def _asked(address: str, sender: _Sender, lookups: Lookups) -> tuple[str, str]:
    query = _Query(address, sender, lookups)
    try:
        verdict = query.check()[0]
    except Exception:
        return "permerror", "the record is malformed"
    if verdict not in _VERDICTS:
        return "permerror", "the record is malformed"
    return verdict, query.failure if verdict.endswith("error") else ""


class _Query(library.query):  # type: ignore[misc]
    """One evaluation by pyspf, with our DNS. `failure` tells which lookup failed for the moment, or was not made."""

    def __init__(self, address: str, sender: _Sender, lookups: Lookups) -> None:
        super().__init__(i=address, s=f"postmaster@{sender.domain}", h=sender.helo or "unknown")
        self.l, self.s = sender.local, f"{sender.local}@{sender.domain}"
        self.failure = ""
        self._lookups = lookups
        self._left = MOST_QUESTIONS

    def dns(self, name: str, qtype: str, ignore_void: bool = False) -> list[Any]:
        """The records as pyspf knows them; counts those that are empty (§4.6.4)."""
        self._left -= 1
        if self._left < 0:
            raise library.PermError("too many questions")
        try:
            found = _values(self._lookups.ask(str(name), qtype), qtype)
        except Temporary as error:
            self.failure = str(error)
            fault = library.PermError if isinstance(error, Spent) else library.TempError
            raise fault(self.failure) from None
        self.void_lookups += not (found or ignore_void)
        if self.void_lookups > library.MAX_VOID_LOOKUPS:
            raise library.PermError("too many void lookups")
        return found

    def get_explanation(self, spec: str) -> None:
        """None: what a stranger's record says about itself (§6.2) is shown to nobody, so it is not asked."""


def _values(answer: Answer, kind: str) -> list[Any]:
    records: list[Any] = list(answer)
    if kind == "TXT":
        return [record.strings for record in records]
    if kind == "MX":
        return [(record.preference, record.exchange.to_text(omit_final_dot=True)) for record in records]
    if kind == "PTR":
        return [record.target.to_text(omit_final_dot=True) for record in records]
    return [record.address for record in records]

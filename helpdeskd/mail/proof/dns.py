"""DNS for the checks of one mail, within limits that no answer can break.

A `Resolver` is made once: it knows the name servers and keeps answers for their TTL, also that there is nothing. Each
mail asks through `lookups()` of its own, which count its questions and its time. That a name or a record does not exist
is an answer, (); so is an answer over the limits of size, which no honest domain gives. A server that is silent, fails
or says what cannot be read (a loop of aliases too) raises `Temporary`: nothing is known, ask again later. Names may
come from strangers: what cannot be a name has no records. Safe for many threads; it blocks.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import dns.exception
import dns.name
import dns.nameserver
import dns.rdata
import dns.resolver

Answer = tuple[dns.rdata.Rdata, ...]
Question = tuple[dns.name.Name, str]

PORT = 53


class Temporary(Exception):
    """A lookup failed for the moment; the text says which and is safe to log."""


class Spent(Temporary):
    """A question that was not asked, because the mail has used up its time or questions: nor is it another time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds a question and a mail may take; questions a mail may ask; records and bytes an answer may have.

    `kept` answers are remembered, for `longest` seconds at most, and for `nothing` seconds that there is none.
    """

    question: float = 5.0
    mail: float = 20.0
    questions: int = 200
    records: int = 100
    record: int = 4096
    answer: int = 16 * 1024
    kept: int = 1000
    longest: float = 3600.0
    nothing: float = 60.0


class Resolver:
    """Asks the name servers given as (IP address, port), or those of the system."""

    def __init__(self, servers: Sequence[tuple[str, int]] = (), limits: Limits | None = None) -> None:
        """Raises ValueError where no servers are given and the system names none, or an address is none."""
        self.limits = limits or Limits()
        self._kept: OrderedDict[Question, tuple[float, Answer]] = OrderedDict()
        self._lock = threading.Lock()
        try:
            self._library = dns.resolver.Resolver(configure=not servers)
        except dns.resolver.NoResolverConfiguration:
            raise ValueError("the system names no name server (name one in the configuration)") from None
        if servers:
            addresses = [(str(ip_address(address)), port) for address, port in servers]
            self._library.nameservers = [dns.nameserver.Do53Nameserver(*address) for address in addresses]

    def lookups(self) -> "Lookups":
        """The questions of one mail."""
        return Lookups(self)

    def kept(self, question: Question) -> Answer | None:
        """The answer that is still good, or None."""
        with self._lock:
            until, answer = self._kept.get(question, (0.0, ()))
            return answer if until > time.monotonic() else None

    def ask(self, question: Question, seconds: float) -> Answer:
        """The answer of a name server within so many seconds. Raises Temporary."""
        try:
            found = self._library.resolve(*question, lifetime=seconds, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return self._keep(question, (), self.limits.nothing)
        except dns.exception.DNSException as error:
            raise Temporary(f"DNS: {question[1]} of {question[0]}: {type(error).__name__}") from None
        answer = self._within_limits(tuple(found))
        return self._keep(question, answer, found.chaining_result.minimum_ttl if answer else self.limits.nothing)

    def _within_limits(self, answer: Answer) -> Answer:
        sizes = [len(record.to_wire() or b"") for record in answer[: self.limits.records + 1]]
        if len(sizes) > self.limits.records or sum(sizes) > self.limits.answer:
            return ()
        return tuple(record for record, size in zip(answer, sizes, strict=True) if size <= self.limits.record)

    def _keep(self, question: Question, answer: Answer, seconds: float) -> Answer:
        with self._lock:
            self._kept[question] = (time.monotonic() + min(seconds, self.limits.longest), answer)
            self._kept.move_to_end(question)
            while len(self._kept) > self.limits.kept:
                self._kept.popitem(last=False)
        return answer


class Lookups:
    """The questions of one mail: each is asked once, whatever its TTL and also where it failed."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._end = time.monotonic() + resolver.limits.mail
        self._left = resolver.limits.questions
        self._known: dict[Question, Answer | Temporary] = {}

    def ask(self, name: str, kind: str) -> Answer:
        """The records of that kind, aliases followed. Raises Temporary, and Spent."""
        owner = _owner(name)
        if owner is None:
            return ()
        question = (owner, kind)
        if question not in self._known:
            self._known[question] = self._answer(question)
        known = self._known[question]
        if isinstance(known, Temporary):
            raise known
        return known

    def txt(self, name: str) -> tuple[bytes, ...]:
        """The TXT records, each as one string (RFC 7208 §3.3, RFC 6376 §3.6.2.2). Raises Temporary."""
        return tuple(b"".join(record.strings) for record in self.ask(name, "TXT"))  # type: ignore[attr-defined]

    def _answer(self, question: Question) -> Answer | Temporary:
        kept = self._resolver.kept(question)
        if kept is not None:
            return kept
        seconds = min(self._end - time.monotonic(), self._resolver.limits.question)
        if seconds <= 0 or self._left <= 0:
            return Spent(f"DNS: {question[1]} of {question[0]}: the mail has used up its time or questions")
        self._left -= 1
        try:
            return self._resolver.ask(question, seconds)
        except Temporary as error:
            return error


def _owner(name: str) -> dns.name.Name | None:
    """The name as DNS sees it, without the escapes of zone files; None for what cannot be one (RFC 1035 §2.3.4)."""
    try:
        labels = [label.encode("ascii") for label in name.lower().removesuffix(".").split(".")]
        return dns.name.Name([*labels, b""])
    except (UnicodeError, dns.exception.DNSException):
        return None

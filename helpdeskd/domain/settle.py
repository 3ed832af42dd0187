"""Settling one ticket: which of its minutes are free, charged and unapproved, and the lines (policies, "Money").

In: the account of a ticket, the tariffs of its contract, and what it may draw on cards (None: on the statement). Out: a
`Settlement`. It is a pure function of all entries and approvals, so their order of arrival makes no difference, and
what changed after a month was issued shows as a difference to what was issued.

Guarantees (reliability, P13): real + rounding + minimum = free + charged + unapproved; what is charged is at most the
contract's minutes (or the minimum, where it applies) and the approved ones, besides call-outs, which the contract
authorises; no card gives more than it has. `minimum` is what the ticket and its call-outs lacked, less what later work
used up of it. Fails only for tariffs that do not exist (IndexError).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from helpdeskd.domain.authority import Authority, Purse
from helpdeskd.domain.card import Balance, Draw
from helpdeskd.domain.claim import Account, Claim, Claims, claims_of, minimum_of
from helpdeskd.domain.entry import Entry, kept
from helpdeskd.domain.line import Kind, Line, Share
from helpdeskd.domain.tariff import Tariff, price, tariff_at
from helpdeskd.domain.ticket import Reason


@dataclass(frozen=True, slots=True)
class Minutes:
    """real + rounding + minimum = free + charged + unapproved."""

    real: int
    rounding: int
    minimum: int
    free: int
    charged: int
    unapproved: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """One ticket as it stands. `short` is how many of the unapproved minutes are authorised, but on no card."""

    ticket: str
    minutes: Minutes
    lines: tuple[Line, ...]
    free: tuple[Share, ...]
    unapproved: tuple[Share, ...]
    draws: tuple[Draw, ...]
    short: int


@dataclass(slots=True)
class _Till:
    """Takes the claims one after the other, and keeps what became of them."""

    ticket: str
    authority: Authority
    purse: Purse
    lines: list[Line] = field(default_factory=list)
    unapproved: list[Share] = field(default_factory=list)
    served: set[int] = field(default_factory=set)
    prepaid: int = 0
    covered: int = 0
    short: int = 0

    def take(self, claim: Claim) -> None:
        """Minutes paid as minimum come first, then what is authorised and can be paid; the rest is unapproved."""
        used = min(claim.minutes, self.prepaid)
        self.prepaid -= used
        self.covered += used
        charged = self._charge(claim, claim.minutes - used)
        if claim.kind is Kind.MINIMUM:
            self.prepaid += charged
        if used or charged:
            self.served |= claim.entries
        if left := claim.minutes - used - charged:
            self.unapproved.append(Share(self.ticket, claim.day, left))

    def _charge(self, claim: Claim, minutes: int) -> int:
        """How many of the minutes are charged; each approver and each card has a line of its own."""
        room = minutes if claim.standing else self.authority.room(minutes)
        payable = self.purse.payable(room)
        self.short += room - payable
        rate = 0 if self.purse.by_card else claim.rate
        grants: Iterable[tuple[int, str]] = self.authority.grant(payable, rate)
        if claim.standing:
            grants = [(payable, "")]
        before = len(self.lines)
        for granted, by in grants:
            for card, part in self.purse.pay(granted):
                self.lines.append(_line(self.ticket, claim, part, card, by))
        return sum(line.minutes for line in self.lines[before:])


def settle(account: Account, tariffs: Sequence[Tariff], cards: Sequence[Balance] | None = None) -> Settlement:
    """Settles a ticket. `cards` are what it may draw, oldest first (`card.available`); None for the statement."""
    claims = claims_of(account, tariffs)
    till = _Till(account.ticket, Authority(_contract(account, tariffs), account.approvals), Purse(cards))
    for claim in claims.claims:
        if account.refused_at is not None and claim.begun >= account.refused_at:
            till.authority.close(minimum_of(account, tariffs))
        till.take(claim)
    return Settlement(
        account.ticket,
        _minutes(account, claims, till),
        (*till.lines, *_travel(account, claims, till.served, tariffs)),
        claims.free,
        tuple(till.unapproved),
        _draws(account.ticket, till.lines),
        till.short,
    )


def _contract(account: Account, tariffs: Sequence[Tariff]) -> int | None:
    """The minutes that need nobody's approval: a minimum that applies is among them (rule 5)."""
    limit = tariff_at(tariffs, account.accepted_at).authorised_per_ticket
    return None if limit is None else max(limit, minimum_of(account, tariffs))


def _minutes(account: Account, claims: Claims, till: _Till) -> Minutes:
    return Minutes(
        real=sum(entry.minutes for entry in kept(account.entries)),
        rounding=sum(claim.rounding for claim in claims.claims),
        minimum=sum(claim.minimum for claim in claims.claims) - till.covered,
        free=sum(share.minutes for share in claims.free),
        charged=sum(line.minutes for line in till.lines),
        unapproved=sum(share.minutes for share in till.unapproved),
    )


def _line(ticket: str, claim: Claim, minutes: int, card: str, by: str) -> Line:
    """A line for a part of a claim; from a card it has no price."""
    rate = 0 if card else claim.rate
    told = (("from-card", card), ("approved-by", by))
    notes = (*claim.notes, *(Reason(code, detail) for code, detail in told if detail))
    return Line(claim.kind, ticket, claim.day, minutes, rate, price(minutes, rate), card=card, notes=notes)


def _travel(account: Account, claims: Claims, served: set[int], tariffs: Sequence[Tariff]) -> list[Line]:
    """Kilometres of the entries of which something is charged; of free ones where the contract authorises all."""
    priced = {entry for claim in claims.claims for entry in claim.entries}
    free_too = not account.nocharge and _contract(account, tariffs) is None
    return [
        _kilometres(entry, tariff_at(tariffs, entry.begins))
        for entry in kept(account.entries)
        if entry.km and (entry.id in served or (free_too and entry.id not in priced))
    ]


def _kilometres(entry: Entry, tariff: Tariff) -> Line:
    day = entry.begins.astimezone(tariff.calendar.zone).date()
    return Line(Kind.TRAVEL, entry.ticket, day, 0, tariff.travel, entry.km * tariff.travel, entry.km)


def _draws(ticket: str, lines: Sequence[Line]) -> tuple[Draw, ...]:
    cards = dict.fromkeys(line.card for line in lines if line.card)
    return tuple(Draw(card, ticket, sum(line.minutes for line in lines if line.card == card)) for card in cards)

"""Statements: what a customer owes, or has used, in a month (policies, "Statement").

In: the ledger of a customer (settlements, standby, cards, tickets counted), the tariff of the month and what was issued
before. Out: a `Statement`. A month that is issued already is answered as it was issued, for good: what has changed
since comes on the next statement as corrections, the difference by kind, ticket, date, rate and card. So all statements
together always come to what the ledger comes to.

Net is the sum of the lines; VAT is taken once on it, half up; `card` is what the customer had bought and used by the
end of the month. `record` gives the fields of the interfaces.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from helpdeskd.domain.card import Card, CardUse
from helpdeskd.domain.line import Heading, Kind, Line, Share
from helpdeskd.domain.month import Month, month_of
from helpdeskd.domain.settle import Settlement
from helpdeskd.domain.tariff import Tariff, half_up


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that a customer was ever charged with, as it stands now. `counted` are the month's tickets of the quota.

    Statements begin with the month `since`: work that is booked for an earlier one comes on the first as a correction.
    """

    settlements: tuple[Settlement, ...] = ()
    standby: tuple[Line, ...] = ()
    cards: tuple[Card, ...] = ()
    counted: int = 0
    since: Month | None = None

    def lines(self) -> tuple[Line, ...]:
        """The lines of all months."""
        work = (line for settlement in self.settlements for line in settlement.lines)
        return (*work, *self.standby, *(_bought(card) for card in self.cards if not card.free))


@dataclass(frozen=True, slots=True)
class Quota:
    """Tickets of the month."""

    limit: int
    used: int


@dataclass(frozen=True, slots=True)
class Statement:
    """Money is integer cents, `vat_rate` a percentage. `free` and `unapproved` are minutes that are not charged."""

    customer: str
    month: Month
    currency: str
    due_date: date | None
    lines: tuple[Line, ...]
    free: tuple[Share, ...]
    unapproved: tuple[Share, ...]
    quota: Quota | None
    card: CardUse | None
    vat_rate: Decimal

    @property
    def net(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def vat(self) -> int:
        return half_up(self.net * Fraction(self.vat_rate) / 100)

    @property
    def total(self) -> int:
        return self.net + self.vat

    @property
    def unapproved_minutes(self) -> int:
        return sum(share.minutes for share in self.unapproved)

    @property
    def is_empty(self) -> bool:
        """Is there nothing to tell?"""
        return not (self.lines or self.free or self.unapproved)


def statement(customer: str, month: Month, ledger: Ledger, tariff: Tariff, issued: Iterable[Statement]) -> Statement:
    """The statement of a month: as it was issued, or as it would be issued now.

    `tariff` is the one in force on the month's last day; `issued` are all statements of the customer that are.
    """
    before = tuple(issued)
    if same := next((each for each in before if each.month == month), None):
        return same
    lines = ledger.lines()
    own = sorted((line for line in lines if line.month == month), key=lambda line: line.day)
    return Statement(
        customer,
        month,
        tariff.currency,
        _due(month, tariff),
        (*own, *_corrections(month, lines, before, ledger.since)),
        _shares_of(month, (share for each in ledger.settlements for share in each.free)),
        _shares_of(month, (share for each in ledger.settlements for share in each.unapproved)),
        None if tariff.quota is None else Quota(tariff.quota, ledger.counted),
        _card_use(month, ledger.cards, lines),
        tariff.vat,
    )


def record(statement: Statement, text: Callable[[Line], str]) -> dict[str, object]:
    """A statement in the fields of the interfaces; `text` words a line."""
    quota, card = statement.quota, statement.card
    return {
        "customer": statement.customer,
        "month": str(statement.month),
        "currency": statement.currency,
        "due_date": statement.due_date.isoformat() if statement.due_date else None,
        "lines": [line_record(line, text(line)) for line in statement.lines],
        "unapproved_minutes": statement.unapproved_minutes,
        "quota": {"limit": quota.limit, "used": quota.used} if quota else None,
        "card": {"bought": card.bought, "used": card.used, "balance": card.balance} if card else None,
        "net": money(statement.net),
        "vat_rate": f"{statement.vat_rate:.2f}",
        "vat": money(statement.vat),
        "total": money(statement.total),
    }


def line_record(line: Line, text: str) -> dict[str, object]:
    """A line in the fields of the interfaces, with its words."""
    return {
        "kind": "correction" if line.correction else line.kind.value,
        "ticket": line.ticket or None,
        "date": line.day.isoformat(),
        "minutes": line.minutes,
        "rate": money(line.rate),
        "quantity": line.quantity,
        "amount": money(line.amount),
        "text": text,
    }


def money(cents: int) -> str:
    """Cents as a string with two decimals."""
    return str(Decimal(cents).scaleb(-2))


def _corrections(month: Month, lines: Iterable[Line], issued: Iterable[Statement], since: Month | None) -> list[Line]:
    """What earlier months that are issued, or never will be, come to now, less what was told of them."""
    closed = {each.month for each in issued if each.month < month}

    def is_late(line: Line) -> bool:
        never_issued = since is not None and line.month < min(since, month)
        return line.month in closed or bool(line.ticket and never_issued)

    now = _by_heading(line for line in lines if is_late(line))
    told = _by_heading(line for each in issued for line in each.lines if is_late(line))
    found = (_difference(now.get(heading), told.get(heading)) for heading in now | told)
    changed = (line for line in found if line.minutes or line.quantity or line.amount)
    return sorted(changed, key=lambda line: (line.day, line.ticket, line.kind, line.rate, line.card))


def _by_heading(lines: Iterable[Line]) -> dict[Heading, Line]:
    """Lines about the same thing added up."""
    sums = dict[Heading, Line]()
    for line in lines:
        known = sums.get(line.heading)
        sums[line.heading] = _sum(known, line, 1) if known else line
    return sums


def _difference(now: Line | None, told: Line | None) -> Line:
    line = now or told
    assert line is not None
    nothing = replace(line, minutes=0, amount=0, quantity=None if line.quantity is None else 0)
    return replace(_sum(now or nothing, told or nothing, -1), correction=True)


def _sum(line: Line, other: Line, sign: int) -> Line:
    quantity = None if line.quantity is None else line.quantity + sign * (other.quantity or 0)
    minutes, amount = line.minutes + sign * other.minutes, line.amount + sign * other.amount
    return replace(line, minutes=minutes, amount=amount, quantity=quantity)


def _bought(card: Card) -> Line:
    return Line(Kind.CARD, "", card.bought, 0, card.price, card.price, 1, card.id)


def _card_use(month: Month, cards: Iterable[Card], lines: Iterable[Line]) -> CardUse | None:
    """Of the cards that were there by the end of the month; None without any."""
    known = {card.id: card.minutes for card in cards if card.bought <= month.last_day}
    used = sum(line.minutes for line in lines if line.card in known and line.month <= month)
    return CardUse(sum(known.values()), used) if known else None


def _due(month: Month, tariff: Tariff) -> date | None:
    if tariff.payment_days is None:
        return None
    return month.following.first_day + timedelta(days=tariff.payment_days)


def _shares_of(month: Month, shares: Iterable[Share]) -> tuple[Share, ...]:
    """Those of the month: one for each ticket and date."""
    sums = Counter[tuple[str, date]]()
    for share in shares:
        sums[share.ticket, share.day] += share.minutes
    return tuple(Share(ticket, day, minutes) for (ticket, day), minutes in sums.items() if month_of(day) == month)

"""A ticket's charge: what it comes to, with all that it was made of, to be told, explained and reported."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from helpdeskd.domain.bill import Bill, bill
from helpdeskd.domain.directory import Directory
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.line import Share
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Charge:
    """`bill` is None for a plan without prices. `entries` are as they were booked, in the order of booking, those that
    take others back among them.
    """

    ticket: Ticket
    bill: Bill | None = None
    entries: tuple[Entry, ...] = ()
    approvals: tuple[Approval, ...] = ()

    @property
    def currency(self) -> str:
        """An ISO 4217 code; "" for a plan without prices."""
        return self.bill.tariff.currency if self.bill else ""

    @property
    def net(self) -> int:
        """Cents without VAT, of all lines."""
        return sum(line.amount for line in self.bill.settlement.lines) if self.bill else 0

    @property
    def not_approved(self) -> int:
        """The unapproved minutes that neither contract nor person authorises; for the others the cards have no room."""
        settled = self.bill.settlement if self.bill else None
        return settled.minutes.unapproved - settled.short if settled else 0


def charge_of(ticket: Ticket, plan: Plan, directory: Directory) -> Charge:
    """The charge as it is stored now."""
    entries, approvals = directory.entries(ticket.id), directory.approvals(ticket.id)
    return Charge(ticket, bill(ticket, plan, directory), entries, approvals)


def by_day(shares: Iterable[Share]) -> list[tuple[date, int]]:
    """Minutes that are not charged by their local date, in order."""
    sums = Counter[date]()
    for share in shares:
        sums[share.day] += share.minutes
    return sorted(sums.items())

"""What tickets would cost if the ledger were another: for an order that may not change what was agreed.

In: tickets, their plan, and the ledger, as it is or with other entries and approvals on some tickets (`Supposed`). Out:
what is charged on them in all. From prepaid hours a ticket has all that it may draw, as when it is booked on. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helpdeskd.domain.bill import Ledger, bill, drawn
from helpdeskd.domain.card import Draw
from helpdeskd.domain.directory import Customer
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.quota import Accepted
from helpdeskd.domain.settle import Settlement
from helpdeskd.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Cost:
    """What is charged: minutes, those of prepaid hours among them, and cents without VAT."""

    minutes: int
    cents: int


@dataclass(frozen=True, slots=True)
class Supposed:
    """A ledger in which the tickets of these numbers have these entries and approvals, and the ticket of the reference
    `gone` neither a place in a quota nor prepaid hours.
    """

    ledger: Ledger
    booked: Mapping[int, tuple[Entry, ...]]
    approved: Mapping[int, tuple[Approval, ...]] = field(default_factory=dict)
    gone: str = ""

    def customer(self, name: str) -> Customer | None:
        """The customer of that name."""
        return self.ledger.customer(name)

    def entries(self, ticket_id: int) -> tuple[Entry, ...]:
        """The supposed entries of a ticket, else those that it has."""
        own = self.booked.get(ticket_id)
        return self.ledger.entries(ticket_id) if own is None else own

    def approvals(self, ticket_id: int) -> tuple[Approval, ...]:
        """What is supposed to be approved on a ticket, else what is."""
        own = self.approved.get(ticket_id)
        return self.ledger.approvals(ticket_id) if own is None else own

    def draws(self, customer: str) -> tuple[Draw, ...]:
        """What the customer's tickets have drawn, but the one that is gone."""
        return tuple(draw for draw in self.ledger.draws(customer) if draw.ticket != self.gone)

    def accepted(self, customer: str, plan: str, since: datetime, until: datetime) -> tuple[Accepted, ...]:
        """The customer's tickets of a plan that were accepted in [since, until), but the one that is gone."""
        known = self.ledger.accepted(customer, plan, since, until)
        return tuple(ticket for ticket in known if ticket.ticket != self.gone)


def cost(tickets: Iterable[Ticket], plan: Plan, ledger: Ledger) -> Cost:
    """What is charged on these tickets of one plan in all."""
    found = (_settled(ticket, plan, ledger) for ticket in tickets)
    settled = [settlement for settlement in found if settlement is not None]
    return Cost(
        sum(each.minutes.charged for each in settled), sum(line.amount for each in settled for line in each.lines)
    )


def _settled(ticket: Ticket, plan: Plan, ledger: Ledger) -> Settlement | None:
    by_card = drawn(ticket, plan, ledger)
    if by_card is not None:
        return by_card
    found = bill(ticket, plan, ledger)
    return found.settlement if found else None

"""What a ticket comes to now: its settlement, its place in the quota, and the customer's prepaid hours.

In: a ticket, its plan, and the ledger as a Directory knows it. Out: a `Bill`; None for a plan without prices. Read as
it was stored: a ticket has of the cards what it has drawn. `drawn` is the settlement with all that it may draw, for the
transaction that stores the draws. Pure: the same ledger always gives the same bill.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Protocol

from helpdeskd.domain.card import Balance, CardUse, Draw, available, reserved, use
from helpdeskd.domain.claim import Account
from helpdeskd.domain.directory import Contact, Customer, Right
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.month import Month, month_at
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.quota import Accepted, is_over, place
from helpdeskd.domain.settle import Settlement, settle
from helpdeskd.domain.standby import Period
from helpdeskd.domain.tariff import Tariff, tariff_at
from helpdeskd.domain.ticket import Decision, Status, Ticket

DROPPED = frozenset({Status.MERGED, Status.REJECTED})
ALWAYS = datetime.min.replace(tzinfo=UTC)


class Ledger(Protocol):
    """The questions of a Directory that a bill is an answer to."""

    def customer(self, name: str) -> Customer | None: ...

    def entries(self, ticket_id: int) -> tuple[Entry, ...]: ...

    def approvals(self, ticket_id: int) -> tuple[Approval, ...]: ...

    def draws(self, customer: str) -> tuple[Draw, ...]: ...

    def accepted(self, customer: str, plan: str, since: datetime, until: datetime) -> tuple[Accepted, ...]: ...


@dataclass(frozen=True, slots=True)
class Bill:
    """`tariff` is the one in force when the ticket was accepted; `place` which ticket of its month it is, 0 for none.

    `cards` is what the customer has in all; None for one that is billed by the statement.
    """

    tariff: Tariff
    settlement: Settlement
    place: int = 0
    cards: CardUse | None = None

    @property
    def over_quota(self) -> bool:
        return is_over(self.place, self.tariff.quota)


def bill(ticket: Ticket, plan: Plan, directory: Ledger) -> Bill | None:
    """What the ticket comes to, as it was settled last."""
    tariffs = plan.tariffs_of(ticket.agreement)
    if not tariffs:
        return None
    tariff, standing = tariff_at(tariffs, ticket.served_at), _place(ticket, plan, directory)
    customer = directory.customer(ticket.customer)
    if not by_card(ticket, customer, plan):
        settled = settle(account(ticket, plan, directory, is_over(standing, tariff.quota)), tariffs)
        return Bill(tariff, settled, standing)
    cards, draws = customer.cards if customer else (), directory.draws(ticket.customer)
    own = reserved(cards, draws, ticket.reference)
    settled = settle(account(ticket, plan, directory, is_over(standing, tariff.quota)), tariffs, own)
    return Bill(tariff, settled, standing, use(cards, draws) or CardUse(0, 0))


def drawn(ticket: Ticket, plan: Plan, directory: Ledger) -> Settlement | None:
    """The ticket settled with all that the cards still have for it; None for one that is not settled from cards."""
    tariffs, customer = plan.tariffs_of(ticket.agreement), directory.customer(ticket.customer)
    if not tariffs or not by_card(ticket, customer, plan):
        return None
    over = is_over(_place(ticket, plan, directory), tariff_at(tariffs, ticket.served_at).quota)
    return settle(account(ticket, plan, directory, over), tariffs, _may_draw(ticket, customer, directory))


def by_card(ticket: Ticket, customer: Customer | None, plan: Plan) -> bool:
    """Whether the ticket is settled from prepaid hours: the plan sells them, or the customer had some when it came.

    So a first card, bought later, changes nothing that is billed already.
    """
    day = ticket.served_at.astimezone(plan.calendar.zone).date()
    had_one = customer is not None and any(card.bought <= day for card in customer.cards)
    return had_one or bool(plan.cards or plan.welcome_card)


def may_agree(ticket: Ticket, customer: Customer | None, plan: Plan) -> tuple[Contact, ...]:
    """The customer's contacts who may agree to an estimate for a ticket: to spend prepaid hours or to approve costs."""
    right = Right.SPEND if by_card(ticket, customer, plan) else Right.APPROVE
    return tuple(contact for contact in customer.contacts if right in contact.rights) if customer else ()


def authorised(ticket: Ticket, plan: Plan, directory: Ledger) -> int | None:
    """The minutes of a ticket that the contract gives without asking, None for all; 0 once it authorises no more."""
    tariffs = plan.tariffs_of(ticket.agreement)
    if not tariffs or _refused_at(ticket, plan, directory) is not None:
        return 0
    return tariff_at(tariffs, ticket.served_at).authorised_per_ticket


def account(ticket: Ticket, plan: Plan, directory: Ledger, over_quota: bool) -> Account:
    """All that is known of the ticket's time."""
    return Account(
        ticket=ticket.reference,
        accepted_at=ticket.served_at,
        entries=directory.entries(ticket.id),
        approvals=directory.approvals(ticket.id),
        resolved_at=ticket.first_resolved_at,
        standby=periods(directory.customer(ticket.customer), plan),
        over_quota=over_quota,
        refused_at=_refused_at(ticket, plan, directory),
        dropped=ticket.status in DROPPED or bool(ticket.alert_key),
        nocharge=ticket.nocharge or ticket.spam,
    )


def _refused_at(ticket: Ticket, plan: Plan, directory: Ledger) -> datetime | None:
    """Since when the contract authorises no more than a minimum: the customer declined, or agreed to a part of what was
    all, or work needs an approval first (policies, "Who may ask for what").
    """
    tariff = tariff_at(plan.tariffs_of(ticket.agreement), ticket.served_at)
    approvals = directory.approvals(ticket.id) if tariff.authorised_per_ticket is None else ()
    asked = (ticket.asks_since or ALWAYS) if ticket.entitlement.decision is Decision.ASK else None
    instants = (ticket.declined_at, asked, *(approval.at for approval in approvals))
    return min((at for at in instants if at is not None), default=None)


def periods(customer: Customer | None, plan: Plan) -> tuple[Period, ...]:
    """The standby periods that the customer's contracts of a plan agree."""
    contracts = customer.contracts if customer else ()
    return tuple(period for contract in contracts if contract.plan == plan.name for period in contract.standby)


def month_of(ticket: Ticket, plan: Plan) -> Month:
    """The month of the contract's zone in which the ticket was accepted."""
    return month_at(ticket.served_at, plan.calendar.zone)


def bounds(month: Month, plan: Plan) -> tuple[datetime, datetime]:
    """The instants (aware UTC) between which it is that month in the plan's zone: first included, last not."""
    days = month.first_day, month.following.first_day
    since, until = (datetime.combine(day, time(), plan.calendar.zone).astimezone(UTC) for day in days)
    return since, until


def _place(ticket: Ticket, plan: Plan, directory: Ledger) -> int:
    """Which ticket of its month it is; 0 without a quota, which is not counted."""
    tariffs = plan.tariffs_of(ticket.agreement)
    if tariff_at(tariffs, ticket.served_at).quota is None:
        return 0
    accepted = directory.accepted(ticket.customer, plan.name, *bounds(month_of(ticket, plan), plan))
    return place(ticket.reference, accepted, plan.calendar.zone)


def _may_draw(ticket: Ticket, customer: Customer | None, directory: Ledger) -> tuple[Balance, ...]:
    cards = customer.cards if customer else ()
    return available(cards, directory.draws(ticket.customer), ticket.reference)

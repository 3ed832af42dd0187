"""The ledger's part of a turn: what events book is stored, and what the cards have to give for it is drawn.

In: a ticket after the events of a turn. Out: rows of the ledger, and a `CardsLow` where this turn used up most of the
customer's hours. All of it in the turn's transaction: two bookings at once cannot both have the last hour (P13).
`resettle` is for cards that were bought later: what the customer's tickets lacked is drawn from them.
"""

from collections.abc import Iterable, Iterator

from helpdeskd.domain.bill import by_card, drawn
from helpdeskd.domain.card import use
from helpdeskd.domain.cost_event import CardsLow, EstimateApproved, NoCharge, TimeBooked
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Customer
from helpdeskd.domain.entry import Approval
from helpdeskd.domain.event import Event, StatusChanged
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.join_event import ApprovalMoved, JoinEvent, TicketJoined
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.sort_event import BasisChanged
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import ledger, tickets
from helpdeskd.storage.directory import StoredDirectory

SETTLED_ANEW = TimeBooked | EstimateApproved | NoCharge | StatusChanged | JoinEvent | BasisChanged


def enter(ticket: Ticket, events: Iterable[Event], plan: Plan) -> Iterator[Event]:
    """Store what the events book on the ticket, and draw on the cards for it; what follows from that."""
    events = tuple(events)
    changes = [event for event in events if isinstance(event, SETTLED_ANEW)]
    customer = StoredDirectory().customer(ticket.customer) if changes else None
    before = use(customer.cards, ledger.draws(customer.name)) if customer else None
    for event in events:
        _store(event, ticket)
    if customer is None:
        return
    if not by_card(ticket, customer, plan):
        _give_back(ticket, changes)
        return
    _draw(ticket, plan)
    after = use(customer.cards, ledger.draws(customer.name))
    if before and after and after.is_low and not before.is_low:
        yield CardsLow(changes[-1].at, DESK, after.bought, after.used)


def _store(event: Event, ticket: Ticket) -> None:
    match event:
        case TimeBooked():
            ledger.book(ticket.id, event.entry)
        case EstimateApproved():
            approval = Approval(ticket.reference, event.minutes, _approver(event), event.at, event.cents)
            ledger.approve(ticket.id, event.number, approval)
        case ApprovalMoved():
            ledger.approve(ticket.id, event.number, event.approval)
        case TicketJoined():
            # Its hours are this ticket's to draw from now on.
            merged = tickets.by_reference(event.merged)
            ledger.save_draws(ticket.customer, merged.id if merged else 0, ())


def _give_back(ticket: Ticket, changes: Iterable[Event]) -> None:
    """A ticket that came under other terms has nothing of the cards that it drew on before."""
    if any(isinstance(event, BasisChanged) for event in changes):
        ledger.save_draws(ticket.customer, ticket.id, ())


def _approver(event: EstimateApproved) -> str:
    """The name that a statement calls them by, also when they have left; their address where they have left already."""
    contact = StoredDirectory().contact(event.by)
    return contact.name if contact else event.by


def resettle(customer: Customer, desk: Desk) -> None:
    """Draw on the cards for all of the customer's tickets, the oldest first; none loses what it has."""
    for ticket in tickets.of_customer(customer.name):
        _draw(ticket, desk.plan_named(ticket.plan))


def _draw(ticket: Ticket, plan: Plan) -> None:
    settlement = drawn(ticket, plan, StoredDirectory())
    if settlement is not None:
        ledger.save_draws(ticket.customer, ticket.id, settlement.draws)

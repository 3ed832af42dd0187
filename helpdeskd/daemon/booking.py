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
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import ledger, tickets
from helpdeskd.storage.directory import StoredDirectory

SETTLED_ANEW = TimeBooked | EstimateApproved | NoCharge | StatusChanged


def enter(ticket: Ticket, events: Iterable[Event], plan: Plan) -> Iterator[Event]:
    """Store what the events book on the ticket, and draw on the cards for it; what follows from that."""
    events = tuple(events)
    for event in events:
        if isinstance(event, TimeBooked):
            ledger.book(ticket.id, event.entry)
        elif isinstance(event, EstimateApproved):
            approval = Approval(ticket.reference, event.minutes, _approver(event), event.at, event.cents)
            ledger.approve(ticket.id, event.number, approval)
    customer = StoredDirectory().customer(ticket.customer)
    changes = [event for event in events if isinstance(event, SETTLED_ANEW)]
    if not changes or customer is None or not by_card(ticket, customer, plan):
        return
    before = use(customer.cards, ledger.draws(customer.name))
    _draw(ticket, plan)
    after = use(customer.cards, ledger.draws(customer.name))
    if before and after and after.is_low and not before.is_low:
        yield CardsLow(changes[-1].at, DESK, after.bought, after.used)


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

"""What a report is made of: tickets with their targets, how they were at each moment, and what was worked on them.

In: the instant from which on something counts. Out: a `History` of each ticket to which something has happened since,
or that has a target which is still to be watched; nothing else can have a fact at or after that instant. How a ticket
was is its events, one after the other (`evolve`); what was written in the mails is left out. `Books` are what the
charges of these tickets are made of. Reads only.

The rows are read at once, which is quick; histories and charges are made of them as they are asked for, so that the
transaction can be over by then and keeps nobody waiting. Raises what the database raises.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

from peewee import ModelSelect, fn

from helpdeskd.domain.card import Draw
from helpdeskd.domain.directory import Customer
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.event import TargetPassed, TicketEvent, TicketOpened
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.fact import History
from helpdeskd.domain.quota import Accepted
from helpdeskd.domain.target import WHOLE, Target, TargetKind
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import ledger, tickets
from helpdeskd.storage.codec import load, load_event
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.tables import ApprovalRow, EntryRow, EventRow, TargetRow, TicketRow

T = TypeVar("T")
TICKET_EVENTS = get_args(TicketEvent)
EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


def histories(since: datetime) -> Iterator[History]:
    """The tickets that may have a fact at or after `since` (aware UTC), in the order of their opening."""
    ids = _touched(since)
    states = _rows(TicketRow.select(TicketRow.id, TicketRow.state).where(TicketRow.id.in_(ids)).order_by(TicketRow.id))
    targets = _rows(_of(ids, TargetRow, TargetRow.id, TargetRow.state))
    events = _rows(_of(ids, EventRow, EventRow.id, EventRow.type, fn.json_replace(EventRow.state, "$.text", "")))
    found = (_history(state, targets[id_], events[id_]) for id_, [(state,)] in states.items())
    return (history for history in found if not history.ticket.is_drill)


class Books(StoredDirectory):
    """The directory as charges ask it, read at once: also when the transaction is over, it answers what is asked of
    the tickets that may have a fact at or after `since` (aware UTC).
    """

    def __init__(self, since: datetime) -> None:
        super().__init__()
        self._known = {customer.name: customer for customer in self.customers()}
        self._read(_touched(since))

    def _read(self, ids: "ModelSelect[TicketRow]") -> None:
        self._entries = _loaded(Entry, _of(ids, EntryRow, EntryRow.number, EntryRow.state))
        self._approvals = _loaded(Approval, _of(ids, ApprovalRow, ApprovalRow.number, ApprovalRow.state))
        pairs: Any = TicketRow.select(TicketRow.customer, TicketRow.plan).where(TicketRow.id.in_(ids)).distinct()
        self._accepted = {(name, plan): tickets.accepted(name, plan, *EVER) for name, plan in pairs.tuples()}
        self._draws = {name: ledger.draws(name) for name, _ in self._accepted}

    def customer(self, name: str) -> Customer | None:
        return self._known.get(name)

    def entries(self, ticket_id: int) -> tuple[Entry, ...]:
        return self._entries[ticket_id]

    def approvals(self, ticket_id: int) -> tuple[Approval, ...]:
        return self._approvals[ticket_id]

    def draws(self, customer: str) -> tuple[Draw, ...]:
        return self._draws[customer]

    def accepted(self, customer: str, plan: str, since: datetime, until: datetime) -> tuple[Accepted, ...]:
        return tuple(each for each in self._accepted.get((customer, plan), ()) if since <= each.at < until)


class CustomersBooks(Books):
    """The same of all tickets of one customer; other questions are answered as they are asked."""

    def __init__(self, customer: str) -> None:
        StoredDirectory.__init__(self)
        self._read(TicketRow.select(TicketRow.id).where(TicketRow.customer == customer))

    def customer(self, name: str) -> Customer | None:
        return StoredDirectory.customer(self, name)

    def draws(self, customer: str) -> tuple[Draw, ...]:
        return self._draws.get(customer, ())


def _touched(since: datetime) -> "ModelSelect[TicketRow]":
    """The ids of the tickets that may have a fact at or after it."""
    touched = EventRow.select(EventRow.ticket_id).where(EventRow.at >= since, EventRow.ticket_id.is_null(False))
    watched = TargetRow.select(TargetRow.ticket_id).where(TargetRow.next_at.is_null(False))
    return TicketRow.select(TicketRow.id).where(TicketRow.id.in_(touched) | TicketRow.id.in_(watched))


def _of(ids: "ModelSelect[TicketRow]", table: Any, order: Any, *columns: object) -> "ModelSelect[Any]":
    """Of each of the tickets, in order."""
    rows: ModelSelect[Any] = table.select(table.ticket_id, *columns).where(table.ticket_id.in_(ids))
    return rows.order_by(table.ticket_id, order)


def _loaded(kind: type[T], query: "ModelSelect[Any]") -> defaultdict[int, tuple[T, ...]]:
    """The values of each ticket."""
    values = {id_: tuple(load(kind, state) for (state,) in rows) for id_, rows in _rows(query).items()}
    return defaultdict(tuple, values)


def _rows(query: "ModelSelect[Any]") -> defaultdict[int, list[tuple[str, ...]]]:
    """The rows by their first column, without it."""
    found = defaultdict[int, list[tuple[str, ...]]](list)
    for id_, *values in query.tuples().iterator():
        found[id_].append(tuple(values))
    return found


def _history(ticket: str, targets: Iterable[tuple[str, ...]], events: Iterable[tuple[str, ...]]) -> History:
    states: list[tuple[datetime, Ticket]] = []
    missed: list[datetime] = []
    for event in (load_event(kind, state) for kind, state in events):
        if isinstance(event, TicketOpened):
            states.append((event.at, event.ticket))
        elif isinstance(event, TICKET_EVENTS):
            states.append((event.at, evolve(states[-1][1], event)))
        if isinstance(event, TargetPassed) and event.kind is TargetKind.NEXT_RESPONSE and WHOLE in event.shares:
            missed.append(event.due)
    known = tuple(load(Target, state) for (state,) in targets)
    return History(load(Ticket, ticket), known, tuple(states), tuple(missed))

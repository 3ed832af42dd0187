"""What a report is made of: tickets with their targets, and how they were at each moment.

In: the instant from which on something counts. Out: a `History` of each ticket to which something has happened since,
or that has a target which is still to be watched; nothing else can have a fact at or after that instant. How a ticket
was is its events, one after the other (`evolve`); what was written in the mails is left out. Reads only.

The rows are read at once, which is quick; the histories are made of them as they are asked for, so that the transaction
can be over by then and keeps nobody waiting. Raises what the database raises.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import get_args

from peewee import fn

from helpdeskd.domain.event import TargetPassed, TicketEvent, TicketOpened
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.fact import History
from helpdeskd.domain.target import WHOLE, Target, TargetKind
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage.books import columns, rows, touched
from helpdeskd.storage.codec import load, load_event
from helpdeskd.storage.tables import EventRow, TargetRow, TicketRow

TICKET_EVENTS = get_args(TicketEvent)


def histories(since: datetime) -> Iterator[History]:
    """The tickets that may have a fact at or after `since` (aware UTC), in the order of their opening."""
    ids = touched(since)
    states = rows(TicketRow.select(TicketRow.id, TicketRow.state).where(TicketRow.id.in_(ids)).order_by(TicketRow.id))
    targets = rows(columns(ids, TargetRow, TargetRow.id, TargetRow.state))
    events = rows(columns(ids, EventRow, EventRow.id, EventRow.type, fn.json_replace(EventRow.state, "$.text", "")))
    found = (_history(state, targets[id_], events[id_]) for id_, [(state,)] in states.items())
    return (history for history in found if not history.ticket.is_drill)


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

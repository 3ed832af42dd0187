"""What a report is made of: tickets with their targets, and how they were at each moment.

In: the instant from which on something counts. Out: a `History` of each ticket to which something has happened since,
or that has a target which is still to be watched; nothing else can have a fact at or after that instant. How a ticket
was is its events, one after the other (`evolve`). The texts of the mails are read, one ticket at a time, and not kept.
Reads only; raises what the database raises.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import get_args

from peewee import ModelSelect

from helpdeskd.domain.event import Event, TargetPassed, TicketEvent, TicketOpened
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.fact import History
from helpdeskd.domain.target import WHOLE, Target, TargetKind
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage.codec import load, load_event
from helpdeskd.storage.tables import EventRow, TargetRow, TicketRow

TICKET_EVENTS = get_args(TicketEvent)


def histories(since: datetime) -> list[History]:
    """The tickets that may have a fact at or after `since` (aware UTC), in the order of their opening."""
    touched = EventRow.select(EventRow.ticket_id).where(EventRow.at >= since, EventRow.ticket_id.is_null(False))
    watched = TargetRow.select(TargetRow.ticket_id).where(TargetRow.next_at.is_null(False))
    wanted = TicketRow.id.in_(touched) | TicketRow.id.in_(watched)
    tickets = {row.id: load(Ticket, row.state) for row in TicketRow.select().where(wanted).iterator()}
    ids = TicketRow.select(TicketRow.id).where(wanted)
    targets = _targets(ids)
    return [_history(tickets[id_], targets.get(id_, ()), events) for id_, events in _events(ids)]


def _targets(ids: "ModelSelect[TicketRow]") -> dict[int, tuple[Target, ...]]:
    rows = TargetRow.select().where(TargetRow.ticket_id.in_(ids)).order_by(TargetRow.ticket_id, TargetRow.id)
    grouped = groupby(rows.iterator(), key=lambda row: row.ticket_id)
    return {id_: tuple(load(Target, row.state) for row in same) for id_, same in grouped}


def _events(ids: "ModelSelect[TicketRow]") -> Iterator[tuple[int, Iterator[Event]]]:
    """Each ticket's id with what happened to it, in order."""
    rows = EventRow.select().where(EventRow.ticket_id.in_(ids)).order_by(EventRow.ticket_id, EventRow.id)
    for id_, same in groupby(rows.iterator(), key=lambda row: row.ticket_id):
        yield id_, (load_event(row.type, row.state) for row in same)


def _history(ticket: Ticket, targets: tuple[Target, ...], events: Iterable[Event]) -> History:
    states: list[tuple[datetime, Ticket]] = []
    missed: list[datetime] = []
    for event in events:
        if isinstance(event, TicketOpened):
            states.append((event.at, event.ticket))
        elif isinstance(event, TICKET_EVENTS):
            states.append((event.at, evolve(states[-1][1], event)))
        if isinstance(event, TargetPassed) and event.kind is TargetKind.NEXT_RESPONSE and WHOLE in event.shares:
            missed.append(event.due)
    return History(ticket, targets, tuple(states), tuple(missed))

"""What the clock has to do next, and what has happened: for whoever runs the desk without waiting.

In: the tables. Out: the next instant at which the sweep has work, and the events that were stored since one was last
looked at. Reads only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from peewee import JOIN

from helpdeskd.domain.event import Event
from helpdeskd.storage import clock_seen
from helpdeskd.storage.codec import load_event
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import EventRow, TicketRow, proxy

_NEXT = """
SELECT min(at) FROM (
    SELECT min(next_at) AS at FROM target WHERE next_at IS NOT NULL
    UNION ALL SELECT min(wake_at) FROM ticket WHERE wake_at IS NOT NULL
    UNION ALL SELECT min(duty_at) FROM ticket WHERE duty_at IS NOT NULL
    UNION ALL SELECT min(ask_at) FROM ticket WHERE ask_at IS NOT NULL
    UNION ALL SELECT min(not_before) FROM reminder
    UNION ALL SELECT min(due_at) FROM morning
    UNION ALL SELECT min(due_at) FROM billing
) AS due"""


_AFTER = Prepared(
    EventRow.select(EventRow.id, TicketRow.reference, EventRow.type, EventRow.state)
    .join(TicketRow, JOIN.LEFT_OUTER, on=(EventRow.ticket_id == TicketRow.id))
    .where(EventRow.id > value("event_id"))
    .order_by(EventRow.id)
)


@dataclass(frozen=True, slots=True)
class Happened:
    """A stored event; `reference` is its ticket's, "" for an event of a mail alone."""

    id: int
    reference: str
    event: Event


def next_due() -> datetime | None:
    """When the sweep has something to do next, aware UTC; it may be past. None: not before something else happens."""
    text, seen = proxy.execute_sql(_NEXT).fetchone()[0], clock_seen.last()
    due = ([datetime.fromisoformat(text)] if text else []) + ([seen.due_at] if seen else [])
    return min(due, default=None)


def events_after(event_id: int) -> Iterator[Happened]:
    """The events that were stored after the one with that id, in order."""
    for number, reference, kind, state in _AFTER.rows(event_id=event_id):
        yield Happened(number, reference or "", load_event(kind, state))

"""Tickets with their events, targets and the Message-IDs that were heard about them.

In and out: values of the domain, in the caller's transaction. A ticket's row is its state after its last event, and is
saved beside that event; events are only ever added. What the clock asks for (`to_wake`, `to_page`, `with_targets_due`)
are ids, in the order of urgency, so that one ticket that cannot be read does not hide the others.
"""

from collections.abc import Sequence
from datetime import datetime

from peewee import fn

from helpdeskd.domain.event import Event
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage.codec import dump, load, load_event
from helpdeskd.storage.tables import EventRow, Heard, TargetRow, TicketRow


def save(ticket: Ticket) -> None:
    """Write a ticket as it stands now, new or known."""
    duty_at = ticket.emergency.next_at if ticket.emergency and ticket.emergency.waiting else None
    columns = {
        TicketRow.reference: ticket.reference,
        TicketRow.customer: ticket.customer,
        TicketRow.status: ticket.status.value,
        TicketRow.owner: ticket.owner,
        TicketRow.wake_at: ticket.wake_at,
        TicketRow.duty_at: duty_at,
        TicketRow.state: dump(ticket),
    }
    TicketRow.insert({TicketRow.id: ticket.id, **columns}).on_conflict(
        conflict_target=[TicketRow.id], update=columns
    ).execute()


def record(event: Event, ticket_id: int | None, inbox_id: int | None) -> None:
    """Append what happened."""
    EventRow.insert(
        ticket_id=ticket_id, inbox_id=inbox_id, at=event.at, type=type(event).__name__, state=dump(event)
    ).execute()


def by_reference(reference: str) -> Ticket | None:
    return _ticket(TicketRow.get_or_none(TicketRow.reference == reference.upper()))


def by_id(ticket_id: int) -> Ticket | None:
    return _ticket(TicketRow.get_or_none(TicketRow.id == ticket_id))


def listed(status: str | None = None, customer: str | None = None, limit: int = 100) -> list[Ticket]:
    """The newest tickets, of one status or customer or of all."""
    query = TicketRow.select().order_by(TicketRow.id.desc()).limit(limit)
    if status:
        query = query.where(TicketRow.status == status)
    if customer:
        query = query.where(TicketRow.customer == customer)
    return [load(Ticket, row.state) for row in query]


def unfinished(customer: str) -> list[Ticket]:
    """A customer's tickets that somebody still has to work on, the newest first."""
    waiting = TicketRow.status.not_in(["resolved", "closed", "merged", "rejected"])
    rows = TicketRow.select().where(TicketRow.customer == customer, waiting).order_by(TicketRow.id.desc())
    return [load(Ticket, row.state) for row in rows]


def earlier(customer: str, requester: str, before_id: int, limit: int) -> list[Ticket]:
    """The newest earlier tickets of a contact."""
    rows = (
        TicketRow.select().where(TicketRow.customer == customer, TicketRow.id < before_id).order_by(TicketRow.id.desc())
    )
    found = (load(Ticket, row.state) for row in rows.limit(50))
    return [ticket for ticket in found if ticket.requester == requester][:limit]


def to_wake(now: datetime, limit: int) -> list[int]:
    """Ids of tickets whose `wake_at` has come, the oldest first."""
    due = TicketRow.select(TicketRow.id).where(TicketRow.wake_at <= now)
    return [row.id for row in due.order_by(TicketRow.wake_at).limit(limit)]


def to_page(now: datetime, limit: int) -> list[int]:
    """Ids of tickets whose person on duty did not acknowledge in time, the longest silent first."""
    due = TicketRow.select(TicketRow.id).where(TicketRow.duty_at <= now)
    return [row.id for row in due.order_by(TicketRow.duty_at).limit(limit)]


def events(ticket_id: int) -> list[tuple[Event, int | None]]:
    """What happened to a ticket, in order, each with the mail that caused it."""
    rows = EventRow.select().where(EventRow.ticket_id == ticket_id).order_by(EventRow.id)
    return [(load_event(row.type, row.state), row.inbox_id) for row in rows]


def events_of_mail(inbox_id: int) -> list[Event]:
    rows = EventRow.select().where(EventRow.inbox_id == inbox_id).order_by(EventRow.id)
    return [load_event(row.type, row.state) for row in rows]


def heard(message_id: str, reference: str, sender: str) -> None:
    """Remember that a mail with this Message-ID belongs to a ticket."""
    if message_id:
        Heard.insert(message_id=message_id, reference=reference, sender=sender).execute()


def reference_heard(message_id: str) -> str:
    return Heard.select(Heard.reference).where(Heard.message_id == message_id).order_by(Heard.id.desc()).scalar() or ""


def last_heard(reference: str, sender: str) -> str:
    """The Message-ID of this sender's newest mail on the ticket, or ""."""
    query = Heard.select(Heard.message_id).where(Heard.reference == reference, Heard.sender == sender)
    return query.order_by(Heard.id.desc()).scalar() or ""


def targets(ticket_id: int) -> tuple[Target, ...]:
    rows = TargetRow.select().where(TargetRow.ticket_id == ticket_id).order_by(TargetRow.id)
    return tuple(load(Target, row.state) for row in rows)


def save_targets(ticket_id: int, targets: Sequence[Target]) -> None:
    """Replace a ticket's targets by these."""
    TargetRow.delete().where(TargetRow.ticket_id == ticket_id).execute()
    rows = [{"ticket_id": ticket_id, "kind": t.kind, "next_at": t.next_at, "state": dump(t)} for t in targets]
    if rows:
        TargetRow.insert_many(rows).execute()


def with_targets_due(now: datetime, limit: int) -> list[int]:
    """Ids of tickets that have a target to look at, the most overdue first."""
    due = TargetRow.select(TargetRow.ticket_id).where(TargetRow.next_at <= now)
    return [row.ticket_id for row in due.group_by(TargetRow.ticket_id).order_by(fn.MIN(TargetRow.next_at)).limit(limit)]


def _ticket(row: TicketRow | None) -> Ticket | None:
    return None if row is None else load(Ticket, row.state)

"""Tickets with their events, targets and the Message-IDs that were heard about them.

In and out: values of the domain, in the caller's transaction. A ticket's row is its state after its last event, and is
saved beside that event; events are only ever added. What the clock asks for (`to_wake`, `to_page`, `to_ask`, …)
are ids, in the order of urgency, so that one ticket that cannot be read does not hide the others.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter

from peewee import SQL, fn

from helpdeskd.domain.bill import DROPPED
from helpdeskd.domain.event import Event, MailHeld
from helpdeskd.domain.quota import Accepted
from helpdeskd.domain.target import Target, TargetKind
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import audit_chain, search
from helpdeskd.storage.codec import dump, load, load_event, load_known
from helpdeskd.storage.db import touch
from helpdeskd.storage.engine import engine
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import EventRow, Heard, TargetRow, TicketRow, stamp

_COLUMNS = [field for field in TicketRow._meta.sorted_fields if field is not TicketRow.id]
_SAVE = Prepared(
    TicketRow.insert({field: value(field.name) for field in TicketRow._meta.sorted_fields}).on_conflict(
        conflict_target=[TicketRow.id], preserve=_COLUMNS
    )
)
_BY_REFERENCE = Prepared(TicketRow.select(TicketRow.state).where(TicketRow.reference == value("reference")))
_BY_ID = Prepared(TicketRow.select(TicketRow.state).where(TicketRow.id == value("id")))
_OF_ALERT = Prepared(
    TicketRow.select(TicketRow.state).where(TicketRow.alert_key == value("key")).order_by(TicketRow.id.desc()).limit(1)
)
_EARLIER = Prepared(
    TicketRow.select(
        TicketRow.state,
        fn.COALESCE(SQL("state ->> 'solution'"), "") != "",
        SQL("state ->> 'requester'") == value("requester"),
    )
    .where(TicketRow.customer == value("customer"), TicketRow.id < value("before_id"), TicketRow.status != "merged")
    .order_by(TicketRow.id.desc())
    .limit(50)
)
_TO_WAKE, _TO_PAGE, _TO_ASK = (
    Prepared(TicketRow.select(TicketRow.id).where(due <= value("now")).order_by(due).limit(value("limit")))
    for due in (TicketRow.wake_at, TicketRow.duty_at, TicketRow.ask_at)
)
_ACCEPTED = Prepared(
    TicketRow.select(TicketRow.reference, TicketRow.accepted_at, TicketRow.on_quota, TicketRow.status)
    .where(
        TicketRow.customer == value("customer"),
        TicketRow.plan == value("plan"),
        TicketRow.accepted_at >= value("since"),
        TicketRow.accepted_at < value("until"),
    )
    .order_by(TicketRow.id)
)
_WAITING = TicketRow.select(TicketRow.state).where(
    TicketRow.status.in_(["new", "open", "waiting", "pending", "awaiting approval"])
)
_UNFINISHED = Prepared(_WAITING.order_by(TicketRow.id.desc()))
_UNFINISHED_OF = Prepared(_WAITING.where(TicketRow.customer == value("customer")).order_by(TicketRow.id.desc()))
_RECORD = "event (ticket_id, inbox_id, at, type, state)"
_EVENTS = Prepared(
    EventRow.select(EventRow.type, EventRow.state, EventRow.inbox_id)
    .where(EventRow.ticket_id == value("ticket_id"))
    .order_by(EventRow.id)
)
_ASKED_TO_ADOPT = Prepared(
    EventRow.select(EventRow.id)
    .where(
        EventRow.type == MailHeld.__name__,
        EventRow.at >= value("since"),
        SQL("state ->> 'by'") == value("sender"),
        SQL("state ->> 'customer'") == value("customer"),
    )
    .limit(1)
)
_HEAR = Prepared(Heard.insert({name: value(name) for name in ("message_id", "reference", "sender")}))
_REFERENCE_HEARD = Prepared(
    Heard.select(Heard.reference).where(Heard.message_id == value("message_id")).order_by(Heard.id.desc()).limit(1)
)
_HEARD_FROM = Prepared(
    Heard.select(Heard.reference).where(
        Heard.message_id.in_((value("message_id"), value("folded"))), Heard.sender == value("sender")
    )
)
_TARGETS = Prepared(
    TargetRow.select(TargetRow.state).where(TargetRow.ticket_id == value("ticket_id")).order_by(TargetRow.id)
)
_DROP_TARGETS = Prepared(TargetRow.delete().where(TargetRow.ticket_id == value("ticket_id")))
_ADD_TARGETS = "target (ticket_id, kind, next_at, state)"
_TARGETS_DUE = Prepared(
    TargetRow.select(TargetRow.ticket_id)
    .where(TargetRow.next_at <= value("now"))
    .order_by(TargetRow.next_at)
    .limit(value("limit"))
)
"""Not grouped by ticket: for that, SQLite would read all targets that there are, by the index of their tickets."""


def save(ticket: Ticket) -> None:
    """Write a ticket as it stands now, new or known: of turns at the same time about one customer, one is committed."""
    touch(ticket.customer)
    duty_at = ticket.emergency.next_at if ticket.emergency and ticket.emergency.waiting else None
    _SAVE.run(
        id=ticket.id,
        reference=ticket.reference,
        customer=ticket.customer,
        status=ticket.status.value,
        owner=ticket.owner,
        wake_at=ticket.wake_at,
        duty_at=duty_at,
        ask_at=ticket.ask_at,
        plan=ticket.plan,
        accepted_at=ticket.served_at,
        on_quota=ticket.on_quota,
        alert_key=ticket.alert_key or None,
        state=dump(ticket),
    )


def record(event: Event, ticket_id: int | None, inbox_id: int | None) -> None:
    """Append what happened; what was written to what is searched; and what is to be accounted for to its record."""
    row = ticket_id, inbox_id, stamp(event.at, "at"), type(event).__name__, dump(event)
    search.add(engine().put_one(_RECORD, row))
    audit_chain.of_event(event, ticket_id, inbox_id)


def by_reference(reference: str) -> Ticket | None:
    return _ticket(_BY_REFERENCE.scalar(reference=reference.upper()))


def by_id(ticket_id: int) -> Ticket | None:
    return _ticket(_BY_ID.scalar(id=ticket_id))


def of_alert(key: str) -> Ticket | None:
    """The newest ticket of the alerts with that key."""
    return _ticket(_OF_ALERT.scalar(key=key))


def listed(status: str | None = None, customer: str | None = None, limit: int = 100) -> list[Ticket]:
    """The newest tickets, of one status or customer or of all."""
    query = TicketRow.select().order_by(TicketRow.id.desc()).limit(limit)
    if status:
        query = query.where(TicketRow.status == status)
    if customer:
        query = query.where(TicketRow.customer == customer)
    return [load(Ticket, row.state) for row in query]


def unfinished(customer: str | None = None) -> list[Ticket]:
    """The tickets, of a customer or of all, that somebody still has to work on, the newest first."""
    rows = _UNFINISHED.rows() if customer is None else _UNFINISHED_OF.rows(customer=customer)
    return [load(Ticket, state) for (state,) in rows]


def earlier(customer: str, requester: str, before_id: int, limit: int) -> list[Ticket]:
    """Recent earlier tickets of a customer: those with a solution first, then the requester's own, then the newest.

    Who is of no customer gets their own alone.
    """
    newest = _EARLIER.rows(customer=customer, requester=requester, before_id=before_id)
    useful = sorted(
        ((not solved, not own, state) for state, solved, own in newest if customer or own), key=itemgetter(0, 1)
    )
    return [load_known(Ticket, state) for *_, state in useful[:limit]]


def to_wake(now: datetime, limit: int) -> list[int]:
    """Ids of tickets whose `wake_at` has come, the oldest first."""
    return [number for (number,) in _TO_WAKE.rows(now=now, limit=limit)]


def to_page(now: datetime, limit: int) -> list[int]:
    """Ids of tickets whose person on duty did not acknowledge in time, the longest silent first."""
    return [number for (number,) in _TO_PAGE.rows(now=now, limit=limit)]


def to_ask(now: datetime, limit: int) -> list[int]:
    """Ids of tickets whose customer is to be asked again, or whose estimate has expired, the oldest first."""
    return [number for (number,) in _TO_ASK.rows(now=now, limit=limit)]


def of_customer(customer: str) -> list[Ticket]:
    """All tickets of a customer, in the order of their opening."""
    rows = TicketRow.select(TicketRow.state).where(TicketRow.customer == customer).order_by(TicketRow.id)
    return [load(Ticket, row.state) for row in rows]


def accepted(customer: str, plan: str, since: datetime, until: datetime) -> tuple[Accepted, ...]:
    """The customer's tickets of a plan that were accepted in [since, until), and whether they count for its quota."""
    rows = _ACCEPTED.rows(customer=customer, plan=plan, since=since, until=until)
    return tuple(
        Accepted(reference, at, on_quota and status not in DROPPED) for reference, at, on_quota, status in rows
    )


def events(ticket_id: int) -> list[tuple[Event, int | None]]:
    """What happened to a ticket, in order, each with the mail that caused it."""
    return [(load_event(kind, state), number) for kind, state, number in _EVENTS.rows(ticket_id=ticket_id)]


def events_of_mail(inbox_id: int) -> list[Event]:
    rows = EventRow.select().where(EventRow.inbox_id == inbox_id).order_by(EventRow.id)
    return [load_event(row.type, row.state) for row in rows]


def asked_to_adopt(sender: str, customer: str, since: datetime) -> bool:
    """Whether a mail of that address was held since then for the customer's contacts to have it handled."""
    return _ASKED_TO_ADOPT.row(sender=sender, customer=customer, since=since) is not None


def heard(message_id: str, reference: str, sender: str) -> None:
    """Remember that a mail with this Message-ID belongs to a ticket, also as it is with its domain in lower case."""
    # The last one is as it was written, because that is what an answer to it names.
    for name in dict.fromkeys(filter(None, (_folded(message_id) if sender else "", message_id))):
        _HEAR.run(message_id=name, reference=reference, sender=sender)


def reference_heard(message_id: str) -> str:
    return _REFERENCE_HEARD.scalar(message_id=message_id) or ""


def heard_from(message_id: str, sender: str) -> tuple[str, ...]:
    """The references of the tickets on which a mail with this Message-ID of this sender was carried out."""
    rows = _HEARD_FROM.rows(message_id=message_id, folded=_folded(message_id), sender=sender)
    return tuple(reference for (reference,) in rows)


def _folded(message_id: str) -> str:
    """With its domain in lower case."""
    name, at, domain = message_id.rpartition("@")
    return name + at + domain.lower()


def targets(ticket_id: int) -> tuple[Target, ...]:
    return tuple(load(Target, state) for (state,) in _TARGETS.rows(ticket_id=ticket_id))


def save_targets(ticket_id: int, targets: Sequence[Target], before: Sequence[Target] | None = None) -> None:
    """Replace a ticket's targets by these; `before` are those that it has, None where that is not known."""
    if before is not None and tuple(targets) == tuple(before):
        return
    if before is None or before:
        _DROP_TARGETS.run(ticket_id=ticket_id)
    rows = [
        (ticket_id, target.kind.value, target.next_at and stamp(target.next_at, "next_at"), dump(target))
        for target in targets
    ]
    engine().put(_ADD_TARGETS, *rows)


def with_targets_due(now: datetime, limit: int) -> list[int]:
    """Ids of tickets that have a target to look at, the most overdue first."""
    rows = _TARGETS_DUE.rows(now=now, limit=limit * len(TargetKind))
    return list(dict.fromkeys(number for (number,) in rows))[:limit]


def _ticket(state: str | None) -> Ticket | None:
    return None if state is None else load(Ticket, state)

"""The ledger: entries of time, approvals, draws on cards and issued statements.

In and out: values of the domain, in the caller's transaction. Entries, approvals and statements are only ever added: a
number that is taken raises peewee.IntegrityError, and a month of a customer is issued once. What a ticket has drawn on
the cards is replaced whole, by the transaction that settled it.
"""

from collections.abc import Iterable
from datetime import date, datetime

from helpdeskd.domain.card import Draw
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.statement import Statement
from helpdeskd.storage.codec import dump, load
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import ApprovalRow, DrawRow, EntryRow, StatementRow, proxy

_ENTRIES = Prepared(
    EntryRow.select(EntryRow.state).where(EntryRow.ticket_id == value("ticket_id")).order_by(EntryRow.number)
)
_APPROVALS = Prepared(
    ApprovalRow.select(ApprovalRow.state)
    .where(ApprovalRow.ticket_id == value("ticket_id"))
    .order_by(ApprovalRow.number)
)
_DRAWS = Prepared(
    DrawRow.select(DrawRow.state).where(DrawRow.customer == value("customer")).order_by(DrawRow.ticket_id, DrawRow.card)
)
_BY_DAY = """
SELECT ticket.plan, coalesce(ticket.state ->> 'agreement', ''), substr(entry.state ->> 'start', 1, 10) AS day, COUNT(*)
FROM entry JOIN ticket ON ticket.id = entry.ticket_id GROUP BY 1, 2, 3"""


def book(ticket_id: int, entry: Entry) -> None:
    """Append an entry; its `id` is its number on the ticket."""
    EntryRow.insert(ticket_id=ticket_id, number=entry.id, minutes=entry.minutes, state=dump(entry)).execute()


def entries(ticket_id: int) -> tuple[Entry, ...]:
    """A ticket's entries in the order of booking."""
    return tuple(load(Entry, state) for (state,) in _ENTRIES.rows(ticket_id=ticket_id))


def booked_by_day() -> list[tuple[str, str, date, int]]:
    """How many entries begin on each day (UTC), by plan and agreement of their tickets."""
    rows = proxy.execute_sql(_BY_DAY).fetchall()
    return [(plan, agreement, date.fromisoformat(day), count) for plan, agreement, day, count in rows]


def approve(ticket_id: int, number: int, approval: Approval) -> None:
    """Append what was approved in answer to the ticket's estimate of that number."""
    ApprovalRow.insert(ticket_id=ticket_id, number=number, minutes=approval.minutes, state=dump(approval)).execute()


def approvals(ticket_id: int) -> tuple[Approval, ...]:
    """What was approved on a ticket, in order."""
    return tuple(load(Approval, state) for (state,) in _APPROVALS.rows(ticket_id=ticket_id))


def draws(customer: str) -> tuple[Draw, ...]:
    """What the customer's tickets have drawn on its cards."""
    return tuple(load(Draw, state) for (state,) in _DRAWS.rows(customer=customer))


def save_draws(customer: str, ticket_id: int, draws: Iterable[Draw]) -> None:
    """Replace what a ticket has drawn."""
    DrawRow.delete().where(DrawRow.ticket_id == ticket_id).execute()
    rows = [
        {"customer": customer, "ticket_id": ticket_id, "card": d.card, "minutes": d.minutes, "state": dump(d)}
        for d in draws
    ]
    if rows:
        DrawRow.insert_many(rows).execute()


def issue(statement: Statement, at: datetime) -> None:
    """Fix a statement for good."""
    StatementRow.insert(
        customer=statement.customer, month=str(statement.month), issued_at=at, state=dump(statement)
    ).execute()


def issued(customer: str) -> tuple[Statement, ...]:
    """All statements of a customer that are issued, the oldest month first."""
    rows = StatementRow.select(StatementRow.state).where(StatementRow.customer == customer)
    return tuple(load(Statement, row.state) for row in rows.order_by(StatementRow.month))

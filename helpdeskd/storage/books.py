"""The ledger of many tickets read at once: what their charges and statements are made of.

In: which tickets. Out: `Books`, a directory that answers what charges ask of these tickets without asking the database
again, also when the transaction is over. Reads only; raises what the database raises.
"""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, TypeVar

from peewee import ModelSelect

from helpdeskd.domain.card import Draw
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.quota import Accepted
from helpdeskd.storage import ledger, tickets
from helpdeskd.storage.codec import load
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.tables import ApprovalRow, EntryRow, EventRow, TargetRow, TicketRow

T = TypeVar("T")
EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


class Books(StoredDirectory):
    """Entries, approvals, draws, customers and quota of these tickets."""

    def __init__(self, ids: "ModelSelect[TicketRow]") -> None:
        super().__init__()
        self._entries = _loaded(Entry, columns(ids, EntryRow, EntryRow.number, EntryRow.state))
        self._approvals = _loaded(Approval, columns(ids, ApprovalRow, ApprovalRow.number, ApprovalRow.state))
        pairs: Any = TicketRow.select(TicketRow.customer, TicketRow.plan).where(TicketRow.id.in_(ids)).distinct()
        self._accepted = {(name, plan): tickets.accepted(name, plan, *EVER) for name, plan in pairs.tuples()}
        names = {name for name, _ in self._accepted}
        self._draws = {name: ledger.draws(name) for name in names}
        for name in names:
            self.customer(name)  # remembered by the directory

    def entries(self, ticket_id: int) -> tuple[Entry, ...]:
        return self._entries[ticket_id]

    def approvals(self, ticket_id: int) -> tuple[Approval, ...]:
        return self._approvals[ticket_id]

    def draws(self, customer: str) -> tuple[Draw, ...]:
        return self._draws.get(customer, ())

    def accepted(self, customer: str, plan: str, since: datetime, until: datetime) -> tuple[Accepted, ...]:
        return tuple(each for each in self._accepted.get((customer, plan), ()) if since <= each.at < until)


def of_customer(name: str) -> "ModelSelect[TicketRow]":
    """The ids of all tickets of a customer."""
    return TicketRow.select(TicketRow.id).where(TicketRow.customer == name)


def touched(since: datetime) -> "ModelSelect[TicketRow]":
    """The ids of the tickets that may have a fact at or after that instant."""
    events = EventRow.select(EventRow.ticket_id).where(EventRow.at >= since, EventRow.ticket_id.is_null(False))
    watched = TargetRow.select(TargetRow.ticket_id).where(TargetRow.next_at.is_null(False))
    return TicketRow.select(TicketRow.id).where(TicketRow.id.in_(events) | TicketRow.id.in_(watched))


def columns(ids: "ModelSelect[TicketRow]", table: Any, order: Any, *wanted: object) -> "ModelSelect[Any]":
    """Of each of the tickets these columns of a table, in its order."""
    found: ModelSelect[Any] = table.select(table.ticket_id, *wanted).where(table.ticket_id.in_(ids))
    return found.order_by(table.ticket_id, order)


def rows(query: "ModelSelect[Any]") -> defaultdict[int, list[tuple[str, ...]]]:
    """The rows by their first column, without it."""
    found = defaultdict[int, list[tuple[str, ...]]](list)
    for id_, *values in query.tuples().iterator():
        found[id_].append(tuple(values))
    return found


def _loaded(kind: type[T], query: "ModelSelect[Any]") -> defaultdict[int, tuple[T, ...]]:
    """The values of each ticket."""
    values = {id_: tuple(load(kind, state) for (state,) in found) for id_, found in rows(query).items()}
    return defaultdict(tuple, values)

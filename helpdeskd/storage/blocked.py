"""Senders whose mail is refused without a word: addresses that an agent has blocked.

In and out: normalised addresses, in the caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import BlockedRow

_IS_BLOCKED = Prepared(BlockedRow.select(BlockedRow.address).where(BlockedRow.address == value("address")))


@dataclass(frozen=True, slots=True)
class Blocked:
    """Who is blocked, by whom (an agent's name, or "desk"), and since when (aware UTC)."""

    address: str
    by: str
    at: datetime


def block(address: str, by: str, at: datetime) -> None:
    """Refuse an address; one that is refused already stays so, with who did it first."""
    BlockedRow.insert(address=address, by=by, at=at).on_conflict_ignore().execute()


def unblock(address: str) -> bool:
    """Let an address write again; False where it was not blocked."""
    return bool(BlockedRow.delete().where(BlockedRow.address == address).execute())


def is_blocked(address: str) -> bool:
    return _IS_BLOCKED.scalar(address=address) is not None


def listed() -> list[Blocked]:
    """All of them, by address."""
    return [Blocked(row.address, row.by, row.at) for row in BlockedRow.select().order_by(BlockedRow.address)]

"""The audit record: who changed what of rights, directory, money, configuration and personal data, and when.

Rows are only ever added, each in the transaction of what it tells of, and each is sealed over the one before:

    seal = SHA-256(salt + detail)        hash = SHA-256(hash before, number, at, what, seal)

Everything that may name a person is in `detail`. An erasure writes the details anew (`rewrite`) and throws their salts
away, so that nobody can prove by guessing whom the old seal was about; the seals of the new details are told in the row
of the erasure, which the chain covers. What is too old is cut off in front (`cut`), and the row that tells of it holds
the hash from which the chain goes on. `faults` finds a row that was changed, put in, taken out or swapped, and one that
is missing at the end; all rows written anew are found by comparing `head` with one that was noted elsewhere.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from helpdeskd.domain.contact_event import ContactsChanged
from helpdeskd.domain.cost_event import EstimateApproved, EstimateDeclined, NoCharge, TimeBooked
from helpdeskd.domain.event import AdoptionDeclined, Event, MailAdopted, StatementIssued
from helpdeskd.domain.held_event import HeldEvent
from helpdeskd.domain.join_event import ApprovalMoved
from helpdeskd.domain.sort_event import CustomerChanged
from helpdeskd.storage import counter
from helpdeskd.storage.codec import plain, text_of
from helpdeskd.storage.tables import Counter, proxy, stamp

TOLD = (
    *get_args(ContactsChanged),
    *get_args(HeldEvent),
    *(TimeBooked, EstimateApproved, EstimateDeclined, ApprovalMoved, NoCharge, StatementIssued, CustomerChanged),
    *(MailAdopted, AdoptionDeclined),
)
"""The events that change rights or money, or decide about a held mail."""
REWRITTEN, CUT = "rewritten", "cut"
_NAME = "audit"
_WORDS = frozenset({"text", "at", "subject"})
_ADD = "INSERT INTO audit (number, at, what, salt, detail, seal, hash) VALUES (?, ?, ?, ?, ?, ?, ?)"
_ALL = "SELECT number, at, what, salt, detail, seal, hash FROM audit ORDER BY number"
_LAST = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1"
_NEWEST = "SELECT detail FROM audit WHERE what = ? ORDER BY number DESC LIMIT 1"
_OLD = """
SELECT number, hash FROM audit WHERE at < ? AND number < (SELECT max(number) FROM audit) ORDER BY number DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Told:
    """A row. `detail` says who did it (`by`) and what was and is, in short."""

    number: int
    at: datetime
    what: str
    detail: Mapping[str, Any]
    hash: str


def append(what: str, at: datetime, **detail: object) -> None:
    """Add a row; its detail `by` is an address, an agent's name, or "desk" for the command line and the clock."""
    before, number, text = head(), counter.count(_NAME), text_of(detail)
    salt = os.urandom(16)
    seal = _seal(salt, text)
    stamped = stamp(at, "at")
    row = (number, stamped, what, salt, text, seal, _hash(before, number, stamped, what, seal))
    proxy.execute_sql(_ADD, row)


def of_event(event: Event, ticket_id: int | None, inbox_id: int | None) -> None:
    """Add a row for an event that is of this kind; what was written in its mail is no part of it."""
    if isinstance(event, TOLD):
        told = {name: value for name, value in plain(event).items() if name not in _WORDS}
        about: dict[str, object] = {"ticket": ticket_id, "mail": inbox_id}
        append(type(event).__name__, event.at, **(about | told))


def head() -> str:
    """The hash of the newest row; "" before the first."""
    row = proxy.execute_sql(_LAST).fetchone()
    return str(row[1]) if row else ""


def newest(what: str) -> Mapping[str, Any] | None:
    """The details of the newest row of a kind."""
    row = proxy.execute_sql(_NEWEST, (what,)).fetchone()
    return json.loads(row[0]) if row else None


def listed() -> Iterator[Told]:
    """All rows, the oldest first."""
    for number, at, what, _, detail, _, hash_ in proxy.execute_sql(_ALL).fetchall():
        yield Told(number, datetime.fromisoformat(at), what, _details(detail), hash_)


def rewrite(change: Callable[[str], str]) -> dict[str, str]:
    """Give the rows whose details `change` makes others these, with new salts; their new seals, by number.

    The row that tells why must hold what is returned as its detail `rewritten`.
    """
    seals: dict[str, str] = {}
    for number, _, _, _, detail, _, _ in proxy.execute_sql(_ALL).fetchall():
        if (text := change(detail)) != detail:
            salt = os.urandom(16)
            proxy.execute_sql("UPDATE audit SET salt = ?, detail = ? WHERE number = ?", (salt, text, number))
            seals[str(number)] = _seal(salt, text)
    return seals


def cut(before: datetime) -> dict[str, Any] | None:
    """Take out the rows that are older, but never the newest; None for none.

    The row that tells why must hold what is returned as its detail `cut`.
    """
    row = proxy.execute_sql(_OLD, (stamp(before, "before"),)).fetchone()
    if row is None:
        return None
    taken = proxy.rows_affected(proxy.execute_sql("DELETE FROM audit WHERE number <= ?", (row[0],)))
    return {"number": row[0], "hash": row[1], "rows": taken}


def faults() -> Iterator[str]:
    """What is wrong with the chain: the first row that does not hold, and whether rows are missing at the end."""
    rows = proxy.execute_sql(_ALL).fetchall()
    anew, number, before = _told_anew(rows)
    for row in rows:
        number += 1
        if wrong := _wrong(row, number, before, anew):
            yield f"row {number} of the audit record {wrong}"
            return
        before = row[6]
    given = Counter.get_or_none(Counter.name == _NAME)
    if given is not None and given.value != number:
        yield f"{given.value} rows of the audit record were written, but it ends with row {number}"


def _wrong(row: tuple[Any, ...], number: int, before: str, anew: Mapping[str, str]) -> str:
    found, at, what, salt, detail, seal, hash_ = row
    if found != number:
        return f"is missing (row {found} is there instead)"
    if _hash(before, number, at, what, seal) != hash_:
        return "does not follow from the one before (it was changed, or one before it was)"
    if _seal(salt, detail) != anew.get(str(number), seal):
        return "does not say what it said"
    return ""


def _told_anew(rows: list[tuple[Any, ...]]) -> tuple[dict[str, str], int, str]:
    """The seals of details that were written anew; behind which number, and from which hash, the chain goes on."""
    anew: dict[str, str] = {}
    number, before = 0, ""
    for *_, detail, _, _ in rows:
        told = _details(detail)
        anew |= told.get(REWRITTEN) or {}
        if since := told.get(CUT):
            number, before = since["number"], since["hash"]
    return anew, number, before


def _details(text: str) -> dict[str, Any]:
    """What a row says; nothing for one that was spoilt."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _seal(salt: bytes, detail: str) -> str:
    return hashlib.sha256(salt + detail.encode()).hexdigest()


def _hash(before: str, number: int, at: str, what: str, seal: str) -> str:
    return hashlib.sha256("\n".join((before, str(number), at, what, seal)).encode()).hexdigest()

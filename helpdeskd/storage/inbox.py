"""Mail received: raw bytes and envelope, from acceptance to fate.

    queued ──▶ done      decided; `fate` says what became of it (opened, added, commands, recorded, refused, …)
       │ ├───▶ held      waits for a person: accept (queued again), refuse (done)
       │ └───▶ failed    three strikes, kept whole: requeue (queued again)
       └─strike: queued again, behind all others

A row exists only after raw and envelope are committed, which is when the sender is told 250 (P1). There is no state for
work in progress: a turn commits the row's new status together with its effects, so a crash at any line leaves it queued
and nothing done (P2, P3). The same mail twice (equal `source_key`, or equal content for the same recipient within the
retry window) is one: the second row is done at once, as duplicate. A queued row whose sender is still to be checked
gets no turn before that, and for a minute at most neither does later mail by the same author (`storage.unchecked`).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from peewee import SQL, fn

from helpdeskd.domain.address import normalise
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import arrivals, counter, objects
from helpdeskd.storage.arrivals import ENVELOPE, RETRY_WINDOW
from helpdeskd.storage.codec import array
from helpdeskd.storage.prepared import Prepared, Row, value
from helpdeskd.storage.tables import Inbox, Raw, proxy

_COLUMNS = (
    Inbox.id,
    *(getattr(Inbox, name) for name in ("status", "fate", "reason", "reference", "sender", "subject", "strikes")),
    Raw.size,
    Inbox.decided_at,
    *(getattr(Inbox, name) for name in ENVELOPE),
)
_COPIES = Prepared(
    Inbox.select(*_COLUMNS)
    .join(Raw)
    .where(
        Inbox.sha256 == SQL("(SELECT sha256 FROM inbox WHERE id = :id)"),
        Inbox.id != value("id"),
        Inbox.received_at >= value("since"),
    )
    .order_by(Inbox.id)
)
_EARLIER = Inbox.alias()
_BEHIND = _EARLIER.select(SQL("1")).where(
    _EARLIER.check_at.between(value("since"), value("now")),
    _EARLIER.check_tries == 0,
    _EARLIER.author == Inbox.author,
    _EARLIER.author != "",
    _EARLIER.position < Inbox.position,
)
"""An earlier mail by the same author that is about to be checked for the first time (`storage.unchecked`)."""
_QUEUED = Prepared(
    Inbox.select(Inbox.id, Raw.size)
    .join(Raw)
    .where(
        Inbox.status == "queued",
        Inbox.check_at.is_null(),
        ~fn.EXISTS(_BEHIND),
    )
    .order_by(Inbox.position)
    .limit(value("limit"))
)
_NEWEST_HELD = Prepared(
    Inbox.select(Inbox.received_at).where(Inbox.status == "held").order_by(Inbox.id.desc()).limit(value("limit"))
)
_STATUS = Prepared(Inbox.select(Inbox.status).where(Inbox.id == value("id")))
_ASKED = SQL("(SELECT CAST(value AS BIGINT) FROM json_each(:ids))")
_STILL_QUEUED = Prepared(Inbox.select(Inbox.id).where(Inbox.id.in_(_ASKED), Inbox.status == "queued"))
_COPIED = """
SELECT id FROM inbox WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))
    AND (SELECT count(*) FROM inbox AS same WHERE same.sha256 = inbox.sha256) > 1"""
_WHOLE = Inbox.select(*_COLUMNS, Raw.content, Raw.sha256, Raw.stored_in).join(Raw)
_GET = Prepared(_WHOLE.where(Inbox.id == value("id")))
_GET_ALL = Prepared(_WHOLE.where(Inbox.id.in_(_ASKED)))
_FINISH = Prepared(
    Inbox.update(
        {name: value(name) for name in ("status", "fate", "reason", "reference", "sender", "subject", "decided_at")}
    ).where(Inbox.id == value("id"))
)

IN_ORDER = timedelta(minutes=1)
"""So long a mail waits for the first check of an earlier one, whose author may be forged."""
STRIKES = 3
FATES = ("opened", "added", "commands", "approval", "recorded", "held", "refused", "duplicate", "loop", "failed")


@dataclass(frozen=True, slots=True)
class Received:
    """A row, as the rest of the desk sees it. `raw` is empty in listings; `stored_in` names the object that has it, if
    the database has not (`whole`).
    """

    id: int
    envelope: Envelope
    status: str
    fate: str
    reason: str
    reference: str
    sender: str
    subject: str
    strikes: int
    size: int
    decided_at: datetime | None
    raw: bytes = field(default=b"", repr=False)
    sha256: str = field(default="", repr=False)
    stored_in: str = field(default="", repr=False)

    @property
    def is_whole(self) -> bool:
        """Whether the raw bytes are those that came: SQLite knows its pages, not what stands in them."""
        return hashlib.sha256(self.raw).hexdigest() == self.sha256


def put(
    envelopes: Sequence[Envelope], raw: bytes, as_sent: bytes | None = None, source_key: str | None = None
) -> list[int]:
    """Store one mail, as `arrivals.put` stores several."""
    (ids,) = arrivals.put([arrivals.arrival(envelopes, raw, as_sent, source_key)])
    return ids


def copies(row: Received) -> list[Received]:
    """The same content, within the retry window, whatever became of it: in order, without the raw bytes."""
    since = row.envelope.received_at - RETRY_WINDOW
    return [_received((*copy, b"", "", "")) for copy in _COPIES.rows(id=row.id, since=since)]


def copied(ids: Iterable[int]) -> set[int]:
    """Those of the mails whose content came more than once, ever."""
    return {number for (number,) in proxy.execute_sql(_COPIED, (array(ids),)).fetchall()}


def _last_place() -> int:
    """A place in the queue behind all others."""
    return counter.count("position")


def newest() -> datetime | None:
    """When the last mail came in (aware UTC); None without any."""
    found: datetime | None = Inbox.select(fn.MAX(Inbox.received_at)).scalar()
    return found


def next_queued(limit: int, max_bytes: int, now: datetime) -> list[Received]:
    """The oldest rows that may have their turn, `at_hand`: at most so many and, but for one, so large."""
    wanted: list[int] = []
    for number, size in _QUEUED.rows(limit=limit, now=now, since=now - IN_ORDER):
        max_bytes -= size
        if wanted and max_bytes < 0:
            break
        wanted.append(number)
    return all_at_hand(wanted)


def still_queued(ids: Iterable[int]) -> set[int]:
    """Those of the mails that still wait for their turn."""
    return {number for (number,) in _STILL_QUEUED.rows(ids=array(ids))}


def is_held(inbox_id: int) -> bool:
    """Whether a mail waits for a decision of a person."""
    return bool(_STATUS.scalar(id=inbox_id) == "held")


def held_since(since: datetime) -> int:
    """How many of the newest mails that wait for a decision came since then, counted up to 10."""
    return sum(received_at >= since for (received_at,) in _NEWEST_HELD.rows(limit=10))


def held_from(sender: str) -> list[Received]:
    """What waits of that sender (a normalised address), with its raw bytes, the oldest first."""
    rows = Inbox.select(Inbox.id, Inbox.sender).where(Inbox.status == "held").order_by(Inbox.id).tuples()
    found = (get(number) for number, written in cast(Iterable[Row], rows) if normalise(written) == sender)
    return [received for received in found if received is not None]


def get(inbox_id: int) -> Received | None:
    """One row with its raw bytes, wherever they are. Raises Unreachable."""
    received = at_hand(inbox_id)
    return None if received is None else whole(received)


def at_hand(inbox_id: int) -> Received | None:
    """One row with its raw bytes if they are in the database."""
    row = _GET.row(id=inbox_id)
    return None if row is None else _received(row)


def all_at_hand(ids: Sequence[int]) -> list[Received]:
    """Those rows that there are, `at_hand`, in this order."""
    rows = {row[0]: row for row in _GET_ALL.rows(ids=array(ids))} if ids else {}
    return [_received(rows[number]) for number in ids if number in rows]


def whole(received: Received) -> Received:
    """The row with its raw bytes, wherever they are; not within a transaction, if others wait for it.

    Raises Unreachable.
    """
    is_elsewhere = received.stored_in and received.size
    return replace(received, raw=objects.read(received.stored_in)) if is_elsewhere else received


def listed(status: str | None = None, limit: int = 100) -> list[Received]:
    """The newest rows, of one status or of all, without their raw bytes."""
    query = Inbox.select(*_COLUMNS).join(Raw).order_by(Inbox.id.desc()).limit(limit)
    rows = (query.where(Inbox.status == status) if status else query).tuples()
    return [_received((*row, b"", "", "")) for row in cast(Iterable[Row], rows)]


def finish(
    inbox_id: int,
    fate: str,
    reason: str,
    reference: str,
    sender: str,
    subject: str,
    now: datetime,
    status: str = "done",
) -> None:
    """Write down what became of a mail; part of the transaction that did it."""
    _FINISH.run(
        id=inbox_id,
        status=status,
        fate=fate,
        reason=reason,
        reference=reference,
        sender=sender,
        subject=subject,
        decided_at=now,
    )


def fail(inbox_id: int, why: str, now: datetime) -> None:
    """Keep a mail that cannot be decided, for a person to look at."""
    Inbox.update(status="failed", fate="failed", reason=why, decided_at=now).where(Inbox.id == inbox_id).execute()


def strike(inbox_id: int, why: str, now: datetime) -> bool:
    """Count a failure against a queued mail and put it behind the others; True when it is failed now."""
    row = Inbox.get_by_id(inbox_id)
    if row.status != "queued":
        return False
    row.strikes += 1
    row.position = _last_place()
    row.reason = why
    if row.strikes >= STRIKES:
        row.status, row.fate, row.decided_at = "failed", "failed", now
    row.save()
    return bool(row.status == "failed")


def requeue(inbox_id: int) -> bool:
    """Give a held or failed mail another turn; False when it is neither."""
    changes = {"status": "queued", "strikes": 0, "fate": "", "reason": "", "decided_at": None}
    waits = Inbox.status.in_(["held", "failed"])
    return bool(Inbox.update(position=_last_place(), **changes).where((Inbox.id == inbox_id) & waits).execute())


def counts() -> dict[str, int]:
    """How many rows have each status."""
    rows = Inbox.select(Inbox.status, fn.COUNT(Inbox.id)).group_by(Inbox.status).tuples()
    return {str(status): int(count) for status, count in cast(Iterable[tuple[str, int]], rows)}


def _received(row: Row) -> Received:
    number, status, fate, reason, reference, sender, subject, strikes, size, decided_at, *envelope, raw, sha, at = row
    told = (status, fate, reason, reference, sender, subject, strikes, size, decided_at)
    return Received(number, Envelope(*envelope), *told, raw, sha, at)

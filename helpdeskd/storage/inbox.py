"""Mail received: raw bytes and envelope, from acceptance to fate.

    queued ──▶ done      decided; `fate` says what became of it (opened, added, commands, recorded, refused, …)
       │ ├───▶ held      waits for a person: accept (queued again), refuse (done)
       │ └───▶ failed    three strikes, kept whole: requeue (queued again)
       └─strike: queued again, behind all others

A row exists only after raw and envelope are committed, which is when the sender is told 250 (P1). There is no state for
work in progress: a turn commits the row's new status together with its effects, so a crash at any line leaves it queued
and nothing done (P2, P3). The same mail twice (equal `source_key`, or equal content for the same recipient within the
retry window) is one: the second row is done at once, as duplicate.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from peewee import fn

from helpdeskd.domain.message import Envelope
from helpdeskd.storage import counter
from helpdeskd.storage.tables import Inbox, Raw

RETRY_WINDOW = timedelta(days=5)
STRIKES = 3
FATES = ("opened", "added", "commands", "approval", "recorded", "held", "refused", "duplicate", "loop", "failed")


@dataclass(frozen=True, slots=True)
class Received:
    """A row, as the rest of the desk sees it. `raw` is empty in listings."""

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


def put(
    envelopes: Sequence[Envelope], raw: bytes, as_sent: bytes | None = None, source_key: str | None = None
) -> list[int]:
    """Store a mail once for each of its envelopes; the ids in the same order. A known `source_key` is a no-op.

    `as_sent` is the mail without what our own listener put before it (default: raw): by it the same mail is recognised.
    """
    if source_key is not None and Inbox.select().where(Inbox.source_key == source_key).exists():
        return []
    content = hashlib.sha256(raw if as_sent is None else as_sent).hexdigest()
    stored = _store(raw)
    return [_insert(envelope, stored, content, source_key) for envelope in envelopes]


def _insert(envelope: Envelope, raw_id: int, content: str, source_key: str | None) -> int:
    counter.count("accepted")
    first = _same(envelope, content)
    row = Inbox.insert(
        content=raw_id,
        sha256=content,
        source_key=source_key,
        status="done" if first else "queued",
        fate="duplicate" if first else "",
        reason=f"same content as mail {first}" if first else "",
        position=_last_place(),
        decided_at=envelope.received_at if first else None,
        **{name: getattr(envelope, name) for name in Envelope.__dataclass_fields__},
    )
    return int(row.execute())


def _same(envelope: Envelope, content: str) -> int | None:
    """The row that already holds this content for this recipient, if it came within the retry window."""
    query = Inbox.select(Inbox.id).where(
        Inbox.sha256 == content,
        Inbox.forward_path == envelope.forward_path,
        Inbox.received_at >= envelope.received_at - RETRY_WINDOW,
        Inbox.fate != "duplicate",
    )
    return query.scalar()  # type: ignore[no-any-return]


def _last_place() -> int:
    """A place in the queue behind all others."""
    return counter.count("position")


def _store(raw: bytes) -> int:
    sha = hashlib.sha256(raw).hexdigest()
    known = Raw.select(Raw.id).where(Raw.sha256 == sha).scalar()
    return int(known or Raw.insert(sha256=sha, size=len(raw), content=raw).execute())


def seen(source_keys: Iterable[str]) -> set[str]:
    """Which of these source keys have a row."""
    rows = Inbox.select(Inbox.source_key).where(Inbox.source_key.in_(list(source_keys)))
    return {row.source_key for row in rows if row.source_key}


def next_queued(limit: int, max_bytes: int) -> list[Received]:
    """The oldest rows that wait for their turn, with their raw bytes: at most so many and, but for one, so large."""
    sizes = Inbox.select(Inbox, Raw.size).join(Raw).where(Inbox.status == "queued").order_by(Inbox.position)
    wanted: list[int] = []
    for row in sizes.limit(limit):
        max_bytes -= row.content.size
        if wanted and max_bytes < 0:
            break
        wanted.append(row.id)
    if not wanted:
        return []
    query = Inbox.select(Inbox, Raw).join(Raw).where(Inbox.id.in_(wanted)).order_by(Inbox.position)
    return [_received(row, row.content.content) for row in query]


def is_queued(inbox_id: int) -> bool:
    """Whether a mail still waits for its turn."""
    return Inbox.select().where(Inbox.id == inbox_id, Inbox.status == "queued").exists()


def get(inbox_id: int) -> Received | None:
    """One row with its raw bytes."""
    row = Inbox.select(Inbox, Raw).join(Raw).where(Inbox.id == inbox_id).first()
    return None if row is None else _received(row, row.content.content)


def listed(status: str | None = None, limit: int = 100) -> list[Received]:
    """The newest rows, of one status or of all, without their raw bytes."""
    query = Inbox.select(Inbox, Raw.size).join(Raw).order_by(Inbox.id.desc()).limit(limit)
    return [_received(row) for row in (query.where(Inbox.status == status) if status else query)]


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
    Inbox.update(
        status=status, fate=fate, reason=reason, reference=reference, sender=sender, subject=subject, decided_at=now
    ).where(Inbox.id == inbox_id).execute()


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


def _received(row: Inbox, raw: bytes = b"") -> Received:
    envelope = Envelope(**{name: getattr(row, name) for name in Envelope.__dataclass_fields__})
    return Received(
        row.id, envelope, row.status, row.fate, row.reason, row.reference, row.sender, row.subject, row.strikes,
        row.content.size, row.decided_at, bytes(raw),
    )  # fmt: skip

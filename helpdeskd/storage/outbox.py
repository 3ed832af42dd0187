"""Mail to send, and hooks to run: finished bytes, from the transaction that asked for them to the other side's answer.

    queued ──▶ sending ──▶ sent ──▶ bounced    a report says later that it did not arrive
      ▲          │ ├─────▶ failed    refused for good, or five days without success: the agents are told
      │          │ └─────▶ queued    later (`next_at`), or cut off after the final dot (`uncertain`)
      └──────────┴─found `sending` at start: nobody knows, so `uncertain` and queued again
    queued, failed ──▶ dropped       by an administrator

A row is inserted in the transaction of its event, so nothing is sent from one that was rolled back (P5). Every try
sends the same bytes with the same Message-ID; at most one duplicate per crash, and its row is marked `uncertain` (P4).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from peewee import fn

from helpdeskd.domain.directory import SentMail
from helpdeskd.storage import counter
from helpdeskd.storage.tables import Outbox

MAIL = "mail"
HOOK = "hook"


@dataclass(frozen=True, slots=True)
class Queued:
    """A row. `content` is the finished mail, or a hook's JSON, and empty in listings."""

    id: int
    channel: str
    message_id: str
    sender: str
    recipient: str
    notice: str
    reference: str
    automatic: bool
    to_agent: bool
    next_at: datetime
    created_at: datetime
    content: bytes = field(default=b"", repr=False)
    status: str = "queued"
    uncertain: bool = False
    attempts: int = 0
    done_at: datetime | None = None
    reply: str = ""


def take_id() -> int:
    """The id of the next mail: known before its bytes, because its Message-ID is made of it."""
    return counter.count("outbox")


def queue(mail: Queued) -> None:
    """Add a row; part of the transaction of its event."""
    Outbox.insert(**{name: getattr(mail, name) for name in Queued.__dataclass_fields__}).execute()


def claim(now: datetime, limit: int) -> list[Queued]:
    """Take the rows that are due, oldest first, and mark them `sending`."""
    due = Outbox.select().where(Outbox.status == "queued", Outbox.next_at <= now)
    rows = [_queued(row, row.content) for row in due.order_by(Outbox.next_at, Outbox.id).limit(limit)]
    if rows:
        Outbox.update(status="sending").where(Outbox.id.in_([row.id for row in rows])).execute()
    return rows


def sent(outbox_id: int, reply: str, now: datetime) -> None:
    _settle(outbox_id, status="sent", reply=reply, done_at=now, attempts=Outbox.attempts + 1)


def failed(outbox_id: int, reply: str, now: datetime) -> None:
    _settle(outbox_id, status="failed", reply=reply, done_at=now, attempts=Outbox.attempts + 1)


def bounced(outbox_id: int, detail: str, now: datetime) -> None:
    """The other side took it, and reports now that it did not arrive."""
    Outbox.update(status="bounced", reply=detail, done_at=now).where(
        Outbox.id == outbox_id, Outbox.status == "sent"
    ).execute()


def later(outbox_id: int, reply: str, next_at: datetime, uncertain: bool = False) -> None:
    """Try again at `next_at`; `uncertain` when the other side may already have it."""
    changes = {"uncertain": True} if uncertain else {}
    _settle(outbox_id, status="queued", reply=reply, next_at=next_at, attempts=Outbox.attempts + 1, **changes)


def recover() -> int:
    """At start: what was being sent when we died may or may not have arrived. How many rows that were."""
    return int(Outbox.update(status="queued", uncertain=True).where(Outbox.status == "sending").execute())


def retry(outbox_id: int, now: datetime) -> bool:
    """Send a failed, dropped or waiting row at once; False when it is sent or being sent."""
    waits = Outbox.status.in_(["queued", "failed", "dropped"])
    changes = {"status": "queued", "next_at": now, "created_at": now, "done_at": None}
    return bool(Outbox.update(**changes).where((Outbox.id == outbox_id) & waits).execute())


def drop(outbox_id: int, now: datetime) -> bool:
    """Never send a queued or failed row."""
    waits = Outbox.status.in_(["queued", "failed"])
    return bool(Outbox.update(status="dropped", done_at=now).where((Outbox.id == outbox_id) & waits).execute())


def get(outbox_id: int) -> Queued | None:
    row = Outbox.get_or_none(Outbox.id == outbox_id)
    return None if row is None else _queued(row, row.content)


def listed(status: str | None = None, limit: int = 100) -> list[Queued]:
    """The newest rows, without content."""
    query = Outbox.select(*[field for field in Outbox._meta.sorted_fields if field is not Outbox.content])
    query = query.order_by(Outbox.id.desc()).limit(limit)
    return [_queued(row) for row in (query.where(Outbox.status == status) if status else query)]


def counts() -> dict[str, int]:
    """How many rows have each status."""
    rows = Outbox.select(Outbox.status, fn.COUNT(Outbox.id)).group_by(Outbox.status).tuples()
    return {str(status): int(count) for status, count in cast(Iterable[tuple[str, int]], rows)}


def last_to(reference: str, recipient: str) -> str:
    """The Message-ID of the newest mail that went to this recipient about this ticket, or ""."""
    query = Outbox.select(Outbox.message_id).where(
        Outbox.reference == reference, Outbox.recipient == recipient, Outbox.channel == MAIL
    )
    return query.order_by(Outbox.id.desc()).scalar() or ""


def by_message_id(message_id: str) -> SentMail | None:
    row = Outbox.get_or_none(Outbox.message_id == message_id)
    return None if row is None else SentMail(row.id, row.recipient, row.notice, row.reference, row.created_at)


def by_id(outbox_id: int) -> SentMail | None:
    row = Outbox.get_or_none(Outbox.id == outbox_id)
    return None if row is None else SentMail(row.id, row.recipient, row.notice, row.reference, row.created_at)


def automatic_mails(address: str, since: datetime) -> int:
    """Automatic mails to a customer's address (or to all of them, for "") since an instant."""
    query = Outbox.select(fn.COUNT(Outbox.id)).where(Outbox.automatic, ~Outbox.to_agent, Outbox.created_at >= since)
    return int((query.where(Outbox.recipient == address) if address else query).scalar())


def hook(outbox_id: int, reference: str, record: bytes, now: datetime) -> Queued:
    """The row of a command hook."""
    return Queued(
        id=outbox_id,
        channel=HOOK,
        message_id=f"hook-{outbox_id}",
        sender="",
        recipient="",
        notice=HOOK,
        reference=reference,
        automatic=False,
        to_agent=True,
        next_at=now,
        created_at=now,
        content=record,
    )


def _settle(outbox_id: int, **changes: object) -> None:
    Outbox.update(**changes).where(Outbox.id == outbox_id, Outbox.status == "sending").execute()


def _queued(row: Outbox, content: bytes = b"") -> Queued:
    values: Mapping[str, object] = {
        name: getattr(row, name) for name in Queued.__dataclass_fields__ if name != "content"
    }
    return Queued(**values, content=bytes(content))  # type: ignore[arg-type]

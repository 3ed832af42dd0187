"""Mail to send, and pages by other ways: finished bytes, from the transaction that asked for them to the other side's
answer.

    queued ──▶ sending ──▶ sent ──▶ bounced    a report says later that it did not arrive
      ▲          │ ├─────▶ failed    refused for good, or five days without success: the agents are told
      │          │ └─────▶ queued    later (`next_at`), or cut off after the final dot (`uncertain`)
      └──────────┴─found `sending` at start: nobody knows, so `uncertain` and queued again
    queued, failed ──▶ dropped       by an administrator; a page is dropped when somebody has taken the emergency
    queued, sending ─▶ failed        held back by a restore, and `uncertain`: an administrator sends or drops it

A row is inserted in the transaction of its event, so nothing is sent from one that was rolled back (P5). Every try
sends the same bytes with the same Message-ID; at most one duplicate per crash, and its row is marked `uncertain` (P4).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from peewee import SQL, fn

from helpdeskd.domain.directory import SentMail
from helpdeskd.storage import counter
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Outbox, proxy, stamp

MAIL = "mail"
SMS = "sms"
"""A short mail; what is neither goes to no smarthost, and its channel is a `ChannelKind`."""
FARTHEST = timedelta(hours=2)
"""No retry waits for so long."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A row. `content` is the finished mail, or the JSON record of another channel, and empty in listings.

    `by_people` marks automatic mail about what people did, which takes nothing of its address's caps.
    `inbox_id` is the mail because of which it is sent, 0 for none.
    """

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
    by_people: bool = False
    inbox_id: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """How many mails of ours went to an address about a ticket since an instant, and of the newest mail about it of
    ours and theirs the Message-ID, or "".
    """

    mails: int
    ours: str = ""
    theirs: str = ""


_FIELDS = tuple(Queued.__dataclass_fields__)
_COLUMNS = [getattr(Outbox, name) for name in _FIELDS]
_QUEUE = Prepared(Outbox.insert({name: value(name) for name in _FIELDS}))
_WAITING = Outbox.select(Outbox.id).order_by(Outbox.next_at, Outbox.id).limit(value("limit"))
"""Numbers only: while many wait, they are sorted, and their bytes need not be."""
_NOT_BY_MAIL = SQL("channel NOT IN ('mail', 'sms')")
_DUE, _DUE_BY_MAIL, _DUE_OTHERWISE = (
    Prepared(_WAITING.where(Outbox.status == "queued", Outbox.next_at <= value("now"), *more))
    for more in ((), (Outbox.channel.in_([MAIL, SMS]),), (_NOT_BY_MAIL,))
)
_AHEAD = Prepared(
    Outbox.update(next_at=value("now"), created_at=value("now")).where(
        Outbox.status == "queued", Outbox.next_at > value("farthest")
    )
)
_GET = Prepared(Outbox.select(*_COLUMNS).where(Outbox.id == value("id")))
_CLAIM = Prepared(Outbox.update(status="sending").where(Outbox.id == value("id")))
_END = Prepared(
    Outbox.update(
        status=value("status"), reply=value("reply"), done_at=value("now"), attempts=Outbox.attempts + 1
    ).where(Outbox.id == value("id"), Outbox.status == "sending")
)
_TALK = """
SELECT (SELECT count(*) FROM outbox WHERE reference = :reference AND recipient = :address AND channel = 'mail'
            AND created_at >= :since),
    (SELECT message_id FROM outbox WHERE :reference <> '' AND reference = :reference AND recipient = :address
        AND channel = 'mail' ORDER BY id DESC LIMIT 1),
    (SELECT message_id FROM heard WHERE reference = :reference AND sender = :address ORDER BY id DESC LIMIT 1)
"""
_SENT_MAIL = Outbox.select(Outbox.id, Outbox.recipient, Outbox.notice, Outbox.reference, Outbox.created_at)
_BY_MESSAGE_ID = Prepared(_SENT_MAIL.where(Outbox.message_id == value("message_id")))
_BY_ID = Prepared(_SENT_MAIL.where(Outbox.id == value("id")))
_AUTOMATIC = "SELECT count(*) FROM outbox WHERE automatic AND NOT to_agent AND created_at >= ?"
_AUTOMATIC_TO = f"{_AUTOMATIC} AND recipient = ? AND NOT by_people"
_OF_NOTICE = Prepared(
    Outbox.select(fn.COUNT(Outbox.id)).where(
        Outbox.reference == value("reference"), Outbox.recipient == value("recipient"),
        Outbox.created_at >= value("since"), Outbox.notice == value("notice"),
    )
)  # fmt: skip


def take_id() -> int:
    """The id of the next mail: known before its bytes, because its Message-ID is made of it."""
    return counter.count("outbox")


def leave_out() -> None:
    """The number that was taken last is of no mail."""
    counter.leave_out("outbox")


def queue(mail: Queued) -> None:
    """Add a row; part of the transaction of its event."""
    _QUEUE.run(**{name: getattr(mail, name) for name in _FIELDS})


def claim(now: datetime, limit: int, by_mail: bool | None = None) -> list[Queued]:
    """Take the rows that are due, oldest first, and mark them `sending`; `by_mail`: those for the smarthost, or not."""
    due = _DUE if by_mail is None else _DUE_BY_MAIL if by_mail else _DUE_OTHERWISE
    rows = [get(number) for (number,) in due.rows(now=now, limit=limit)]
    for row in (claimed := [row for row in rows if row]):
        _CLAIM.run(id=row.id)
    return claimed


def sent(outbox_id: int, reply: str, now: datetime) -> None:
    _END.run(id=outbox_id, status="sent", reply=reply, now=now)


def called_off(outbox_id: int, reply: str, now: datetime) -> None:
    """Not sent, because it wakes somebody for nothing."""
    _END.run(id=outbox_id, status="dropped", reply=reply, now=now)


def failed(outbox_id: int, reply: str, now: datetime) -> None:
    _END.run(id=outbox_id, status="failed", reply=reply, now=now)


def bounced(outbox_id: int, detail: str, now: datetime) -> None:
    """The other side took it, and reports now that it did not arrive."""
    Outbox.update(status="bounced", reply=detail, done_at=now).where(
        Outbox.id == outbox_id, Outbox.status == "sent"
    ).execute()


def later(outbox_id: int, reply: str, next_at: datetime, uncertain: bool = False) -> None:
    """Try again at `next_at`; `uncertain` when the other side may already have it."""
    changes = {"uncertain": True} if uncertain else {}
    again = Outbox.update(status="queued", reply=reply, next_at=next_at, attempts=Outbox.attempts + 1, **changes)
    again.where(Outbox.id == outbox_id, Outbox.status == "sending").execute()


def recover() -> int:
    """At start: what was being sent when we died may or may not have arrived. How many rows that were."""
    return int(Outbox.update(status="queued", uncertain=True).where(Outbox.status == "sending").execute())


def by_our_clock(now: datetime) -> None:
    """Let what is to be sent at a time that no retry waits for be due: it was queued by a clock that was ahead."""
    _AHEAD.run(now=now, farthest=now + FARTHEST)


def hold_back(why: str, now: datetime) -> int:
    """After a restore: what was to be sent waits for a person, because it may have arrived. How many rows that are."""
    waits = Outbox.status.in_(["queued", "sending"])
    return int(Outbox.update(status="failed", uncertain=True, reply=why, done_at=now).where(waits).execute())


def retry(outbox_id: int, now: datetime) -> bool:
    """Send a failed, dropped or waiting row at once; False when it is sent or being sent, or its bytes are gone."""
    waits = Outbox.status.in_(["queued", "failed", "dropped"]) & SQL("NOT is_blank")
    changes = {"status": "queued", "next_at": now, "created_at": now, "done_at": None}
    return bool(Outbox.update(**changes).where((Outbox.id == outbox_id) & waits).execute())


def drop(outbox_id: int, now: datetime) -> bool:
    """Never send a queued or failed row."""
    waits = Outbox.status.in_(["queued", "failed"])
    return bool(Outbox.update(status="dropped", done_at=now).where((Outbox.id == outbox_id) & waits).execute())


def get(outbox_id: int) -> Queued | None:
    row = _GET.row(id=outbox_id)
    return Queued(*row) if row else None


def listed(status: str | None = None, limit: int = 100) -> list[Queued]:
    """The newest rows, without content."""
    columns = [field for field in _COLUMNS if field is not Outbox.content]
    query = Outbox.select(*columns).order_by(Outbox.id.desc()).limit(limit)
    rows = (query.where(Outbox.status == status) if status else query).dicts()
    return [Queued(**row) for row in cast(Iterable[dict[str, Any]], rows)]


def counts() -> dict[str, int]:
    """How many rows have each status."""
    rows = Outbox.select(Outbox.status, fn.COUNT(Outbox.id)).group_by(Outbox.status).tuples()
    return {str(status): int(count) for status, count in cast(Iterable[tuple[str, int]], rows)}


def newest_to(recipients: Collection[str], reference: str, notice: str) -> bytes | None:
    """The newest mail to one of these about that ticket and of that notice, where these are not ""."""
    query = Outbox.select(Outbox.content).where(Outbox.recipient.in_(list(recipients)), Outbox.channel == MAIL)
    query = query.where(Outbox.reference == reference) if reference else query
    query = query.where(Outbox.notice == notice) if notice else query
    content = query.order_by(Outbox.id.desc()).scalar()
    return None if content is None else bytes(content)


def by_message_id(message_id: str) -> SentMail | None:
    row = _BY_MESSAGE_ID.row(message_id=message_id)
    return None if row is None else SentMail(*row)


def by_id(outbox_id: int) -> SentMail | None:
    row = _BY_ID.row(id=outbox_id)
    return None if row is None else SentMail(*row)


def automatic_mails(address: str, since: datetime) -> int:
    """Automatic mails to a customer's address that take of its caps, or all to customers (for ""), since an instant."""
    (mails,) = all_automatic_mails((address, since))
    return mails


def all_automatic_mails(*asked: tuple[str, datetime]) -> tuple[int, ...]:
    """`automatic_mails` of each address and instant."""
    query = ", ".join(f"({_AUTOMATIC_TO if address else _AUTOMATIC})" for address, _ in asked)
    values = [v for address, since in asked for v in (stamp(since, "since"), address) if v]
    return tuple(proxy.execute_sql(f"SELECT {query}", values).fetchone())


def talk(reference: str, address: str, since: datetime) -> Talk:
    """With that address, about that ticket or about none ("")."""
    values = {"reference": reference, "address": address, "since": stamp(since, "since")}
    mails, ours, theirs = proxy.execute_sql(_TALK, values).fetchone()
    return Talk(mails, ours or "", theirs or "") if reference else Talk(mails)


def was_sent(notice: str, recipient: str, since: datetime) -> bool:
    """Whether a notice of that name about no ticket went to that address since an instant."""
    return bool(_OF_NOTICE.scalar(notice=notice, reference="", recipient=recipient, since=since))


def page(outbox_id: int, channel: str, name: str, reference: str, record: bytes, now: datetime) -> Queued:
    """The row that wakes somebody by a channel beside mail; `name` is what the configuration calls it."""
    return Queued(
        id=outbox_id,
        channel=channel,
        message_id=f"{channel}-{outbox_id}",
        sender="",
        recipient=name,
        notice=channel,
        reference=reference,
        automatic=False,
        to_agent=True,
        next_at=now,
        created_at=now,
        content=record,
    )

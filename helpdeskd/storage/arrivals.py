"""Mails on their way into the inbox: those that come together are stored together.

In: Arrivals, of which the large ones are in the bucket by then where there is one (`aside`). Out: the ids of their
rows. A mail is stored once, and has a row for each of its envelopes. The same mail
twice (a known `source_key`, or equal content for the same recipient within the retry window) is one: the first is a
no-op, the second a row that is done at once, as duplicate. All is part of the caller's transaction; most statements are
made once for all mails of it, because a statement costs more than what it does.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from helpdeskd.domain.message import Envelope
from helpdeskd.failpoint import reach
from helpdeskd.storage import counter, objects
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Inbox, Raw

RETRY_WINDOW = timedelta(days=5)
FILES = (b"content-disposition: attachment", b"filename", b"application/", b"image/", b"audio/", b"video/")
ENVELOPE = tuple(Envelope.__dataclass_fields__)
_DECIDED = ("sha256", "source_key", "status", "fate", "reason", "position", "decided_at", "author", "check_at")
_PUT = Prepared(
    Inbox.insert({Inbox.content: value("raw_id"), **{name: value(name) for name in (*_DECIDED, *ENVELOPE)}}).returning(
        Inbox.id
    )
)
_SAME = Prepared(
    Inbox.select(Inbox.id)
    .where(
        Inbox.sha256 == value("sha256"),
        Inbox.forward_path == value("forward_path"),
        Inbox.received_at >= value("since"),
        Inbox.fate != "duplicate",
    )
    .limit(1)
)
_STORE = Prepared(
    Raw.insert({name: value(name) for name in ("sha256", "size", "content", "stored_in", "has_files")})
    .on_conflict(conflict_target=[Raw.sha256], update={Raw.size: Raw.size})
    .returning(Raw.id)
)
"""The update says which row it is where we have the mail already."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail for each of `envelopes`. `sha256` is of `raw`; `same_as` of the mail by which a retry is recognised.

    `author` and `check_at` are what `storage.unchecked` says of them; `stored_in` is the object that holds the mail, ""
    for the database.
    """

    envelopes: Sequence[Envelope]
    raw: bytes = field(repr=False)
    sha256: str
    same_as: str
    source_key: str | None = None
    author: str = ""
    check_at: datetime | None = None
    stored_in: str = ""


def arrival(
    envelopes: Sequence[Envelope],
    raw: bytes,
    as_sent: bytes | memoryview | None = None,
    source_key: str | None = None,
    author: str = "",
    check_at: datetime | None = None,
) -> Arrival:
    """`as_sent` is the mail without what our own listener put before it (default: raw). Takes its time for a long mail.

    Asks no database.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    same_as = sha256 if as_sent is None else hashlib.sha256(as_sent).hexdigest()
    return Arrival(envelopes, raw, sha256, same_as, source_key, author, check_at)


def aside(mail: Arrival) -> Arrival:
    """A large mail is in the bucket from here on, if there is one: before the transaction that stores its row (P1).

    Raises Unreachable. Takes its time.
    """
    if not objects.takes(len(mail.raw)):
        return mail
    return replace(mail, stored_in=objects.take(mail.raw, mail.sha256))


def brings_files(raw: bytes) -> bool:
    """Whether a mail brings a file, as far as its bytes say without being parsed."""
    lowered = raw.lower()
    return any(sign in lowered for sign in FILES)


def put(arrivals: Sequence[Arrival]) -> list[list[int]]:
    """Store mails; the ids of each in the order of its envelopes, none for a known `source_key`."""
    known = seen(mail.source_key for mail in arrivals if mail.source_key is not None)
    rows = sum(len(mail.envelopes) for mail in arrivals if mail.source_key not in known)
    counter.tally("accepted", rows)
    places = iter(counter.several("position", rows))
    return [[] if mail.source_key in known else _put(mail, places) for mail in arrivals]


def seen(source_keys: Iterable[str]) -> set[str]:
    """Which of these source keys have a row."""
    asked = list(source_keys)
    rows = Inbox.select(Inbox.source_key).where(Inbox.source_key.in_(asked)) if asked else ()
    return {row.source_key for row in rows if row.source_key}


def _put(mail: Arrival, places: Iterator[int]) -> list[int]:
    content, has_files = mail.raw, None
    if mail.stored_in:
        content, has_files = b"", 1 if brings_files(mail.raw) else None
    raw_id = _STORE.scalar(
        sha256=mail.sha256, size=len(mail.raw), content=content, stored_in=mail.stored_in, has_files=has_files
    )
    reach("intake.stored")
    return [_insert(mail, raw_id, envelope, place) for envelope, place in zip(mail.envelopes, places, strict=False)]


def _insert(mail: Arrival, raw_id: int, envelope: Envelope, place: int) -> int:
    first = _same(mail, envelope)
    number = _PUT.scalar(
        raw_id=raw_id,
        sha256=mail.same_as,
        source_key=mail.source_key,
        status="done" if first else "queued",
        fate="duplicate" if first else "",
        reason=f"same content as mail {first}" if first else "",
        position=place,
        decided_at=envelope.received_at if first else None,
        author="" if first else mail.author,
        check_at=None if first else mail.check_at,
        **{name: getattr(envelope, name) for name in ENVELOPE},
    )
    reach("intake.put")
    return int(number)


def _same(mail: Arrival, envelope: Envelope) -> int | None:
    """The row that already holds this content for this recipient, if it came within the retry window."""
    since = envelope.received_at - RETRY_WINDOW
    first: int | None = _SAME.scalar(sha256=mail.same_as, forward_path=envelope.forward_path, since=since)
    return first

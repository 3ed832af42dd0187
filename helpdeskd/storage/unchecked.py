"""Mails whose sender is still to be checked: queued rows of the inbox, by when they are next looked at.

    check_at   NULL       no check is awaited: the worker may take the row (`inbox.next_queued`)
               past       to be checked now
               to come    parked, because the DNS could not answer: `reason` says so, and the pauses grow

    awaits ──▶ found      the row has its result; so have all rows of the same mail
         └───▶ park       later again, and after TRIES, some two days, decided without result: the sender is unproved

All of it is in the row, so a restart forgets nothing. The worker takes no row while an earlier one by the same author
awaits its check, so mails of one author are decided in order (P6); `author` is whom the From field seems to name, which
proves nothing and is good for this order only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Inbox, Raw

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30))
TRIES = 101
"""With these pauses, the last of which is repeated, a mail is parked for two days."""

_AWAITS = Prepared(
    Inbox.update(author=value("author"), check_at=value("check_at")).where(
        Inbox.id == value("id"), Inbox.status == "queued"
    )
)
_MOST_BUSY = 4
_DUE = Prepared(
    Inbox.select(Inbox.id, Inbox.content, Raw.size, Inbox.peer)
    .join(Raw)
    .where(
        Inbox.check_at.is_null(False),
        Inbox.check_at <= value("now"),
        Inbox.status == "queued",
        Inbox.peer.not_in([value(f"busy{place}") for place in range(_MOST_BUSY)]),
    )
    .order_by(Inbox.check_at, Inbox.position)
    .limit(value("limit"))
)
_MAIL = Prepared(Inbox.select(Inbox.content, Inbox.check_tries).where(Inbox.id == value("id")))
_FOUND = Prepared(
    Inbox.update(checked=value("checked"), check_at=None, reason="").where(
        Inbox.content == value("mail"), Inbox.check_at.is_null(False)
    )
)
_PARK = Prepared(
    Inbox.update(check_at=value("next_at"), check_tries=value("tries"), reason=value("reason")).where(
        Inbox.content == value("mail"), Inbox.check_at.is_null(False)
    )
)


@dataclass(frozen=True, slots=True)
class Due:
    """A row whose check is due; `mail` is the same for all rows of one mail, `client` who brought it."""

    id: int
    mail: int
    size: int
    client: str


def awaits(ids: Sequence[int], author: str, check_at: datetime | None) -> None:
    """Note who seems to have written these rows, and when they are to be checked; None for no check."""
    for number in ids:
        _AWAITS.run(id=number, author=author, check_at=check_at)


def due(now: datetime, limit: int, busy: Sequence[str] = ()) -> list[Due]:
    """At most so many rows that are to be checked now, those that wait longest first; none of clients that are busy."""
    nobody = ("-",) * _MOST_BUSY
    others = {f"busy{place}": client for place, client in enumerate((*busy, *nobody)[:_MOST_BUSY])}
    return [Due(*row) for row in _DUE.rows(now=now, limit=limit, **others)]


def found(inbox_id: int, checked: str) -> None:
    """Keep what the check found; the worker may take the mail now."""
    mail, _ = _of(inbox_id)
    _FOUND.run(mail=mail, checked=checked)


def park(inbox_id: int, why: str, now: datetime) -> datetime | None:
    """Put a mail off, because `why`; when it is checked again, None when it has been tried often enough."""
    mail, tries = _of(inbox_id)
    if tries + 1 >= TRIES:
        return None
    next_at = now + PAUSES[min(tries, len(PAUSES) - 1)]
    _PARK.run(mail=mail, next_at=next_at, tries=tries + 1, reason=f"parked: {why}")
    return next_at


def release() -> int:
    """Let go of all that await a check, unchecked, because none is made any more; how many there were."""
    changed = Inbox.update(check_at=None, reason="").where(Inbox.check_at.is_null(False), Inbox.status == "queued")
    return int(changed.execute())


def hurry(inbox_id: int, now: datetime) -> bool:
    """Check a parked mail now, as an administrator wants; False when it is not parked."""
    parked = (Inbox.id == inbox_id) & (Inbox.check_at > now)
    return bool(Inbox.update(check_at=now).where(parked).execute())


def _of(inbox_id: int) -> tuple[int, int]:
    """The mail of a row, and how often it was tried."""
    row = _MAIL.row(id=inbox_id)
    assert row is not None
    return int(row[0]), int(row[1])

"""Mails whose sender is still to be checked: queued rows of the inbox, by when they are next looked at.

    check_at   NULL       no check is awaited: the worker may take the row (`inbox.next_queued`)
               past       to be checked now
               to come    parked, because the DNS could not answer: `reason` says so, and the pauses grow

    awaits ──▶ found      the row has its result; so have all rows of the same mail
         └───▶ park       later again, and in the end decided without result: the sender is unproved. That is after
                          TRIES, some two days, where the desk knows whom the mail names, else after a few minutes

All of it is in the row, so a restart forgets nothing. A row waits while an earlier one by the same author is about to
be checked for the first time, so that mails of one author are decided in order (P6); but a parked row holds up nobody,
because `author` is whom the From field seems to name, which a stranger may have forged. Nodes that share the database
may check the same mail at once: the first result is kept and a later one changes nothing, so it costs only questions.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import fn

from helpdeskd.domain.address import domain_of
from helpdeskd.failpoint import reach
from helpdeskd.storage import objects
from helpdeskd.storage.directory import knows
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Inbox, Raw

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30))
TRIES = 101
"""With these pauses, the last of which is repeated, a mail is parked for two days."""
TRIES_FOR_STRANGERS = 3

_MOST_BUSY = 4
_CLIENT = fn.client_of(Inbox.source, Inbox.account, Inbox.peer)
_DUE = Prepared(
    Inbox.select(Inbox.id, Inbox.content, Raw.size, _CLIENT, Inbox.check_tries)
    .join(Raw)
    .where(
        Inbox.check_at.is_null(False),
        (Inbox.check_at <= value("now")) | (Inbox.check_at > value("longest")),
        (Inbox.check_tries > 0) == value("again"),
        Inbox.status == "queued",
        _CLIENT.not_in([value(f"busy{place}") for place in range(_MOST_BUSY)]),
        value("reachable") | (Raw.stored_in == ""),
    )
    .order_by(Inbox.check_at, Inbox.position)
    .limit(value("limit"))
)
"""What is put off for longer than any pause was so by a clock that was wrong."""
_MAIL = Prepared(Inbox.select(Inbox.content, Inbox.check_tries, Inbox.author).where(Inbox.id == value("id")))
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
    """A row whose check is due, perhaps `again`; `mail` is one for all rows of one mail, `client` who brought it."""

    id: int
    mail: int
    size: int
    client: str
    again: bool


def due(now: datetime, limit: int, busy: Sequence[str] = (), again: bool = False) -> list[Due]:
    """At most so many rows that are to be checked now, for the first time or again, those that wait longest first.

    None of clients that are busy, and none from a bucket that cannot be reached.
    """
    nobody = ("-",) * _MOST_BUSY
    others: dict[str, object] = {f"busy{place}": client for place, client in enumerate((*busy, *nobody)[:_MOST_BUSY])}
    others |= {"reachable": objects.is_reachable(), "again": again}
    rows = _DUE.rows(now=now, longest=now + PAUSES[-1], limit=limit, **others)
    return [Due(number, mail, size, client, tries > 0) for number, mail, size, client, tries in rows]


def is_any_due(now: datetime) -> bool:
    """Whether a row is to be checked now."""
    return any(due(now, 1, again=again) for again in (False, True))


def found(inbox_id: int, checked: str) -> None:
    """Keep what the check found; the worker may take the mail now."""
    mail, *_ = _of(inbox_id)
    _FOUND.run(mail=mail, checked=checked)
    reach("checker.found")


def park(inbox_id: int, why: str, now: datetime, expected: Container[str] = ()) -> datetime | None:
    """Put a mail off, because `why`; when it is checked again, None when it has been tried often enough.

    `expected` are addresses and domains that the desk hears from besides those in its directory.
    """
    mail, tries, author = _of(inbox_id)
    is_known = knows(author) or author in expected or domain_of(author) in expected
    if tries + 1 >= (TRIES if is_known else TRIES_FOR_STRANGERS):
        return None
    next_at = now + PAUSES[min(tries, len(PAUSES) - 1)]
    _PARK.run(mail=mail, next_at=next_at, tries=tries + 1, reason=f"parked: {why}")
    return next_at


def release() -> int:
    """Let go of all that await a check, unchecked, because none is made any more; how many there were."""
    changed = Inbox.update(check_at=None, reason="").where(Inbox.check_at.is_null(False), Inbox.status == "queued")
    return int(changed.execute())


def hurry(inbox_id: int, now: datetime) -> bool:
    """Check a mail that awaits its check now, as an administrator wants; False when it awaits none."""
    awaits_one = (Inbox.id == inbox_id) & (Inbox.status == "queued") & Inbox.check_at.is_null(False)
    return bool(Inbox.update(check_at=now).where(awaits_one).execute())


def _of(inbox_id: int) -> tuple[int, int, str]:
    """The mail of a row, how often it was tried, and whom it seems to be by."""
    row = _MAIL.row(id=inbox_id)
    assert row is not None
    return int(row[0]), int(row[1]), str(row[2])

"""Lines that wait to be collected into one mail per recipient and notice, in the recipient's working time.

A line is deleted in the transaction that queues the mail it is in, so it is told once (P7).
"""

from dataclasses import dataclass
from datetime import datetime

from peewee import fn

from helpdeskd.domain.effect import Remind
from helpdeskd.domain.notice import Item
from helpdeskd.storage.codec import dump, load
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Reminder

_ADD = Prepared(Reminder.insert({name: value(name) for name in ("notice", "address", "not_before", "state")}))
_DUE = Prepared(
    Reminder.select(Reminder.notice, Reminder.address)
    .where(Reminder.not_before <= value("now"))
    .group_by(Reminder.notice, Reminder.address)
    .order_by(fn.MIN(Reminder.not_before))
    .limit(value("limit"))
)


@dataclass(frozen=True, slots=True)
class Collected:
    """A mail that is due: all lines of one notice to one address."""

    notice: str
    address: str


def add(line: Remind) -> None:
    """Keep a line until it is due."""
    _ADD.run(notice=line.notice, address=line.address, not_before=line.not_before, state=dump(line.item))


def due(now: datetime, limit: int) -> list[Collected]:
    """The mails for which a line is due, the longest waiting first."""
    return [Collected(notice, address) for notice, address in _DUE.rows(now=now, limit=limit)]


def take(mail: Collected, now: datetime) -> tuple[Item, ...]:
    """Take out the lines of a mail that are due, in the order in which they came."""
    its = (Reminder.notice == mail.notice, Reminder.address == mail.address, Reminder.not_before <= now)
    items = tuple(load(Item, row.state) for row in Reminder.select().where(*its).order_by(Reminder.id))
    Reminder.delete().where(*its).execute()
    return items

"""Alarms: what is or was wrong with the desk, since when, and when the sysadmin was told of it last.

Kept, so that a restart, or another node, tells nobody twice. In and out: aware UTC instants, in the caller's
transaction. There are few of them (`MOST`), which are read and written as one.
"""

from dataclasses import dataclass
from datetime import datetime

from helpdeskd.storage.codec import dump, load
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Meta

_KEY = "alarms"
MOST = 200
_READ = Prepared(Meta.select(Meta.value).where(Meta.key == _KEY))
_WRITE = Prepared(
    Meta.insert(key=_KEY, value=value("value")).on_conflict(conflict_target=[Meta.key], preserve=[Meta.value])
)


@dataclass(frozen=True, slots=True)
class Known:
    """One of them: `what` is wrong, about which of several (`about`, or ""), and what was said of it last, on `node`.

    It was raised from `first_at` to `last_at`, was told last `told_at`, and was over `over_at`.
    """

    what: str
    about: str
    detail: str
    node: str
    first_at: datetime
    last_at: datetime
    told_at: datetime | None = None
    over_at: datetime | None = None

    @property
    def stands(self) -> bool:
        return self.over_at is None or self.over_at < self.last_at


@dataclass(frozen=True, slots=True)
class Alarms:
    """Those of the last day and those that stand, and when mails of them were made in the last hour."""

    known: tuple[Known, ...] = ()
    mailed: tuple[datetime, ...] = ()


def read() -> Alarms:
    """What was kept last."""
    text = _READ.scalar()
    return load(Alarms, text) if text else Alarms()


def keep(alarms: Alarms) -> None:
    """Write it down in the place of the last."""
    newest = sorted(alarms.known, key=lambda one: one.last_at)[-MOST:]
    _WRITE.run(value=dump(Alarms(tuple(newest), alarms.mailed)))

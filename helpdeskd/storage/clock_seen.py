"""What time it was when the desk last looked, and when it purges next: kept, so that a clock that jumps is noticed.

In and out: aware UTC instants, in the caller's transaction.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Meta, stamp

_KEY = "retention"
_READ = Prepared(Meta.select(Meta.value).where(Meta.key == _KEY))
_WRITE = Prepared(
    Meta.insert(key=_KEY, value=value("value")).on_conflict(conflict_target=[Meta.key], preserve=[Meta.value])
)


@dataclass(frozen=True, slots=True)
class Seen:
    """`at` is the time of the last look, `due_at` when the next purge is due."""

    at: datetime
    due_at: datetime


def last() -> Seen | None:
    """None before the first look."""
    text = _READ.scalar()
    if text is None:
        return None
    told = json.loads(text)
    return Seen(datetime.fromisoformat(told["at"]), datetime.fromisoformat(told["due_at"]))


def keep(seen: Seen) -> None:
    """Write it down in the place of the last one."""
    _WRITE.run(value=json.dumps({"at": stamp(seen.at, "at"), "due_at": stamp(seen.due_at, "due_at")}))

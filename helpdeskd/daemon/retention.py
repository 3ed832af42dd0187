"""The retention as the clock drives it: once a day, a part at a time, and never by a clock that jumped.

In: the instant of a sweep, in its transaction. What time it was is stored at least once an hour. A clock that is more
than a day from that has jumped, or the desk was down so long, which looks the same: an alarm says so, and nothing is
purged for a day, in which an administrator can put the clock right (F06). What one sweep leaves, because there is so
much of it, the next ones do. `why_not` is for a person who purges by hand.
"""

from datetime import datetime, timedelta

from helpdeskd.daemon import log
from helpdeskd.domain.retention import Retention
from helpdeskd.storage import clock_seen
from helpdeskd.storage.clock_seen import Seen
from helpdeskd.storage.retention import purge

DAY, HOUR, SOON = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PART = 100
"""So many of each class one sweep purges."""


def tick(keep: Retention, now: datetime) -> int:
    """Purge if it is time; how much was done, which is not nothing where it was time."""
    seen = clock_seen.last()
    if seen is None or _has_jumped(seen, now):
        if seen is not None:
            log.alarm(what="clock jumped", detail=f"{_jump(seen, now)}; nothing is purged for a day")
        clock_seen.keep(Seen(now, now + DAY))
        return int(seen is not None)
    if now >= seen.due_at:
        done = purge(keep, now, PART).total
        clock_seen.keep(Seen(now, now + (SOON if done else DAY)))
        return max(1, done)
    if now - seen.at >= HOUR or now < seen.at:
        clock_seen.keep(Seen(now, seen.due_at))
    return 0


def follow(now: datetime) -> None:
    """It is that time because we have set the clock, which is no jump."""
    if seen := clock_seen.last():
        clock_seen.keep(Seen(now, seen.due_at))


def why_not(now: datetime) -> str:
    """Why the clock is not to be believed; "" where it is."""
    seen = clock_seen.last()
    return _jump(seen, now) if seen is not None and _has_jumped(seen, now) else ""


def _has_jumped(seen: Seen, now: datetime) -> bool:
    return abs(now - seen.at) > DAY


def _jump(seen: Seen, now: datetime) -> str:
    then, at = (instant.isoformat(timespec="minutes") for instant in (seen.at, now))
    return f"it was {then} when the desk last looked, and is {at} now"

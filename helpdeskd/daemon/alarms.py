"""Alarms on their way to the sysadmin: collected, told once a day for each cause, told when they are over.

    log.alarm (here, in workers) ─▶ tally ─┐
    RULES over figures of desk and node ───┴▶ storage.alarms (what stands) ─▶ outbox: mail, and channels of [duty]

Every half minute one look, in one transaction: what was raised since the last is added to what stands; what stands and
was not told within a day is told, all in one mail to each address, at most so many mails in an hour; what was quiet for
long enough is over, and that is told too. Kept in the database, so that neither a restart nor another node tells it
twice; figures of the tables are judged by the node that has the clock. What cannot be written because the database is
not available is in the log, and is told when it is back.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from helpdeskd.daemon import log, tally
from helpdeskd.daemon.alarm_mail import Told, queue
from helpdeskd.daemon.causes import BY_NAME, RULES, Figures, Here
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.tally import Raised
from helpdeskd.storage import alarms, gauges
from helpdeskd.storage.alarms import Alarms as Kept
from helpdeskd.storage.alarms import Known
from helpdeskd.storage.db import Unavailable
from helpdeskd.storage.door import Door

LOOK_SECONDS = 30.0
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Alarms:
    """Runs until `stop`. `here` tells of this node; `has_clock` whether it judges the figures of the desk."""

    def __init__(
        self,
        office: Office,
        door: Door,
        clock: Clock,
        here: Callable[[], Here],
        wake_dispatch: Callable[[], None],
        has_clock: Callable[[], bool] = lambda: True,
    ) -> None:
        self.office = office
        self._door, self._clock, self._wake_dispatch = door, clock, wake_dispatch
        self._here, self._has_clock = here, has_clock
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Look from time to time, and once more at the end."""
        while not self._stopped.is_set():
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stopped.wait()
            except TimeoutError:
                pass
            await self._look(tally.OURS.alarms())

    def stop(self) -> None:
        self._stopped.set()

    async def _look(self, raised: Sequence[Raised]) -> None:
        """What cannot be told now is told at another look; mail goes on whatever is wrong with telling."""
        try:
            if await self._door(look, self.office, self._here(), raised, self._clock.now(), self._has_clock()):
                self._wake_dispatch()
        except Exception as fault:
            for one in raised:
                tally.OURS.raise_alarm(one)
            if self._door.broken:
                raise
            if isinstance(fault, Unavailable):
                log.alarm(what="database not available", detail=str(fault))
            else:
                log.alarm(what="fault", detail=log.told(fault))


def look(office: Office, here: Here, raised: Iterable[Raised], now: datetime, has_clock: bool = True) -> bool:
    """Tell what is to be told, in the caller's transaction; whether it was anything."""
    limits, before = office.loaded.config.alarms, alarms.read()
    figures = Figures(now, limits, here, gauges.read(now) if has_clock else None)
    found = [replace(one, detail=log.shown(one.detail)) for rule in RULES for one in rule(figures)]
    known = noted([_until(one, now) for one in before.known], [*raised, *found], here.node, now)
    anybody = bool(limits.to or limits.channels)
    mailed = tuple(at for at in before.mailed if now - HOUR < at <= now)
    news, over = [one for one in known if is_due(one)], [one for one in known if is_over(one, now)]
    if anybody and len(mailed) >= limits.mails_per_hour:
        news, over = [], []
    _log_changes(found, news, over)
    told = Told(tuple(news), tuple(one for one in over if ends_told(one))) if anybody else Told()
    if told:
        queue(told, office, now)
        mailed = (*mailed, now)
    kept = (_marked(one, told, over, now) for one in known)
    after = Kept(tuple(one for one in kept if not is_forgotten(one, now)), mailed)
    if after != before:
        alarms.keep(after)
    return bool(told)


def keep(raised: Raised, node: str, now: datetime) -> None:
    """Of a command: let the daemon tell it, in the caller's transaction."""
    before = alarms.read()
    alarms.keep(replace(before, known=tuple(noted(before.known, [raised], node, now))))


def noted(known: Iterable[Known], raised: Iterable[Raised], node: str, now: datetime) -> list[Known]:
    """What is known, with what was raised now."""
    by_key = {(one.what, one.about): one for one in known}
    for one in raised:
        key = one.what, one.about
        old = by_key.get(key) or Known(one.what, one.about, "", node, now, now)
        first_at = old.first_at if old.stands else now
        by_key[key] = replace(old, detail=one.detail, node=node, first_at=first_at, last_at=now)
    return list(by_key.values())


def is_due(one: Known) -> bool:
    """Whether it was never told, or was raised a day after it was told."""
    return one.told_at is None or one.last_at - one.told_at >= DAY


def is_over(one: Known, now: datetime) -> bool:
    """Whether it lasted, and was not raised for long enough. What only happened is never over."""
    cause = BY_NAME.get(one.what)
    return bool(cause and cause.quiet and one.stands and now - one.last_at >= cause.quiet)


def ends_told(one: Known) -> bool:
    """Whether its end is told: once for each time that it was told itself."""
    return one.told_at is not None and (one.over_at is None or one.over_at < one.told_at)


def is_forgotten(one: Known, now: datetime) -> bool:
    """Whether nothing more comes of it."""
    return now - max(one.last_at, one.told_at or one.last_at) >= DAY


def _marked(one: Known, told: Told, over: Sequence[Known], now: datetime) -> Known:
    if one in over:
        return replace(one, over_at=now, told_at=now if one in told.news else one.told_at)
    return replace(one, told_at=now) if one in told.news else one


def _log_changes(found: Iterable[Raised], news: Iterable[Known], over: Iterable[Known]) -> None:
    """What the rules found is in the log when it begins and once a day, and each end."""
    new = {(one.what, one.about) for one in news}
    for raised in found:
        if (raised.what, raised.about) in new:
            log.found(what=raised.what, about=raised.about, detail=raised.detail)
    for one in over:
        log.over(what=one.what, about=one.about)


def _until(one: Known, now: datetime) -> Known:
    """After the clock was set back nothing has happened in the future."""
    told_at, over_at = (min(at, now) if at else None for at in (one.told_at, one.over_at))
    return replace(
        one, first_at=min(one.first_at, now), last_at=min(one.last_at, now), told_at=told_at, over_at=over_at
    )

"""The scheduler that only ticks: APScheduler calls the sweep every few seconds; what is due stands in the tables.

APScheduler counts on the wall clock. A clock that is set back would stop its ticks: a guard that counts monotonic time
notices a tick that is long overdue and schedules it anew. Of a clock that is set forward it would count every tick that
was missed, for minutes where that is years: `Soon` misses none. A tick that comes while the last one still works is
skipped; one that comes late is taken once. Errors of a tick are logged, never lost in the scheduler.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from helpdeskd.daemon import log

SWEEP_SECONDS = 5.0
GUARD_SECONDS = 10.0
DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
SWEEP = "sweep"


class Soon(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Always a few seconds from now, whenever the last time was."""

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + timedelta(seconds=SWEEP_SECONDS)


class Ticks:
    """Calls `sweep` every few seconds until `stop`."""

    def __init__(self, sweep: Callable[[], Awaitable[None]]) -> None:
        self._sweep = sweep
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=DEFAULTS)
        self._guard: asyncio.Task[None] | None = None
        self._running = asyncio.Lock()
        self._last = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since a tick came to its end."""
        return time.monotonic() - self._last

    def start(self) -> None:
        """Tick now, and from now on."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # it takes a skipped tick for news
        self._scheduler.add_job(self._tick, Soon(), id=SWEEP, next_run_time=datetime.now(UTC))
        self._scheduler.start()
        self._guard = asyncio.create_task(self._watch())

    async def stop(self, seconds: float) -> None:
        """No more ticks; the one that works is waited for, at most so long."""
        self._scheduler.pause()
        if self._guard is not None:
            self._guard.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._running:
                pass
        self._scheduler.shutdown(wait=False)

    async def _tick(self) -> None:
        async with self._running:
            try:
                await self._sweep()
            except Exception as fault:
                log.alarm(what="sweep failed", detail=log.told(fault))
            self._last = time.monotonic()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(GUARD_SECONDS)
            if self.age > 2 * SWEEP_SECONDS and not self._running.locked():
                self._scheduler.reschedule_job(SWEEP, trigger=Soon())
                await self._tick()

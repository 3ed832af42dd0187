"""The duty calendar at work: looked at every quarter of an hour, read in a process with limits, and stored.

In: a file, or a feed over https (`daemon.https`: at most 15 seconds and 4 MiB). Out: the shifts of the next 400 days in
the database; everybody who asks who is on duty reads them there. A calendar that cannot be had, or cannot be read, is
an alarm, and what was stored last goes on to count; so it does while the daemon is not running. Events that mean no
agent are an alarm too, once for each change of the calendar: while they last the roster's own order counts.

`fetched` and `read` raise BadCalendar, whose text is for people. The supervisor's part, `OnCall`, raises Unavailable
only when the database is not to be trusted any more.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from http.client import HTTPException
from zoneinfo import ZoneInfo

from helpdeskd.config.duty import DutyCalendarTable
from helpdeskd.config.load import Loaded
from helpdeskd.config.oncall import BadCalendar
from helpdeskd.daemon import log
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.https import Limits, request
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.planned import DutyCalendar, strangers
from helpdeskd.storage import duty
from helpdeskd.storage.codec import load
from helpdeskd.storage.db import Unavailable
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.door import Door

LOOK_SECONDS = 900.0
FETCH_SECONDS = READ_SECONDS = 15.0
LARGEST = 4 << 20
BEFORE, AHEAD = timedelta(days=1), timedelta(days=400)
CHILD = (sys.executable, "-m", "helpdeskd.daemon.calendar_child")
OK = 200
MOST_TOLD = 10


class OnCall:
    """Runs until `stop`; without a calendar in the configuration it does nothing."""

    def __init__(self, door: Door, loaded: Loaded, clock: Clock) -> None:
        self._door, self._loaded, self._clock = door, loaded, clock
        self._look_now = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Look now, and from now on."""
        while not self._stopping:
            self._look_now.clear()
            await self._look()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._look_now.wait()
            except TimeoutError:
                continue

    def replace(self, loaded: Loaded) -> None:
        """Look at the calendar of this configuration from now on."""
        self._loaded = loaded
        self._look_now.set()

    def stop(self) -> None:
        self._stopping = True
        self._look_now.set()

    async def _look(self) -> None:
        loaded, now = self._loaded, self._clock.now()
        table = loaded.config.duty.calendar if loaded.config.duty else None
        if table is None:
            return
        try:
            raw = await asyncio.to_thread(fetched, table)
            calendar = await asyncio.to_thread(read, raw, loaded, now)
            await self._door(keep, calendar, loaded.settings.zone)
        except BadCalendar as wrong:
            log.alarm(what="duty calendar", detail=str(wrong))
        except Unavailable as fault:
            if self._door.broken:
                raise
            log.alarm(what="database not available", detail=str(fault))


def fetched(table: DutyCalendarTable) -> bytes:
    """The calendar's bytes. Blocks."""
    try:
        if table.file is not None:
            with table.file.open("rb") as opened:
                raw = opened.read(LARGEST + 1)
        else:
            answer = request("GET", table.link(), Limits(FETCH_SECONDS, LARGEST, table.networks, table.ca_file))
            raw = answer.body
            if answer.status != OK:
                raise BadCalendar(f"the server answered {answer.status} (redirects are not followed)")
    except BadCalendar:
        raise
    except (OSError, ValueError, HTTPException) as fault:
        raise BadCalendar(f"cannot be read: {getattr(fault, 'strerror', None) or fault}") from None
    if len(raw) > LARGEST:
        raise BadCalendar(f"is larger than {LARGEST >> 20} MiB")
    return raw


def read(raw: bytes, loaded: Loaded, now: datetime) -> DutyCalendar:
    """Its shifts from yesterday on, `now` (aware UTC). Blocks."""
    table = loaded.config.duty.calendar if loaded.config.duty else None
    assert table is not None
    start = (now - BEFORE).replace(hour=0, minute=0, second=0, microsecond=0)
    words = (start.isoformat(), (start + AHEAD).isoformat(), loaded.settings.zone.key, table.handover)
    try:
        done = subprocess.run([*CHILD, *words], input=raw, capture_output=True, timeout=READ_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise BadCalendar("wants too much work") from None
    if done.returncode < 0:
        raise BadCalendar("wants too much work")
    if done.returncode:
        raise BadCalendar(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])
    return load(DutyCalendar, done.stdout.decode())


def keep(calendar: DutyCalendar, zone: ZoneInfo) -> None:
    """Store it, in the caller's transaction, and tell of events that mean nobody."""
    if duty.keep_calendar(calendar):
        for line in unknown(calendar, StoredDirectory().agents(), zone):
            log.alarm(what="duty calendar", detail=line)


def unknown(calendar: DutyCalendar, agents: Sequence[Agent], zone: ZoneInfo) -> Iterator[str]:
    """A line for each event that means none of these agents, up to ten; days are those of the zone."""
    for event in strangers(calendar.events, agents)[:MOST_TOLD]:
        who = " ".join(filter(None, (f'"{event.title}"', *event.people)))
        day = event.start.astimezone(zone).date()
        yield f"the event {who} on {day} means no agent (their name or address would be right)"


def settle(loaded: Loaded, now: datetime) -> None:
    """Store what a calendar file says, in the caller's transaction; a feed is for the daemon to fetch."""
    table = loaded.config.duty.calendar if loaded.config.duty else None
    if table is None or table.file is None:
        return
    try:
        keep(read(fetched(table), loaded, now), loaded.settings.zone)
    except BadCalendar as wrong:
        log.alarm(what="duty calendar", detail=str(wrong))

"""The bucket as the supervisor uses it beside its other work: nothing that asks it is done on the loop's thread or the
database's. `brought` has a mail with its bytes; `Keeping` removes what no mail needs any more.

`look` is called at each sweep, and asks nobody. What an erasure or the retention has
taken is removed within a minute; once a day, and after each start, all objects that are older than a day and that no
row names are. A bucket that cannot be reached is an alarm, and is asked again a minute later.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from datetime import timedelta

from helpdeskd.daemon import log
from helpdeskd.storage import counter, inbox, leftovers, objects
from helpdeskd.storage.door import Door
from helpdeskd.storage.inbox import Received

OFTEN_SECONDS, DAY_SECONDS = 60.0, 86400.0
DAY = timedelta(days=1)


async def brought(door: Door, inbox_id: int) -> Received | None:
    """A mail with its bytes, wherever they are; None where it is gone, or its bytes cannot be had now."""
    row = await door(inbox.at_hand, inbox_id)
    if row is None or not row.stored_in:
        return row
    try:
        return await asyncio.to_thread(inbox.whole, row)
    except objects.Unreachable as fault:
        alarm(fault)
        return None


def alarm(fault: objects.Unreachable) -> None:
    """One line, whoever could not reach it."""
    log.alarm(what="bucket not available", detail=str(fault))


@contextlib.contextmanager
def keeping(door: Door) -> Iterator["Keeping"]:
    """The removal, which ends with the context."""
    kept = Keeping(door)
    try:
        yield kept
    finally:
        kept.close()


class Keeping:
    """The removal, beside the clock's other work."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._work: asyncio.Task[None] | None = None
        self._next = self._next_day = 0.0

    def look(self, has_clock: bool) -> None:
        """Begin, if it is ours to do and time."""
        is_busy = self._work is not None and not self._work.done()
        if has_clock and objects.told() and not is_busy and time.monotonic() >= self._next:
            self._next = time.monotonic() + OFTEN_SECONDS
            self._work = asyncio.create_task(self._remove())

    def close(self) -> None:
        """What is not removed yet is so another time."""
        if self._work is not None:
            self._work.cancel()

    async def _remove(self) -> None:
        try:
            await self.owed()
            if time.monotonic() >= self._next_day:
                await self.unnamed(DAY)
                self._next_day = time.monotonic() + DAY_SECONDS
        except objects.Unreachable as fault:
            alarm(fault)
        except Exception as fault:
            log.alarm(what="fault", detail=f"removing objects: {log.told(fault)}")

    async def owed(self) -> None:
        """Remove what an erasure or the retention has taken."""
        while gone := await self._door(leftovers.owed):
            for name in gone.values():
                await asyncio.to_thread(objects.remove, name)
            await self._door(leftovers.settle, gone)

    async def _is_newest(self) -> bool:
        """Whether no other database with our mark has seen more mail: an old copy of a desk does not know its mails."""
        ours = await self._door(counter.last, "position")
        is_newest = await asyncio.to_thread(objects.seen) <= ours
        if is_newest:
            await asyncio.to_thread(objects.see, ours)
        return is_newest

    async def unnamed(self, age: timedelta) -> None:
        """Remove what is older than that, which is longer than any mail is on its way, and has no row."""
        if not await self._is_newest():
            log.alarm(what="fault", detail="a newer copy of this desk uses the bucket: nothing is removed there")
            return
        pages = objects.older(age)
        while (page := await asyncio.to_thread(next, pages, None)) is not None:
            for name in await self._door(leftovers.unnamed, page):
                await asyncio.to_thread(objects.remove, name)

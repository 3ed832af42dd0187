"""The outbox's way out: due rows go to the smarthost or to their hook, and what came of it is written down.

One row at a time over one kept connection: what came of a row is recorded in the transaction that claims the next. So
one row at most is `sending`, from the claim to the record; after a crash it is sent again with the same Message-ID,
marked `uncertain` (P4). A result is kept until the database takes it. A mail that failed for good becomes an event on
its ticket, so that the agents are told. Raises Unavailable only when the database is not to be trusted any more.
"""

import asyncio
import json
from datetime import datetime

from helpdeskd.daemon import log
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.hook import run
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.turn import carry_out
from helpdeskd.domain.event import DeliveryFailed
from helpdeskd.mail.delivery import Failed, Later, Result, Sent, SmarthostSettings, Uncertain, retry_at
from helpdeskd.mail.smtp_delivery import Courier
from helpdeskd.storage import outbox, tickets
from helpdeskd.storage.db import Door, Unavailable, transaction
from helpdeskd.storage.outbox import Queued

LOOK_SECONDS = 2.0
HOOK_SECONDS = 30.0
DESK = "desk"
Tried = tuple[Queued, Result]


class Dispatch:
    """Runs until `stop`; `wake` makes it look at once."""

    def __init__(self, door: Door, office: Office, settings: SmarthostSettings, clock: Clock) -> None:
        self.office = office
        self._door, self._settings, self._clock = door, settings, clock
        self._courier = Courier(settings)
        self._due = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """There may be something due."""
        self._due.set()

    async def run(self) -> None:
        """Send what is due, until we are stopped."""
        tried: Tried | None = None
        while tried or not self._stopping:
            self._due.clear()
            row = await self._next(tried)
            tried = (row, await self._deliver(row)) if row else None
            if row is None and not self._stopping:
                await self._wait()
        await self._courier.close()

    def stop(self) -> None:
        """Finish the mail that is under way, and end."""
        self._stopping = True
        self._due.set()

    async def _next(self, tried: Tried | None) -> Queued | None:
        """Record the last try, as often as it takes, and claim the next row."""
        while True:
            try:
                return await self._door(self._turn, tried, self._clock.now())
            except Unavailable as fault:
                if self._door.broken:
                    raise
                log.alarm(what="database not available", detail=str(fault))
            if tried is None:
                return None
            await asyncio.sleep(LOOK_SECONDS)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._due.wait()
        except TimeoutError:
            return

    async def _deliver(self, row: Queued) -> Result:
        if row.channel == outbox.HOOK:
            order = json.loads(row.content)
            return await run(tuple(order["argv"]), order["record"], HOOK_SECONDS)
        return await self._courier.deliver(row.sender, row.recipient, row.content)

    def _turn(self, tried: Tried | None, now: datetime) -> Queued | None:
        """On the database's thread, in one transaction."""
        if tried:
            self._settle(*tried, now)
        claimed = [] if self._stopping else outbox.claim(now, 1)
        return claimed[0] if claimed else None

    def _settle(self, row: Queued, result: Result, now: datetime) -> None:
        """Write down what came of a try."""
        match result:
            case Sent():
                outbox.sent(row.id, result.reply, now)
                log.sent(outbox_id=row.id, notice=row.notice, recipient=row.recipient, reply=result.reply)
            case Failed():
                self._failed(row, result.reply, now)
            case Later() | Uncertain():
                self._later(row, result, now)

    def _later(self, row: Queued, result: Later | Uncertain, now: datetime) -> None:
        next_at = retry_at(row.attempts + 1, now, row.created_at, self._settings)
        if next_at is None:
            self._failed(row, f"given up after {self._settings.lifetime.days} days: {result.reply}", now)
            return
        outbox.later(row.id, result.reply, next_at, uncertain=isinstance(result, Uncertain))
        log.later(outbox_id=row.id, notice=row.notice, recipient=row.recipient, reply=result.reply, next_at=next_at)
        if isinstance(result, Later) and result.alarm:
            log.alarm(what="delivery", detail=result.alarm)

    def _failed(self, row: Queued, reply: str, now: datetime) -> None:
        outbox.failed(row.id, reply, now)
        log.failed(outbox_id=row.id, notice=row.notice, recipient=row.recipient, reply=reply)
        try:
            with transaction():
                self._tell_agents(row, reply, now)
        except Unavailable:
            raise
        except Exception as fault:
            log.alarm(what="agents not told of a failed mail", detail=log.told(fault))

    def _tell_agents(self, row: Queued, reply: str, now: datetime) -> None:
        ticket = tickets.by_reference(row.reference) if row.reference else None
        if ticket is not None and not row.to_agent:
            event = DeliveryFailed(now, DESK, row.recipient, reply, bad_address=False, outbox_id=row.id)
            carry_out(ticket, (event,), None, self.office.post(), now)

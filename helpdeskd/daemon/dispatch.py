"""The outbox's way out: due rows go to the smarthost or by their channel, and what came of it is written down.

In two lanes, so that a page does not wait for mail: what goes to the smarthost, over one kept connection, and the rest.
In each one row at a time: what came of a row is recorded in the transaction that claims the next. So one row of a lane
at most is `sending`, from the claim to the record; after a crash it is sent again with the same Message-ID, marked
`uncertain` (P4). Where nodes share a database each has its own rows (`storage.errands`). A result is kept until the
database takes it. A mail that failed for good becomes an event on its ticket, so that the agents are told. A page that
wakes for nothing, because somebody has taken the emergency, is not sent; one that could not be sent raises an alarm at
each try. Raises Unavailable only when the database is not to be trusted any more.
"""

import asyncio
from datetime import datetime
from typing import Any

from helpdeskd.daemon import log
from helpdeskd.daemon.channels import deliver
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.letters import PAGE
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.turn import carry_out
from helpdeskd.domain.event import DeliveryFailed
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.merged import merged_into
from helpdeskd.domain.ticket import Status
from helpdeskd.failpoint import reach
from helpdeskd.mail.delivery import Failed, Later, Result, Sent, SmarthostSettings, Uncertain, retry_at
from helpdeskd.mail.smtp_delivery import Courier
from helpdeskd.storage import outbox, tickets
from helpdeskd.storage.db import Unavailable, transaction
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.door import Door
from helpdeskd.storage.errands import Alone, Errands
from helpdeskd.storage.outbox import Queued

LOOK_SECONDS = 2.0
Tried = tuple[Queued, Result]


class Dispatch:
    """Runs until `stop`; `wake` makes it look at once."""

    def __init__(
        self,
        door: Door,
        office: Office,
        settings: SmarthostSettings,
        clock: Clock,
        errands: Errands | None = None,
    ) -> None:
        self.office = office
        self._door, self._settings, self._clock = door, settings, clock
        self._errands = errands or Alone()
        self._courier = Courier(settings)
        self._due = {by_mail: asyncio.Event() for by_mail in (True, False)}
        self._stopped = asyncio.Event()

    def wake(self) -> None:
        """There may be something due."""
        for due in self._due.values():
            due.set()

    async def run(self) -> None:
        """Send what is due, until we are stopped."""
        lanes = [
            *(asyncio.create_task(self._lane(by_mail)) for by_mail in self._due),
            asyncio.create_task(self._keep()),
        ]
        try:
            await asyncio.gather(*lanes)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)
            await self._courier.close()

    def stop(self) -> None:
        """Finish the mail and the page that are under way, and end."""
        self._stopped.set()
        self.wake()

    async def _lane(self, by_mail: bool) -> None:
        tried: Tried | None = None
        while tried or not self._stopped.is_set():
            self._due[by_mail].clear()
            row = await self._next(by_mail, tried)
            tried = (row, await self._deliver(row)) if row else None
            if row is None and not self._stopped.is_set():
                await _either(self._due[by_mail], LOOK_SECONDS)

    async def _keep(self) -> None:
        """See that what is in hand stays ours, and that what a silent node had in hand is sent."""
        while not self._stopped.is_set():
            await _either(self._stopped, self._errands.beat)
            try:
                if lost := await self._door(self._errands.keep):
                    log.alarm(what="a node is silent", detail=f"{lost} mails that it was sending are sent again")
                    self.wake()
            except Unavailable as fault:
                log.alarm(what="database not available", detail=str(fault))

    async def _next(self, by_mail: bool, tried: Tried | None) -> Queued | None:
        """Record the last try, as often as it takes, and claim the next row."""
        while True:
            try:
                return await self._door(self._turn, by_mail, tried, self._clock.now())
            except Unavailable as fault:
                if self._door.broken:
                    raise
                log.alarm(what="database not available", detail=str(fault))
            if tried is None:
                return None
            await asyncio.sleep(LOOK_SECONDS)

    async def _deliver(self, row: Queued) -> Result:
        reach("dispatch.claimed")
        if row.channel in {outbox.MAIL, outbox.SMS}:
            return await self._courier.deliver(row.sender, row.recipient, row.content)
        return await deliver(row, self.office.loaded.config.duty)

    def _turn(self, by_mail: bool, tried: Tried | None, now: datetime) -> Queued | None:
        """On the database's thread, in one transaction."""
        if tried and self._errands.holds(tried[0].id):
            self._settle(*tried, now)
            reach("dispatch.settled")
        while row := None if self._stopped.is_set() else self._errands.claim(now, by_mail):
            if not _wakes_for_nothing(row):
                return row
            outbox.called_off(row.id, "the emergency is in hands", now)
            log.called_off(inbox_id=row.inbox_id, outbox_id=row.id, notice=row.notice)
        return None

    def _settle(self, row: Queued, result: Result, now: datetime) -> None:
        """Write down what came of a try."""
        match result:
            case Sent():
                outbox.sent(row.id, result.reply, now)
                log.sent(**_of(row), reply=result.reply)
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
        log.later(**_of(row), reply=result.reply, next_at=next_at)
        if isinstance(result, Later) and result.alarm:
            log.alarm(what="delivery", detail=result.alarm)
        _alarm_of_page(row, result.reply)

    def _failed(self, row: Queued, reply: str, now: datetime) -> None:
        outbox.failed(row.id, reply, now)
        log.failed(**_of(row), reply=reply)
        _alarm_of_page(row, reply)
        try:
            with log.once_committed(), transaction():
                self._tell_agents(row, reply, now)
        except Unavailable:
            raise
        except Exception as fault:
            log.alarm(what="agents not told of a failed mail", detail=log.told(fault))

    def _tell_agents(self, row: Queued, reply: str, now: datetime) -> None:
        ticket = tickets.by_reference(row.reference) if row.reference else None
        if ticket is not None and not row.to_agent:
            event = DeliveryFailed(now, DESK, row.recipient, reply, bad_address=False, outbox_id=row.id)
            carry_out(merged_into(ticket, StoredDirectory()), (event,), None, self.office.post(), now)


async def _either(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for it, or so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def _of(row: Queued) -> dict[str, Any]:
    """What a line of the log says of a mail in any case."""
    return {"inbox_id": row.inbox_id, "outbox_id": row.id, "notice": row.notice, "recipient": row.recipient}


def _is_page(row: Queued) -> bool:
    return row.channel != outbox.MAIL or row.notice == PAGE


def _wakes_for_nothing(row: Queued) -> bool:
    """Whether it is a page of an emergency that somebody has taken, that is none, or that is over."""
    ticket = tickets.by_reference(row.reference) if _is_page(row) else None
    if ticket is None or ticket.emergency is None:
        return False
    return not ticket.emergency.waiting or ticket.status is Status.RESOLVED or ticket.status.ended


def _alarm_of_page(row: Queued, reply: str) -> None:
    if _is_page(row):
        log.alarm(what="page not sent", about=row.reference, detail=f"{row.reference} by {row.channel}: {reply}")

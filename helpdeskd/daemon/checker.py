"""The checker process as the supervisor sees it: which mails it has in hand, and what becomes of what it says.

    a row awaits its check ─▶ in hand ─▶ found       kept, and the worker may take the mail
        (storage.unchecked)          ├─▶ later       parked: the DNS could not answer; given up in the end
                                     └─▶ no answer   the process died, or a mail took too long: it is replaced, and the
                                                     mails that it had in hand are suspects, tried one at a time

A mail over which the process ends again, alone, is decided as unproved with that reason: none is lost, and none is
stuck. New mail and parked mail have places of their own, and a client has a part of them, so that no flood takes all of
them. The process is started when a mail needs it; after quick deaths only after a pause that grows. What it says
counts only as a result about a mail that it has in hand, because hostile mail is read in it.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from helpdeskd.config.auth import is_on
from helpdeskd.daemon import bucket, log, tally
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.wire import AT_ONCE, AT_ONCE_AGAIN, AT_ONCE_BYTES, LONGEST_RESULT
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.imap_envelope import seems_from
from helpdeskd.storage import unchecked
from helpdeskd.storage.db import Unavailable
from helpdeskd.storage.door import Door
from helpdeskd.storage.inbox import Received
from helpdeskd.storage.unchecked import Due
from helpdeskd.triage.authenticate import is_for_us_to_check
from helpdeskd.triage.authentication_results import OURS, nothing_found, read

COMMAND = (sys.executable, "-m", "helpdeskd.daemon.checker_child")
LOOK_SECONDS = 2.0
"""How soon a parked mail that has become due is found."""
START_SECONDS = 30.0
GRACE_SECONDS = 10.0
BYTES_PER_SECOND = 1 << 20
"""A mail may take the time of its check, and the grace, and so long for its bytes."""
BACK_OFF_SECONDS = 1.0
LONGEST_PAUSE = 30.0
HEALTHY_SECONDS = 5.0
PLACES = {False: AT_ONCE - AT_ONCE_AGAIN, True: AT_ONCE_AGAIN}
"""How many mails the checker may have in hand for the first time, and again."""
PART_OF_CLIENT = 4
"""One client's mails have at most a fourth of them."""
FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}
"""Each arena of glibc's takes 64 MiB of the memory that the process may address."""


class Checker:
    """Keeps a checker at work until `stop`. `wake_worker` is called whenever a mail may be decided."""

    def __init__(
        self,
        office: Office,
        door: Door,
        clock: Clock,
        wake_worker: Callable[[], None],
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._door, self._clock, self._wake_worker, self._command = door, clock, wake_worker, command
        self._changed, self._ready = asyncio.Event(), asyncio.Event()
        self._in_hand: dict[int, tuple[Due, float]] = {}
        self._suspects: set[int] = set()
        self._stopping = False
        self.replace(office)

    async def run(self) -> None:
        """Start checkers, one after the other, when there is something to check, until we are stopped."""
        pause = 0.0
        while not self._stopping:
            began = time.monotonic()
            try:
                well = await self._life() if await self._is_needed() else await self._news(LOOK_SECONDS)
            except Unavailable as fault:
                log.alarm(what="database not available", detail=str(fault))
                await self._news(BACK_OFF_SECONDS)
                continue
            well = well or time.monotonic() - began > HEALTHY_SECONDS
            pause = 0.0 if well else min(LONGEST_PAUSE, pause * 2 + 0.1)
            await asyncio.sleep(0 if self._stopping else pause)

    def register(self, envelope: Envelope, raw: bytes) -> tuple[str, datetime | None]:
        """Whom a new mail seems to be by, and when that is checked: as the inbox keeps it (`storage.unchecked`)."""
        if not self._on:
            return "", None
        at = min(envelope.received_at, self._clock.now())
        ours = is_for_us_to_check(envelope, self._office.loaded.desk.trust)
        return seems_from(raw), at if ours else None

    def wake(self) -> None:
        """Mail has come, or the clock was moved."""
        self._changed.set()

    def replace(self, office: Office) -> None:
        """Check by this office from now on; what is in hand is checked again."""
        self._office, self._outdated = office, True
        self._on = is_on(office.loaded.settings.auth)
        self._changed.set()

    def stop(self) -> None:
        """End at once: what is in hand is checked after the next start."""
        self._stopping = True
        self._changed.set()

    async def _is_needed(self) -> bool:
        """Whether mail is to be checked now; where the check is off, what awaited it is let go."""
        if self._on:
            return await self._door(unchecked.is_any_due, self._clock.now())
        if self._outdated:
            await self._door(unchecked.release)
            self._wake_worker()
            self._outdated = False
        return False

    async def _news(self, seconds: float) -> bool:
        """Wait for something to have changed, or so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        self._changed.clear()
        return True

    async def _life(self) -> bool:
        """One checker, from its start to its end; whether it ended because it was told to."""
        self._outdated = False
        self._ready.clear()
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=os.environ | FEW_ARENAS
        )
        tasks = [asyncio.create_task(self._feed(process)), asyncio.create_task(self._listen(process))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            late = self._is_late()
            code = await _end(process, tasks)
            in_hand, self._in_hand = set(self._in_hand), {}
        for task in tasks:
            if not task.cancelled() and (fault := task.exception()):
                raise fault
        if self._stopping or self._outdated:
            return True
        await self._died(in_hand, "it took too long" if late else f"it ended with {code}")
        return False

    async def _feed(self, process: Process) -> None:
        """Give it mails; ends when one takes too long, or when it is to end."""
        assert process.stdin is not None
        process.stdin.write(_line(self._instructions()))
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(START_SECONDS):
                await self._ready.wait()
            while not self._stopping and not self._outdated and not self._is_late():
                for due in await self._next():
                    await self._give(process.stdin, due)
                await self._news(LOOK_SECONDS)

    async def _next(self) -> list[Due]:
        """What to give it now: as much as it may have, also of one client, and a suspect only alone."""
        held = [due for due, _ in self._in_hand.values()]
        rows = [row for again in PLACES for row in await self._due(2 * AT_ONCE, _busy(held, again), again)]
        if suspect := next((row for row in rows if row.id in self._suspects), None):
            return [] if self._in_hand else [suspect]
        chosen: list[Due] = []
        for row in rows:
            if _has_room([*held, *chosen], row):
                chosen.append(row)
        return chosen

    async def _due(self, limit: int, busy: Sequence[str], again: bool) -> list[Due]:
        return await self._door(unchecked.due, self._clock.now(), limit, busy, again)

    async def _give(self, orders: asyncio.StreamWriter, due: Due) -> None:
        row = await bucket.brought(self._door, due.id)
        if row is None:
            return
        seconds = self._office.loaded.settings.auth.timeout + GRACE_SECONDS
        patience = seconds + due.size / BYTES_PER_SECOND
        self._in_hand[due.id] = due, time.monotonic() + patience
        orders.write(_line(_told(row)) + row.raw)
        async with asyncio.timeout(patience):
            await orders.drain()

    def _is_late(self) -> bool:
        """Whether it has had a mail for longer than one may take."""
        return any(time.monotonic() > until for _, until in self._in_hand.values())

    async def _listen(self, process: Process) -> None:
        """Until it has closed its side, or says what is no answer."""
        assert process.stdout is not None
        with contextlib.suppress(ValueError, RecursionError, OverflowError):
            async for line in process.stdout:
                await self._hear(json.loads(line))
                self._changed.set()

    async def _hear(self, told: Any) -> None:
        match told:
            case {"ready": True}:
                self._ready.set()
            case {"told": str(said)}:
                tally.OURS.put(said)
            case {"id": int(number), "found": str(text)} if number in self._in_hand:
                await self._found(number, text if _is_result(text) else nothing_found("the check said nothing"))
            case {"id": int(number), "later": str(why)} if number in self._in_hand:
                await self._later(number, why[:LONGEST_RESULT])

    async def _found(self, number: int, result: str) -> None:
        await self._door(unchecked.found, number, result)
        self._forget(number)
        log.checked(inbox_id=number, result=result)
        self._wake_worker()

    async def _later(self, number: int, why: str) -> None:
        monitors = self._office.loaded.desk.monitors
        senders = frozenset(sender for monitor in monitors for sender in monitor.senders)
        next_at = await self._door(unchecked.park, number, why, self._clock.now(), senders)
        if next_at is None:
            await self._found(number, nothing_found(f"given up: {why}"))
            return
        self._forget(number)
        log.parked(inbox_id=number, reason=why, next_at=next_at)

    def _forget(self, number: int) -> None:
        self._in_hand.pop(number, None)
        self._suspects.discard(number)

    async def _died(self, in_hand: set[int], why: str) -> None:
        """A second end over the same mail alone is that mail's fault; one that cannot begin is nobody's."""
        log.alarm(what="checker ended", detail=why)
        if not self._ready.is_set():
            for due in [due for again in PLACES for due in await self._due(AT_ONCE, (), again)]:
                await self._later(due.id, f"the checker does not start: {why}")
        for number in in_hand & self._suspects:
            await self._found(number, nothing_found(f"the check did not end: {why}"))
            in_hand.discard(number)
        self._suspects |= in_hand

    def _instructions(self) -> dict[str, Any]:
        settings = self._office.loaded.settings
        return {
            "nameservers": settings.auth.nameservers,
            "timeout": settings.auth.timeout,
            "sealers": settings.auth.arc_sealers,
            "memory": settings.worker_memory,
            "log_level": settings.log_level,
            "mark": self._office.mark.hex(),
        }


def _busy(held: Sequence[Due], again: bool) -> list[str]:
    """The clients that have all the places that one may have."""
    counts = Counter(due.client for due in held if due.again == again)
    return [client for client, count in counts.items() if count >= PLACES[again] // PART_OF_CLIENT]


def _has_room(held: Sequence[Due], row: Due) -> bool:
    """Whether it may have this mail too; what strangers' name servers hold up may not hold up other clients."""
    fits = not held or sum(due.size for due in held) + row.size <= AT_ONCE_BYTES
    is_free = sum(due.again == row.again for due in held) < PLACES[row.again]
    return fits and is_free and row.client not in _busy(held, row.again) and all(row.mail != due.mail for due in held)


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told).encode() + b"\n"


def _told(row: Received) -> dict[str, Any]:
    """A mail as the checker is told of it. Only by SMTP do we see the client that the sender's domain vouches for."""
    envelope = row.envelope if row.envelope.source == "smtp" else replace(row.envelope, peer="", helo="")
    at = envelope.received_at.isoformat()
    return {"id": row.id, "size": len(row.raw), "envelope": asdict(envelope) | {"received_at": at}}


def _is_result(text: str) -> bool:
    found = read(text) if len(text) <= LONGEST_RESULT else None
    return found is not None and found.authserv_id == OURS


async def _end(process: Process, tasks: list[asyncio.Task[None]]) -> int:
    """Make an end of a checker, if it has not ended; its exit status, or the signal that ended it as a negative."""
    for task in tasks:
        task.cancel()
    with contextlib.suppress(ProcessLookupError):
        # Not process.kill(): that takes the status of one that has just ended from who waits for it.
        os.kill(process.pid, signal.SIGKILL)
    await asyncio.gather(*tasks, return_exceptions=True)
    return await process.wait()

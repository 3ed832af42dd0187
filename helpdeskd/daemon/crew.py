"""The worker processes as the supervisor sees them: started, told, watched, replaced.

There is one, or, where nodes share a database, as many as the configuration says, each watched for itself. A worker
gets the office as the supervisor has checked it, not the files as they are by then. It says which mail it has in hand.
When it dies with one in hand, or has had one for longer than the wall-clock limit (`wire.longest`), it is killed if
need be, the mail gets a strike, and another worker is started; after quick deaths only after a pause that grows. A
mail's third strike makes it failed (P8). What else the worker had taken, others may take at once. One that says nothing
at all for half a minute is replaced too. `run` raises StorageError when a worker met an I/O error: nobody may go on
then.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from helpdeskd.daemon import log, tally
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.wire import IO_ERROR, LENGTH_BYTES, longest
from helpdeskd.failpoint import reach
from helpdeskd.storage import inbox
from helpdeskd.storage.claims import Alone, Claims
from helpdeskd.storage.db import StorageError, Unavailable
from helpdeskd.storage.door import Door

SILENT_SECONDS = 30.0
"""Longer than a worker waits for a locked database."""
LARGEST = 1 << 30
"""No mail is larger, whatever a worker says."""
LONGEST_PAUSE = 10.0
HEALTHY_SECONDS = 5.0
COMMAND = (sys.executable, "-m", "helpdeskd.daemon.child")


class Crew:
    """Keeps its workers alive until `stop`. `busy` is called whenever one of them has finished something."""

    def __init__(
        self,
        office: Office,
        door: Door,
        clock: Clock,
        busy: Callable[[], None],
        command: Sequence[str] = COMMAND,
        claims: Claims | None = None,
        workers: int = 1,
    ) -> None:
        watched = (office, door, clock, busy, command, claims or Alone())
        self._keepers = [Keeper(*watched) for _ in range(workers)]

    async def run(self) -> None:
        """Start workers, and others after them, until we are stopped."""
        lives = [asyncio.create_task(keeper.run()) for keeper in self._keepers]
        try:
            await asyncio.gather(*lives)
        finally:
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)

    def wake(self) -> None:
        """Mail has come."""
        for keeper in self._keepers:
            keeper.wake()

    def set_clock(self) -> None:
        """Our clock was moved."""
        for keeper in self._keepers:
            keeper.set_clock()

    def replace(self, office: Office) -> None:
        """Let the workers finish what they have in hand, and start others for this office at once."""
        for keeper in self._keepers:
            keeper.replace(office)

    def stop(self) -> None:
        """Let the workers finish what they have in hand; `run` ends then."""
        for keeper in self._keepers:
            keeper.stop()

    @property
    def pid(self) -> int | None:
        """The process of the first worker, where it runs."""
        return self._keepers[0].pid


class Keeper:
    """Keeps one worker alive until `stop`."""

    def __init__(
        self,
        office: Office,
        door: Door,
        clock: Clock,
        busy: Callable[[], None],
        command: Sequence[str],
        claims: Claims,
    ) -> None:
        self._office, self._door, self._clock, self._busy, self._command = office, door, clock, busy, command
        self._claims = claims
        self._process: asyncio.subprocess.Process | None = None
        self._in_hand: int | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._stopping = self._has_worked = False

    async def run(self) -> None:
        """Start workers, one after the other, until we are stopped."""
        pause = 0.0
        while not self._stopping:
            began = time.monotonic()
            well = await self._life()
            well = well or time.monotonic() - began > HEALTHY_SECONDS
            pause = 0.0 if well else min(LONGEST_PAUSE, pause * 2 + 0.1)
            if not self._stopping:
                await asyncio.sleep(pause)

    def wake(self) -> None:
        """Mail has come."""
        self._tell(b"wake\n")

    def set_clock(self) -> None:
        """Our clock was moved."""
        self._tell(f"clock {self._clock.offset.total_seconds()}\n".encode())

    def replace(self, office: Office) -> None:
        """Let the worker finish what it has in hand, and start one for this office at once."""
        self._office = office
        self._dismiss()

    def stop(self) -> None:
        """Let the worker finish what it has in hand; `run` ends then."""
        self._stopping = True
        self._dismiss()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def _dismiss(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def _tell(self, order: bytes) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(order)

    async def _life(self) -> bool:
        """One worker, from its start to its end; whether it ended because it was told to."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        packed = self._office.packed()
        self._tell(len(packed).to_bytes(LENGTH_BYTES) + packed)
        self.set_clock()
        if self._stopping:
            self._dismiss()
        try:
            self._wait_for(SILENT_SECONDS)
            await self._listen(self._process)
        except asyncio.CancelledError:
            self._kill()
            await self._process.wait()
            raise
        code = await self._process.wait()
        self._forget()
        await self._ended(self._process.pid, code)
        return code == 0

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Until it has closed its side; it is killed when it says what no worker says, since it reads hostile mail."""
        assert process.stdout is not None
        try:
            async for said in process.stdout:
                self._hear(said)
        except (ValueError, RecursionError, OverflowError):
            self._kill()

    def _hear(self, said: bytes) -> None:
        """Raises ValueError for what is no line of a worker."""
        match said.split():
            case [b"begin", number, size]:
                self._in_hand = int(number)
                self._wait_for(longest(min(int(size), LARGEST)) + self._claims.waits)
            case [b"told", *_]:
                tally.OURS.put(said.removeprefix(b"told "))
            case [b"end", _]:
                self._in_hand, self._has_worked = None, True
                self._wait_for(SILENT_SECONDS)
                self._busy()
            case [b"idle"]:
                self._in_hand = None
                self._wait_for(SILENT_SECONDS)
                if self._has_worked:
                    self._has_worked = False
                    self._busy()
            case _:
                raise ValueError

    def _wait_for(self, seconds: float) -> None:
        """Kill the worker unless it says something within so many seconds."""
        self._forget()
        self._patience = asyncio.get_running_loop().call_later(seconds, self._kill)

    def _forget(self) -> None:
        if self._patience is not None:
            self._patience.cancel()

    def _kill(self) -> None:
        self._forget()
        with contextlib.suppress(ProcessLookupError):
            if self._process is not None and self._process.returncode is None:
                self._process.kill()

    async def _ended(self, pid: int, code: int) -> None:
        """A mail over which a worker has died gets a strike; what else it had is free."""
        in_hand, self._in_hand = self._in_hand, None
        why = f"worker ended with {code}" if code > 0 else f"worker was killed by signal {-code}"
        if code:
            log.alarm(what="worker ended", detail=why)
        if code == IO_ERROR:
            raise StorageError("the worker met an I/O error of the database")
        try:
            failed = await self._door(self._settle, pid, in_hand if code else None, why, self._clock.now())
        except Unavailable as fault:
            log.alarm(what="database not available", detail=str(fault))
            return
        if code and in_hand is not None:
            log.struck(inbox_id=in_hand, reason=why, failed=failed)

    def _settle(self, pid: int, killer: int | None, why: str, now: datetime) -> bool:
        """Whether the mail that it died over is failed now. Both at once: nobody else may take that mail before."""
        failed = killer is not None and inbox.strike(killer, why, now)
        self._claims.give_back(pid)
        if killer is not None:
            reach("worker.struck")
        return failed

"""The worker process as the supervisor sees it: started, told, watched, replaced.

The worker gets the office as the supervisor has checked it, not the files as they are by then. It says which mail it
has in hand. When it dies with one in hand, or has had one for longer than the wall-clock limit (twice the processor
time that the mail may use), it is killed if need be, the mail gets a strike, and another worker is started; after quick
deaths only after a pause that grows. A mail's third strike makes it failed (P8). A worker that says nothing at all
for half a minute is replaced too. `run` raises StorageError when the worker met an I/O error: nobody may go on then.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Sequence

from helpdeskd.daemon import log
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.wire import CPU_BYTES, CPU_SECONDS, IO_ERROR, LENGTH_BYTES
from helpdeskd.storage import inbox
from helpdeskd.storage.db import StorageError, Unavailable
from helpdeskd.storage.door import Door

WALL_FACTOR = 2
SILENT_SECONDS = 30.0
"""Longer than a worker waits for a locked database."""
LARGEST = 1 << 30
"""No mail is larger, whatever a worker says."""
LONGEST_PAUSE = 10.0
HEALTHY_SECONDS = 5.0
COMMAND = (sys.executable, "-m", "helpdeskd.daemon.child")


class Crew:
    """Keeps one worker alive until `stop`. `busy` is called whenever it has finished something."""

    def __init__(
        self, office: Office, door: Door, clock: Clock, busy: Callable[[], None], command: Sequence[str] = COMMAND
    ) -> None:
        self._office, self._door, self._clock, self._busy, self._command = office, door, clock, busy, command
        self._process: asyncio.subprocess.Process | None = None
        self._in_hand: int | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._stopping = False

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
        if code:
            await self._died(code)
        return code == 0

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Until it has closed its side; it is killed when it says what no worker says, since it reads hostile mail."""
        assert process.stdout is not None
        try:
            async for said in process.stdout:
                self._hear(said)
        except ValueError:
            self._kill()

    def _hear(self, said: bytes) -> None:
        """Raises ValueError for what is no line of a worker."""
        match said.split():
            case [b"begin", number, size]:
                self._in_hand = int(number)
                self._wait_for(WALL_FACTOR * (CPU_SECONDS + min(int(size), LARGEST) / CPU_BYTES))
            case [b"end", _] | [b"idle"]:
                self._in_hand = None
                self._wait_for(SILENT_SECONDS)
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

    async def _died(self, code: int) -> None:
        in_hand, self._in_hand = self._in_hand, None
        why = f"worker ended with {code}" if code > 0 else f"worker was killed by signal {-code}"
        log.alarm(what="worker ended", detail=why)
        if code == IO_ERROR:
            raise StorageError("the worker met an I/O error of the database")
        if in_hand is None:
            return
        try:
            failed = await self._door(inbox.strike, in_hand, why, self._clock.now())
            log.struck(inbox_id=in_hand, reason=why, failed=failed)
        except Unavailable as fault:
            log.alarm(what="database not available", detail=str(fault))

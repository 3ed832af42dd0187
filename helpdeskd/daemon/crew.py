"""The worker process as the supervisor sees it: started, told, watched, replaced.

The worker says which mail it has in hand. When it dies with one in hand, or has had one for longer than the wall-clock
limit (ten times its processor time, for a worker that waits instead of computing), it is killed if need be, the mail
gets a strike, and another worker is started; after quick deaths only after a pause that grows. A mail's third strike
makes it failed (P8).
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

from helpdeskd.daemon import log
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.worker import CPU_BYTES, CPU_SECONDS
from helpdeskd.storage import inbox
from helpdeskd.storage.db import Door

WALL_FACTOR = 10
LOOK_SECONDS = 0.5
LONGEST_PAUSE = 10.0
HEALTHY_SECONDS = 5.0


class Crew:
    """Keeps one worker alive until `stop`. `busy` is called whenever it has finished something."""

    def __init__(self, config: Path, door: Door, clock: Clock, busy: Callable[[], None]) -> None:
        self._config, self._door, self._clock, self._busy = config, door, clock, busy
        self._process: asyncio.subprocess.Process | None = None
        self._in_hand: tuple[int, float] | None = None
        self._stopping = False
        self.last_said = time.monotonic()

    async def run(self) -> None:
        """Start workers, one after the other, until we are stopped."""
        pause = 0.0
        while not self._stopping:
            began = time.monotonic()
            await self._life()
            healthy = time.monotonic() - began > HEALTHY_SECONDS
            pause = 0.0 if healthy else min(LONGEST_PAUSE, pause * 2 + 0.1)
            if not self._stopping:
                await asyncio.sleep(pause)

    def wake(self) -> None:
        """Mail has come."""
        self._tell("wake")

    def set_clock(self) -> None:
        """Our clock was moved."""
        self._tell(f"clock {self._clock.offset.total_seconds()}")

    def replace(self) -> None:
        """Let the worker finish what it has in hand and start one with the configuration as it is now."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def stop(self) -> None:
        """Let the worker finish what it has in hand; `run` ends then."""
        self._stopping = True
        self.replace()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def _tell(self, line: str) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(line.encode() + b"\n")

    async def _life(self) -> None:
        """One worker, from its start to its end."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "helpdeskd.daemon.child", str(self._config),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self.set_clock()
        watch = asyncio.create_task(self._watch(self._process))
        try:
            await self._listen(self._process)
            code = await self._process.wait()
        finally:
            watch.cancel()
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        if self._in_hand is not None or code != 0:
            await self._died(code)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for said in process.stdout:
            self.last_said = time.monotonic()
            word, *numbers = said.decode().split()
            if word == "begin":
                allowed = WALL_FACTOR * (CPU_SECONDS + int(numbers[1]) / CPU_BYTES)
                self._in_hand = int(numbers[0]), time.monotonic() + allowed
            else:
                self._in_hand = None
                self._busy()

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Kill a worker that has had a mail in hand for too long."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._in_hand is not None and time.monotonic() > self._in_hand[1]:
                process.kill()

    async def _died(self, code: int) -> None:
        log.alarm(what="worker ended", detail=f"exit {code}")
        in_hand, self._in_hand = self._in_hand, None
        if in_hand is not None:
            failed = await self._door(inbox.strike, in_hand[0], f"worker ended with {code}", self._clock.now())
            log.struck(inbox_id=in_hand[0], reason=f"worker ended with {code}", failed=failed)

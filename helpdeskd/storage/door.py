"""The one door to the database of a process with an event loop or several threads.

`Door` owns the thread to which the connection belongs: `door.call` waits for the answer, `await door(…)` does not block
the loop; each call is one transaction, made again where another node was first. A failed one raises Unavailable, and
nothing was done; after an I/O error the connection is not trusted again (`Door.broken`): every call is refused, the
daemon stops and the next start checks. `around` is put around each transaction: what the daemon tells within one that
is made again is told once.
"""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from peewee import DatabaseError

from helpdeskd.storage.db import Unavailable, Where, attempt, close, connect, is_broken

P = ParamSpec("P")
T = TypeVar("T")

HANDOVER_SECONDS = 0.0002
"""So long this thread waits for the interpreter after each wait for the disk while the loop is busy; Python's own 5 ms
halve how many mails are taken.
"""


class Door:
    """The thread that owns the connection of a process with an event loop or several threads."""

    def __init__(self, where: Where | Path, around: Callable[[], AbstractContextManager[object]] = nullcontext) -> None:
        sys.setswitchinterval(HANDOVER_SECONDS)
        self._around = around
        self._thread = ThreadPoolExecutor(1, "db")
        self.broken = False
        self._thread.submit(connect, where).result()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in one transaction on the database's thread and wait for it."""
        return self._thread.submit(self._run, partial(function, *args, **kwargs)).result()

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same without blocking the loop. A cancelled await does not stop the transaction."""
        return await asyncio.wrap_future(self._thread.submit(self._run, partial(function, *args, **kwargs)))

    def close(self) -> None:
        self._thread.submit(close).result()
        self._thread.shutdown()

    def _run(self, work: Callable[[], T]) -> T:
        if self.broken:
            raise Unavailable("the database had an I/O error")
        try:
            return attempt(work, self._around)
        except DatabaseError as fault:
            self.broken = self.broken or is_broken(fault)
            raise

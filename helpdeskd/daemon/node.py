"""This machine among those that run one desk: what it may take of the shared work, and how it hears of it.

In: the settings and the open database. Out: whose mails it decides and sends (`claims`, `errands`), how it stores new
mail (`store`), and a bell. `ring` tells the other nodes, at once but for a pause in which rings are one; `heard` is
called on the event loop with what others have rung. With SQLite there is nobody else, and all of it does nothing.
A node whose token keys are not the desk's is refused: what one signs the others could not read.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence

from helpdeskd.config.load import Loaded
from helpdeskd.config.node import MOST_WORKERS, Role
from helpdeskd.daemon import record
from helpdeskd.daemon.arriving import store_of
from helpdeskd.daemon.database import where
from helpdeskd.storage import db
from helpdeskd.storage.bell import Bell
from helpdeskd.storage.claims import claims_of
from helpdeskd.storage.door import Door
from helpdeskd.storage.errands import errands_of

MAIL, OUTBOX = "helpdeskd_mail", "helpdeskd_outbox"
RING_SECONDS = 0.02


class Node:
    """Made once for a daemon. Raises OSError where the state folder cannot be written, and StorageError."""

    def __init__(self, loaded: Loaded, door: Door) -> None:
        settings = loaded.settings
        self._where, self._table, self._door = where(settings), settings.node, door
        lease = settings.node.lease
        self.claims = claims_of(self._where, lease)
        self.errands = errands_of(self._where, lease)
        self.store = store_of(self._where, loaded.config.desk.prefix)
        self.has_clock = False
        self._rung: set[str] = set()
        self._ringing: asyncio.Task[None] | None = None
        self._bell: Bell | None = None

    def does(self, role: Role) -> bool:
        """Whether the configuration gives it that role."""
        return self._table.does(role)

    @property
    def workers(self) -> int:
        """How many worker processes it has: what is configured, or one for each core that it may use.

        On SQLite, which takes one writer at a time, one is all.
        """
        if not self.does("worker"):
            return 0
        return self._table.workers or (min(len(os.sched_getaffinity(0)), MOST_WORKERS) if self._where.url else 1)

    def begin(self, keys: Sequence[bytes]) -> None:
        """Let go of what it had in hand when it ended; part of a transaction. Raises StorageError for other keys."""
        if self._where.url and not record.are_known(keys):
            raise db.StorageError(
                "this node signs reply addresses with other keys than the desk does "
                "(give every node the same state.token_key_file)"
            )
        self.claims.begin()
        self.errands.begin()

    def may_sweep(self) -> bool:
        """Whether this transaction may do what is due; `has_clock` is what it was the last time."""
        self.has_clock = self.does("clock") and self.claims.may_sweep()
        return self.has_clock

    def listen(self, heard: Callable[[str], None]) -> None:
        """Call `heard` on the running loop, until `close`."""
        if self._where.url:
            loop = asyncio.get_running_loop()
            self._bell = Bell(self._where, (MAIL, OUTBOX), lambda channel: _pass_on(loop, heard, channel))
            self._bell.start()

    def ring(self, channel: str) -> None:
        """Tell all nodes, soon."""
        if self._where.url and channel not in self._rung:
            self._rung.add(channel)
            if self._ringing is None or self._ringing.done():
                self._ringing = asyncio.create_task(self._ring())

    def close(self) -> None:
        if self._bell is not None:
            self._bell.stop()
        if self._ringing is not None:
            self._ringing.cancel()

    async def _ring(self) -> None:
        """In a transaction of its own, because one that rings waits for all others that do."""
        while self._rung:
            await asyncio.sleep(RING_SECONDS)
            channels, self._rung = self._rung, set()
            with contextlib.suppress(db.Unavailable):
                await self._door(_announce, channels)


def _announce(channels: set[str]) -> None:
    for channel in sorted(channels):
        db.announce(channel)


def _pass_on(loop: asyncio.AbstractEventLoop, heard: Callable[[str], None], channel: str) -> None:
    """From the bell's thread; a loop that has ended hears nothing."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(heard, channel)

"""The parts of a daemon in one process, on a real database, which can be killed before any statement.

A kill is what is on the disk at that moment: the files are copied while the connection is open, which is then closed,
and the desk starts on the copy as the daemon does. The clock is virtual; what becomes of the mail in hand is said by
who plays.
"""

import shutil
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from helpdeskd.config.load import load
from helpdeskd.daemon.dispatch import Dispatch
from helpdeskd.daemon.office import Office, settle_in
from helpdeskd.daemon.sweep import Sweep
from helpdeskd.daemon.worker import Worker
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.delivery import Result, SmarthostSettings
from helpdeskd.storage import arrivals, backup, db, outbox, restore
from helpdeskd.storage.engine import Where
from helpdeskd.storage.outbox import Queued
from helpdeskd.storage.restore import Restored
from helpdeskd.storage.tables import proxy
from tests.world import VirtualClock

BEGIN = datetime(2026, 10, 24, 9, tzinfo=UTC)
"""The day before the clocks go back."""
SMARTHOST = SmarthostSettings("127.0.0.1", 25, tls="none")
CONFIG = Path(__file__).with_name("desk.toml")


class Killed(BaseException):
    """The process is gone."""


@cache
def office() -> Office:
    return Office(load(CONFIG), keys=(b"0123456789abcdef" * 2,))


@cache
def newborn(folder: Path) -> Path:
    """A desk on which nothing has happened."""
    state = folder / "newborn"
    state.mkdir()
    db.connect(state)
    with db.transaction():
        settle_in(office().loaded, BEGIN)
    db.close()
    return state


class Desk:
    """`in_hand` is the row that is being sent."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lives = folder, 0
        self.clock = VirtualClock(BEGIN)
        self.state = folder / "0"
        shutil.copytree(newborn(folder.parent), self.state)
        self._start()

    def _start(self) -> None:
        db.connect(self.state)
        with db.transaction():
            outbox.recover()
            settle_in(office().loaded, self.clock.now())
        self._worker = Worker(office(), self.clock, lambda _: nullcontext())
        self._sweep = Sweep(office())
        self._dispatch = Dispatch(None, office(), SMARTHOST, self.clock)  # type: ignore[arg-type]  # it is not run
        self.in_hand: Queued | None = None

    # What it does. Each raises Killed when it died of it.

    def takes(self, raw: bytes, sender: str, to: str, source_key: str | None = None) -> None:
        envelope = Envelope(sender, to, self.clock.now(), peer="192.0.2.25", account="mx")
        with db.transaction():
            arrivals.put([arrivals.arrival([envelope], raw, None, source_key)])

    def works(self) -> None:
        while self._worker.work():
            pass

    def ticks(self) -> None:
        with db.transaction():
            self._sweep.run(self.clock.now())

    def sends(self, result: Result | None) -> None:
        """Record what came of the mail in hand, and take the next one."""
        tried = (self.in_hand, result) if self.in_hand and result else None
        self.in_hand = None
        with db.transaction():
            self.in_hand = self._dispatch._turn(True, tried, self.clock.now())

    # What happens to it.

    def dies_at(self, statement: int, work: Callable[[], object]) -> bool:
        """Do it, and die before the n-th statement from here; False when it was done before. It is started again."""
        left = statement

        def execute(_cursor: object, _sql: str, _bindings: object) -> bool:
            nonlocal left
            left -= 1
            if left == 0:
                self._photograph()
                raise Killed
            return True

        proxy.connection().exec_trace = execute
        try:
            work()
        except Killed:
            self._resume()
            return True
        proxy.connection().exec_trace = None
        return False

    def dies(self) -> None:
        self._photograph()
        self._resume()

    def restarts(self) -> None:
        db.close()
        self._start()

    def backs_up(self, name: str) -> Path:
        backup.make(Where(self.state), self._folder / name, "test", self.clock.now(), [], lambda _: None)
        return self._folder / name

    def goes_back_to(self, folder: Path) -> Restored:
        db.close()
        self.clock.at += timedelta(seconds=1)
        restored = restore.put_back(folder, Where(self.state), self.clock.now())
        self._start()
        return restored

    def ends(self) -> None:
        db.close()
        shutil.rmtree(self._folder)

    def _photograph(self) -> None:
        self._lives += 1
        shutil.copytree(self.state, self._folder / str(self._lives))

    def _resume(self) -> None:
        db.close()
        shutil.rmtree(self.state)
        self.state = self._folder / str(self._lives)
        self._start()

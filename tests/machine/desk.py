"""A desk on SQLite which can be killed before any statement.

A kill is what is on the disk at that moment: the files are copied while the connection is open, which is then closed,
and the desk starts on the copy as the daemon does.
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

from helpdeskd.daemon.office import settle_in
from helpdeskd.storage import backup, db, restore
from helpdeskd.storage.claims import Alone as AllMails
from helpdeskd.storage.engine import Where
from helpdeskd.storage.errands import Alone as AllErrands
from helpdeskd.storage.restore import Restored
from helpdeskd.storage.tables import proxy
from tests.machine.parts import BEGIN, Killed, Parts, office
from tests.world import VirtualClock


@cache
def newborn() -> Path:
    """A desk on which nothing has happened; made once."""
    state = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, state)
    db.connect(state)
    with db.transaction():
        settle_in(office().loaded, BEGIN)
    db.close()
    return state


class Desk:
    """What it does is done by its `parts`; here is what happens to it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lives = folder, 0
        self.clock = VirtualClock(BEGIN)
        self.state = folder / "0"
        shutil.copytree(newborn(), self.state)
        self._start()

    def _start(self) -> None:
        db.connect(self.state)
        self.parts = Parts(Where(self.state), self.clock, AllMails(), AllErrands())

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
        self._stop()
        self._start()

    def backs_up(self, name: str) -> Path:
        backup.make(Where(self.state), self._folder / name, "test", self.clock.now(), [], lambda _: None)
        return self._folder / name

    def goes_back_to(self, folder: Path) -> Restored:
        self._stop()
        self.clock.at += timedelta(seconds=1)
        restored = restore.put_back(folder, Where(self.state), self.clock.now())
        self._start()
        return restored

    def ends(self) -> None:
        self._stop()
        shutil.rmtree(self._folder)

    def _stop(self) -> None:
        self.parts.ends()
        db.close()

    def _photograph(self) -> None:
        self._lives += 1
        shutil.copytree(self.state, self._folder / str(self._lives))

    def _resume(self) -> None:
        self._stop()
        shutil.rmtree(self.state)
        self.state = self._folder / str(self._lives)
        self._start()

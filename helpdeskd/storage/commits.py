"""How long commits take in this process: the time in which a disk, or a database server, makes a transaction last.

In: the seconds of each commit. Out: how many took at most so long, for a histogram. A commit of less than `EMPTY` had
nothing to write and is not counted. May be called from any thread.
"""

import threading
from collections.abc import Sequence

EMPTY = 0.0001
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds."""


class Times:
    """`counts` has those within each bound and over the one before, then those over all; `total` is their seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """A commit has taken so long."""
        if seconds >= EMPTY:
            place = sum(seconds > bound for bound in BOUNDS)
            self.put([int(at == place) for at in range(len(self.counts))], seconds)

    def put(self, counts: Sequence[int], total: float) -> None:
        """Those that another process has counted. Raises ValueError for what is none of ours."""
        with self._lock:
            self.counts = [mine + theirs for mine, theirs in zip(self.counts, counts, strict=True)]
            self.total += total

    def take(self) -> tuple[list[int], float]:
        """What was counted since it was taken last."""
        with self._lock:
            taken = self.counts, self.total
            self.counts, self.total = [0] * len(self.counts), 0.0
        return taken


OURS = Times()

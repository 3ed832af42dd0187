"""Two nodes of one desk on PostgreSQL, each with a connection of its own; one of them is at turn.

A node that dies is killed before a statement: its transaction is rolled back, as the server does for a client that is
gone, and the node starts again as the daemon does. A node that is silent is one whose leases have run out; the other
does not wait for it. All that a node does happens while the other stands still, between two of its transactions.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from helpdeskd.storage import claims, db, errands
from helpdeskd.storage.engine import Where
from helpdeskd.storage.inbox import Received
from helpdeskd.storage.tables import proxy
from tests.machine.parts import BEGIN, Killed, Parts
from tests.servers.postgres import fresh, the_server
from tests.world import VirtualClock

LEASE = 3600.0
LONG_AGO = "2000-01-01T00:00:00.000000Z"
_SILENT = "UPDATE {} SET lease_until = :then WHERE starts_with(claimed_by, :node)"


class Node:
    """One of them. `database` is its connection; its parts are those of its life."""

    def __init__(self, where: Where, clock: VirtualClock) -> None:
        self.where, self._clock = where, clock
        self.start()

    def start(self) -> None:
        db.connect(self.where)
        self.database = proxy.obj
        name = self.where.node
        self.parts = Parts(self.where, self._clock, claims.Leased(name, LEASE), errands.Leased(name, LEASE))

    def end(self) -> None:
        self.parts.ends()
        self.database.close()


class Nodes:
    """`parts` are those of the node at turn, to which everything happens."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder, self.clock = folder, VirtualClock(BEGIN)
        where = fresh(folder)
        self._name = urlsplit(where.url).path.strip("/")
        self._other, self._node = (Node(replace(where, node=name), self.clock) for name in ("one", "two"))

    @property
    def parts(self) -> Parts:
        return self._node.parts

    def turns(self) -> None:
        """The other one is at turn."""
        self._node, self._other = self._other, self._node
        proxy.initialize(self._node.database)

    @contextmanager
    def stopped(self, meanwhile: Callable[[], None]) -> Iterator[None]:
        """Within it the node at turn is stopped over the first mail of its worker, while something happens."""
        parts, left = self.parts, [meanwhile]

        @contextmanager
        def over(_row: Received) -> Iterator[None]:
            if left:
                self.turns()
                left.pop()()
                self.turns()
            yield

        before, parts.over = parts.over, over
        yield
        parts.over = before

    def other_is_silent(self) -> None:
        """For longer than its lease: what it has in hand is free."""
        with db.transaction():
            for table in ("inbox", "outbox"):
                proxy.execute_sql(_SILENT.format(table), {"then": LONG_AGO, "node": f"{self._other.where.node}/"})
            self.parts.errands.keep()

    def dies_at(self, statement: int, work: Callable[[], object]) -> bool:
        """Do it, and die before the n-th statement from here; False when it was done before. It is started again."""
        left = statement

        class Dying(psycopg.RawCursor[tuple[object, ...]]):
            def execute(self, query, *arguments, **options):  # type: ignore[no-untyped-def]
                nonlocal left
                left -= 1
                if left == 0:
                    raise Killed
                return super().execute(query, *arguments, **options)

        connection = proxy.connection()
        connection.cursor_factory = Dying
        try:
            work()
        except Killed:
            self.dies()
            return True
        connection.cursor_factory = psycopg.RawCursor
        return False

    def dies(self) -> None:
        """It says nothing to anybody."""
        self.restarts()

    def restarts(self) -> None:
        self._node.end()
        self._node.start()

    def ends(self) -> None:
        for node in (self._node, self._other):
            node.end()
        the_server().execute(f"DROP DATABASE {self._name} WITH (FORCE)")
        shutil.rmtree(self._folder)

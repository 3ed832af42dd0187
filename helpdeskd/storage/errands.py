"""Who sends which mails of the outbox: all of them the only daemon of SQLite (`Alone`), or nodes by claims (`Leased`).

    queued ──claim──▶ sending ──the transaction that records the try, which asks `holds`──▶ sent, queued, failed
      ▲                  │
      └── `uncertain` ───┴── begin: the node starts anew · keep: the lease ran out, so its node is silent

A node takes one row of a lane at a time, which no other node is taking just then (SKIP LOCKED), and renews the lease
while it has the row in hand, however long the other side takes. So a row is taken from a node only when it is dead or
was stopped for longer than the lease; nobody knows then whether the mail has arrived (P4), and what the node records
afterwards counts for nothing. A row of its own that a lane does not know of is one whose claim was committed when the
connection was lost: it was never tried, and is taken first.
"""

from datetime import datetime
from typing import Protocol

from helpdeskd.storage import counter, outbox
from helpdeskd.storage.claims import NOW, UNTIL, node_of
from helpdeskd.storage.engine import Where
from helpdeskd.storage.outbox import Queued
from helpdeskd.storage.tables import proxy, stamp

REMEMBERED = 16
"""Claims: more than are in hand, as a transaction that is tried again takes others."""
BEATS = 3
"""How often a lease is renewed before it would run out."""
_LANES = {True: "AND channel IN ('mail', 'sms')", False: "AND channel NOT IN ('mail', 'sms')"}
_FORGOTTEN = "SELECT id FROM outbox WHERE status = 'sending' AND claimed_by = :holder LIMIT 1"
_DUE = """
SELECT id FROM outbox WHERE status = 'queued' AND next_at <= :now {}
ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"""
_CLAIM = f"""
UPDATE outbox SET status = 'sending', claim = :claim, claimed_by = :holder, lease_until = {UNTIL}
WHERE id = :id"""  # noqa: S608
_HOLDS = "SELECT 1 FROM outbox WHERE id = :id AND status = 'sending' AND claim = :claim"
_RENEW = f"UPDATE outbox SET lease_until = {UNTIL} WHERE status = 'sending' AND starts_with(claimed_by, :node)"  # noqa: S608
_FREE = "UPDATE outbox SET status = 'queued', uncertain = TRUE WHERE status = 'sending' AND "


class Errands(Protocol):
    """What one node sends. `beat` is the pause between two calls of `keep` in seconds, None for no call."""

    beat: float | None

    def begin(self) -> None:
        """Queue again what this node was sending when it ended."""

    def claim(self, now: datetime, by_mail: bool) -> Queued | None:
        """Take the row that has been due longest, for a lane that has none in hand; `by_mail`: for the smarthost."""

    def holds(self, outbox_id: int) -> bool:
        """Whether a row is still ours to record; part of the transaction that does."""

    def keep(self) -> int:
        """Renew the leases of what is in hand, and queue again what others do not keep: how many rows those are."""


class Alone:
    """Of the only daemon."""

    beat: float | None = None

    def begin(self) -> None:
        outbox.recover()

    def claim(self, now: datetime, by_mail: bool) -> Queued | None:
        return next(iter(outbox.claim(now, 1, by_mail)), None)

    def holds(self, _outbox_id: int) -> bool:
        return True

    def keep(self) -> int:
        return 0


class Leased:
    """Of a node that has this name alone; `lease` is in seconds."""

    def __init__(self, node: str, lease: float) -> None:
        self._node, self._lease = node, lease
        self.beat: float | None = lease / BEATS
        self._claims: dict[int, int] = {}

    def begin(self) -> None:
        proxy.execute_sql(f"{_FREE} starts_with(claimed_by, :node)", {"node": f"{self._node}/"})

    def claim(self, now: datetime, by_mail: bool) -> Queued | None:
        holder = f"{self._node}/{'mail' if by_mail else 'pages'}"
        found = proxy.execute_sql(_FORGOTTEN, {"holder": holder}).fetchone()
        found = found or proxy.execute_sql(_DUE.format(_LANES[by_mail]), {"now": stamp(now, "now")}).fetchone()
        if found is None:
            return None
        number = counter.count("claim")
        proxy.execute_sql(_CLAIM, {"id": found[0], "claim": number, "holder": holder, "seconds": self._lease})
        self._claims = {**dict(list(self._claims.items())[-REMEMBERED:]), found[0]: number}
        return outbox.get(found[0])

    def holds(self, outbox_id: int) -> bool:
        claim = {"id": outbox_id, "claim": self._claims.get(outbox_id, 0)}
        return proxy.execute_sql(_HOLDS, claim).fetchone() is not None

    def keep(self) -> int:
        proxy.execute_sql(_RENEW, {"node": f"{self._node}/", "seconds": self._lease})
        silent = proxy.execute_sql(f"{_FREE} lease_until < {NOW}")
        return int(proxy.rows_affected(silent))


def errands_of(where: Where, lease: float) -> Errands:
    """Those of this node, over the database that is open; `lease` is in seconds."""
    return Leased(node_of(where), lease) if where.url else Alone()

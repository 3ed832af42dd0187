"""Who decides which queued mails: everything for the one worker of SQLite (`Alone`), claims among many (`Leased`).

    free ──take──▶ in hand ──the deciding transaction, which asks `holds`──▶ done, held, failed
      ▲              │
      └── give_back: its worker has died, or its node starts · the lease ran out: its node is silent

`take` looks at the first mails in the order of their acceptance, under a lock that only claimants know, and
takes what `domain.conversation.choose` says. A claim has a number that is never given again, and a lease by the
database's clock. The lease says when others may take the mail; the number says who may decide it: a worker that wakes
up after its lease finds another number, or its transaction loses to the one that was first (P3). What a worker has not
decided when it takes again is its own to take. Raises Unavailable; nothing was taken then.
"""

import os
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from helpdeskd.domain.conversation import Waiting, choose
from helpdeskd.storage import counter, db, inbox, objects
from helpdeskd.storage.codec import array
from helpdeskd.storage.conversations import kept
from helpdeskd.storage.engine import Where
from helpdeskd.storage.inbox import IN_ORDER, Received
from helpdeskd.storage.tables import proxy, stamp

WINDOWS = 256, 8192
"""So many mails are looked at; the second number where all of the first belong to what others have in hand."""
CLAIMS, CLOCK = 1, 2
"""Locks: of who takes mail, and of who does what is due."""
LOCKS = 0x68656C70
PATIENCE = "5s"
"""The server ends the session of a process that was stopped with the lock of the claimants."""
MARK = "node"
MARK_BYTES = 4
FORM = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""
NOW = f"to_char(clock_timestamp() AT TIME ZONE 'UTC', {FORM})"
UNTIL = f"to_char(clock_timestamp() AT TIME ZONE 'UTC' + :seconds * interval '1 second', {FORM})"
"""The database's time, and when a lease of so many seconds runs out, as instants are stored."""

_FRESH = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
_LOCK = f"""
SELECT set_config('idle_in_transaction_session_timeout', :patience, TRUE), pg_advisory_xact_lock({LOCKS}, {CLAIMS})"""
_TRY_CLOCK = f"SELECT pg_try_advisory_xact_lock({LOCKS}, {CLOCK})"
_WINDOW = """
SELECT inbox.id, raw.size, inbox.keys, {free}, EXISTS (
    SELECT 1 FROM inbox AS earlier
    WHERE earlier.author = inbox.author AND inbox.author <> '' AND earlier.position < inbox.position
        AND earlier.check_at BETWEEN :since AND :now AND earlier.check_tries = 0)
    OR raw.stored_in <> '' AND NOT :reachable
FROM inbox JOIN raw ON raw.id = inbox.raw_id
WHERE inbox.status = 'queued' AND inbox.check_at IS NULL
ORDER BY inbox.position LIMIT :window"""
_WINDOW_OF_ALL = _WINDOW.format(free="TRUE")
_WINDOW_OF_FREE = _WINDOW.format(free=f"inbox.claimed_by = :me OR coalesce(inbox.lease_until, '') < {NOW}")
_HOLD_STILL = """
SELECT id FROM inbox WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids)) AND status = 'queued'
FOR UPDATE SKIP LOCKED"""
_CLAIM = f"""
UPDATE inbox SET claim = :claim, claimed_by = :me, lease_until = {UNTIL}
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids))"""  # noqa: S608
_RENEW = f"UPDATE inbox SET lease_until = {UNTIL} WHERE claim = :claim AND status = 'queued'"  # noqa: S608
_HELD = """
SELECT id FROM inbox WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids)) AND status = 'queued'
    AND claim = :claim"""
_GIVE_BACK = "UPDATE inbox SET claim = 0, claimed_by = '', lease_until = NULL WHERE status = 'queued' AND"


class Claims(Protocol):
    """Of one process of a node: a worker's, which takes mail, or the supervisor's.

    `waits` is how many seconds a worker may have to wait for others while it decides a mail.
    """

    waits: float

    def take(self, most: int, max_bytes: int, now: datetime, aside: Collection[int] = ()) -> list[Received]:
        """The next mails to decide, `at_hand`: at most so many and, but for one, so large.

        None of those that are put `aside`, or in a bucket that cannot be reached, and none behind one of them.
        """

    def last(self, seconds: float) -> None:
        """Keep what was taken for so long at least."""

    def holds(self, *ids: int) -> Collection[int]:
        """Those of the mails that wait and are ours to decide; part of the transaction that decides."""

    def give_back(self, process: int) -> None:
        """Let others take what a worker of this node had in hand that has died."""

    def begin(self) -> None:
        """Let others take what this node had in hand when it ended."""

    def may_sweep(self) -> bool:
        """Whether this transaction may do what is due: one at a time does, on whichever node it is."""


class Alone:
    """Of the only worker, to whom every mail belongs."""

    waits = 0.0

    def take(self, most: int, max_bytes: int, now: datetime, aside: Collection[int] = ()) -> list[Received]:
        with db.transaction():
            if objects.is_reachable() and not aside:
                return inbox.next_queued(most, max_bytes, now)
            look = partial(_waiting, _WINDOW_OF_ALL, now, aside)
            return inbox.all_at_hand(_chosen(look, partial(_ids, most, max_bytes)))

    def last(self, _seconds: float) -> None:
        """Nobody else takes them."""

    def holds(self, *ids: int) -> Collection[int]:
        return inbox.still_queued(ids)

    def give_back(self, _process: int) -> None:
        """The next worker takes everything anyhow."""

    def begin(self) -> None:
        """As it is."""

    def may_sweep(self) -> bool:
        return True


class Leased:
    """Of a process of `node`, which no other node is called; `lease` is in seconds."""

    waits = 2.0 * db.BUSY_SECONDS

    def __init__(self, node: str, lease: float, process: int | None = None) -> None:
        self._node, self._lease = node, lease
        self._me = f"{node}/{process or os.getpid()}"
        self._claim, self._until = 0, 0.0

    def take(self, most: int, max_bytes: int, now: datetime, aside: Collection[int] = ()) -> list[Received]:
        chosen = db.attempt(lambda: self._take(most, max_bytes, now, aside))
        with db.transaction():
            return inbox.all_at_hand(chosen)

    def last(self, seconds: float) -> None:
        began = time.monotonic()
        if self._claim and self._until - began < seconds:
            lease = max(self._lease, seconds)
            renewal = {"claim": self._claim, "seconds": lease}
            db.attempt(lambda: proxy.execute_sql(_RENEW, renewal))
            self._until = began + lease

    def holds(self, *ids: int) -> Collection[int]:
        rows = proxy.execute_sql(_HELD, {"ids": array(ids), "claim": self._claim}).fetchall()
        return {number for (number,) in rows}

    def give_back(self, process: int) -> None:
        proxy.execute_sql(f"{_GIVE_BACK} claimed_by = :holder", {"holder": f"{self._node}/{process}"})

    def begin(self) -> None:
        proxy.execute_sql(f"{_GIVE_BACK} starts_with(claimed_by, :holder)", {"holder": f"{self._node}/"})

    def may_sweep(self) -> bool:
        return bool(proxy.execute_sql(_TRY_CLOCK).fetchone()[0])

    def _take(self, most: int, max_bytes: int, now: datetime, aside: Collection[int]) -> list[int]:
        # Each statement sees what was committed when it began: those who had the lock before have.
        proxy.execute_sql(_FRESH)
        proxy.execute_sql(_LOCK, {"patience": PATIENCE})
        began = time.monotonic()
        chosen = self._chosen(most, max_bytes, now, aside)
        if chosen:
            self._claim = counter.count("claim")
            claim = {"claim": self._claim, "me": self._me, "seconds": self._lease, "ids": array(chosen)}
            proxy.execute_sql(_CLAIM, claim)
            self._until = began + self._lease
        return chosen

    def _chosen(self, most: int, max_bytes: int, now: datetime, aside: Collection[int]) -> list[int]:
        look = partial(_waiting, _WINDOW_OF_FREE, now, aside, me=self._me)
        return _chosen(look, partial(self._first, most, max_bytes))

    def _first(self, most: int, max_bytes: int, waiting: Sequence[Waiting]) -> list[int]:
        """A row that another transaction changes just now is as good as in its hand."""
        changing = frozenset[int]()
        while True:
            seen = [replace(mail, free=mail.free and mail.id not in changing) for mail in waiting]
            chosen = _ids(most, max_bytes, seen)
            still = {number for (number,) in proxy.execute_sql(_HOLD_STILL, {"ids": array(chosen)}).fetchall()}
            if still.issuperset(chosen):
                return chosen
            changing |= set(chosen) - still


def _chosen(look: Callable[[int], list[Waiting]], choose: Callable[[Sequence[Waiting]], list[int]]) -> list[int]:
    """What is chosen of the first mails that wait; `look` returns so many of them."""
    for window in WINDOWS:
        waiting = look(window)
        chosen = choose(waiting)
        if chosen or len(waiting) < window:
            return chosen
    return []


def _waiting(query: str, now: datetime, aside: Collection[int], most: int, **values: object) -> list[Waiting]:
    window = {"now": stamp(now, "now"), "since": stamp(now - IN_ORDER, "since"), "window": most, **values}
    rows = proxy.execute_sql(query, window | {"reachable": objects.is_reachable()}).fetchall()
    return [
        Waiting(number, size, kept(keys), bool(free and not behind) and number not in aside)
        for number, size, keys, free, behind in rows
    ]


def _ids(most: int, max_bytes: int, waiting: Sequence[Waiting]) -> list[int]:
    return [mail.id for mail in choose(waiting, most, max_bytes)]


def claims_of(where: Where, lease: float) -> Claims:
    """Those of this process, over the database that is open; `lease` is in seconds."""
    return Leased(node_of(where), lease) if where.url else Alone()


def node_of(where: Where) -> str:
    """What a node is called in claims: by its name, and a mark in its state folder, which one daemon at a time has.

    So what a node of that name had in hand when it starts is nobody's. Raises OSError.
    """
    mark = where.state / MARK
    if not mark.exists():
        mark.write_text(f"{secrets.token_hex(MARK_BYTES)}\n")
    return f"{where.node}.{mark.read_text().strip()}"

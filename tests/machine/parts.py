"""The parts of a daemon in one process and on one connection, on a virtual clock: what every desk of the machine does.

Mail comes by SMTP or from a mailbox, the worker decides it, the clock ticks, and what came of the mail in hand is
recorded. Who plays says what becomes of the mail in hand. Whatever is done raises Killed where the process died of it,
and Unavailable where the database did not do it.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar

from helpdeskd.config.load import load
from helpdeskd.daemon.arriving import store_of
from helpdeskd.daemon.dispatch import Dispatch
from helpdeskd.daemon.intake import Intake
from helpdeskd.daemon.office import Office, settle_in
from helpdeskd.daemon.sweep import Sweep
from helpdeskd.daemon.worker import Worker
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.delivery import Result, SmarthostSettings
from helpdeskd.mail.imap_poll import Fetched
from helpdeskd.storage import db
from helpdeskd.storage.claims import Claims
from helpdeskd.storage.engine import Where
from helpdeskd.storage.errands import Errands
from helpdeskd.storage.inbox import Received
from helpdeskd.storage.outbox import Queued
from tests.machine.smtp import Cut, hands_over
from tests.world import VirtualClock

BEGIN = datetime(2026, 10, 24, 9, tzinfo=UTC)
"""The day before the clocks go back."""
SMARTHOST = SmarthostSettings("127.0.0.1", 25, tls="none")
CONFIG = Path(__file__).with_name("desk.toml")
P = ParamSpec("P")
T = TypeVar("T")


class Killed(BaseException):
    """The process is gone."""


@cache
def office() -> Office:
    return Office(load(CONFIG), keys=(b"0123456789abcdef" * 2,))


class Doorless:
    """To the database without a thread of its own, so that a kill ends whoever goes there."""

    broken = False

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return db.attempt(lambda: function(*args, **kwargs))

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return self.call(function, *args, **kwargs)


class Parts:
    """Of one process. `in_hand` is the row that it is sending; `over` surrounds the work on each mail."""

    def __init__(self, where: Where, clock: VirtualClock, claims: Claims, errands: Errands) -> None:
        """The database is open; what it had in hand when it ended is free again."""
        with db.transaction():
            claims.begin()
            errands.begin()
            settle_in(office().loaded, clock.now())
        door, keep = Doorless(), store_of(where, office().loaded.desk.prefix)
        self.clock, self.errands = clock, errands
        self.in_hand: Queued | None = None
        self.over: Callable[[Received], AbstractContextManager[None]] = lambda _: nullcontext()
        self._loop = asyncio.Runner()
        self._intake = Intake(door, where.state, 0, 0, lambda: None, keep=keep)  # type: ignore[arg-type]  # Doorless
        self._worker = Worker(office(), clock, lambda row: self.over(row), claims)
        self._sweep, self._claims = Sweep(office()), claims
        self._dispatch = Dispatch(door, office(), SMARTHOST, clock, errands)  # type: ignore[arg-type]

    def takes(self, raw: bytes, sender: str, to: str, cut: Cut = Cut.NOWHERE) -> bool:
        """By SMTP; whether the relay heard that the mail was taken."""
        return self._loop.run(hands_over(self._intake.accept, self.clock.now, raw, sender, to, cut))

    def fetches(self, raw: bytes, sender: str, to: str, source_key: str) -> None:
        """From a mailbox."""
        envelope = Envelope(sender, to, self.clock.now(), peer="192.0.2.25", account="mx")
        self._intake.put([Fetched(envelope, raw, source_key)])

    def works(self) -> None:
        while self._worker.work():
            pass

    def ticks(self) -> None:
        with db.transaction():
            if self._claims.may_sweep():
                self._sweep.run(self.clock.now())

    def sends(self, result: Result | None) -> None:
        """Record what came of the mail in hand, and take the next one."""
        tried = (self.in_hand, result) if self.in_hand and result else None
        self.in_hand = None
        with db.transaction():
            self.in_hand = self._dispatch._turn(True, tried, self.clock.now())

    def ends(self) -> None:
        """Nothing of it is left; what waited on its loop is gone."""
        self._loop.close()

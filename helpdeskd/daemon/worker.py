"""The worker process: takes queued mail, decides it, commits. Hostile input is parsed here and nowhere else.

    supervisor ──stdin──▶ worker     `clock SECONDS`: how far our clock is from the system's; any line: look again
    worker ──stdout──▶ supervisor    `begin ID`, `end ID`: which mail is in hand; `idle`: nothing is queued

A batch is parsed, then decided in one transaction; when that fails it is taken again mail by mail, so one bad mail
costs itself only (P8): it gets a strike. A mail that uses up its processor time (2 s and 1 s per 10 MiB) or its memory
ends this process; the supervisor, which knows what was in hand, strikes it and starts another. The end of stdin means
that the supervisor is gone or drains: the worker finishes what it has in hand and exits.
"""

import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

from helpdeskd.config.load import load
from helpdeskd.daemon import log
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.turn import decide
from helpdeskd.domain.message import Message
from helpdeskd.mail.parse import parse
from helpdeskd.storage import db, inbox
from helpdeskd.storage.inbox import Received

BATCH = 16
BATCH_BYTES = 8 << 20
LOOK_SECONDS = 1.0
BACK_OFF_SECONDS = 1.0
CPU_SECONDS = 2.0
CPU_BYTES = 10 << 20


InHand = Callable[[Received], AbstractContextManager[None]]


class Worker:
    """One worker over the database of this process; `in_hand` surrounds the work on each mail."""

    def __init__(self, office: Office, clock: Clock, in_hand: InHand) -> None:
        self.office, self.clock, self._in_hand = office, clock, in_hand

    def work(self) -> int:
        """Decide a batch of queued mails; how many there were. A database that is not available costs no mail a strike."""
        try:
            with db.transaction():
                rows = inbox.next_queued(BATCH, BATCH_BYTES)
            self._batch([(row, self._parsed(row)) for row in rows])
        except db.Unavailable as fault:
            log.alarm(what="database not available", detail=str(fault))
            time.sleep(BACK_OFF_SECONDS)
            return 0
        return len(rows)

    def _parsed(self, row: Received) -> Message:
        with self._in_hand(row):
            return parse(row.raw)

    def _batch(self, parsed: list[tuple[Received, Message]]) -> None:
        try:
            self._turn(parsed)
        except db.Unavailable:
            raise
        except Exception:
            for one in parsed:
                self._alone(*one)

    def _turn(self, parsed: Iterable[tuple[Received, Message]]) -> None:
        with db.transaction():
            post = self.office.post()
            for row, message in parsed:
                with self._in_hand(row):
                    decide(row, message, post, self.clock.now())

    def _alone(self, row: Received, message: Message) -> None:
        try:
            self._turn([(row, message)])
        except db.Unavailable:
            raise
        except Exception as fault:
            with db.transaction():
                failed = inbox.strike(row.id, f"{type(fault).__name__}: {fault}", self.clock.now())
            log.struck(inbox_id=row.id, reason=repr(fault), failed=failed)


class Orders:
    """What the supervisor says on our standard input, line by line."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._rest = descriptor, b""
        self.ended = False

    def heard(self, timeout: float) -> list[str]:
        """The lines that came within `timeout` seconds; sets `ended` at the end of input."""
        if not select.select([self._descriptor], [], [], timeout)[0]:
            return []
        read = os.read(self._descriptor, 4096)
        self.ended = not read
        *lines, self._rest = (self._rest + read).split(b"\n")
        return [line.decode() for line in lines]


def main(config: str) -> int:
    """The child's whole life: until the supervisor ends it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    loaded = load(Path(config))
    office = Office(loaded)
    log.setup(loaded.settings.log_level, office.mark)
    limit = loaded.settings.worker_memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    db.connect(loaded.settings.state)
    _serve(Worker(office, Clock(), _in_hand), Orders(sys.stdin.fileno()))
    db.close()
    return 0


def _serve(worker: Worker, orders: Orders) -> None:
    busy = True
    while True:
        for line in orders.heard(0 if busy else LOOK_SECONDS):
            word, _, value = line.partition(" ")
            if word == "clock":
                worker.clock.offset = timedelta(seconds=float(value))
        if orders.ended:
            return
        busy = worker.work() > 0
        if not busy:
            _say("idle")


@contextmanager
def _in_hand(row: Received) -> Iterator[None]:
    """Tell the supervisor which mail we work on, and die rather than use more processor time on it than it is worth."""
    _say(f"begin {row.id} {row.size}")
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS + row.size / CPU_BYTES)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        _say(f"end {row.id}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

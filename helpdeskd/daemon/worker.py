"""The worker process: takes queued mail, decides it, commits. Hostile input is parsed here and nowhere else.

    supervisor ──stdin──▶ worker     the office, then lines: `clock SECONDS`, how far our clock is from the system's;
                                     `wake`, look again
    worker ──stdout──▶ supervisor    `begin ID SIZE`, `end ID`: which mail is in hand; `idle`: nothing is queued;
                                     `told JSON`: what the log told meanwhile, for the supervisor to count

A batch is parsed, then decided, a few mails in one transaction; when that fails they are taken again mail by mail, so
one bad mail costs itself only (P8): it gets a strike. A turn that lost to another one is tried again in a moment. What
is in a bucket is read between turns and never in one, and a mail that has to wait for it keeps its place before its
conversation. A mail that uses up its processor time (2 s and 1 s per 10 MiB) or the memory ends this process; the
supervisor, which knows what was in hand, strikes it and starts another. The end of stdin means that the supervisor is
gone or wants us to end: what is in hand is finished, and no more begun. A row is decided only if it is ours in the
transaction that decides (`storage.claims`), so a worker that outlives its supervisor, or its lease, repeats nothing
(P3).
"""

import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from helpdeskd.daemon import heap, log, tally
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.database import where
from helpdeskd.daemon.letters import Post
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.turn import decide
from helpdeskd.daemon.twins import as_decided
from helpdeskd.daemon.wire import CPU_BYTES, CPU_SECONDS, DONE, FAULT, IO_ERROR, LENGTH_BYTES, NO_MEMORY, longest
from helpdeskd.domain.message import Message
from helpdeskd.failpoint import reach
from helpdeskd.mail.parse import parse
from helpdeskd.storage import db, inbox, objects
from helpdeskd.storage.claims import Alone, Claims, claims_of
from helpdeskd.storage.inbox import Received

BATCH = 16
TOGETHER = 4
"""So many are decided in one transaction: mail that comes meanwhile is stored between two of them."""
BATCH_BYTES = 8 << 20
LOOK_SECONDS = 1.0
BACK_OFF_SECONDS = 1.0

InHand = Callable[[Received], AbstractContextManager[None]]


class Worker:
    """One worker over the database of this process; `in_hand` surrounds the work on each mail."""

    def __init__(self, office: Office, clock: Clock, in_hand: InHand, claims: Claims | None = None) -> None:
        self.office, self.clock, self._in_hand = office, clock, in_hand
        self._claims = claims or Alone()
        self._until = dict[int, float]()
        """When those that wait for the bucket are worth trying again, by the monotonic clock."""

    def work(self) -> int:
        """Decide a batch of queued mails; how many there were.

        A database that is not available costs no mail a strike. Raises when it is not to be trusted any more.
        """
        try:
            rows = self._claims.take(BATCH, BATCH_BYTES, self.clock.now(), self._aside())
            reach("worker.taken")
            if parsed := [(row, message) for row in self._brought(rows) if (message := self._parsed(row))]:
                self._batch(parsed)
        except db.Unavailable as fault:
            if db.is_broken(fault):
                raise
            log.alarm(what="database not available", detail=str(fault))
            time.sleep(BACK_OFF_SECONDS)
            return 0
        return len(rows)

    def _parsed(self, row: Received) -> Message | None:
        self._claims.last(longest(row.size))
        try:
            with self._in_hand(row):
                if not row.is_whole:
                    raise ValueError("the stored bytes are not those that came (a backup may have them)")
                return parse(row.raw)
        except Exception as fault:
            self._strike(row, fault)
            return None

    def _brought(self, rows: Sequence[Received]) -> Iterator[Received]:
        """With their bytes, wherever these are, up to one whose bucket cannot be reached: its conversation waits."""
        for row in rows:
            try:
                whole = inbox.whole(row)
            except objects.Unreachable as fault:
                self._put_aside(row, fault)
                return
            yield whole

    def _batch(self, parsed: list[tuple[Received, Message]]) -> None:
        """Up to one that is not ours now: what follows it in its conversation must not be decided before it."""
        reach("worker.parsed")
        all(self._together(parsed[begin : begin + TOGETHER]) for begin in range(0, len(parsed), TOGETHER))

    def _together(self, parsed: Sequence[tuple[Received, Message]]) -> bool:
        """Decide some mails in one transaction, or else one by one; False as `_turn`."""
        try:
            return self._turn(parsed, {})
        except Exception as fault:
            if isinstance(fault, db.Unavailable) and not db.is_passing(fault):
                raise
            return all(self._alone(*one) for one in parsed)

    def _turn(self, parsed: Sequence[tuple[Received, Message]], found: objects.Found) -> bool:
        """Decide mails in their order; False when it came to one that is not ours any more, and stopped.

        Raises Wanted where one needs the bytes of another that are in the bucket.
        """
        self._claims.last(sum(longest(row.size) for row, _ in parsed))
        ids = [row.id for row, _ in parsed]
        with objects.beforehand(found), log.once_committed(), db.transaction():
            ours, copied, post = self._claims.holds(*ids), inbox.copied(ids), self.office.post()
            for row, message in parsed:
                if row.id not in ours:
                    return False
                self._decide(row, message, post, row.id in copied)
        return True

    def _decide(self, row: Received, message: Message, post: Post, is_copied: bool) -> None:
        with self._in_hand(row):
            # A clock that was moved meanwhile must not decide a mail before it came.
            now = max(self.clock.now(), row.envelope.received_at)
            mail = as_decided(row, message, post, now) if is_copied else row
            if mail is not None:
                decide(mail, message, post, now)
                reach("worker.decided")

    def _alone(self, row: Received, message: Message) -> bool:
        """Decide one mail, again when others were first; whether it was ours, and has had its turn."""
        for tried in range(db.TRIES):
            try:
                return self._once_found(row, message)
            except objects.Unreachable as fault:
                self._put_aside(row, fault)
                return False
            except Exception as fault:
                if tried == db.TRIES - 1 or not db.is_passing(fault):
                    self._blame(row, fault)
                    break
            db.pause(tried)
        return True

    def _once_found(self, row: Received, message: Message) -> bool:
        """Its turn, again for each mail in the bucket that it turns out to need: none is read while its time runs."""
        found: objects.Found = {}
        while True:
            try:
                return self._turn([(row, message)], found)
            except objects.Wanted as wanted:
                objects.fetch(str(wanted), found)

    def _blame(self, row: Received, fault: Exception) -> None:
        """A mail over which a turn failed gets a strike, but not for trouble of the database."""
        if isinstance(fault, db.Unavailable):
            raise fault
        self._strike(row, fault)

    def _put_aside(self, row: Received, fault: objects.Unreachable) -> None:
        """Its bytes, or those of a mail that its turn needs, cannot be had now; its place in the queue is kept."""
        log.alarm(what="bucket not available", detail=str(fault))
        self._until[row.id] = time.monotonic() + objects.PAUSE_SECONDS

    def _aside(self) -> Collection[int]:
        self._until = {number: until for number, until in self._until.items() if until > time.monotonic()}
        return self._until.keys()

    def _strike(self, row: Received, fault: Exception) -> None:
        with db.transaction(), self._in_hand(row):
            if not self._claims.holds(row.id):
                return
            failed = inbox.strike(row.id, f"{type(fault).__name__}: {fault}", self.clock.now())
            reach("worker.struck")
        log.struck(inbox_id=row.id, reason=log.told(fault), failed=failed)


class Orders:
    """What the supervisor says on our standard input: the office, then line by line."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._rest = descriptor, b""
        self.ended = False

    def office(self) -> Office:
        """What to decide by. Raises EOFError when the supervisor is gone."""
        return Office.unpacked(self._exactly(int.from_bytes(self._exactly(LENGTH_BYTES))))

    def heard(self, timeout: float) -> list[str]:
        """The lines that came within `timeout` seconds; sets `ended` at the end of input."""
        if not select.select([self._descriptor], [], [], timeout)[0]:
            return []
        read = os.read(self._descriptor, 4096)
        self.ended = not read
        *lines, self._rest = (self._rest + read).split(b"\n")
        return [line.decode() for line in lines]

    def _exactly(self, size: int) -> bytes:
        read = bytearray()
        while len(read) < size:
            block = os.read(self._descriptor, size - len(read))
            if not block:
                raise EOFError
            read += block
        return bytes(read)


def main() -> int:
    """The child's whole life: until the supervisor ends it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    heap.give_back_large()
    orders = Orders(sys.stdin.fileno())
    try:
        office = orders.office()
    except EOFError:
        return DONE
    settings = office.loaded.settings
    log.setup(settings.log_level, office.mark)
    resource.setrlimit(resource.RLIMIT_AS, (settings.worker_memory, settings.worker_memory))
    try:
        database = where(settings)
        db.connect(database)
        claims = claims_of(database, settings.node.lease)
        _serve(Worker(office, Clock(), _in_hand, claims), orders)
        db.close()
    except Exception as fault:
        log.alarm(what="worker failed", detail=log.told(fault))
        return IO_ERROR if db.is_broken(fault) else FAULT
    return DONE


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
        if told := tally.OURS.take():
            _say(f"told {told}")
        if not busy:
            _say("idle")


@contextmanager
def _in_hand(row: Received) -> Iterator[None]:
    """Tell the supervisor which mail we work on, and die rather than use more on it than it is worth.

    After a failure it is not in hand any more: while we wait for the database or the bucket is not its fault.
    """
    _say(f"begin {row.id} {row.size}")
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS + row.size / CPU_BYTES)
    try:
        yield
    except MemoryError:
        os._exit(NO_MEMORY)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        _say(f"end {row.id}")


def _say(line: str) -> None:
    """Without a supervisor there is nobody to work for: what is not committed is undone, and the mail waits."""
    try:
        os.write(sys.stdout.fileno(), line.encode() + b"\n")
    except OSError:
        raise SystemExit(DONE) from None

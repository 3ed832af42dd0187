"""Opening the database, and transactions on it.

`connect` takes SQLite or PostgreSQL (`storage.engine`), checks its settings, which make a commit that returns a commit
on the disk, and brings the schema up to date, one process at a time.

A connection belongs to one thread (`storage.door`). A transaction that fails raises Unavailable, and nothing was done.
Where `is_passing` says so the same may succeed at once, because somebody else was first: `attempt` tries it again, as
does everybody who begins a transaction for something that cannot be asked again. After an I/O error (`is_broken`) the
connection is not trusted again.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from peewee import DatabaseError
from playhouse.migrations import Runner

from helpdeskd.failpoint import reach
from helpdeskd.storage import commits, objects, sqlite
from helpdeskd.storage.engine import Engine, Fault, StorageError, Unavailable, Where, engine
from helpdeskd.storage.prepared import Prepared
from helpdeskd.storage.sqlite import BUSY_SECONDS, FILE, version
from helpdeskd.storage.tables import Meta, proxy

__all__ = ["BUSY_SECONDS", "FILE", "Fault", "StorageError", "Unavailable", "Where", "version"]

T = TypeVar("T")
TRIES = 5
PAUSE_SECONDS = 0.005
"""Before the second try, about; twice as long before each one that follows."""

_EPOCH = Prepared(Meta.select(Meta.value).where(Meta.key == "epoch"))


def connect(where: Where | Path, as_it_is: bool = False) -> None:
    """Open the database for this thread (in a folder: SQLite), bring its schema up to date and check its settings.

    One that is to be left `as_it_is` has to be up to date.

    What this thread had open before is closed, but for one that is being read (`storage.copy`).

    Raises StorageError when the settings do not hold, it cannot be reached or is damaged, or it was written by a newer
    version.
    """
    where = where if isinstance(where, Where) else Where(where)
    database = _engine_of(where)
    if proxy.obj is not None and not proxy.in_transaction():
        proxy.close()
    proxy.initialize(database)
    try:
        with database.opening():
            _migrate(database, as_it_is)
        objects.use(where.bucket, epoch() if where.bucket else "")
    except DatabaseError as fault:
        proxy.close()
        raise StorageError(f"{database.name}: {fault} ({database.advice})") from fault
    except StorageError as wrong:
        proxy.close()
        raise StorageError(f"{database.name}: {wrong}") from None


def _engine_of(where: Where) -> Engine:
    if not where.url:
        return sqlite.Database(where)
    try:
        from helpdeskd.storage import postgres
    except ImportError:
        raise StorageError(
            "PostgreSQL needs psycopg, which is not installed (pip install 'helpdeskd[postgres]' would be right)"
        ) from None
    return postgres.Database(where)


def _migrate(database: Engine, as_it_is: bool) -> None:
    """Apply what is missing."""
    runner = Runner(database, str(database.migrations))
    status = runner.status()
    unknown = [row.name for row in status if row.path is None]
    if unknown:
        raise StorageError(f"has {unknown[0]}, which this version does not know (a newer helpdeskd would be right)")
    missing = any(row.applied is None for row in status)
    if missing and as_it_is:
        raise StorageError("was written by an older version (the daemon brings it up to date when it starts)")
    if missing:
        reach("schema.before")
        runner.up()
        reach("schema.after")


def name() -> str:
    """Where the database is, without secrets."""
    return engine().name


def told() -> str:
    """Which engine, and of which version."""
    return engine().told()


def checked() -> str:
    """What `quick_check` looks at."""
    return engine().checked


def quick_check() -> str:
    """ "ok", or what the engine finds wrong with what is stored."""
    return engine().quick_check()


def compact() -> bool:
    """Give back the room of what was taken out, so that less is left of it; outside a transaction.

    False when others kept the database too busy. Raises Unavailable.
    """
    return engine().compact()


def epoch() -> str:
    """The random mark of this database, part of every token and Message-ID (spec P11)."""
    return str(_EPOCH.scalar())


def is_broken(fault: BaseException) -> bool:
    """Whether the connection is not to be trusted after this: after a failed fsync the next commit may lie."""
    return proxy.obj is not None and engine().is_broken(fault)


def is_full(fault: BaseException) -> bool:
    """Whether the disk had no room for it."""
    return engine().is_full(fault)


def is_passing(fault: BaseException) -> bool:
    """Whether the same transaction may succeed at once: another was first, or the connection was lost before COMMIT."""
    return engine().is_passing(fault)


def touch(customer: str) -> None:
    """Of transactions that touch a customer at the same time one is committed, and the others are to be tried again.

    Whoever decides over a customer's money does it (P13); nothing for "", who has none.
    """
    engine().touch(customer)


def announce(channel: str) -> None:
    """Wake the nodes that listen to that channel, when this transaction is committed."""
    engine().announce(channel)


@contextmanager
def transaction() -> Iterator[None]:
    """One transaction on this thread's connection, or a part of the open one; any exception undoes all of it."""
    with proxy.atomic():
        yield
        reach("commit.before")
        began = time.perf_counter()
    if not proxy.in_transaction():
        commits.OURS.add(time.perf_counter() - began)
    reach("commit.after")


@contextmanager
def snapshot() -> Iterator[None]:
    """One instant of the database, to be read for however long: nobody who writes waits for it."""
    with engine().reading():
        yield


def attempt(work: Callable[[], T], around: Callable[[], AbstractContextManager[object]] = nullcontext) -> T:
    """Do the work in one transaction; again, a few times, when what hindered it `is_passing`.

    `around` is put around each of these transactions.
    """
    for tried in range(TRIES - 1):
        try:
            with around(), transaction():
                return work()
        except DatabaseError as fault:
            if not is_passing(fault):
                raise
            pause(tried)
    with around(), transaction():
        return work()


def pause(tried: int) -> None:
    """Before the same transaction is tried again: longer each time, and never as long as others do."""
    time.sleep(random.uniform(0.5, 1.5) * PAUSE_SECONDS * 2**tried)  # noqa: S311 - no secret


def close() -> None:
    """Close this thread's connection."""
    proxy.close()

"""Opening the database, and transactions on it.

SQLite through apsw, whose wheel carries a current SQLite (releases before 3.51.3 can corrupt a WAL database that two
connections write). WAL with `synchronous=FULL`: a commit is on the disk before it returns, which is what a 250 or an
IMAP MOVE rests on; the values are asserted after opening, because SQLite ignores what it cannot set. Every transaction
is BEGIN IMMEDIATE, so a turn never finds at its end that somebody else wrote first.

A connection belongs to one thread (`storage.door`). A failed commit or fsync raises OperationalError, and nothing was
done; after an I/O error (`is_broken`) the connection is not trusted again.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import apsw
from peewee import DatabaseError, OperationalError
from playhouse.apsw_ext import APSWDatabase
from playhouse.migrations import Runner

from helpdeskd.domain.client import client_of
from helpdeskd.storage.prepared import Prepared
from helpdeskd.storage.tables import Meta, proxy

MIGRATIONS = Path(__file__).parent / "migrations"
FILE = "helpdeskd.db"
SAFE_SQLITE = (3, 51, 3)
PRAGMAS = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1, "cache_size": -8000, "secure_delete": 1}
ASSERTED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
BUSY_SECONDS = 10
Unavailable = OperationalError
"""Locked, full, read-only, I/O: the database's trouble, not the caller's; nothing was done."""


_EPOCH = Prepared(Meta.select(Meta.value).where(Meta.key == "epoch"))


class _Database(APSWDatabase):  # type: ignore[misc]  # the stubs know it as Any
    """peewee over apsw, which takes no datetime of its own accord: the history of migrations has one."""

    def _connect(self) -> apsw.Connection:
        connection: apsw.Connection = super()._connect()
        connection.convert_binding = lambda _cursor, _number, value: _bound(value)
        return connection


def _bound(value: object) -> str:
    if isinstance(value, datetime):
        return str(value)
    raise TypeError(f"a value that no column holds ({type(value).__name__})")


class StorageError(Exception):
    """The database cannot be used as it is; the text says why and what would help."""


def version() -> str:
    """Of the SQLite that we carry."""
    return str(apsw.sqlite_lib_version())


def connect(state: Path) -> None:
    """Open the state directory's database for this thread, bring its schema up to date and check its settings.

    Raises StorageError when the settings do not hold, the file is damaged, or it was written by a newer version.
    """
    if tuple(map(int, version().split("."))) < SAFE_SQLITE:
        raise StorageError(f"SQLite {version()} can corrupt a shared database (apsw 3.51.3 or later would be right)")
    database = _Database(str(state / FILE), pragmas=PRAGMAS, timeout=BUSY_SECONDS, autoconnect=False)
    database.register_function(client_of, "client_of", 3)
    proxy.initialize(database)
    try:
        with _one_process_at_a_time(state):
            database.connect()
            _assert_settings(database)
            _migrate(database)
    except DatabaseError as fault:
        database.close()
        raise StorageError(f"{state / FILE}: {fault} (restore a backup if it is damaged)") from fault
    except StorageError as wrong:
        database.close()
        raise StorageError(f"{state / FILE}: {wrong}") from None


@contextmanager
def _one_process_at_a_time(state: Path) -> Iterator[None]:
    """Neither the switch to WAL nor the runner of migrations waits for another process that does the same."""
    descriptor = os.open(state / "migrate.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _assert_settings(database: APSWDatabase) -> None:
    for name, wanted in ASSERTED.items():
        if (found := database.pragma(name)) != wanted:
            raise StorageError(f"{name} is {found}, not {wanted} (is this a local file system?)")


def _migrate(database: APSWDatabase) -> None:
    """Apply what is missing."""
    runner = Runner(database, str(MIGRATIONS))
    unknown = [row.name for row in runner.status() if row.path is None]
    if unknown:
        raise StorageError(f"has {unknown[0]}, which this version does not know (a newer helpdeskd would be right)")
    if any(row.applied is None for row in runner.status()):
        runner.up()


def quick_check() -> str:
    """ "ok", or what SQLite finds wrong with the file."""
    return str(proxy.execute_sql("PRAGMA quick_check(1)").fetchone()[0])


def compact() -> bool:
    """Write the file anew and empty the log of writes, so that neither holds what was taken out; outside a transaction.

    False when others kept the database too busy. Raises Unavailable.
    """
    proxy.execute_sql("VACUUM")
    busy, *_ = proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def epoch() -> str:
    """The random mark of this database, part of every token and Message-ID (spec P11)."""
    return str(_EPOCH.scalar())


def is_broken(fault: BaseException) -> bool:
    """Whether the connection is not to be trusted after this: after a failed fsync the next commit may lie."""
    return isinstance(getattr(fault, "orig", None), apsw.IOError | apsw.CorruptError)


def is_full(fault: BaseException) -> bool:
    """Whether the disk had no room for it."""
    return isinstance(getattr(fault, "orig", None), apsw.FullError)


@contextmanager
def transaction() -> Iterator[None]:
    """One BEGIN IMMEDIATE … COMMIT on this thread's connection; any exception rolls all of it back."""
    with proxy.atomic("IMMEDIATE"):
        yield


def close() -> None:
    """Close this thread's connection."""
    proxy.close()

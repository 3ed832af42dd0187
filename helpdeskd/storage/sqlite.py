"""SQLite, through apsw, whose wheel carries a current one: releases before 3.51.3 can corrupt a WAL database that two
connections write.

WAL with `synchronous=FULL`: a commit is on the disk before it returns, which is what a 250 or an IMAP MOVE rests on;
the values are asserted after opening, because SQLite ignores what it cannot set. Every transaction is BEGIN IMMEDIATE,
so a turn never finds at its end that somebody else wrote first, and nothing is ever tried again. After an I/O error
(`is_broken`) the connection is not trusted again. Raises what apsw raises as errors of peewee.
"""

import fcntl
import os
import select
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import apsw
from peewee import DatabaseError, OperationalError
from playhouse.apsw_ext import APSWDatabase, __exception_wrapper__

from helpdeskd.domain.client import client_of
from helpdeskd.storage import search_fts5
from helpdeskd.storage.engine import Columns, Searching, StorageError, Where

FILE = "helpdeskd.db"
LOCK = "migrate.lock"
SAFE = (3, 51, 3)
PRAGMAS = {
    "page_size": 8192,  # counts for a new file only; a mail with a file is written in half as many pieces as with 4096
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "cache_size": -8000,
    "secure_delete": 1,
}
ASSERTED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
BUSY_SECONDS = 10
PAUSE_SECONDS = 0.001
_TABLES = """
SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search%'"""


def version() -> str:
    """Of the SQLite that we carry."""
    return str(apsw.sqlite_lib_version())


class Database(APSWDatabase):  # type: ignore[misc]  # the stubs know it as Any
    """An `engine.Engine`."""

    advice = "restore a backup if it is damaged"
    migrations = Path(__file__).parent / "migrations"
    number_sequences: Mapping[str, str] = MappingProxyType({})
    node = ""
    searching: Searching = search_fts5
    checked = "pages"

    def __init__(self, where: Where) -> None:
        self._state_folder = where.state
        self.name = str(where.state / FILE)
        super().__init__(self.name, pragmas=PRAGMAS, timeout=BUSY_SECONDS, autoconnect=False, lock_type="IMMEDIATE")
        self.register_function(client_of, "client_of", 3)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """peewee's without a log of queries, which takes as long as a query."""
        try:
            return self.cursor().execute(sql, params or ())
        except apsw.Error:
            with __exception_wrapper__:
                raise

    def put(self, into: str, *rows: Sequence[object]) -> None:
        """One by one. Before a statement of several rows, or that returns any, SQLite makes a mark to which it can go
        back, and at each mark the search writes its index to the file: that is done once, by the commit.
        """
        for row in rows:
            self.execute_sql(f"INSERT INTO {into} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608

    def put_one(self, into: str, row: Sequence[object]) -> int:
        self.put(into, row)
        return int(self.last_insert_id(self.cursor()))

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Neither the switch to WAL nor the runner of migrations waits for another process that does the same."""
        if tuple(map(int, version().split("."))) < SAFE:
            raise StorageError(
                f"SQLite {version()} can corrupt a shared database (apsw 3.51.3 or later would be right)"
            )
        descriptor = os.open(self._state_folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self.connect()
            self._assert_settings()
            yield
        finally:
            os.close(descriptor)

    def told(self) -> str:
        return f"SQLite {version()}"

    def quick_check(self) -> str:
        try:
            return str(self.execute_sql("PRAGMA quick_check(1)").fetchone()[0])
        except OperationalError:
            raise
        except DatabaseError as fault:  # the search index of damaged pages cannot even be opened
            return str(fault)

    def compact(self) -> bool:
        """Write the file anew and empty the log of writes, so that neither holds what was taken out."""
        self.execute_sql("VACUUM")
        busy, *_ = self.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def reading(self) -> AbstractContextManager[object]:
        reading: AbstractContextManager[object] = self.atomic("DEFERRED")
        return reading

    def is_broken(self, fault: BaseException) -> bool:
        """After a failed fsync the next commit may lie."""
        return isinstance(getattr(fault, "orig", None), apsw.IOError | apsw.CorruptError)

    def is_full(self, fault: BaseException) -> bool:
        return isinstance(getattr(fault, "orig", None), apsw.FullError)

    def is_passing(self, _fault: BaseException) -> bool:
        return False

    def touch(self, _customer: str) -> None:
        """One writes at a time here."""

    def announce(self, _channel: str) -> None:
        """Nobody listens: all processes are children of one, which wakes them."""

    def follow_rows(self) -> None:
        """It does so by itself."""

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        yield from self.execute_sql(sql)

    def text_columns(self) -> Iterator[Columns]:
        for (name,) in self.execute_sql(_TABLES).fetchall():
            columns = self.execute_sql(f'PRAGMA table_info("{name}")').fetchall()
            key = tuple(column[1] for column in sorted(columns, key=lambda column: int(column[5])) if column[5])
            texts = tuple(column[1] for column in columns if column[2].upper() == "TEXT")
            if texts:
                yield Columns(name, key or ("rowid",), texts)

    def _connect(self) -> apsw.Connection:
        """peewee's, which takes no datetime of its own accord: the history of migrations has one."""
        connection: apsw.Connection = super()._connect()
        connection.convert_binding = lambda _cursor, _number, value: _bound(value)
        # Otherwise a statement that compares a value with an indexed column is planned anew each time it is run.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        connection.set_busy_handler(_Patience())
        return connection

    def _assert_settings(self) -> None:
        for name, wanted in ASSERTED.items():
            if (found := self.pragma(name)) != wanted:
                raise StorageError(f"{name} is {found}, not {wanted} (is this a local file system?)")


class _Patience:
    """Waits for a lock. SQLite's own handler sleeps up to a tenth of a second, and is asleep when its turn has come:
    two processes that write in turn would both be idle a third of the time.
    """

    def __init__(self) -> None:
        self._until = 0.0

    def __call__(self, tries: int) -> bool:
        """Whether to try again, after so many tries before."""
        if not tries:
            self._until = time.monotonic() + BUSY_SECONDS
        select.select((), (), (), PAUSE_SECONDS)  # time.sleep fails when a clock is set back
        return time.monotonic() < self._until


def _bound(value: object) -> str:
    if isinstance(value, datetime):
        return str(value)
    raise TypeError(f"a value that no column holds ({type(value).__name__})")

"""Marks for tests with a desk on both engines, or on PostgreSQL alone (without a mark it has SQLite); and hands on its
database that are not the desk's.

`locked(desk)` is another process that has begun to write and does not end, `sessions(desk)` are the processes of the
server that work for the desk.
"""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

import apsw
import psycopg
import pytest

from helpdeskd.config.load import load
from helpdeskd.daemon.database import where
from helpdeskd.storage.engine import Where
from helpdeskd.storage.sqlite import FILE
from tests.servers.process import until
from tests.system.desk import PATIENCE_SECONDS, RunningDesk

SQLITE, POSTGRES, WITHOUT_SCHEMA = "sqlite", "postgres", "postgres, without schema"
on_both = pytest.mark.parametrize("new_desk", [SQLITE, POSTGRES], indirect=True)
on_postgres = pytest.mark.parametrize("new_desk", [POSTGRES], indirect=True)
on_postgres_in_the_soak = pytest.mark.parametrize(
    "new_desk", [SQLITE, pytest.param(POSTGRES, marks=pytest.mark.soak)], indirect=True
)
_OTHERS = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
_WAIT = "SELECT 1 FROM pg_locks WHERE NOT granted"


def where_of(desk: RunningDesk) -> Where:
    """The database of a desk."""
    return where(load(desk.config).settings)


def sessions(desk: RunningDesk) -> list[int]:
    """Process ids; none with SQLite."""
    if not where_of(desk).url:
        return []
    with psycopg.connect(where_of(desk).url) as connection:
        found = connection.execute(f"SELECT pid FROM pg_stat_activity WHERE {_OTHERS}").fetchall()
    return [pid for (pid,) in found]


def end_sessions(desk: RunningDesk) -> None:
    with psycopg.connect(where_of(desk).url) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE {_OTHERS}")


@contextmanager
def locked(desk: RunningDesk) -> Iterator[None]:
    """The desk may read meanwhile, but writes no mail."""
    database = where_of(desk)
    with locked_table(database, "inbox") if database.url else _locked_file(database):
        yield


@contextmanager
def locked_table(
    database: Where, table: str, mode: str = "EXCLUSIVE"
) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """Nobody else writes to that table (ACCESS EXCLUSIVE: nor reads it); until the server itself goes."""
    with contextlib.closing(psycopg.connect(database.url)) as connection:
        connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield connection


def somebody_waits(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Return when somebody waits for what is locked."""
    assert until(lambda: connection.execute(_WAIT).fetchone(), PATIENCE_SECONDS)


@contextmanager
def _locked_file(database: Where) -> Iterator[None]:
    connection = apsw.Connection(str(database.state / FILE))
    connection.set_busy_timeout(10_000)
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.execute("ROLLBACK")
    connection.close()

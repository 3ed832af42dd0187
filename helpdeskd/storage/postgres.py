"""PostgreSQL, through psycopg 3: one database for any number of nodes.

Every transaction is REPEATABLE READ: it sees one instant, and cannot change what somebody else has changed since then
(first committer wins, `is_passing`). `fsync` and `synchronous_commit` are asserted on each connection: a commit is on
the disk before it returns. A connection that was lost is opened again by the next transaction; one that is lost before
COMMIT has done nothing (`is_passing`), one that is lost in it raises `Unsure`.

Statements are translated once (`?` and `:name` to `$1`) and prepared by the server. A zero byte, which its text cannot
hold, is stored as U+FFFD. Raises what psycopg raises as errors of peewee.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import peewee
import psycopg
from peewee import OperationalError, PostgresqlDatabase
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.types.json import Json, Jsonb
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import TextBinaryLoader

from helpdeskd.storage import search_tsvector
from helpdeskd.storage.engine import Columns, Searching, Where
from helpdeskd.storage.statement import storable, translated

# `storage` has kept the driver from it.
vars(peewee).update(psycopg=psycopg, TransactionStatus=TransactionStatus, Json_pg3=Json, Jsonb_pg3=Jsonb)
peewee.Psycopg3Adapter.txn_idle = TransactionStatus.IDLE
peewee.Psycopg3Adapter.txn_inerror = TransactionStatus.INERROR
peewee.Psycopg3Adapter.txn_unknown = TransactionStatus.UNKNOWN

OLDEST = 130000
LOCK = 0x68656C70
"""Whose holder changes the schema: "help"."""
BUSY_SECONDS = 10
DEFAULTS = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
    "target_session_attrs": "read-write",
}
OPTIONS = {
    "default_transaction_isolation": r"repeatable\ read",
    "timezone": "UTC",
    "synchronous_commit": "on",
    "statement_timeout": "120s",
    "lock_timeout": f"{BUSY_SECONDS}s",
    "idle_in_transaction_session_timeout": "60s",
}
ASSERTED = {
    "fsync": "on",
    "synchronous_commit": "on",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "default_transaction_isolation": "repeatable read",
}
AT_ONCE = 500
"""Rows of a stream are fetched at once."""
PLACES = 1024
"""So many processes of a node count for themselves; two that share a place wait for each other now and then."""
PREPARED = 500
"""As many statements are kept prepared: more than there are in the program."""
_OTHERS_WERE_FIRST = frozenset({"40001", "40P01", "23505"})
_CORRUPT = frozenset({"58030", "XX001", "XX002"})
_FULL = frozenset({"53100", "53400"})
_streams = count()
_SETTINGS = ", ".join(f"current_setting('{name}')" for name in ASSERTED)
_TOUCH = """
INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = counter.value + 1"""
_INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid LIMIT 1"
_COLUMNS = """
SELECT columns.table_name, columns.column_name, columns.data_type, (
    SELECT place.ordinal_position FROM information_schema.table_constraints AS rule
    JOIN information_schema.key_column_usage AS place USING (constraint_schema, constraint_name)
    WHERE rule.constraint_type = 'PRIMARY KEY' AND place.table_schema = columns.table_schema
        AND place.table_name = columns.table_name AND place.column_name = columns.column_name)
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> 'search'
ORDER BY columns.table_name, columns.ordinal_position"""
_WITH_IDS = (
    "SELECT table_name FROM information_schema.columns WHERE is_identity = 'YES' AND table_schema = current_schema()"
)
_FOLLOW = "SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) > 0"

# What psycopg calls an internal error, and is the server's state: a standby, a session that it has ended.
peewee.EXCEPTIONS.update(  # type: ignore[attr-defined]  # the stubs leave it out
    ReadOnlySqlTransaction=OperationalError, IdleInTransactionSessionTimeout=OperationalError
)


class Unsure(OperationalError):
    """The connection was lost while it committed: it was done, or it was not."""


def dial(where: Where) -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection of its own, in autocommit mode, with the settings of all. Raises psycopg.Error."""
    given = conninfo_to_dict(where.url)
    options = " ".join(f"-c {name}={value}" for name, value in OPTIONS.items())
    forced = {"options": f"{given.pop('options', '')} {options}", "client_encoding": "UTF8"}
    password = {"password": where.password} if where.password else {}
    parameters: dict[str, Any] = DEFAULTS | {"application_name": f"helpdeskd {where.node}".strip()} | given | password
    connection = psycopg.connect(**parameters | forced, autocommit=True, cursor_factory=psycopg.RawCursor)
    connection.server_cursor_factory = psycopg.RawServerCursor
    connection.prepared_max = PREPARED
    connection.adapters.register_dumper(int, Int8BinaryDumper)
    connection.adapters.register_loader("json", TextBinaryLoader)
    return connection


class Database(PostgresqlDatabase):
    """An `engine.Engine`."""

    advice = "is the server up, and is this the right url, user and password?"
    migrations = Path(__file__).parent / "migrations_postgres"
    number_sequences: Mapping[str, str] = MappingProxyType(
        {
            "ticket": "ticket_number",
            "outbox": "outbox_number",
            "position": "inbox_position",
            "claim": "claim_number",
        }
    )
    searching: Searching = search_tsvector
    checked = "indexes"
    param = "?"

    def __init__(self, where: Where) -> None:
        self._where = where
        self.node = f"{where.node}/{os.getpid() % PLACES}"
        self.name = _told(where.url)
        super().__init__(self.name, autoconnect=False, prefer_psycopg3=True)

    @contextmanager
    def opening(self) -> Iterator[None]:
        """However long another node takes to change the schema, we wait for it."""
        self.connect()
        self.execute_sql("SET lock_timeout = 0")
        self.execute_sql("SET statement_timeout = 0")
        self.execute_sql("SELECT pg_advisory_lock(?)", (LOCK,))
        yield
        self.execute_sql("SELECT pg_advisory_unlock(?)", (LOCK,))
        self.execute_sql("RESET lock_timeout")
        self.execute_sql("RESET statement_timeout")

    def told(self) -> str:
        return f"PostgreSQL {self.execute_sql('SHOW server_version').fetchone()[0]}"

    def quick_check(self) -> str:
        """An index that a crash left unfinished; pages are the server's to check (its checksums, pg_amcheck)."""
        row = self.execute_sql(_INVALID).fetchone()
        return f"the index {row[0]} is not valid" if row else "ok"

    def compact(self) -> bool:
        """What was taken out leaves the tables; its room is written over by and by, as rows come."""
        self.execute_sql("SET statement_timeout = 0")
        self.execute_sql("VACUUM")
        self.execute_sql("RESET statement_timeout")
        return True

    def reading(self) -> AbstractContextManager[object]:
        reading: AbstractContextManager[object] = self.atomic()
        return reading

    def is_broken(self, fault: BaseException) -> bool:
        return _sqlstate(fault) in _CORRUPT

    def is_full(self, fault: BaseException) -> bool:
        return _sqlstate(fault) in _FULL

    def is_passing(self, fault: BaseException) -> bool:
        """Somebody else was first, or the connection was lost before it committed."""
        if isinstance(fault, Unsure):
            return False
        return _sqlstate(fault) in _OTHERS_WERE_FIRST or (not self.is_closed() and self._is_lost())

    def touch(self, customer: str) -> None:
        if customer:
            self.execute_sql(_TOUCH, (f"turns of {customer}",))

    def announce(self, channel: str) -> None:
        """The server tells the same thing of one transaction once."""
        self.execute_sql("SELECT pg_notify(?, '')", (channel,))

    def follow_rows(self) -> None:
        for (table,) in self.execute_sql(_WITH_IDS).fetchall():
            self.execute_sql(_FOLLOW.format(table=table))

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        connection: psycopg.Connection[tuple[Any, ...]] = self._state.conn  # type: ignore[attr-defined]
        with connection.cursor(f"stream_{next(_streams)}", binary=True) as cursor:
            cursor.itersize = AT_ONCE
            yield from cursor.execute(translated(sql)[0])

    def text_columns(self) -> Iterator[Columns]:
        tables: dict[str, list[tuple[str, str, int | None]]] = {}
        for table, name, kind, place in self.execute_sql(_COLUMNS).fetchall():
            tables.setdefault(table, []).append((name, kind, place))
        for table, columns in tables.items():
            key = tuple(name for name, _, place in sorted(columns, key=lambda each: each[2] or 0) if place)
            texts = tuple(name for name, kind, _ in columns if kind in {"text", "json"})
            if texts:
                yield Columns(table, key, texts)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """The cursor; `params` by place or by name."""
        text, names = translated(sql)
        values = [params[name] for name in names] if names else params
        try:
            return self.cursor().execute(text, storable(values) if values else None)
        except psycopg.Error:
            with peewee.__exception_wrapper__:  # type: ignore[attr-defined]  # the stubs leave it out
                raise

    def put(self, into: str, *rows: Sequence[object]) -> None:
        if rows:
            self.execute_sql(_inserted(into, rows), [*chain(*rows)])

    def put_one(self, into: str, row: Sequence[object]) -> int:
        return int(self.execute_sql(f"{_inserted(into, [row])} RETURNING id", row).fetchone()[0])

    def cursor(self, named_cursor: Any = None) -> "psycopg.Cursor[tuple[Any, ...]]":  # noqa: ARG002 - peewee's name
        if self.is_closed():
            self.connect()
        connection: psycopg.Connection[tuple[Any, ...]] = self._state.conn  # type: ignore[attr-defined]
        return connection.cursor(binary=True)

    def begin(self, isolation_level: Any = None) -> None:
        """On another connection, where that of the last time is lost."""
        try:
            super().begin(isolation_level)
        except OperationalError:
            if not self._is_lost():
                raise
            self.close()
            super().begin(isolation_level)

    def commit(self) -> None:
        """Raises Unsure, and OperationalError where an error was passed over, so that nothing is left to commit."""
        try:
            done = self.execute_sql("COMMIT").statusmessage
        except OperationalError as fault:
            raise (Unsure(*fault.args) if self._is_lost() else fault) from fault
        if done != "COMMIT":
            raise OperationalError("nothing was committed: a statement had failed")

    def rollback(self) -> None:
        """What was done on a connection that is lost is undone already."""
        if not self._is_lost():
            super().rollback()

    def _connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        connection = dial(self._where)
        try:
            _assert_settings(connection)
        except OperationalError:
            connection.close()
            raise
        return connection

    def _is_lost(self) -> bool:
        return self.is_closed() or bool(self._state.conn.closed)  # type: ignore[attr-defined]


def _inserted(into: str, rows: Sequence[Sequence[object]]) -> str:
    """The statement that puts so many rows in."""
    row = f"({', '.join('?' * len(rows[0]))})"
    return f"INSERT INTO {into} VALUES {', '.join([row] * len(rows))}"  # noqa: S608


def _told(url: str) -> str:
    """The url without its password."""
    given = conninfo_to_dict(url)
    user, port = (f"{given['user']}@" if "user" in given else ""), (f":{given['port']}" if "port" in given else "")
    return f"postgresql://{user}{given.get('host', '')}{port}/{given.get('dbname', '')}"


def _assert_settings(connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
    if connection.info.server_version < OLDEST:
        raise OperationalError(f"is PostgreSQL {connection.info.server_version // 10_000} (13 or later would be right)")
    row = connection.execute(f"SELECT {_SETTINGS}").fetchone()
    for (name, wanted), found in zip(ASSERTED.items(), row or (), strict=True):
        if found != wanted:
            raise OperationalError(f"{name} is {found}, not {wanted}")


def _sqlstate(fault: BaseException) -> str:
    return getattr(getattr(fault, "orig", None), "sqlstate", None) or ""

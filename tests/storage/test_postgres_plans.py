"""On PostgreSQL, too, what is asked for each mail, each tick and each claim is answered from an index.

A node plays a week of a desk with claims of its own, and then asks what is asked of SQLite (`test_db_plans`). Each
statement that was executed meanwhile is planned by the server, once for all values as it does for a statement that
stays prepared, in the belief that the large tables have ten million rows. To read one from end to end is its last
resort then: where a plan has it nevertheless, no index can serve.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from helpdeskd.daemon.arriving import store_of
from helpdeskd.daemon.database import where
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.smtp_trace import as_sent
from helpdeskd.storage import agenda, arrivals, claims, conversations, db, errands, inbox, leftovers, outbox, unchecked
from helpdeskd.storage.postgres import dial
from helpdeskd.storage.statement import translated
from helpdeskd.storage.tables import proxy
from tests.servers import postgres
from tests.storage.test_db_plans import QUESTIONS
from tests.storage.test_plans import GROWING, is_excepted, week
from tests.storage.values import NOW
from tests.world import ANNA, PEERS, World

LEASE = 60.0
LARGE = {*GROWING, "search"}
SHORT = {
    **dict.fromkeys(("inbox_queue", "inbox_check", "inbox_unchecked", "inbox_unchecked_mail"), "mail that waits"),
    **dict.fromkeys(("inbox_claimed", "outbox_claimed"), "what somebody has in hand"),
    **dict.fromkeys(("outbox_due", "outbox_otherwise"), "what is to be sent"),
    **dict.fromkeys(("ticket_wake", "ticket_duty", "ticket_ask", "target_next"), "what is due later"),
    "ticket_unfinished": "tickets that have not ended",
    "event_swap": "changes of the duty that people made by hand",
    "raw_gone": "objects that are to be removed from the bucket",
}
"""Indexes that may be read whole, as they hold only this, however long the desk has lived."""
OF_NODES = {
    "claims._WINDOW": claims._WINDOW_OF_FREE,
    "claims._HOLD_STILL": claims._HOLD_STILL,
    "claims._CLAIM": claims._CLAIM,
    "claims._RENEW": claims._RENEW,
    "claims._HELD": claims._HELD,
    "claims._GIVE_BACK at the start": f"{claims._GIVE_BACK} starts_with(claimed_by, :holder)",
    "claims._GIVE_BACK of a worker": f"{claims._GIVE_BACK} claimed_by = :holder",
    "errands._FORGOTTEN": errands._FORGOTTEN,
    "errands._DUE by mail": errands._DUE.format(errands._LANES[True]),
    "errands._DUE otherwise": errands._DUE.format(errands._LANES[False]),
    "errands._CLAIM": errands._CLAIM,
    "errands._HOLDS": errands._HOLDS,
    "errands._RENEW": errands._RENEW,
    "errands._FREE at the start": f"{errands._FREE} starts_with(claimed_by, :node)",
    "errands._FREE of others": f"{errands._FREE} lease_until < {claims.NOW}",
    "conversations._KNOWN": conversations._KNOWN,
    "conversations._NOTE": conversations._NOTE,
}
"""What only nodes ask, that share a database."""
MORE: dict[str, Callable[[], object]] = {
    "agenda.next_due": agenda.next_due,
    "claims._WINDOW of a desk with a bucket": lambda: claims.Alone().take(16, 1 << 20, NOW, aside=(1,)),
    "inbox.copied": lambda: inbox.copied([1, 2]),
    "leftovers.settle": lambda: leftovers.settle([1]),
    "unchecked.is_any_due": lambda: unchecked.is_any_due(NOW),
}
"""Asked beside what `QUESTIONS` has."""
LOST = {
    "event_inbox": "event",
    "event_ticket": "event",
    "heard_message": "heard",
    "heard_ticket": "heard",
    "inbox_queue, inbox_status": "inbox",
    "inbox_same": "inbox",
    "outbox_claimed, outbox_status": "outbox",
    "outbox_due, outbox_otherwise, outbox_status": "outbox",
    "outbox_thread": "outbox",
    "search_words": "search",
    "target_next": "target",
    "ticket_alert": "ticket",
    "ticket_unfinished, ticket_status": "ticket",
    "ticket_wake": "ticket",
}
"""Indexes that serve the same statements, each with its table."""
OLD = (
    "UPDATE ticket SET status = 'closed'",
    "INSERT INTO raw (sha256, size, content, stored_in) SELECT n, 1, '', n FROM generate_series(1, 1000) AS n",
    "ANALYZE",
)
"""So the server learns of what there is most, and least, in a desk that has lived for years."""
PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
TYPES = {bool: "boolean", int: "bigint", float: "float8", bytes: "bytea"}
_BELIEVE = """
UPDATE pg_class SET relpages = 2, reltuples = 1e7 WHERE relname = ANY ($1) OR oid IN (
    SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT CAST(name AS regclass) FROM unnest($1) AS name)
) AND relname <> ALL ($2)"""
_INDEXES = """
SELECT CAST(indexrelid AS regclass)::text, CAST(indrelid AS regclass)::text, pg_get_indexdef(indexrelid, 1, TRUE)
FROM pg_index"""
_SOME_WITH = "SELECT prosrc FROM pg_proc WHERE proname = 'some_with'"

Connection = psycopg.Connection[Any]
Plan = Mapping[str, Any]


class Node(World):
    """A desk whose one node claims what it decides and what it sends."""

    def __enter__(self) -> "Node":
        super().__enter__()
        self.claims, self.errands = claims.Leased("one", LEASE), errands.Leased("one", LEASE)
        self.worker._claims = self.claims
        self.store = store_of(where(self.office.loaded.settings), "HD")
        return self

    def puts(self, raw: bytes, to: str, reverse_path: str, peer: str = PEERS["aligned"]) -> int:
        mail = arrivals.arrival([Envelope(reverse_path, to, self.now, peer=peer, account="mx")], raw, as_sent(raw))
        with db.transaction():
            return self.store([mail])[0][0]

    def lives(self) -> None:
        """What a node does beside the desk's work: it starts, a worker dies, leases are renewed, a lane sends."""
        with db.transaction():
            self.claims.begin()
            self.claims.give_back(1)
            self.errands.begin()
            assert self.claims.may_sweep()
        to = "support@desk.example"
        self.puts(self.written(ANNA, to, "Printer", "It is out of paper."), to, "anna@bakery.example")
        assert self.worker.work()
        self.claims.last(2 * LEASE)
        with db.transaction():
            assert self.errands.claim(self.now, by_mail=False) is None
            row = self.errands.claim(self.now, by_mail=True)
            assert row is not None
            assert self.errands.holds(row.id)
            self.errands.keep()
            outbox.later(row.id, "451 busy", self.now)


@contextmanager
def noting() -> Iterator[dict[str, list[str]]]:
    """The statements that are executed on the open connection, each with the types of its values."""
    noted: dict[str, list[str]] = {}

    class Cursor(psycopg.RawCursor[Any]):
        def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
            if query.lstrip().startswith(PLANNED):
                noted.setdefault(query, [TYPES.get(type(value), "unknown") for value in params or ()])
            return super().execute(query, params, **more)

    connection = proxy.connection()
    connection.cursor_factory = Cursor
    yield noted
    connection.cursor_factory = psycopg.RawCursor


@dataclass(frozen=True, repr=False)
class Server:
    """What was executed, and a connection on which the server tells how it does that."""

    noted: Mapping[str, list[str]]
    connection: Connection
    indexes: Mapping[str, tuple[str, str]]
    """The table and the first column of each."""

    def large_reads(self, about: str = "") -> dict[str, list[str]]:
        """The statements, of those that name that table, that read a large one whole, each with what it reads."""
        asked = {sql: types for sql, types in self.noted.items() if about in sql and not is_excepted(sql)}
        reads = {sql: self.whole(sql, types) for sql, types in asked.items()}
        return {sql: read for sql, read in reads.items() if read}

    def whole(self, sql: str, types: list[str]) -> list[str]:
        """The large tables, and their indexes, that a statement reads from end to end."""
        return [read for step in _steps(self._plan(sql, types)) if (read := self._read(step))]

    def _plan(self, sql: str, types: list[str]) -> Plan:
        taken, given = (f"({', '.join(each)})" if types else "" for each in (types, ["NULL"] * len(types)))
        self.connection.execute(f"PREPARE asked {taken} AS {sql}")
        [[told]] = self.connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE asked {given}").fetchall()
        self.connection.execute("DEALLOCATE asked")
        plan: Plan = told[0]["Plan"]
        return plan

    def _read(self, step: Plan) -> str:
        """The table or index that a step of a plan reads from end to end, if it is large."""
        if step["Node Type"] == "Seq Scan":
            return step["Relation Name"] if step["Relation Name"] in LARGE else ""
        index = step.get("Index Name", "")
        table, column = self.indexes.get(index, ("", ""))
        is_sought = re.search(rf"\b{re.escape(column)}\b", step.get("Index Cond", ""))
        return "" if table not in LARGE or index in SHORT or is_sought else index


def _steps(plan: Plan) -> Iterator[Plan]:
    yield plan
    for step in plan.get("Plans", ()):
        yield from _steps(step)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    extra, begin = postgres.table(), "2026-03-02 10:00"
    world = Node(tmp_path_factory.mktemp("desk"), extra, digests=True, begin=begin).__enter__()
    with noting() as noted:
        week(world)
        world.lives()
        for question in (*QUESTIONS.values(), *MORE.values()):
            with db.transaction():
                question()
    db.close()
    with dial(where(world.office.loaded.settings)) as connection:
        connection.prepare_threshold = None
        for statement in OLD:
            connection.execute(statement)
        connection.execute(_BELIEVE, (sorted(LARGE), sorted(SHORT)))
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET plan_cache_mode = force_generic_plan")
        indexes = {name: (table, column) for name, table, column in connection.execute(_INDEXES).fetchall()}
        yield Server(noted, connection, indexes)


def test_no_large_table_is_read_from_end_to_end(server: Server) -> None:
    assert len(server.noted) > 120
    assert server.large_reads() == {}


@pytest.mark.parametrize("name", OF_NODES)
def test_what_only_nodes_ask_was_asked(server: Server, name: str) -> None:
    text, _ = translated(OF_NODES[name])
    assert text in server.noted


def test_each_word_of_a_search_is_looked_up(server: Server) -> None:
    """In a function, into which no plan of its caller looks."""
    [[body]] = server.connection.execute(_SOME_WITH).fetchall()
    assert server.whole(re.sub(r"\bquery\b", "$1", body).replace("most", "$2"), ["text", "bigint"]) == []


@pytest.mark.parametrize("lost", LOST)
def test_a_lost_index_would_be_missed(server: Server, lost: str) -> None:
    before = server.large_reads(LOST[lost])
    with server.connection.transaction(force_rollback=True):
        server.connection.execute(f"DROP INDEX {lost}")
        assert server.large_reads(LOST[lost]).keys() - before.keys() != set()

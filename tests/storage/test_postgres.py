"""What PostgreSQL does in its own way: who was first wins, a connection that is lost costs nothing but another try."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from peewee import OperationalError

import helpdeskd.storage
from helpdeskd.storage import counter, db, inbox, tickets
from helpdeskd.storage.engine import Where, engine
from helpdeskd.storage.postgres import ASSERTED, Unsure, dial
from helpdeskd.storage.tables import Counter, proxy
from tests.servers import postgres
from tests.storage.engines import on_postgres
from tests.storage.values import RAW, envelope, ticket

pytestmark = on_postgres


def elsewhere(where: Where, work: Callable[[], object]) -> None:
    """Do it on another connection, as another node would."""
    faults: list[BaseException] = []

    def run() -> None:
        proxy.connect()
        try:
            with db.transaction():
                work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            proxy.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    assert faults == []


def lose_connection(where: Where) -> None:
    """The server ends it, as it does when it is stopped or gives way to a standby."""
    with dial(where) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended
    assert all(done for (done,) in ended)


@pytest.mark.parametrize("name", ASSERTED)
def test_a_commit_is_on_the_disk_and_a_transaction_sees_one_instant(state: Path, name: str) -> None:
    assert proxy.execute_sql(f"SHOW {name}").fetchone()[0] == ASSERTED[name]


def test_a_server_that_may_lose_what_it_has_committed_is_refused(where: Where) -> None:
    url = f"{where.url}&options=-csynchronous_commit%3Doff"
    db.connect(replace(where, url=url))
    assert proxy.execute_sql("SHOW synchronous_commit").fetchone()[0] == "on"
    db.close()
    unsafe = postgres.new_server("-c fsync=off")
    try:
        with pytest.raises(db.StorageError, match="fsync is off, not on"):
            db.connect(Where(where.state, unsafe.url("postgres")))
    finally:
        unsafe.remove()


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path, where: Where) -> None:
    nowhere = Where(tmp_path, f"postgresql://desk@/none?host={tmp_path}", "secret")
    with pytest.raises(db.StorageError, match="is the server up") as told:
        db.connect(nowhere)
    assert "secret" not in f"{told.value} {nowhere}"


def test_a_row_that_somebody_else_has_changed_is_not_changed_but_the_work_is_done_again(
    state: Path, where: Where
) -> None:
    db.attempt(lambda: counter.count("person"))
    tries: list[int] = []

    def work() -> int:
        seen = counter.last("person")
        if not tries:
            elsewhere(where, lambda: counter.count("person"))
        tries.append(seen)
        return counter.count("person")

    assert db.attempt(work) == 3
    assert tries == [1, 2]


def test_what_never_succeeds_is_not_tried_for_ever(state: Path, where: Where) -> None:
    counter.count("person")
    tries: list[int] = []

    def work() -> None:
        tries.append(counter.last("person"))
        elsewhere(where, lambda: counter.count("person"))
        counter.count("person")

    with pytest.raises(db.Unavailable) as fault:
        db.attempt(work)
    assert db.is_passing(fault.value)
    assert tries == list(range(1, db.TRIES + 1))


def test_a_fault_of_the_work_itself_is_not_tried_again(state: Path) -> None:
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        proxy.execute_sql("SELECT no_such_column FROM inbox")

    with pytest.raises(Exception, match="no_such_column"):
        db.attempt(work)
    assert tries == [1]


@pytest.mark.parametrize(("mine", "theirs", "conflict"), [("bakery", "bakery", True), ("bakery", "smith", False)])
def test_of_two_turns_of_one_customer_at_once_one_is_made_again(
    state: Path, where: Where, mine: str, theirs: str, conflict: bool
) -> None:
    tries: list[int] = []

    def work() -> None:
        tries.append(len(tickets.unfinished()))
        if len(tries) == 1:
            elsewhere(where, lambda: tickets.save(ticket(2, customer=theirs)))
        tickets.save(ticket(1, customer=mine))

    db.attempt(work)
    assert tries == ([0, 1] if conflict else [0])


def test_a_customer_who_was_touched_in_a_part_that_was_undone_is_touched_again(state: Path) -> None:
    with db.transaction():
        with pytest.raises(ZeroDivisionError), db.transaction():
            db.touch("bakery")
            raise ZeroDivisionError
        db.touch("bakery")
        db.touch("bakery")
    assert [row.name for row in Counter.select()] == ["turns of bakery"]


def test_a_connection_that_was_lost_is_opened_again(state: Path, where: Where) -> None:
    db.attempt(lambda: counter.count("person"))
    lose_connection(where)
    with db.transaction():
        assert counter.count("person") == 2


def test_work_whose_connection_is_lost_has_not_happened_and_is_done_again(state: Path, where: Where) -> None:
    tries: list[int] = []

    def work() -> int:
        number = counter.count("person")
        tries.append(number)
        if len(tries) == 1:
            lose_connection(where)
        return counter.count("person")

    assert db.attempt(work) == 2
    assert tries == [1, 1]


def test_a_connection_that_is_lost_while_it_commits_leaves_it_open_whether_it_did(state: Path, where: Where) -> None:
    with pytest.raises(Unsure) as fault, db.transaction():
        counter.count("person")
        lose_connection(where)
    assert not db.is_passing(fault.value)
    assert isinstance(fault.value, db.Unavailable)
    with db.transaction():
        assert counter.count("person") == 1


def test_an_error_that_was_passed_over_is_told_when_nothing_is_committed(state: Path) -> None:
    with pytest.raises(OperationalError, match="nothing was committed"), db.transaction():
        counter.count("person")
        with pytest.raises(Exception, match="no_such_column"):
            proxy.execute_sql("SELECT no_such_column FROM inbox")


def test_a_server_that_stops_is_unavailable_until_it_is_back(tmp_path: Path, where: Where) -> None:
    server = postgres.new_server()
    try:
        db.connect(Where(tmp_path, server.url("postgres")))
        with db.transaction():
            (number,) = inbox.put([envelope()], RAW)
        server.stop()
        for _ in range(2):
            with pytest.raises(db.Unavailable), db.transaction():
                inbox.put([envelope(forward_path="other@desk.example")], RAW)
        server.start()
        with db.transaction():
            assert [received.id for received in inbox.listed()] == [number]
        db.close()
    finally:
        server.remove()


def test_zero_bytes_are_stored_as_what_can_be_stored(state: Path) -> None:
    with db.transaction():
        tickets.save(ticket(1, subject="a\0b \\u0000"))
        made = tickets.by_id(1)
        assert made is not None
        assert made.subject == "a\N{REPLACEMENT CHARACTER}b \\u0000"
        assert proxy.execute_sql("SELECT state ->> 'subject' FROM ticket").fetchone()[0] == made.subject
        assert proxy.execute_sql("SELECT CAST(? AS TEXT)", ("x\0",)).fetchone()[0] == "x\N{REPLACEMENT CHARACTER}"


def test_many_rows_are_read_without_having_all_of_them(state: Path) -> None:
    with db.transaction():
        for number in range(1, 1_200):
            proxy.execute_sql("INSERT INTO meta VALUES (?, 'x')", (f"{number:05}",))
        rows = engine().stream("SELECT key FROM meta WHERE value = 'x' ORDER BY key")
        assert next(rows) == ("00001",)
        assert sum(1 for _ in rows) == 1_198


def test_who_listens_hears_what_is_committed(state: Path, where: Where) -> None:
    with dial(where) as other:
        other.execute("LISTEN inbox")
        with pytest.raises(ZeroDivisionError), db.transaction():
            db.announce("inbox")
            raise ZeroDivisionError
        with db.transaction():
            db.announce("inbox")
            db.announce("inbox")
        assert [told.channel for told in other.notifies(timeout=20, stop_after=1)] == ["inbox"]
        assert list(other.notifies(timeout=0)) == []


def test_without_the_extra_it_is_told_what_is_missing(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(helpdeskd.storage, "postgres")
    monkeypatch.setitem(sys.modules, "helpdeskd.storage.postgres", None)
    with pytest.raises(db.StorageError, match=r"pip install 'helpdeskd\[postgres\]'"):
        db.connect(where)


def test_a_connection_ends_where_the_thread_opens_another_database(state: Path, where: Where) -> None:
    connection: psycopg.Connection[tuple[object, ...]] = proxy.connection()
    db.connect(where)
    assert connection.closed
    assert not proxy.connection().closed

"""The database is opened as it must be, or not at all; a transaction happens whole or not."""

import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from helpdeskd.storage import counter, db, sqlite
from helpdeskd.storage.door import Door
from helpdeskd.storage.engine import Where
from helpdeskd.storage.tables import Counter, proxy
from tests.storage.engines import on_sqlite
from tests.storage.values import NOW

COUNT = """
import pathlib, sys
from helpdeskd.storage import counter, db, engine
db.connect(engine.Where(pathlib.Path(sys.argv[1]), *sys.argv[2:]))
with db.transaction():
    counter.count("ticket")
db.close()
"""

CONNECT = (
    "import sys, pathlib; from helpdeskd.storage import db; db.connect(pathlib.Path(sys.argv[1])); print(db.epoch())"
)


@on_sqlite
@pytest.mark.parametrize(("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_a_commit_is_on_the_disk_and_references_are_kept(state: Path, name: str, value: object) -> None:
    assert proxy.execute_sql(f"PRAGMA {name}").fetchone()[0] == value


@on_sqlite
def test_the_library_is_one_that_does_not_corrupt_a_shared_database(state: Path) -> None:
    version = proxy.execute_sql("SELECT sqlite_version()").fetchone()[0]
    assert tuple(map(int, version.split("."))) >= sqlite.SAFE


def test_the_epoch_is_of_the_database_not_of_the_process(where: Where) -> None:
    db.connect(where)
    first = db.epoch()
    db.close()
    db.connect(where)
    assert db.epoch() == first
    assert len(first) == 8
    db.close()


def test_two_databases_have_two_epochs(state: Path) -> None:
    first = db.epoch()
    db.close()
    other = state / "other"
    other.mkdir()
    db.connect(other)
    assert db.epoch() != first


def test_f25_four_processes_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CONNECT, str(tmp_path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    epochs = {process.communicate()[0] for process in started}
    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert len(epochs) == 1


def test_f25_the_schema_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    db.connect(tmp_path)
    proxy.execute_sql("INSERT INTO schema_migration (name, applied) VALUES ('9999_tomorrow', '2030-01-01')")
    db.close()
    with pytest.raises(db.StorageError, match="has 9999_tomorrow, which this version does not know"):
        db.connect(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / db.FILE).write_bytes(b"no database at all " * 100)
    with pytest.raises(db.StorageError, match="not a database"):
        db.connect(tmp_path)


def test_a_file_system_that_cannot_keep_a_log_is_refused(tmp_path: Path) -> None:
    apsw.Connection(str(tmp_path / db.FILE)).execute("CREATE TABLE t (x)")
    blocked = tmp_path / f"{db.FILE}-wal"
    blocked.mkdir()
    with pytest.raises(db.StorageError):
        db.connect(tmp_path)


@on_sqlite
def test_a_damaged_file_is_found(state: Path) -> None:
    assert db.quick_check() == "ok"
    with db.transaction():
        for _ in range(50):
            proxy.execute_sql(
                "INSERT INTO raw (sha256, size, content) VALUES (hex(randomblob(32)), 1, randomblob(3000))"
            )
    size = proxy.execute_sql("PRAGMA page_size").fetchone()[0]
    db.close()
    content = bytearray((state / db.FILE).read_bytes())
    for begin in range(size, len(content), size):
        content[begin : begin + 64] = b"\xff" * 64
    (state / db.FILE).write_bytes(content)
    with pytest.raises(db.StorageError, match="malformed"):
        db.connect(state)


@on_sqlite
def test_f30_a_page_that_is_damaged_is_found_by_the_check(state: Path) -> None:
    assert db.quick_check() == "ok"
    with db.transaction():
        counter.count("ticket")
        proxy.execute_sql("PRAGMA writable_schema = ON")
        proxy.execute_sql("UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'inbox_same'")
    db.close()
    db.connect(state)
    assert db.quick_check() != "ok"


def test_a_transaction_that_raises_has_not_happened(state: Path) -> None:
    with pytest.raises(RuntimeError), db.transaction():
        counter.count("ticket")
        raise RuntimeError
    assert not Counter.select().exists()


def test_a_part_of_a_transaction_can_fail_alone(state: Path) -> None:
    with db.transaction():
        counter.count("ticket")
        with pytest.raises(RuntimeError), db.transaction():
            counter.count("outbox")
            raise RuntimeError
    assert (counter.tallied("ticket"), counter.tallied("outbox")) == (1, 0)


def test_who_reads_for_long_sees_one_instant_and_hinders_nobody_who_writes(where: Where, state: Path) -> None:
    with db.snapshot():
        assert counter.tallied("ticket") == 0
        subprocess.run([sys.executable, "-c", COUNT, str(where.state), where.url, where.password], check=True)
        assert counter.tallied("ticket") == 0
    assert counter.tallied("ticket") == 1


@on_sqlite
def test_a_value_that_no_column_holds_is_refused(state: Path) -> None:
    with pytest.raises(TypeError, match="a value that no column holds"):
        proxy.execute_sql("SELECT ?", (object(),))
    assert proxy.execute_sql("SELECT ?", (NOW,)).fetchone()[0].startswith("2026-11-23")


def test_the_door_is_one_transaction_for_each_call(tmp_path: Path) -> None:
    door = Door(tmp_path)
    assert door.call(counter.count, "ticket") == 1
    with pytest.raises(ZeroDivisionError):
        door.call(lambda: counter.count("ticket") / 0)
    assert door.call(counter.count, "ticket") == 2
    assert not door.broken
    door.close()


async def test_the_door_does_not_block_the_loop(tmp_path: Path) -> None:
    door = Door(tmp_path)
    assert await door(counter.count, "ticket") == 1
    door.close()


@on_sqlite
def test_a_database_that_another_process_has_locked_is_unavailable(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.execute_sql("PRAGMA busy_timeout = 1")
    other = apsw.Connection(str(state / db.FILE))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(db.Unavailable), db.transaction():
        counter.count("ticket")
    other.execute("ROLLBACK")
    other.close()
    with db.transaction():
        assert counter.count("ticket") == 1

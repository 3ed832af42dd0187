"""F25: a migration that is killed before any of its statements is done, once, by the next start.

That an older program refuses a newer schema, and that of several that start at once one migrates, is tested beside the
database (tests/storage/test_db.py).
"""

import os
import signal
from pathlib import Path

import apsw
import pytest

from helpdeskd.storage import db
from helpdeskd.storage.tables import proxy
from tests.faults.life import KILLED, Lives

READS = ("SELECT", "PRAGMA")
SCHEMA = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
QUICK_STRIDE = 7
"""The short form leaves statements out."""


def migrate(state: Path, die_at: int) -> None:
    """Bring the schema up to date; be killed before the n-th statement that is not a question."""
    left = die_at

    def count(_cursor: object, sql: str, _bindings: object) -> bool:
        nonlocal left
        left -= not sql.startswith(READS)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    apsw.connection_hooks.append(lambda connection: setattr(connection, "exec_trace", count))
    db.connect(state)
    db.close()


def found(state: Path) -> tuple[list[tuple[str, ...]], list[str], str]:
    """The schema, the migrations that were done, and what the check says."""
    db.connect(state)
    schema = proxy.execute_sql(SCHEMA).fetchall()
    done = [name for (name,) in proxy.execute_sql("SELECT name FROM schema_migration ORDER BY name").fetchall()]
    check = db.quick_check()
    db.close()
    return schema, done, check


def test_f25_a_migration_that_is_killed_at_a_statement_is_done_by_the_next_start(tmp_path: Path):
    killed_at_statements(tmp_path, QUICK_STRIDE)


@pytest.mark.soak
def test_f25_a_migration_that_is_killed_at_any_statement_is_done_by_the_next_start(tmp_path: Path):
    killed_at_statements(tmp_path, 1)


def killed_at_statements(folder: Path, stride: int) -> None:
    """A database is made again and again, each time killed later, until it is made without being killed."""
    whole = folder / "whole"
    whole.mkdir()
    wanted = found(whole)
    lives, ended, at = Lives(), KILLED, 1
    while ended == KILLED:
        state = folder / str(at)
        state.mkdir()
        ended = lives.run(migrate, state, at)
        assert found(state) == wanted, at
        at += stride
    assert ended == 0
    assert at > 50

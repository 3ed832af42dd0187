"""What one node rings another one hears, also after the connection was lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.storage import db
from helpdeskd.storage.bell import Bell
from helpdeskd.storage.engine import Where
from helpdeskd.storage.tables import proxy
from tests.servers.postgres import fresh
from tests.servers.process import until


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Where]:
    """The open database of a node."""
    where = fresh(tmp_path)
    db.connect(where)
    yield where
    db.close()


def ring(channel: str) -> None:
    with db.transaction():
        db.announce(channel)


def test_what_is_rung_is_heard_also_after_the_connection_was_lost(shared: Where):
    heard: list[str] = []
    bell = Bell(shared, ("mail", "outbox"), heard.append)
    bell.start()
    assert until(lambda: heard == ["mail", "outbox"], 30), "when it begins to listen, all may have happened"
    ring("outbox")
    assert until(lambda: heard[2:] == ["outbox"], 30)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
    proxy.execute_sql(f"{others} pg_backend_pid()").fetchall()
    assert until(lambda: heard[3:] == ["mail", "outbox"], 30)
    ring("mail")
    assert until(lambda: heard[5:] == ["mail"], 30)
    bell.stop()
    bell.join()

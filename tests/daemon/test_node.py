"""What a node must have in common with the others before it may begin."""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdeskd.config.load import load
from helpdeskd.daemon import record
from helpdeskd.daemon.database import where
from helpdeskd.daemon.node import Node
from helpdeskd.storage import db
from helpdeskd.storage.door import Door
from tests.servers.postgres import fresh, table
from tests.system.desk import RunningDesk

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OURS, OTHER = b"o" * 32, b"x" * 32


def test_a_node_that_signs_with_other_keys_than_the_desk_does_is_refused_with_what_would_help(tmp_path: Path):
    desk = RunningDesk(tmp_path, extra=table())
    desk.state.mkdir()
    loaded = load(desk.config)
    with closing(Door(where(loaded.settings))) as door:
        node = Node(loaded, door)
        door.call(node.begin, [OTHER])
        door.call(record.standing, desk.config, [OURS], loaded.desk, NOW)
        door.call(node.begin, [OTHER, OURS])
        with pytest.raises(db.StorageError, match=r"give every node the same state.token_key_file"):
            door.call(node.begin, [OTHER])
    desk.stop()


@pytest.mark.parametrize(
    ("engine", "said", "workers"),
    [
        ("sqlite", "", 1),
        ("postgres", "", len(os.sched_getaffinity(0))),
        ("postgres", "workers = 3", 3),
        ("postgres", 'roles = ["clock"]', 0),
    ],
)
def test_a_node_has_a_worker_for_each_core_where_several_can_decide(
    tmp_path: Path, engine: str, said: str, workers: int
):
    database = f'[database]\nurl = "{fresh(tmp_path).url}"\n' if engine == "postgres" else ""
    desk = RunningDesk(tmp_path, extra=f"{database}[node]\n{said}\n")
    desk.state.mkdir()
    loaded = load(desk.config)
    with closing(Door(where(loaded.settings))) as door:
        assert Node(loaded, door).workers == workers
    desk.stop()

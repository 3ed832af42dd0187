"""What a node must have in common with the others before it may begin."""

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
from tests.servers.postgres import table
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

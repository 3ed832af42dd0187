"""Numbers are given once."""

from pathlib import Path

from helpdeskd.storage import counter, db


def test_each_counter_counts_for_itself_from_one(state: Path) -> None:
    with db.transaction():
        assert [counter.count("ticket"), counter.count("ticket"), counter.count("outbox")] == [1, 2, 1]

"""How long commits take, counted by bounds."""

from pathlib import Path

import pytest

from helpdeskd.storage import commits, counter, db
from helpdeskd.storage.commits import BOUNDS, Times


def test_a_commit_counts_in_the_first_bound_that_holds_it():
    times = Times()
    for seconds in (0.001, 0.0011, 0.05, 99.0):
        times.add(seconds)
    held = dict(zip((*BOUNDS, "over"), times.counts, strict=True))
    assert {bound: count for bound, count in held.items() if count} == {0.001: 1, 0.0025: 1, 0.05: 1, "over": 1}
    assert times.total == pytest.approx(99.0521)


def test_a_commit_that_had_nothing_to_write_does_not_count():
    times = Times()
    times.add(0.00001)
    assert sum(times.counts) == 0


def test_what_is_taken_is_taken_once():
    times = Times()
    times.add(0.02)
    counts, total = times.take()
    assert (sum(counts), total) == (1, 0.02)
    assert times.take() == ([0] * (len(BOUNDS) + 1), 0.0)


def test_a_transaction_that_writes_is_timed_and_a_part_of_one_is_not(state: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(commits, "OURS", times := Times())
    monkeypatch.setattr(commits, "EMPTY", 0.0)
    with db.transaction():
        with db.transaction():
            counter.count("accepted")
        with db.transaction():
            counter.count("accepted")
        assert sum(times.counts) == 0
    assert sum(times.counts) == 1
    with pytest.raises(KeyError), db.transaction():
        raise KeyError
    assert sum(times.counts) == 1

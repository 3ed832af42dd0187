"""What the log told, counted, and handed on by a worker."""

import pytest

from helpdeskd.daemon.tally import DETAIL_LENGTH, MOST_CAUSES, MOST_LABELS, Raised, Tally
from helpdeskd.storage.commits import Times

LONGEST_LINE = 1 << 16
"""What the supervisor takes from a worker in one line (asyncio's limit)."""


def test_lines_are_counted_by_the_value_that_has_few():
    tally = Tally(Times())
    tally.hear("decided", {"inbox": 1, "fate": "opened", "reason": "x"})
    tally.hear("decided", {"inbox": 2, "fate": "opened", "reason": "y"})
    tally.hear("refused", {"client": "192.0.2.1", "reply": "550 5.1.1 No such address here"})
    tally.hear("swept", {"done": 3})
    assert dict(tally.counts) == {("decided", "opened"): 2, ("refused", "550 5.1.1"): 1}


def test_words_of_a_client_make_no_label():
    tally = Tally(Times())
    for number in range(1000):
        tally.hear("refused", {"client": "", "reply": f"no code {number}"})
    assert dict(tally.counts) == {("refused", ""): 1000}


def test_what_a_worker_has_taken_arrives_whole_and_once():
    worker, supervisor = Tally(Times()), Tally(times := Times())
    worker.hear("decided", {"fate": "opened"})
    worker.raise_alarm(Raised("mail not sent", "", "reply: a cap"))
    worker._times.add(0.02)
    supervisor.hear("decided", {"fate": "opened"})
    supervisor.put(worker.take())
    assert worker.take() == ""
    assert supervisor.counts["decided", "opened"] == 2
    assert supervisor.alarms() == (Raised("mail not sent", "", "reply: a cap"),)
    assert supervisor.alarms() == ()
    assert (sum(times.counts), times.total) == (1, 0.02)


NO_LINES = (
    *("", "{", "7", "[]", "[[], []]", "[[[1]], [], [[], 0]]", "[[], [[1]], [[], 0]]"),
    *('[[["a", "b", "c"]], [], [[], 0]]', "[[], [], [[1], 0]]", "[null, [], [[], 0]]"),
)


@pytest.mark.parametrize("said", NO_LINES)
def test_what_no_worker_says_is_refused(said: str):
    with pytest.raises(ValueError):
        Tally(Times()).put(said)


def test_the_longest_that_a_worker_can_say_is_a_line_that_is_taken():
    worker = Tally(Times())
    for number in range(2 * MOST_LABELS):
        worker.hear("decided", {"fate": f"{number:030}"})
    for number in range(2 * MOST_CAUSES):
        worker.raise_alarm(Raised(f"{number:030}", f"{number:030}", "é" * DETAIL_LENGTH))
    assert len(worker.counts) == MOST_LABELS
    assert len(f"told {worker.take()}\n") < LONGEST_LINE


def test_of_one_cause_the_newest_words_are_kept():
    tally = Tally(Times())
    tally.raise_alarm(Raised("delivery", "", "first"))
    tally.raise_alarm(Raised("delivery", "", "second"))
    assert tally.alarms() == (Raised("delivery", "", "second"),)

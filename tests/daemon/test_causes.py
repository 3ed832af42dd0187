"""The closed list of alarms: every one that the code raises is in it, and told of in the operator's book."""

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.config.monitoring import AlarmsTable
from helpdeskd.daemon.causes import BY_NAME, CAUSES, RULES, Box, Figures, Here, in_words
from helpdeskd.storage.gauges import Gauges

ROOT = Path(__file__).parents[2]
BOOK = (ROOT / "docs" / "operations.md").read_text("utf-8")
SECTIONS = [line.removeprefix("### Alarm: ") for line in BOOK.splitlines() if line.startswith("### Alarm: ")]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOTHING = Gauges(0, 0, 0, 0, 0, 0, 0, 0, None, None, None, "", ())
HERE = Here("node1", free=10 << 30)


def raised_in_code() -> set[str]:
    """The `what` of every `log.alarm(…)`; a formatted one counts by its pattern."""
    found = set()
    for file in (ROOT / "helpdeskd").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "log.alarm":
                found |= {ast.unparse(word.value).strip("'\"") for word in node.keywords if word.arg == "what"}
    return found


def test_every_alarm_of_the_code_is_a_row():
    patterns = {"f'{what} not acknowledged": ("drill not acknowledged", "emergency not acknowledged")}
    wanted = {name for what in raised_in_code() for name in patterns.get(what, (what,))}
    assert wanted - BY_NAME.keys() == set()


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.what)
def test_every_alarm_has_a_section_in_the_book(cause):
    assert cause.what in SECTIONS


def test_the_book_has_no_section_of_an_alarm_that_is_none():
    assert [cause.what for cause in CAUSES] == SECTIONS


def found(desk: Gauges | None = NOTHING, here: Here = HERE, **limits: object) -> list[str]:
    figures = Figures(NOW, AlarmsTable(**limits), here, desk)
    return [f"{one.what} {one.about}: {one.detail}" for rule in RULES for one in rule(figures)]


def test_a_desk_that_is_well_raises_nothing():
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"queued": 5, "parked": 2, "oldest_queued": NOW - 15 * MINUTE},
         "inbox lags : 3 mails wait for their turn, the oldest for 15 min"),
        ({"to_send": 2, "oldest_to_send": NOW - 26 * HOUR, "reply": "no route"},
         "outbox lags : 2 mails are to be sent, the oldest for 1 d 2 h; what was said to it last: no route"),
        ({"held": 1, "oldest_held": NOW - 7 * DAY}, "held mail waits : 1 mails are held, the oldest for 7 d 0 h"),
        ({"just_failed": (17,)}, "mail failed 17: it could not be worked on three times, and is kept whole"),
    ],
)  # fmt: skip
def test_figures_of_the_desk_over_their_limits_are_alarms(changes: dict[str, object], what: str):
    assert found(replace(NOTHING, **changes)) == [what]  # type: ignore[arg-type]
    assert found(None) == []


def test_of_many_mails_that_failed_ten_are_told_of_by_number_and_the_others_are_counted():
    told = found(replace(NOTHING, just_failed=tuple(range(1, 14))))
    assert [line.partition(":")[0] for line in told[:10]] == [f"mail failed {number}" for number in range(1, 11)]
    assert told[10:] == ["mail failed and more: 3 since yesterday: helpdeskd inbox list --status failed"]


def test_what_is_a_minute_younger_than_its_limit_is_none():
    young = {"oldest_queued": NOW - 14 * MINUTE, "oldest_to_send": NOW - 59 * MINUTE, "oldest_held": NOW - 6 * DAY}
    assert found(replace(NOTHING, **young)) == []  # type: ignore[arg-type]


def test_limits_are_those_of_the_configuration():
    desk = replace(NOTHING, queued=1, oldest_queued=NOW - MINUTE)
    assert found(desk, inbox_lag="1 minute") != []
    assert found(here=replace(HERE, free=1 << 30), free_disk="2 GiB") == [
        "disk nearly full node1: 1024 MiB are free (2048 MiB would be right)"
    ]


def test_a_mailbox_that_was_not_read_for_too_long_is_late():
    boxes = (Box("support", 4 * MINUTE, 3 * MINUTE, "refused"), Box("sales", MINUTE, 3 * MINUTE, ""))
    assert found(None, replace(HERE, mailboxes=boxes)) == ["mailbox late support: not read for 4 min: refused"]


@pytest.mark.parametrize(
    ("span", "words"),
    [(timedelta(), "0 min"), (59 * MINUTE, "59 min"), (60 * MINUTE, "1 h 0 min"), (DAY + HOUR, "1 d 1 h")],
)
def test_a_span_is_said_as_people_say_it(span: timedelta, words: str):
    assert in_words(span) == words

"""The page tells of promises, and of hours where something was worked."""

from datetime import UTC, date, datetime

import pytest

from helpdeskd.cli.report_page import Report, page
from helpdeskd.domain.fact import Fact, Hours, Judged, Opened, Outcome, Resolved, Row, Worked
from helpdeskd.domain.report import By, Period, lines, total
from helpdeskd.domain.target import TargetKind
from tests.world import ZONE

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30), ZONE)
TOLD_OF_HOURS = "Hours by customer"


def report(*facts: Fact, by: By = By.CUSTOMER) -> Report:
    """Of one ticket of the bakery."""
    rows = [Row("HD-1001", "bakery", "support", facts)]
    made = lines(rows, by, NOVEMBER), lines(rows, By.MONTH, NOVEMBER), total(rows, NOVEMBER)
    return Report("Helpdesk", NOVEMBER, by, *made, NOON)


def worked(hours: Hours, minutes: int) -> Worked:
    return Worked(NOON, "piet" if hours is Hours.WORKED else "", "normal", hours, minutes)


def test_where_nothing_was_worked_nothing_is_told_of_hours() -> None:
    assert TOLD_OF_HOURS not in page(report(Opened(NOON, "piet", "normal")))


@pytest.mark.parametrize(
    "fact",
    [worked(Hours.WORKED, 5), worked(Hours.CHARGED, 15), Resolved(NOON, "piet", "normal", 5, within_free=False)],
)
def test_hours_are_told_of_where_something_was_worked_charged_or_could_be_free(fact: Fact) -> None:
    assert TOLD_OF_HOURS in page(report(fact))


def test_a_line_tells_what_was_worked_and_what_became_of_it() -> None:
    made = report(worked(Hours.WORKED, 90), worked(Hours.FREE, 15), worked(Hours.CHARGED, 80))
    assert made.minutes(made.lines[0]) == [90, 15, 80, 0]
    assert "<td>1 h 30 min</td><td>15 min</td><td>1 h 20 min</td><td>0 min</td>" in page(made)


def test_of_an_agent_it_is_not_told_what_was_charged_and_of_all_it_is() -> None:
    made = report(worked(Hours.WORKED, 90), worked(Hours.CHARGED, 80), by=By.AGENT)
    assert [(name, made.minutes(line)) for name, line in made.named] == [
        ("piet", [90, None, None, None]),
        ("all", [90, 0, 80, 0]),
    ]
    assert "<td>1 h 30 min</td><td>–</td><td>–</td><td>–</td>" in page(made)


def test_to_begin_with_a_call_out_is_told_of_where_it_was_promised() -> None:
    promised = Judged(NOON, "piet", "high", TargetKind.START, Outcome.MET)
    assert "start: kept" in page(report(promised))
    assert "start: kept" not in page(report(Opened(NOON, "piet", "high")))

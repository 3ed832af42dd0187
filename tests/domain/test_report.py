"""Figures over facts: tallies, times by nearest rank, groups and months."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.fact import Answered, Fact, Hours, Judged, Opened, Outcome, Resolved, Row, Worked
from helpdeskd.domain.report import UP_TO, By, Line, Part, Period, Spread, Tally, lines, total
from helpdeskd.domain.target import TargetKind

ZONE = ZoneInfo("Europe/Amsterdam")
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30), ZONE)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTES = st.lists(st.integers(0, 10_000), min_size=1).map(lambda times: Spread(tuple(sorted(times))))


def opened(at: datetime = NOON, agent: str = "piet", priority: str = "normal") -> Opened:
    return Opened(at, agent, priority)


def judged(outcome: Outcome, kind: TargetKind = TargetKind.RESPONSE) -> Judged:
    return Judged(NOON, "piet", "normal", kind, outcome)


def row(*facts: Fact, customer: str = "bakery", queue: str = "support") -> Row:
    return Row("HD-1001", customer, queue, facts)


def groups(rows: list[Row], by: By, period: Period = NOVEMBER) -> dict[str, int]:
    """How many tickets each group opened, in the order of the lines."""
    return {line.group: line.opened for line in lines(rows, by, period)}


def test_a_period_runs_from_midnight_to_midnight_of_the_wall_clock() -> None:
    first, last = datetime(2026, 10, 31, 23, 0, tzinfo=UTC), datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)
    assert (NOVEMBER.start, NOVEMBER.end) == (first, last + SECOND)
    inside = [row(opened(first)), row(opened(last))]
    outside = [row(opened(first - SECOND)), row(opened(last + SECOND))]
    assert total([*inside, *outside], NOVEMBER).opened == 2


def test_a_day_on_which_the_clocks_change_is_a_whole_day() -> None:
    spring = Period(date(2026, 3, 29), date(2026, 3, 29), ZONE)
    assert spring.end - spring.start == timedelta(hours=23)


def test_each_fact_is_in_the_line_of_its_group() -> None:
    rows = [
        row(opened(), opened(agent="", priority="high"), customer="smith", queue="duty"),
        row(opened(agent="Ans")),
        row(opened(agent="piet"), customer=""),
    ]
    assert groups(rows, By.CUSTOMER) == {"bakery": 1, "smith": 2, "": 1}
    assert groups(rows, By.QUEUE) == {"duty": 2, "support": 2}
    assert list(groups(rows, By.AGENT).items()) == [("Ans", 1), ("piet", 2), ("", 1)]
    assert groups(rows, By.PRIORITY) == {"high": 1, "normal": 3}


def test_months_are_of_the_wall_clock_and_those_between_are_not_left_out() -> None:
    new_year = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    rows = [row(opened(datetime(2026, 10, 31, 22, 30, tzinfo=UTC)), opened(new_year))]
    year = Period(date(2026, 1, 1), date(2027, 12, 31), ZONE)
    assert groups(rows, By.MONTH, year) == {"2026-10": 1, "2026-11": 0, "2026-12": 0, "2027-01": 1}


@pytest.mark.parametrize("by", By)
def test_nothing_makes_no_lines(by: By) -> None:
    assert lines([], by, NOVEMBER) == ()


def test_targets_are_tallied_by_kind_and_together() -> None:
    line = Line("", (
        judged(Outcome.MET), judged(Outcome.MET), judged(Outcome.BREACHED), judged(Outcome.OPEN),
        judged(Outcome.ENDED), judged(Outcome.BREACHED, TargetKind.RESOLUTION),
    ))  # fmt: skip
    assert line.tally(TargetKind.RESPONSE) == Tally(met=2, breached=1, open=1, ended=1)
    assert line.tally(TargetKind.NEXT_RESPONSE) == Tally(0, 0, 0, 0)
    assert line.tally() == Tally(met=2, breached=2, open=1, ended=1)


def test_the_share_kept_is_of_what_was_met_or_missed() -> None:
    assert Tally(met=2, breached=1, open=5, ended=5).kept == Fraction(2, 3)
    assert Tally(met=0, breached=0, open=5, ended=5).kept is None


def test_answers_and_resolutions_are_kept_apart_and_sorted() -> None:
    line = Line("", (Answered(NOON, "", "", 9), Resolved(NOON, "", "", 50), Answered(NOON, "", "", 4)))
    assert (line.answered.minutes, line.resolved.minutes) == ((4, 9), (50,))


@pytest.mark.parametrize(
    ("count", "middle", "ninetieth"),
    [(0, None, None), (1, 1, 1), (2, 1, 2), (3, 2, 3), (9, 5, 9), (10, 5, 9), (11, 6, 10), (100, 50, 90)],
)
def test_percentiles_are_the_nearest_rank(count: int, middle: int | None, ninetieth: int | None) -> None:
    spread = Spread(tuple(range(1, count + 1)))
    assert (spread.middle, spread.ninetieth) == (middle, ninetieth)


@given(MINUTES)
def test_a_percentile_is_the_smallest_time_that_so_many_do_not_exceed(spread: Spread) -> None:
    for value, share in ((spread.middle, Fraction(1, 2)), (spread.ninetieth, Fraction(9, 10))):
        assert value in spread.minutes
        assert sum(minutes <= value for minutes in spread.minutes) >= share * len(spread.minutes)
        assert sum(minutes < value for minutes in spread.minutes) < share * len(spread.minutes)


def test_a_time_belongs_to_the_class_that_it_does_not_exceed() -> None:
    assert Spread((0, 15, 16, 30, 2400, 2401)).classes == (2, 2, 0, 0, 0, 0, 0, 1, 1)


@given(MINUTES)
def test_every_time_has_one_class(spread: Spread) -> None:
    assert len(spread.classes) == len(UP_TO) + 1
    assert sum(spread.classes) == len(spread.minutes)


@given(
    st.lists(st.tuples(st.datetimes(datetime(2026, 10, 1), datetime(2026, 12, 31)), st.sampled_from(["", "a", "B"])))
)
def test_the_lines_of_every_grouping_hold_the_facts_of_the_total(made: list[tuple[datetime, str]]) -> None:
    rows = [row(opened(at.replace(tzinfo=UTC), who, who), customer=who, queue=who) for at, who in made]
    for by in By:
        found = [fact for line in lines(rows, by, NOVEMBER) for fact in line.facts]
        assert sorted(found, key=repr) == sorted(total(rows, NOVEMBER).facts, key=repr)


def worked(hours: Hours, minutes: int, at: datetime = NOON) -> Worked:
    return Worked(at, "piet" if hours is Hours.WORKED else "", "normal", hours, minutes)


def test_minutes_of_work_are_added_up_by_what_they_are() -> None:
    line = Line("", (worked(Hours.WORKED, 40), worked(Hours.WORKED, 5), worked(Hours.CHARGED, 30)))
    assert [line.minutes(hours) for hours in Hours] == [45, 0, 30, 0]


def test_of_agents_is_told_what_they_worked_and_in_all_what_was_charged() -> None:
    rows = [row(worked(Hours.WORKED, 40), worked(Hours.CHARGED, 30), worked(Hours.FREE, 10))]
    [piet] = lines(rows, By.AGENT, NOVEMBER)
    assert (piet.group, [piet.minutes(hours) for hours in Hours]) == ("piet", [40, 0, 0, 0])
    assert [total(rows, NOVEMBER).minutes(hours) for hours in Hours] == [40, 10, 30, 0]


def test_tickets_within_the_free_minutes_are_counted_of_those_that_have_some() -> None:
    known = [True, False, True, None]
    line = Line("", tuple(Resolved(NOON, "", "", 5, within) for within in known))
    assert line.within_free == Part(2, 3)
    assert line.within_free.share == Fraction(2, 3)
    assert Line("", ()).within_free.share is None


MOMENTS = st.datetimes(datetime(2026, 10, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))


@given(st.lists(st.tuples(MOMENTS, st.sampled_from(Hours), st.integers(1, 500), st.sampled_from(["", "a", "B"]))))
def test_every_grouping_has_all_minutes_that_it_tells_of(made: list[tuple[datetime, Hours, int, str]]) -> None:
    rows = [row(worked(hours, minutes, at), customer=who, queue=who) for at, hours, minutes, who in made]
    for by in By:
        for hours in Hours if by is not By.AGENT else (Hours.WORKED,):
            told = sum(line.minutes(hours) for line in lines(rows, by, NOVEMBER))
            assert told == total(rows, NOVEMBER).minutes(hours)

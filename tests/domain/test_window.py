"""Every minute has one window; which one is told by the clock on the wall."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.tariff import HOUR
from helpdeskd.domain.window import EVERY_DAY, MINUTE, Piece, Window, faults, joined, pieces
from tests.domain.by_the_minute import CHANGES_OF_CLOCKS
from tests.domain.tariffs import (
    BEST_EFFORT,
    OFFICE_HOURS,
    WEEKEND,
    WORKDAYS,
    ZoneInfo,
    holidays,
    hours,
    local,
)

WINDOWS = BEST_EFFORT.windows


def named(start: datetime, end: datetime) -> list[tuple[str, int]]:
    """The windows of an interval, and how long each lasts."""
    parts = joined(pieces(WINDOWS, BEST_EFFORT.calendar, start, end), lambda part: part.window.name)
    return [(part.window.name, part.minutes) for part in parts]


def test_friday_evening_ends_where_the_weekend_begins() -> None:
    assert named(local(2026, 11, 20, 16, 30), local(2026, 11, 21, 1)) == [
        ("office hours", 30),
        ("evening", 7 * HOUR),
        ("weekend", 60),
    ]


def test_monday_morning_is_outside_office_hours_and_no_weekend() -> None:
    assert named(local(2026, 11, 22, 23), local(2026, 11, 23, 10)) == [
        ("weekend", 60),
        ("evening", 9 * HOUR),
        ("office hours", 60),
    ]


def test_a_holiday_is_its_whole_date_and_comes_before_the_weekend() -> None:
    assert named(local(2026, 12, 24, 23), local(2026, 12, 27, 1)) == [
        ("evening", 60),
        ("holiday", 48 * HOUR),
        ("weekend", 60),
    ]


def test_without_a_window_for_holidays_they_are_days_like_others() -> None:
    weekdays = (Window("day", hours=(hours("08:00-20:00"),)), Window("night", hours=(hours("20:00-08:00"),)))
    parts = pieces(weekdays, BEST_EFFORT.calendar, local(2026, 12, 25, 7), local(2026, 12, 25, 9))
    assert [part.window.name for part in parts] == ["night", "day"]


@pytest.mark.parametrize("night", [hours("22:00-06:00"), (22 * HOUR, 30 * HOUR)])
def test_hours_over_midnight_are_the_morning_and_the_evening_of_each_day(night: tuple[int, int]) -> None:
    window = Window("night", frozenset({0}), (night,))
    assert window.minutes_on(0) == ((0, 6 * HOUR), (22 * HOUR, 24 * HOUR))
    assert window.minutes_on(1) == ()


def test_the_repeated_hour_of_autumn_counts_twice_and_the_one_left_out_in_spring_never() -> None:
    assert named(local(2026, 10, 25), local(2026, 10, 26)) == [("weekend", 25 * HOUR)]
    assert named(local(2026, 3, 29), local(2026, 3, 30)) == [("weekend", 23 * HOUR)]


def test_a_week_that_is_covered_has_no_faults() -> None:
    assert faults(WINDOWS, complete=True) == ()


def test_a_gap_is_told_with_the_minute_that_is_not_covered() -> None:
    gap = (OFFICE_HOURS, Window("evening", WORKDAYS, (hours("17:01-09:00"),)), Window("weekend", WEEKEND))
    assert faults(gap, complete=True)[0] == "Monday 17:00 is not covered by any window (until 17:01)"
    assert len(faults(gap, complete=True)) == len(WORKDAYS)
    assert faults(gap, complete=False) == ()


def test_a_day_that_ends_too_early_is_told() -> None:
    until_eleven = (Window("day", hours=(hours("00:00-23:00"),)),)
    assert faults(until_eleven, complete=True)[6] == "Sunday 23:00 is not covered by any window (until 24:00)"


def test_a_minute_that_is_covered_twice_is_told() -> None:
    twice = (OFFICE_HOURS, Window("evening", WORKDAYS, (hours("16:59-09:00"),)), Window("weekend", WEEKEND))
    assert faults(twice, complete=True)[4] == (
        'Friday 16:59 is covered twice, by "office hours" and "evening" (until 17:00)'
    )


def test_two_windows_for_whole_dates_are_told_but_hours_give_way_to_one() -> None:
    assert len(faults((Window("a"), Window("b")), complete=True)) == len(EVERY_DAY)
    assert faults((Window("a"), OFFICE_HOURS), complete=True) == ()


def test_two_windows_for_holidays_are_told() -> None:
    two = (Window("any"), Window("feast", holidays=True), Window("bank", holidays=True))
    assert faults(two, complete=True) == ("two windows are for holidays (one has all of them)",)


@pytest.mark.parametrize("wrong", [(-1, 60), (1440, 60), (60, 1501), (60, -1)])
def test_hours_that_are_none_are_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="hours begin within a day"):
        Window("odd", hours=(wrong,))


def test_a_holiday_with_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="a holiday is its whole date"):
        Window("odd", hours=(hours("09:00-17:00"),), holidays=True)


def has(piece: Piece[Window], at: datetime, zone: ZoneInfo) -> bool:
    """Is a minute in the right window, asked of the wall clock alone?"""
    wall = at.astimezone(zone)
    if wall.date() in holidays(wall.year):
        return piece.window.name == "holiday"
    if wall.weekday() in WEEKEND:
        return piece.window.name == "weekend"
    return piece.window.name == ("office hours" if 9 <= wall.hour < 17 else "evening")


@given(
    st.sampled_from(
        [*CHANGES_OF_CLOCKS, ("Europe/Amsterdam", local(2026, 12, 31)), ("Europe/Amsterdam", local(2026, 12, 25))]
    ),
    st.integers(-3000, 3000),
    st.integers(1, 600),
)
def test_the_pieces_of_an_interval_add_up_and_each_minute_is_where_the_wall_clock_says(
    change: tuple[str, datetime], offset: int, length: int
) -> None:
    zone, start = ZoneInfo(change[0]), change[1] + offset * MINUTE
    calendar = Calendar("any", zone, ((),) * 7, holidays)
    parts = pieces(WINDOWS, calendar, start, start + length * MINUTE)
    assert all(before.end == after.start for before, after in pairwise(parts))
    assert (parts[0].start, sum(part.minutes for part in parts)) == (start, length)
    for part in parts:
        minutes = (part.start + timedelta(minutes=minute) for minute in range(part.minutes))
        assert all(has(part, at, zone) and at.astimezone(zone).date() == part.day for at in minutes)

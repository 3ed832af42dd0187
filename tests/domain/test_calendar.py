"""A calendar knows what the clock on the wall shows as open: nights, lunch breaks, holidays and changes of clocks."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdeskd.domain.calendar import Calendar, Interval, SpecialDay, never_opens
from tests.domain.by_the_minute import MINUTE, Hours, hours_around, minutes_of

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SHUT: tuple[Interval, ...] = ()
OFFICE: tuple[Interval, ...] = ((510, 1080),)
ALL_DAY: tuple[Interval, ...] = ((0, 1440),)
WORKWEEK = (OFFICE,) * 5 + (SHUT,) * 2
SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)


def christmas(year: int) -> Mapping[date, str]:
    return {date(year, 12, 25): "Christmas Day", date(year, 12, 26): "Second Day of Christmas"}


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=AMSTERDAM, fold=fold).astimezone(UTC)  # type: ignore[arg-type, misc]


def calendar(weekly: tuple[tuple[Interval, ...], ...] = WORKWEEK, **special: SpecialDay) -> Calendar:
    days = {date.fromisoformat(day.removeprefix("d").replace("_", "-")): special[day] for day in special}
    return Calendar("office", AMSTERDAM, weekly, christmas, days)


def every_day(*intervals: Interval) -> Calendar:
    return calendar((intervals,) * 7)


def elapsed_open(office: Calendar, start: datetime, end: datetime) -> Fraction:
    """How many minutes of [start, end) are open, exactly."""
    total = sum((until - since for since, until in office.open_between(start, end)), timedelta())
    return Fraction(total // timedelta(microseconds=1), 60_000_000)


def hours_open(office: Calendar, day: date) -> Fraction:
    """The open hours of a local date."""
    start, next_day = (datetime(d.year, d.month, d.day, tzinfo=AMSTERDAM) for d in (day, day + timedelta(days=1)))
    return elapsed_open(office, start.astimezone(UTC), next_day.astimezone(UTC)) / 60


def test_intervals_are_half_open() -> None:
    office = calendar()
    assert not office.is_open(local(2026, 11, 20, 8, 29, 59))
    assert office.is_open(local(2026, 11, 20, 8, 30))
    assert office.is_open(local(2026, 11, 20, 17, 59, 59))
    assert not office.is_open(local(2026, 11, 20, 18))


def test_the_next_opening_is_now_while_open() -> None:
    assert calendar().next_opening(local(2026, 11, 20, 9, 1)) == local(2026, 11, 20, 9, 1)


def test_the_next_opening_after_friday_evening_is_monday_morning() -> None:
    assert calendar().next_opening(local(2026, 11, 20, 18)) == local(2026, 11, 23, 8, 30)


def test_a_lunch_break_is_two_intervals() -> None:
    office = every_day((510, 720), (780, 1080))
    assert office.intervals_of(date(2026, 11, 20)) == ((510, 720), (780, 1080))
    assert not office.is_open(local(2026, 11, 20, 12, 30))
    assert office.next_opening(local(2026, 11, 20, 12)) == local(2026, 11, 20, 13)


@pytest.mark.parametrize("night", [(1320, 360), (1320, 1800)])
def test_a_night_belongs_to_the_date_on_which_it_begins(night: Interval) -> None:
    friday_night = calendar((SHUT,) * 4 + ((night,),) + (SHUT,) * 2)
    assert friday_night.intervals_of(date(2026, 11, 20)) == ((1320, 1440),)
    assert friday_night.intervals_of(date(2026, 11, 21)) == ((0, 360),)
    assert friday_night.is_open(local(2026, 11, 21, 5, 59))
    assert not friday_night.is_open(local(2026, 11, 21, 6))
    assert not friday_night.is_open(local(2026, 11, 20, 3))


def test_an_interval_may_end_at_midnight_and_join_the_next_day() -> None:
    office = every_day((1080, 1440), (0, 60))
    opened = list(office.open_between(local(2026, 11, 20, 17), local(2026, 11, 21, 2)))
    assert opened == [
        (local(2026, 11, 20, 18), local(2026, 11, 21)),
        (local(2026, 11, 21), local(2026, 11, 21, 1)),
    ]


def test_an_interval_of_a_whole_day_may_begin_at_any_hour() -> None:
    assert every_day((480, 480)).intervals_of(date(2026, 11, 20)) == ((0, 1440),)


def test_intervals_that_overlap_count_once() -> None:
    assert every_day((600, 720), (540, 660), (720, 780)).intervals_of(date(2026, 11, 20)) == ((540, 780),)


def test_a_holiday_is_closed_from_midnight_to_midnight() -> None:
    nights = every_day((1320, 360))
    assert nights.intervals_of(date(2026, 12, 25)) == ()
    assert not nights.is_open(local(2026, 12, 25))
    assert nights.is_open(local(2026, 12, 24, 23, 59, 59))
    assert nights.intervals_of(date(2026, 12, 27)) == ((1320, 1440),)


def test_a_special_day_replaces_its_hours_and_wins_over_a_holiday() -> None:
    short = SpecialDay(((510, 720),), "short day")
    office = calendar(d2026_12_24=short, d2026_12_25=short)
    assert office.intervals_of(date(2026, 12, 24)) == ((510, 720),)
    assert office.is_open(local(2026, 12, 25, 9))
    assert office.why_closed(date(2026, 12, 25)) == "short day"


def test_a_special_day_without_intervals_is_closed() -> None:
    office = calendar(d2026_11_20=SpecialDay())
    assert office.next_opening(local(2026, 11, 20, 8)) == local(2026, 11, 23, 8, 30)
    assert office.why_closed(date(2026, 11, 20)) == "closed"


def test_a_special_night_goes_on_into_the_next_day() -> None:
    office = calendar(d2026_11_20=SpecialDay(((1320, 120),), "migration"))
    assert office.is_open(local(2026, 11, 21, 1, 59))
    assert not office.is_open(local(2026, 11, 21, 2))


def test_spans_say_why_it_is_closed_and_leave_no_gap() -> None:
    spans = list(islice(calendar().spans(local(2026, 12, 24, 17)), 7))
    assert [(span.start, span.open, span.why) for span in spans] == [
        (local(2026, 12, 24, 17), True, "open"),
        (local(2026, 12, 24, 18), False, "closed"),
        (local(2026, 12, 25), False, "Christmas Day"),
        (local(2026, 12, 26), False, "Second Day of Christmas"),
        (local(2026, 12, 27), False, "closed"),
        (local(2026, 12, 28), False, "closed"),
        (local(2026, 12, 28, 8, 30), True, "open"),
    ]
    assert all(before.end == after.start for before, after in pairwise(spans))


def test_a_span_knows_how_long_its_day_is_open() -> None:
    assert next(calendar().spans(local(2026, 11, 20, 17, 30))).day_seconds == 570 * 60


def test_round_the_clock_never_loses_a_minute() -> None:
    always = Calendar("always", AMSTERDAM, (ALL_DAY,) * 7)
    start, end = local(2026, 1, 1), local(2027, 1, 1)
    assert elapsed_open(always, start, end) == 365 * 1440
    assert always.is_open(local(2026, 11, 20, 23, 59, 59))
    assert all(span.open for span in islice(always.spans(start), 400))


def test_seconds_count_as_parts_of_minutes() -> None:
    assert elapsed_open(calendar(), local(2026, 11, 20, 17, 59, 15), local(2026, 11, 23, 8, 30, 1)) == Fraction(46, 60)


@pytest.mark.parametrize(
    ("interval", "spring", "usual", "autumn"),
    [
        ((0, 1440), 23, 24, 25),
        ((0, 480), 7, 8, 9),
        ((120, 180), 0, 1, 2),
        ((90, 150), Fraction(1, 2), 1, Fraction(3, 2)),
        ((150, 210), Fraction(1, 2), 1, Fraction(3, 2)),
        ((510, 1080), Fraction(19, 2), Fraction(19, 2), Fraction(19, 2)),
    ],
)
def test_f07_a_day_with_a_clock_change_counts_what_the_wall_shows(
    interval: Interval, spring: Fraction, usual: Fraction, autumn: Fraction
) -> None:
    office = every_day(interval)
    assert [hours_open(office, day) for day in (SPRING, date(2026, 6, 1), AUTUMN)] == [spring, usual, autumn]


def test_the_night_over_a_clock_change_is_an_hour_shorter_or_longer() -> None:
    nights = every_day((1320, 360))
    assert elapsed_open(nights, local(2026, 3, 28, 12), local(2026, 3, 29, 12)) == 7 * 60
    assert elapsed_open(nights, local(2026, 10, 24, 12), local(2026, 10, 25, 12)) == 9 * 60


def test_a_time_that_the_wall_shows_twice_is_open_twice() -> None:
    opened = every_day((120, 150)).open_between(local(2026, 10, 25), local(2026, 10, 26))
    assert list(opened) == [
        (local(2026, 10, 25, 2), local(2026, 10, 25, 2, 30)),
        (local(2026, 10, 25, 2, fold=1), local(2026, 10, 25, 2, 30, fold=1)),
    ]


def test_a_time_that_the_wall_never_shows_is_not_open() -> None:
    assert every_day((120, 180)).next_opening(local(2026, 3, 29)) == local(2026, 3, 30, 2)


def test_years_of_closure_are_searched() -> None:
    days = {date(2026, 1, 1) + timedelta(days=n): SpecialDay((), "fire") for n in range(20 * 365 + 5)}
    office = Calendar("office", AMSTERDAM, WORKWEEK, special=days)
    assert office.next_opening(local(2026, 1, 1)) == local(2046, 1, 1, 8, 30)


def test_a_calendar_that_never_opens_is_known_as_such() -> None:
    assert never_opens(calendar((SHUT,) * 7))
    assert never_opens(calendar((SHUT,) * 7, d2026_11_20=SpecialDay(ALL_DAY)))
    assert not never_opens(calendar((SHUT,) * 6 + (((0, 1),),)))


@pytest.mark.parametrize("interval", [(-1, 60), (1440, 1500), (60, 1501), (60, -5)])
def test_hours_that_are_no_interval_are_refused(interval: Interval) -> None:
    with pytest.raises(ValueError, match="is no interval"):
        every_day(interval)
    with pytest.raises(ValueError, match="is no interval"):
        calendar(d2026_11_20=SpecialDay((interval,)))


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="7 days, not 5"):
        calendar((OFFICE,) * 5)


@settings(max_examples=40, deadline=None)
@given(hours_around(), st.integers(0, 3 * 1440), st.integers(0, 5 * 1440))
def test_it_agrees_with_asking_each_minute(around: tuple[Hours, datetime], begin: int, length: int) -> None:
    hours, change = around
    office, minutes = hours.calendar(), minutes_of(hours, change)
    start, end = minutes.instant(begin), minutes.instant(begin + length)
    assert elapsed_open(office, start, end) == sum(minutes.open[begin : begin + length])
    opening = next((index for index in range(begin, len(minutes.open)) if minutes.open[index]), None)
    found = office.next_opening(start)
    assert found is not None
    assert found == minutes.instant(opening) if opening is not None else found >= minutes.instant(len(minutes.open))


@settings(max_examples=25, deadline=None)
@given(hours_around())
def test_spans_are_the_minutes_without_gap_or_overlap(around: tuple[Hours, datetime]) -> None:
    hours, change = around
    office, minutes = hours.calendar(), minutes_of(hours, change)
    index = 0
    for span in office.spans(minutes.first):
        assert span.start == minutes.instant(index)
        upto = min(minutes.at(span.end), len(minutes.open))
        assert set(minutes.open[index:upto]) == {span.open}
        assert len(set(minutes.dates[index:upto])) == 1
        assert all(office.is_open(span.start + n * MINUTE) == span.open for n in (0, upto - index - 1))
        index = upto
        if index == len(minutes.open):
            return

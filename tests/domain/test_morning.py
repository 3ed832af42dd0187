"""When working days begin and end, on both days of a clock change too."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from helpdeskd.domain.calendar import Calendar, Interval, SpecialDay
from helpdeskd.domain.morning import closing, end_of_day, next_morning, working_days_before

ZONE = ZoneInfo("Europe/Amsterdam")
OFFICE = Calendar("office", ZONE, (((510, 750), (780, 1080)),) * 5 + ((), ()))
NIGHTS = Calendar("nights", ZONE, (((1320, 360),),) * 7)
ALWAYS = Calendar("always", ZONE, (((0, 1440),),) * 7)
NEVER = Calendar("never", ZONE, ((),) * 7)
EVERY_DAY = Calendar("every day", ZONE, (((90, 240),),) * 7)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def shown(at: datetime | None) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" if at else ""


@pytest.mark.parametrize(
    ("after", "morning"),
    [
        ("2026-11-23 08:29", "2026-11-23 08:30"),
        ("2026-11-23 08:30", "2026-11-24 08:30"),
        ("2026-11-23 12:45", "2026-11-24 08:30"),
        ("2026-11-27 12:00", "2026-11-30 08:30"),
        ("2026-10-23 12:00", "2026-10-26 08:30"),
        ("2026-03-27 12:00", "2026-03-30 08:30"),
    ],
)
def test_the_next_morning_is_the_first_opening_of_a_working_day(after: str, morning: str) -> None:
    assert shown(next_morning(OFFICE, local(after))) == morning


def test_a_day_off_has_no_morning_and_a_short_day_one_of_its_own() -> None:
    short: tuple[Interval, ...] = ((600, 720),)
    special = {date(2026, 12, 24): SpecialDay(short), date(2026, 12, 25): SpecialDay()}
    calendar = Calendar("office", ZONE, OFFICE.weekly, special=special)
    assert shown(next_morning(calendar, local("2026-12-23 12:00"))) == "2026-12-24 10:00"
    assert shown(next_morning(calendar, local("2026-12-24 12:00"))) == "2026-12-28 08:30"


def test_the_end_of_a_nights_work_is_no_morning() -> None:
    assert shown(next_morning(NIGHTS, local("2026-11-23 23:00"))) == "2026-11-24 22:00"


def test_who_is_always_at_work_begins_at_eight() -> None:
    assert shown(next_morning(ALWAYS, local("2026-11-23 07:59"))) == "2026-11-23 08:00"
    assert shown(next_morning(ALWAYS, local("2026-11-23 08:00"))) == "2026-11-24 08:00"


def test_who_never_works_has_no_morning() -> None:
    assert next_morning(NEVER, local("2026-11-23 08:00")) is None


@pytest.mark.parametrize(("day", "morning"), [("2026-03-28", "2026-03-29 01:30"), ("2026-10-24", "2026-10-25 01:30")])
def test_a_day_with_a_clock_change_has_one_morning(day: str, morning: str) -> None:
    first = next_morning(EVERY_DAY, local(f"{day} 12:00"))
    assert first is not None
    assert shown(first) == morning
    following = next_morning(EVERY_DAY, first)
    assert following is not None
    assert following.astimezone(ZONE).day == first.astimezone(ZONE).day + 1


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-11-23 08:30", "2026-11-23 18:00"),
        ("2026-11-23 12:40", "2026-11-23 18:00"),
        ("2026-11-23 19:00", "2026-11-23 19:00"),
        ("2026-11-28 10:00", "2026-11-28 10:00"),
    ],
)
def test_a_working_day_ends_with_its_last_closing(at: str, end: str) -> None:
    assert shown(closing(OFFICE, local(at))) == end


def test_a_day_ends_at_midnight_on_the_clock_of_the_calendar() -> None:
    assert end_of_day(OFFICE, local("2026-10-25 01:00")) == local("2026-10-26 00:00")


@pytest.mark.parametrize(
    ("at", "days", "end"),
    [
        ("2026-11-23 10:00", 1, "2026-11-21 00:00"),
        ("2026-11-23 10:00", 5, "2026-11-17 00:00"),
        ("2026-11-25 10:00", 1, "2026-11-25 00:00"),
    ],
)
def test_working_days_are_counted_back(at: str, days: int, end: str) -> None:
    assert shown(working_days_before(OFFICE, local(at), days)) == end


def test_where_there_are_no_working_days_none_are_counted() -> None:
    assert shown(working_days_before(NEVER, local("2026-11-23 10:00"), 5)) == "2026-11-24 00:00"

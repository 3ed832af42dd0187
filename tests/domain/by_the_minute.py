"""A second opinion on opening hours: each minute asked one by one, and strategies that make calendars.

Written from the policies and not from the code: slow, obvious, and without any of the calendar's arithmetic.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from helpdeskd.domain.calendar import Calendar, Interval, SpecialDay

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
DAYS_LOOKED_AT = 9

CHANGES_OF_CLOCKS = (
    ("Europe/Amsterdam", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/Amsterdam", datetime(2026, 10, 25, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 5, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 10, 24, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 11, 1, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 3, 29, tzinfo=UTC)),
)


@dataclass(frozen=True)
class Hours:
    """A calendar in plain data, so that no code of the project decides what is open."""

    zone: ZoneInfo
    weekly: tuple[tuple[Interval, ...], ...]
    holidays: Mapping[date, str]
    special: Mapping[date, tuple[Interval, ...]]

    def calendar(self) -> Calendar:
        special = {day: SpecialDay(intervals, "special") for day, intervals in self.special.items()}
        return Calendar("any", self.zone, self.weekly, lambda _year: self.holidays, special)

    def shows_open(self, at: datetime) -> bool:
        """Does the clock on the wall show an open time?"""
        local = at.astimezone(self.zone)
        today, minute = local.date(), local.hour * 60 + local.minute
        if self._begins_on(today, minute, night=False):
            return True
        closed = today in self.holidays or today in self.special
        return not closed and self._begins_on(today - DAY, minute, night=True)

    def _begins_on(self, day: date, minute: int, *, night: bool) -> bool:
        intervals = self.special.get(day, () if day in self.holidays else self.weekly[day.weekday()])
        for start, end in intervals:
            over_midnight = end <= start or end > 1440
            if night and over_midnight and minute < end % 1440:
                return True
            if not night and start <= minute and (over_midnight or minute < end):
                return True
        return False


@dataclass(frozen=True)
class Minutes:
    """Each minute of some days from `first` on: its local date, and whether it is open."""

    first: datetime
    dates: tuple[date, ...]
    open: tuple[bool, ...]

    def at(self, instant: datetime) -> int:
        return (instant - self.first) // MINUTE

    def instant(self, index: int) -> datetime:
        return self.first + index * MINUTE

    def of_day(self, day: date) -> int:
        """How many minutes of a local date are open."""
        return sum(is_open for date_, is_open in zip(self.dates, self.open, strict=True) if date_ == day)


def minutes_of(hours: Hours, around: datetime) -> Minutes:
    """The days around a change of clocks, from three days before it."""
    first = around - 3 * DAY
    instants = [first + index * MINUTE for index in range(DAYS_LOOKED_AT * 1440)]
    dates = tuple(at.astimezone(hours.zone).date() for at in instants)
    return Minutes(first, dates, tuple(hours.shows_open(at) for at in instants))


def weights(minutes: Minutes) -> list[Fraction]:
    """What each minute counts in working days."""
    of_day = {day: minutes.of_day(day) for day in set(minutes.dates)}
    pairs = zip(minutes.dates, minutes.open, strict=True)
    return [Fraction(1, of_day[day]) if is_open else Fraction(0) for day, is_open in pairs]


def _interval(start: int, length: int, wrapped: bool) -> Interval:
    end = start + length
    return (start, end - 1440) if wrapped and end > 1440 else (start, end)


interval = st.builds(
    _interval,
    st.one_of(st.sampled_from([0, 30, 120, 150, 180, 510, 780, 1080, 1320, 1439]), st.integers(0, 1439)),
    st.one_of(st.sampled_from([1, 30, 60, 240, 570, 1440]), st.integers(1, 1440)),
    st.booleans(),
)
day_hours = st.lists(interval, max_size=3).map(tuple)


@st.composite
def hours_around(draw: st.DrawFn) -> tuple[Hours, datetime]:
    """A calendar that opens now and then, and a day near which its clocks change."""
    zone, around = draw(st.sampled_from(CHANGES_OF_CLOCKS))
    weekly = draw(st.tuples(*[day_hours] * 7).filter(any))
    days = st.integers(-3, 5).map(lambda offset: around.date() + offset * DAY)
    holidays = draw(st.dictionaries(days, st.just("Holiday"), max_size=2))
    special = draw(st.dictionaries(days, day_hours, max_size=2))
    return Hours(ZoneInfo(zone), weekly, holidays, special), around

"""Opening hours in a zone, with public holidays and days that differ (policies, "Calendar").

A calendar answers for any instant (aware UTC) whether the desk is open, and walks the time from an instant in spans
that are open or closed and say why. Hours are written in wall-clock minutes of a local date: an interval is half-open,
may end at 24:00 and may cross midnight; it belongs to the date on which it begins.

A closed date (a holiday or a special day) is closed from midnight to midnight: nothing begins on it, and the night
before it ends at its midnight. A special day's own intervals replace everything else on its date in the same way.

Clock changes: an instant is open when the clock on the wall then shows an open time. So the hour that spring leaves
out counts nothing, the hour that autumn repeats counts both times, and 24/7 never loses or invents a minute.

Cost is linear in local days; there is no horizon. A search in a calendar that `never_opens` runs through every year
there is, so the configuration refuses such a calendar. Fails (ValueError) only for hours that are no intervals.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

Interval = tuple[int, int]
"""Wall-clock minutes since local midnight, half-open; an end that is not after the start is on the next day."""

Holidays = Callable[[int], Mapping[date, str]]
"""The public holidays of a year: date and English name. Pure: the same year always gives the same answer."""

CLOSED = "closed"
OPEN = "open"
DAY_MINUTES = 24 * 60
WEEKDAYS = 7
LAST_DAY = date(9999, 12, 29)
ONE_DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FARTHEST_ZONE = timedelta(hours=16)
DAYS_KEPT = 512

_Piece = tuple[datetime, datetime]
_Edge = TypeVar("_Edge", int, datetime)


def no_holidays(_year: int) -> Mapping[date, str]:
    """For a calendar that knows no public holidays."""
    return {}


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """What is open on one date instead of its weekly hours (nothing: closed), and why; wins over a holiday."""

    intervals: tuple[Interval, ...] = ()
    reason: str = CLOSED


@dataclass(frozen=True, slots=True)
class Span:
    """Part of one local day, aware UTC, half-open. `why` is "open", "closed", a holiday's name or a special reason.

    `day_seconds` is how long its whole local day is open, of which working days are counted.
    """

    start: datetime
    end: datetime
    open: bool
    why: str
    day_seconds: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weekly hours (Monday first), holidays and special days, all in local time of `zone`.

    Raises ValueError for weekly or special hours that are no intervals.
    """

    name: str
    zone: ZoneInfo
    weekly: tuple[tuple[Interval, ...], ...]
    holidays: Holidays = no_holidays
    special: Mapping[date, SpecialDay] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if len(self.weekly) != WEEKDAYS:
            raise ValueError(f"a week has {WEEKDAYS} days, not {len(self.weekly)}")
        for intervals in (*self.weekly, *(day.intervals for day in self.special.values())):
            for interval in intervals:
                _check(interval)

    def is_open(self, at: datetime) -> bool:
        """Does the clock on the wall show an open time?"""
        day = _spans_of(self, at.astimezone(self.zone).date())
        return any(span.open and span.start <= at < span.end for span in day)

    def next_opening(self, at: datetime) -> datetime | None:
        """The first open instant from `at` on (`at` itself while open); None when none is left."""
        return next((span.start for span in self.spans(at) if span.open), None)

    def intervals_of(self, day: date) -> tuple[Interval, ...]:
        """The open wall-clock minutes of a local date, from its midnight (0) to the next (1440), in order, merged."""
        begun = [(start, min(end, DAY_MINUTES)) for start, end in self._begun_on(day)]
        night = [] if self._differs(day) else self._begun_on(day - ONE_DAY)
        return tuple(_merged(sorted(begun + [(0, end - DAY_MINUTES) for _, end in night if end > DAY_MINUTES])))

    def why_closed(self, day: date) -> str:
        """What to say about the closed time of a local date."""
        if special := self.special.get(day):
            return special.reason
        return self.holidays(day.year).get(day, CLOSED)

    def open_between(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open parts of [start, end), in order, each within one local day."""
        for span in self.spans(start):
            if span.start >= end:
                return
            if span.open:
                yield span.start, min(span.end, end)

    def spans(self, start: datetime) -> Iterator[Span]:
        """All time from `start` on, without gaps, cut at every local midnight and change between open and closed."""
        day = start.astimezone(self.zone).date()
        while day <= LAST_DAY:
            for span in _spans_of(self, day):
                if span.end > start:
                    yield span if span.start >= start else replace(span, start=start)
                    start = span.end
            day += ONE_DAY

    def _differs(self, day: date) -> bool:
        return day in self.special or day in self.holidays(day.year)

    def _begun_on(self, day: date) -> list[Interval]:
        if special := self.special.get(day):
            return [_unwrapped(interval) for interval in special.intervals]
        if day in self.holidays(day.year):
            return []
        return [_unwrapped(interval) for interval in self.weekly[day.weekday()]]


@lru_cache(maxsize=DAYS_KEPT)
def _spans_of(calendar: Calendar, day: date) -> tuple[Span, ...]:
    """A local date; every target of every ticket asks for the same few."""
    return tuple(_spans(calendar, day))


def _spans(calendar: Calendar, day: date) -> Iterator[Span]:
    clock = _clock(calendar.zone, day)
    whole = _instants(day, clock, ((0, DAY_MINUTES),))
    if not whole:
        return  # a zone that moves across the date line leaves a whole date out
    pieces = _instants(day, clock, calendar.intervals_of(day))
    seconds = sum((end - start) // SECOND for start, end in pieces)
    why, shut = calendar.why_closed(day), whole[0][0]
    for start, end in pieces:
        if shut < start:
            yield Span(shut, start, False, why, seconds)
        yield Span(start, end, True, OPEN, seconds)
        shut = end
    if shut < whole[-1][1]:
        yield Span(shut, whole[-1][1], False, why, seconds)


def never_opens(calendar: Calendar) -> bool:
    """Would a search for an opening not end? Special days alone do not help: they run out."""
    return not any(calendar.weekly)


def _check(interval: Interval) -> None:
    start, end = interval
    if not (0 <= start < DAY_MINUTES and 0 <= end <= start + DAY_MINUTES):
        raise ValueError(f"{interval} is no interval: it begins within a day and lasts for one day at most")


def _unwrapped(interval: Interval) -> Interval:
    start, end = interval
    return (start, end) if end > start else (start, end + DAY_MINUTES)


@dataclass(frozen=True, slots=True)
class _Offset:
    """The difference between wall clock and UTC, and the instants between which it is in force."""

    ahead: timedelta
    since: datetime
    until: datetime


def _clock(zone: ZoneInfo, day: date) -> tuple[_Offset, ...]:
    """What the clocks of a zone do around a local date: one offset, or two where they change (never twice in days)."""
    midnight = datetime.combine(day, time(), UTC)
    since, until = midnight - FARTHEST_ZONE, midnight + ONE_DAY + FARTHEST_ZONE
    before, after = _ahead(zone, since), _ahead(zone, until)
    if before == after:
        return (_Offset(before, since, until),)
    change = _change(zone, since, until)
    return _Offset(before, since, change), _Offset(after, change, until)


def _ahead(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).replace(tzinfo=UTC) - at


def _change(zone: ZoneInfo, since: datetime, until: datetime) -> datetime:
    """The instant at which the clocks change, by halving; zoneinfo does not tell it."""
    before = _ahead(zone, since)
    while until - since > SECOND:
        middle = since + (until - since) // SECOND // 2 * SECOND
        since, until = (middle, until) if _ahead(zone, middle) == before else (since, middle)
    return until


def _instants(day: date, clock: tuple[_Offset, ...], intervals: tuple[Interval, ...]) -> list[_Piece]:
    """The instants at which the wall shows one of the intervals of a local date, in order."""
    midnight = datetime.combine(day, time(), UTC)
    pieces = (
        (
            max(midnight + timedelta(minutes=start) - offset.ahead, offset.since),
            min(midnight + timedelta(minutes=end) - offset.ahead, offset.until),
        )
        for offset in clock
        for start, end in intervals
    )
    return _merged((start, end) for start, end in pieces if start < end)


def _merged(pieces: Iterable[tuple[_Edge, _Edge]]) -> list[tuple[_Edge, _Edge]]:
    """Pieces in the order of their starts, with those that overlap or touch made one."""
    merged: list[tuple[_Edge, _Edge]] = []
    for start, end in pieces:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged

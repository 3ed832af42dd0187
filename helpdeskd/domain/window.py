"""Windows: the parts of a week that have a rate of their own (policies, "Money", rule 4 and "Standby").

In: windows, a calendar (its zone and public holidays) and an interval (aware UTC, whole minutes). Out: the interval in
pieces, each of one window and one local date; a minute without a window is in no piece.

Hours are times of day: "17:00 to 09:00 on workdays" is the morning and the evening of every workday, also of one that
follows a holiday. Which window has a minute: the holidays' one on the whole of such a date, else the one that has the
whole date, else the one whose hours the wall shows. Clock changes: a repeated hour counts twice, one left out never,
and the pieces of a covered interval always add up to it.

`faults` says what is not covered, or covered twice, to the minute. Fails (ValueError) only for hours that are none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Generic, TypeVar

from helpdeskd.domain.calendar import DAY_MINUTES, WEEKDAYS, Calendar, Interval, SpecialDay, no_holidays

EVERY_DAY = frozenset(range(WEEKDAYS))
WHOLE_DATE: tuple[Interval, ...] = ((0, DAY_MINUTES),)
MINUTE = timedelta(minutes=1)
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Window:
    """Times of day on weekdays (Monday is 0); without `hours` whole dates; with `holidays` those and nothing else.

    Its rate is `percent` of the base rate, or `fixed` cents an hour by level where given.
    """

    name: str
    days: frozenset[int] = EVERY_DAY
    hours: tuple[Interval, ...] = ()
    holidays: bool = False
    percent: Decimal = Decimal(100)
    fixed: Mapping[int, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.holidays and self.hours:
            raise ValueError(f'window "{self.name}": a holiday is its whole date (leave out the hours)')
        for start, end in self.hours:
            if not (0 <= start < DAY_MINUTES and 0 <= end <= start + DAY_MINUTES):
                raise ValueError(f'window "{self.name}": hours begin within a day and last for one day at most')

    def minutes_on(self, weekday: int) -> tuple[Interval, ...]:
        """Its wall-clock minutes on such a day that is no holiday, in order, without regard to other windows."""
        if self.holidays or weekday not in self.days:
            return ()
        return tuple(sorted(part for hours in self.hours for part in _of_one_day(hours))) or WHOLE_DATE


W = TypeVar("W", bound=Window)


@dataclass(frozen=True, slots=True)
class Piece(Generic[W]):
    """[start, end), aware UTC, in one window; `day` is the local date on which it begins."""

    start: datetime
    end: datetime
    window: W
    day: date

    @property
    def minutes(self) -> int:
        return (self.end - self.start) // MINUTE


def pieces(windows: Sequence[W], calendar: Calendar, start: datetime, end: datetime) -> list[Piece[W]]:
    """[start, end) cut at every change of window and at every local midnight, in order."""
    found = (
        Piece(since, until, window, since.astimezone(calendar.zone).date())
        for window in windows
        for since, until in _open_hours(window, windows, calendar, start, end).open_between(start, end)
    )
    return sorted(found, key=lambda piece: piece.start)


def joined(parts: Iterable[Piece[W]], key: Callable[[Piece[W]], object]) -> list[Piece[W]]:
    """Pieces that follow each other without a gap and have the same key, made one."""
    whole: list[Piece[W]] = []
    for part in parts:
        if whole and whole[-1].end == part.start and key(whole[-1]) == key(part):
            whole[-1] = replace(whole[-1], end=part.end)
        else:
            whole.append(part)
    return whole


def faults(windows: Sequence[Window], *, complete: bool) -> tuple[str, ...]:
    """What is wrong with a week of windows, in sentences; `complete` windows have to cover every minute."""
    found = [fault for weekday in range(WEEKDAYS) for fault in _faults_of(weekday, windows, complete)]
    if sum(window.holidays for window in windows) > 1:
        found.append("two windows are for holidays (one has all of them)")
    return tuple(found)


def _faults_of(weekday: int, windows: Sequence[Window], complete: bool) -> Iterator[str]:
    day, at, before = NAMES[weekday], 0, ""
    for (start, end), name in sorted(_covered(weekday, windows)):
        if start < at:
            yield f'{day} {_clock(start)} is covered twice, by "{before}" and "{name}" (until {_clock(min(at, end))})'
        if start > at and complete:
            yield f"{day} {_clock(at)} is not covered by any window (until {_clock(start)})"
        if end > at:
            at, before = end, name
    if at < DAY_MINUTES and complete:
        yield f"{day} {_clock(at)} is not covered by any window (until 24:00)"


def _covered(weekday: int, windows: Sequence[Window]) -> list[tuple[Interval, str]]:
    return [(part, window.name) for window in windows for part in _minutes_left(window, windows, weekday)]


def _minutes_left(window: Window, windows: Sequence[Window], weekday: int) -> tuple[Interval, ...]:
    """A window's minutes of a day; hours have none of it where another window has the whole date."""
    taken = any(weekday in other.days and not (other.hours or other.holidays) for other in windows)
    return () if window.hours and taken else window.minutes_on(weekday)


def _open_hours(
    window: Window, windows: Sequence[Window], calendar: Calendar, start: datetime, end: datetime
) -> Calendar:
    """A calendar that is open while the window has the minute."""
    if window.holidays:
        years = range(start.year - 1, end.year + 2)
        special = {day: SpecialDay(WHOLE_DATE) for year in years for day in calendar.holidays(year)}
        return Calendar(window.name, calendar.zone, ((),) * WEEKDAYS, special=special)
    weekly = tuple(_minutes_left(window, windows, weekday) for weekday in range(WEEKDAYS))
    apart = any(other.holidays for other in windows)
    return Calendar(window.name, calendar.zone, weekly, calendar.holidays if apart else no_holidays)


def _of_one_day(hours: Interval) -> tuple[Interval, ...]:
    """Times of day: what runs over midnight is the evening and the morning of the same day."""
    start, end = hours
    if start < end <= DAY_MINUTES:
        return (hours,)
    morning = end % DAY_MINUTES
    return ((0, morning), (start, DAY_MINUTES)) if morning else ((start, DAY_MINUTES),)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"

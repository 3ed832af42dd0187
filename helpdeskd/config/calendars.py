"""[calendar.NAME]: opening hours as people write them, made into a `Calendar` (policies, "Calendar").

In: days ("mon-fri", "sat") with hours ("08:30-18:00", several where lunch is closed, "24:00" as an end, an end before
its start where they cross midnight), a country's holidays with exceptions both ways, and dates with hours of their own.
Out: `Calendar`. A calendar that never opens is refused, and so is a holiday or an exception that the country does not
have.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, ValidationInfo, field_validator, model_validator

from helpdeskd.config.fields import Rows, Table, Zone, key
from helpdeskd.config.holiday import public_holidays
from helpdeskd.domain.calendar import Calendar, Interval, SpecialDay, no_holidays

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WRITE_HOURS = 'write hours as "08:30-18:00"'
WRITE_DAYS = 'write days as "mon", "sat-sun" or "mon-fri"'
_HOURS = re.compile(r"([0-9]{2}):([0-9]{2}) ?- ?([0-9]{2}):([0-9]{2})")


def _hours(value: object) -> tuple[Interval, ...]:
    texts = value if isinstance(value, list) else [value]
    return tuple(_interval(text) for text in texts)


def _interval(text: object) -> Interval:
    found = _HOURS.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f'"{text}" are no hours ({WRITE_HOURS})')
    start, end = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
    if start >= 24 * 60 or end > 24 * 60 or int(found[2]) > 59 or int(found[4]) > 59:
        raise ValueError(f'"{text}" is not on the clock (00:00 to 24:00)')
    if start == end:
        raise ValueError(f'"{text}" begins when it ends (a whole day is "00:00-24:00")')
    return start, end


def _holidays(value: object) -> object:
    """A country alone stands for its table."""
    return {"country": value} if isinstance(value, str) else value


def _holiday(value: object) -> date | str:
    if isinstance(value, str) or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise ValueError('must be the English name of a holiday or a date (such as "Good Friday" or 2026-04-03)')


Hours = Annotated[tuple[Interval, ...], PlainValidator(_hours)]


class HolidaysTable(Table):
    """Which public holidays are closed."""

    country: str = key(says="The country, by its ISO 3166 code.", such="NL")
    subdivision: str = key("", "A part of the country with holidays of its own.", such="FR")
    categories: Rows[str] = key(("public",), "Which kinds of holiday are closed.", such=["public"])

    @model_validator(mode="after")
    def _known(self) -> "HolidaysTable":
        self.source()
        return self

    def source(self, working: tuple[date | str, ...] = ()) -> Callable[[int], Any]:
        return public_holidays(self.country, self.subdivision, self.categories, working)


class CalendarTable(Table):
    """Opening hours; desk, plans and agents name one."""

    zone: Zone = key(says="The time zone in which the hours are meant.", such="Europe/Amsterdam")
    open: dict[str, Hours] = key(
        says="Hours by day or range of days; two intervals leave a break, an end before its start is past midnight.",
        such={"mon-fri": ["08:30-12:30", "13:00-18:00"]},
    )
    holidays: Annotated[HolidaysTable | None, BeforeValidator(_holidays)] = key(
        None,
        "Public holidays that are closed: a country, or a table with country, subdivision and categories.",
        such="NL",
    )
    except_: Rows[Annotated[date | str, PlainValidator(_holiday)]] = key(
        (), "Holidays that are worked all the same: English names or dates.", alias="except", such=["Good Friday"]
    )
    closed: Rows[date] = key((), "Dates that are closed besides.", such=[date(2026, 12, 31)])
    days: dict[str, Hours] = key({}, "Dates with hours of their own.", such={"2026-12-24": "08:30-12:00"})

    @field_validator("open")
    @classmethod
    def _opens(cls, hours: dict[str, tuple[Interval, ...]]) -> dict[str, tuple[Interval, ...]]:
        if not any(weekly(hours)):
            raise ValueError('the calendar never opens (give at least one day hours: mon-fri = ["08:30-18:00"])')
        return hours

    @field_validator("except_")
    @classmethod
    def _are_holidays(cls, days: tuple[date | str, ...], info: ValidationInfo) -> tuple[date | str, ...]:
        holidays = info.data.get("holidays")
        if isinstance(holidays, HolidaysTable):
            holidays.source(days)
        return days

    @field_validator("days")
    @classmethod
    def _are_dates(cls, days: dict[str, tuple[Interval, ...]]) -> dict[str, tuple[Interval, ...]]:
        for day in days:
            _date(day)
        return days

    def calendar(self, name: str) -> Calendar:
        """The calendar that the table describes."""
        special = {day: SpecialDay() for day in self.closed}
        special |= {_date(day): SpecialDay(hours) for day, hours in self.days.items()}
        holidays = self.holidays.source(self.except_) if self.holidays else no_holidays
        return Calendar(name, self.zone, weekly(self.open), holidays, special)


def weekly(hours: dict[str, tuple[Interval, ...]]) -> tuple[tuple[Interval, ...], ...]:
    """The hours of each weekday, Monday first. Raises ValueError for a range that is none, or a day that is in two."""
    week: dict[str, tuple[Interval, ...]] = {}
    for written, intervals in hours.items():
        for day in day_range(written):
            if day in week:
                raise ValueError(f'"{day}" has hours twice (once in "{written}")')
            week[day] = intervals
    return tuple(week.get(day, ()) for day in DAYS)


def day_range(written: str) -> tuple[str, ...]:
    """The days of "mon" or "mon-fri", in order. Raises ValueError for what is no range of days."""
    first, _, last = written.partition("-")
    last = last or first
    if first not in DAYS or last not in DAYS or DAYS.index(first) > DAYS.index(last):
        raise ValueError(f'"{written}" is no range of days ({WRITE_DAYS})')
    return DAYS[DAYS.index(first) : DAYS.index(last) + 1]


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is no date (such as "2026-12-24")') from None

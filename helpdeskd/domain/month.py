"""A calendar month: what quotas are counted in and statements are made for (policies, "Money").

Which month an instant belongs to is decided by the clock on the wall of a zone, so that 23:59 on the last day and 00:00
on the first are apart, whatever UTC says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DECEMBER = 12


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year, 1 to 12. `str` is how interfaces write it: "2026-11"."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return self.following.first_day - timedelta(days=1)

    @property
    def following(self) -> "Month":
        return Month(self.year + self.month // DECEMBER, self.month % DECEMBER + 1)

    @property
    def before(self) -> "Month":
        return month_of(self.first_day - timedelta(days=1))


def month_of(day: date) -> Month:
    """The month of a local date."""
    return Month(day.year, day.month)


def month_at(at: datetime, zone: ZoneInfo) -> Month:
    """The month that the wall clock of `zone` shows at an aware instant."""
    return month_of(at.astimezone(zone).date())


def month_named(text: str) -> Month:
    """The month that "2026-11" names; raises ValueError for what is none."""
    return month_of(datetime.strptime(text, "%Y-%m").date())


def months(first: Month, last: Month) -> Iterator[Month]:
    """From the first to the last, both included."""
    while first <= last:
        yield first
        first = first.following

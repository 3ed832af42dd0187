"""When somebody's working day begins and ends by their calendar: what the morning mails go by.

In: a calendar and instants (aware UTC). Out: instants and local dates of the calendar's zone. A day's morning is its
first opening; the end of a night's work is none, and where work goes on all night and day it is eight hours after
midnight. A date without opening hours has no morning: weekends, holidays, days off. None: there is no morning any more.
"""

from datetime import UTC, date, datetime, time, timedelta

from helpdeskd.domain.calendar import ONE_DAY, SECOND, Calendar, never_opens

AFTER_MIDNIGHT = timedelta(hours=8)


def next_morning(calendar: Calendar, after: datetime) -> datetime | None:
    """The first morning later than that instant."""
    if never_opens(calendar):
        return None
    day = after.astimezone(calendar.zone).date()
    while True:
        morning = _morning(calendar, day)
        if morning is not None and morning > after:
            return morning
        day += ONE_DAY


def closing(calendar: Calendar, at: datetime) -> datetime:
    """The end of the working day of that instant; the instant itself where nothing of its date is left to work."""
    return max((end for _, end in calendar.open_between(at, _midnight(calendar, at, days=1))), default=at)


def end_of_day(calendar: Calendar, at: datetime) -> datetime:
    """Midnight after that instant, on the clock of the calendar."""
    return _midnight(calendar, at, days=1)


def working_days_before(calendar: Calendar, at: datetime, days: int) -> datetime:
    """The end of the local date that is so many working days before the date of that instant."""
    day, left = at.astimezone(calendar.zone).date(), 0 if never_opens(calendar) else days
    while left:
        day -= ONE_DAY
        left -= bool(calendar.intervals_of(day))
    return _begin(calendar, day + ONE_DAY)


def _morning(calendar: Calendar, day: date) -> datetime | None:
    start, end = _begin(calendar, day), _begin(calendar, day + ONE_DAY)
    goes_on = calendar.is_open(start - SECOND)
    pieces = list(calendar.open_between(start, end))
    if goes_on and pieces == [(start, end)]:
        return start + AFTER_MIDNIGHT
    return next((since for since, _ in pieces if not (goes_on and since == start)), None)


def _midnight(calendar: Calendar, at: datetime, days: int) -> datetime:
    return _begin(calendar, at.astimezone(calendar.zone).date() + days * ONE_DAY)


def _begin(calendar: Calendar, day: date) -> datetime:
    return datetime.combine(day, time(), calendar.zone).astimezone(UTC)

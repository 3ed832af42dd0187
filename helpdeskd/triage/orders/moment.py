"""When an agent means: a day or an amount of time, in their own zone and working time (`/pending`, `/snooze`).

In: a word such as `2026-11-30`, `30-11-2026`, `friday`, `2wd` or `3h`. Out: an instant (aware UTC); a day means its
first opening, and a weekday, in any shipped language, the next one after today. Refused: what is neither, is not in the
future, or is more than ten years away.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.target import deadline
from helpdeskd.triage.orders.order import Order, Wrong

LONGEST = timedelta(days=3_660)
WEEKDAYS = {
    name: weekday
    for names in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        "mandag tirsdag onsdag torsdag fredag lørdag søndag",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    )
    for weekday, name in enumerate(names.split())
}
_DAY_FIRST = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def moment(order: Order, word: str, command: str) -> datetime:
    """The instant that a word of that command means. Raises Wrong for no such instant."""
    day = _day(word, _today(order))
    until = _opening(order, day) if day else _after(order, word, command)
    if until is None:
        raise Wrong("your calendar has no opening then")
    if until <= order.now:
        raise Wrong("that is not in the future")
    return until


def shown(order: Order, at: datetime) -> str:
    """On the clock of the agent."""
    return f"{at.astimezone(order.calendar.zone):%Y-%m-%d %H:%M}"


def _day(word: str, today: date) -> date | None:
    """The day that is meant: 2026-11-30, 30-11-2026, friday; None for what is no day."""
    weekday = WEEKDAYS.get(word.casefold())
    if weekday is not None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    match = _DAY_FIRST.fullmatch(word)
    if not (match or _YEAR_FIRST.fullmatch(word)):
        return None
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(word)
    except ValueError:
        raise Wrong(f"there is no day {word}") from None


def _opening(order: Order, day: date) -> datetime | None:
    """The first opening from a date on."""
    if day <= _today(order):
        raise Wrong("that is not in the future")
    if day - _today(order) > LONGEST:
        raise Wrong("that is more than ten years away")
    return order.calendar.next_opening(datetime.combine(day, time(), order.calendar.zone).astimezone(UTC))


def _today(order: Order) -> date:
    return order.now.astimezone(order.calendar.zone).date()


def _after(order: Order, word: str, command: str) -> datetime | None:
    try:
        amount = parse_amount(word)
    except ValueError:
        such = ", ".join(f"{command} {example}" for example in ("2026-11-30", "friday", "2wd", "3h"))
        raise Wrong(f'until when? "{word}" is neither a day nor an amount ({such})') from None
    return deadline(order.now, amount, order.calendar)

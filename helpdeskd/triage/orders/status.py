"""What becomes of a ticket: `/wait`, `/pending`, `/resolve`, `/reopen`, `/close`, `/reject`.

In: an order. Out: the change of status, with the instant (aware UTC) at which the clock looks at the ticket again. The
table of `triage.commands` says from which status a command makes sense. `/pending` is refused for what is neither a
date nor an amount, is not in the future, or is more than ten years away; dates and working time are those of the
agent's calendar.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.event import StatusChanged
from helpdeskd.domain.target import deadline
from helpdeskd.domain.ticket import Status
from helpdeskd.triage.orders.order import Done, Order, Wrong

LONGEST = timedelta(days=3_660)
_DAY_FIRST = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def wait(order: Order) -> Done:
    return _to(order, Status.WAITING, "waits for the customer")


def pending(order: Order) -> Done:
    """`DATE|2wd|3h [reason]`, in the agent's zone and working time; a date means its first opening."""
    word, _, text = order.argument.partition(" ")
    until = _until(order, word)
    shown = until.astimezone(order.calendar.zone)
    return _to(order, Status.PENDING, f"pending until {shown:%Y-%m-%d %H:%M}", until, text.strip())


def resolve(order: Order) -> Done:
    """Solved, and closed by itself after the quiet period."""
    until = deadline(order.now, order.desk.quiet, order.desk.calendar) if order.desk.quiet else None
    return _to(order, Status.RESOLVED, "resolved", until)


def reopen(order: Order) -> Done:
    """Open for its owner; without one, new for its team."""
    return _to(order, Status.OPEN if order.ticket.owner else Status.NEW, "open again")


def close(order: Order) -> Done:
    return _to(order, Status.CLOSED, "closed")


def reject(order: Order) -> Done:
    if not order.argument:
        raise Wrong("why? the customer is told (/reject REASON)")
    return _to(order, Status.REJECTED, "rejected; the customer is told why", text=order.argument)


def _to(order: Order, new: Status, told: str, until: datetime | None = None, text: str = "") -> Done:
    return Done((StatusChanged(order.now, order.by, order.ticket.status, new, until, text),), told)


def _until(order: Order, word: str) -> datetime:
    """The instant that a word means, after now and within ten years. Raises Wrong for no such instant."""
    until = _opening(order, word) if _DAY_FIRST.fullmatch(word) or _YEAR_FIRST.fullmatch(word) else _after(order, word)
    if until is None:
        raise Wrong("your calendar has no opening then")
    if until <= order.now:
        raise Wrong("that is not in the future")
    return until


def _opening(order: Order, word: str) -> datetime | None:
    """The first opening from a date on: 2026-11-30 or 30-11-2026."""
    match = _DAY_FIRST.fullmatch(word)
    try:
        day = date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(word)
    except ValueError:
        raise Wrong(f"there is no day {word}") from None
    today = order.now.astimezone(order.calendar.zone).date()
    if day <= today:
        raise Wrong("that is not in the future")
    if day - today > LONGEST:
        raise Wrong("that is more than ten years away")
    return order.calendar.next_opening(datetime.combine(day, time(), order.calendar.zone).astimezone(UTC))


def _after(order: Order, word: str) -> datetime | None:
    try:
        amount = parse_amount(word)
    except ValueError:
        raise Wrong(
            f'until when? "{word}" is neither a date nor an amount (/pending 2026-11-30, /pending 2wd, /pending 3h)'
        ) from None
    return deadline(order.now, amount, order.calendar)

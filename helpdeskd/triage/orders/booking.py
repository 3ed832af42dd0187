"""Time that was worked: `/time`, `/nocharge` (spec/desk.md, "Commands").

In: `40m [at 14:00] [on 2026-11-20] [level 2] [onsite] [km 42] [text]`, or `-10m`, which takes that agent's latest
bookings on the ticket back. Dates and times are on the clock of the agent's zone; without a time the work ended when
the mail arrived. Out: entries for the ledger, numbered in the order of booking.

Refused: what ends after the mail arrived or is more than ten years ago, a time over which the clock was put forward,
what takes back more than that agent booked, work on site where the contract needs an approved estimate first, and a
word that is not understood where an option may stand.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from helpdeskd.domain.cost_event import NoCharge, TimeBooked
from helpdeskd.domain.entry import Entry, kept, reverse
from helpdeskd.triage.orders.order import Done, Order, Wrong
from helpdeskd.triage.quantity import minutes_of

MOST_MINUTES = 24 * 60
LEVELS = range(1, 10)
MOST_KILOMETRES = 10_000
OLDEST = timedelta(days=3_660)
SOON = timedelta(hours=2)
NOT_OVER = "that is not over yet: time is booked when it was worked (on DATE for another day)"
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)", re.ASCII)
_DIGITS = re.compile(r"\d{1,6}", re.ASCII)
USAGE = "/time 40m [at 14:00] [on 2026-11-20] [level 2] [onsite] [km 42] [text]"


@dataclass(frozen=True, slots=True)
class _Work:
    """What the words of a line say; None where they say nothing."""

    at: time | None = None
    on: date | None = None
    level: int | None = None
    onsite: bool = False
    km: int = 0
    text: str = ""


def book(order: Order) -> Done:
    """Book an entry, or take earlier ones back."""
    words = order.argument.split()
    if order.argument.startswith("-"):
        return _taken_back(order, words)
    minutes, rest = _minutes(words)
    work = _work(rest)
    if work.onsite and order.plan.remote_only and not order.directory.approvals(order.ticket.id):
        raise Wrong("work on site needs an estimate that the customer has approved (/estimate)")
    start = _start(order, minutes, work)
    entry = Entry(
        id=len(booked(order)) + 1,
        ticket=order.ticket.reference,
        agent=order.by,
        start=start,
        minutes=minutes,
        level=work.level or order.agent.level,
        onsite=work.onsite,
        km=work.km,
        mail=order.mail,
    )
    shown = start.astimezone(order.calendar.zone)
    told = f"{minutes} min from {shown:%Y-%m-%d %H:%M}{_doubt(order, entry)}"
    return Done((TimeBooked(order.now, order.by, entry, work.text),), told)


def _doubt(order: Order, entry: Entry) -> str:
    """What the agent may want to look at again; it is booked all the same."""
    mine = (one for one in kept(booked(order)) if one.agent == order.by)
    if any(one.start < _end(entry) and entry.start < _end(one) for one in mine):
        return "; warning: you have booked that time here already (/time -… takes it back)"
    # A call, or what was found in passing, is written down a little later.
    if _end(entry) < order.ticket.opened_at - SOON:
        return "; warning: that was before the ticket was opened"
    return ""


def _end(entry: Entry) -> datetime:
    return entry.start + timedelta(minutes=entry.minutes)


def text_of(argument: str) -> str:
    """What `book` takes for text in an argument. Raises Wrong."""
    return _work(_minutes(argument.split())[1]).text


def no_charge(order: Order) -> Done:
    """The ticket costs nothing; what was booked stays on record."""
    return Done((NoCharge(order.now, order.by, order.argument),), "this ticket is not charged")


def _taken_back(order: Order, words: list[str]) -> Done:
    entries = booked(order)
    minutes, rest = _minutes([words[0].removeprefix("-"), *words[1:]])
    try:
        taken = reverse(entries, order.by, minutes, order.mail)
    except ValueError as wrong:
        raise Wrong(str(wrong)) from None
    made = [replace(entry, id=number) for number, entry in enumerate(taken, len(entries) + 1)]
    text = " ".join(rest)
    return Done(tuple(TimeBooked(order.now, order.by, entry, text) for entry in made), f"{minutes} min taken back")


def booked(order: Order) -> tuple[Entry, ...]:
    """The ticket's entries, with those of earlier lines of the same mail."""
    earlier = (event.entry for event in order.done if isinstance(event, TimeBooked))
    return (*order.directory.entries(order.ticket.id), *earlier)


def _minutes(words: list[str]) -> tuple[int, list[str]]:
    """The time at the beginning, in two words or one, and the words behind it."""
    for count in (2, 1):
        minutes = minutes_of(" ".join(words[:count])) if len(words) >= count else None
        if minutes is not None:
            break
    if minutes is None or minutes > MOST_MINUTES:
        raise Wrong(f"how long? at most a day at a time ({USAGE})")
    return minutes, words[count:]


def _work(words: list[str]) -> _Work:
    """Options in any order, up to the first word that is none; there the text begins."""
    work, place = _Work(), 0
    while place < len(words) and (name := words[place].lower()) in {"onsite", *OPTIONS}:
        place += 1
        if name == "onsite":
            work = replace(work, onsite=True)
        elif place == len(words):
            raise Wrong(f"{name} what? ({USAGE})")
        else:
            work = OPTIONS[name](work, words[place])
            place += 1
    if place < len(words) and _DIGITS.fullmatch(words[place]):
        raise Wrong(f"{words[place]} what? ({USAGE})")
    return replace(work, text=" ".join(words[place:]))


def _at(work: _Work, word: str) -> _Work:
    found = _TIME_OF_DAY.fullmatch(word)
    if found is None:
        raise Wrong(f'"{word}" is no time of day (at 14:00)')
    return replace(work, at=time(int(found[1]), int(found[2])))


def _on(work: _Work, word: str) -> _Work:
    try:
        return replace(work, on=date.fromisoformat(word))
    except ValueError:
        raise Wrong(f'"{word}" is no date (on 2026-11-20)') from None


def _level(work: _Work, word: str) -> _Work:
    return replace(work, level=_number(word, LEVELS, "level 2"))


def _km(work: _Work, word: str) -> _Work:
    return replace(work, km=_number(word, range(1, MOST_KILOMETRES + 1), "km 42, in whole kilometres"))


OPTIONS: dict[str, Callable[[_Work, str], _Work]] = {"at": _at, "on": _on, "level": _level, "km": _km}


def _number(word: str, allowed: range, such: str) -> int:
    if not (_DIGITS.fullmatch(word) and int(word) in allowed):
        raise Wrong(f'"{word}" is no number from {allowed[0]} to {allowed[-1]} ({such})')
    return int(word)


def _start(order: Order, minutes: int, work: _Work) -> datetime:
    """When the work began (aware UTC): as it is written, or so that it ended when the mail arrived."""
    zone, arrived = order.calendar.zone, order.received_at
    local = arrived.astimezone(zone)
    length, day = timedelta(minutes=minutes), work.on or local.date()
    if local.date() - day > OLDEST:
        raise Wrong("that is more than ten years ago")
    if day > local.date():
        raise Wrong(NOT_OVER)
    if work.at is not None:
        start = _shown_by_the_clock(day, work.at, zone)
    elif day != local.date():
        start = datetime.combine(day, local.time(), zone).astimezone(UTC) - length
    else:
        start = arrived - length
    start = start.replace(second=0, microsecond=0)
    if start + length > arrived:
        raise Wrong(NOT_OVER)
    return start


def _shown_by_the_clock(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant at which it is that time."""
    start = datetime.combine(day, at, zone).astimezone(UTC)
    if start.astimezone(zone).time() != at:
        raise Wrong(f"the clock was put forward over {at:%H:%M} on {day} (at what the clock showed)")
    return start

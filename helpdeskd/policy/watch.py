"""Who is on duty and how somebody was woken, in words: the answers to `/duty`, and the part of `/why` about duty.

In: the roster at an instant, or the story of a ticket, and the reader's zone. Out: lines of plain text in English.
Pure; nothing fails.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from helpdeskd.domain.desk import Duty
from helpdeskd.domain.duty import watches
from helpdeskd.domain.event import DutyPaged, DutyReleased, DutyTaken, Event

AHEAD = timedelta(days=7)
MINUTE = timedelta(minutes=1)
NOBODY = "nobody is ever on duty (the desk has no roster)"


def on_duty(duty: Duty | None, now: datetime, zone: ZoneInfo) -> str:
    """Who is on duty now and next, for seven days: who is woken first, and who after them."""
    if duty is None:
        return NOBODY
    found = watches(duty.roster, now, now + AHEAD)
    lines = [f"  {span(watch.start, watch.end, zone)}: {', then '.join(watch.people)}" for watch in found]
    return "\n".join([f"on duty ({duty.step // MINUTE} minutes each to acknowledge):", *lines])


def history(story: Iterable[Event], zone: ZoneInfo) -> list[str]:
    """How an emergency went: who was woken when, who took it and how long that took; [] where nobody was woken."""
    lines = [f"  {line}" for line in _steps(story, zone)]
    return ["duty was woken", *lines] if lines else []


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """From when to when, on the clock of a zone."""
    return f"{_at(start, zone)} to {_at(end, zone)}"


def _steps(story: Iterable[Event], zone: ZoneInfo) -> Iterator[str]:
    began = None
    for event in story:
        match event:
            case DutyPaged():
                began = event.at if event.first or began is None else began
                yield f"{_at(event.at, zone)}: step {event.step}, {event.person} was paged"
            case DutyTaken():
                after = f", after {(event.at - began) // MINUTE} min" if began else ""
                yield f"{_at(event.at, zone)}: taken by {event.person}{after}"
            case DutyReleased():
                yield f"{_at(event.at, zone)}: no emergency, says {event.by}"


def _at(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M}"

"""A duty calendar: iCalendar (RFC 5545) → shifts as they are planned; the only place that knows the format.

In: the bytes of a calendar, from when to when, and what its times without a zone mean. Out: its events with all their
repetitions, by start. An event of whole days begins and ends at the handover. Cancelled events and
attendees who have declined are left out. Needs the extra `oncall` (icalendar, recurring-ical-events).

Fails with BadCalendar, whose text is for people, for what is no calendar and for one with any event that cannot be
read: a roster with a hole that nobody sees is worse than yesterday's. A calendar may ask for much work: the daemon
reads it in a process with limits (`daemon.calendar_child`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from helpdeskd.domain.planned import DutyCalendar, Planned

LONGEST = 200
MISSING = "icalendar and recurring-ical-events are not installed (pip install '.[oncall]')"


class BadCalendar(ValueError):
    """What cannot be read as a duty calendar."""


@dataclass(frozen=True, slots=True)
class Reading:
    """From when to when (aware UTC), and how times are meant that have no zone, and days that have no time."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    handover: time = time()


def read_calendar(raw: bytes, reading: Reading) -> DutyCalendar:
    """All events that touch the time asked for."""
    try:
        import recurring_ical_events
        from icalendar import Calendar
    except ImportError:
        raise BadCalendar(MISSING) from None
    try:
        calendar = Calendar.from_ical(raw)
        events = recurring_ical_events.of(calendar).between(reading.start, reading.end)
        planned = [found for event in events for found in _planned(event, reading)]
    except RecursionError:
        raise BadCalendar("is nested too deeply") from None
    except Exception as fault:
        # Two libraries and whatever they stumble over: there is no common ancestor.
        raise BadCalendar(f"is no calendar that can be read: {_one_line(fault)}") from None
    return DutyCalendar(tuple(sorted(planned, key=lambda each: (each.start, each.end, each.title))))


def _planned(event: Any, reading: Reading) -> Iterator[Planned]:
    start, end = (_instant(each, reading) for each in (event.start, event.end))
    if start < end and str(event.get("STATUS", "")).upper() != "CANCELLED":
        yield Planned(start, end, str(event.get("SUMMARY", ""))[:LONGEST].strip(), tuple(_attendees(event)))


def _instant(written: date, reading: Reading) -> datetime:
    """Aware UTC."""
    if not isinstance(written, datetime):
        written = datetime.combine(written, reading.handover)
    return (written if written.tzinfo else written.replace(tzinfo=reading.zone)).astimezone(UTC)


def _attendees(event: Any) -> Iterator[str]:
    """The addresses of those who come, or their names where they have none."""
    written = event.get("ATTENDEE", ())
    for attendee in written if isinstance(written, list) else (written,) if written else ():
        scheme, _, address = str(attendee).partition(":")
        if str(attendee.params.get("PARTSTAT", "")).upper() == "DECLINED":
            continue
        name = str(attendee.params.get("CN", ""))
        yield (address if scheme.lower() == "mailto" else name)[:LONGEST].strip()


def _one_line(fault: Exception) -> str:
    text = " ".join(str(fault).split())
    return (text or type(fault).__name__)[:LONGEST]

"""What is stored of duty: the calendar as it was read last, and what agents have swapped.

In and out: values of the domain, in the caller's transaction. A calendar is kept whole until another one takes its
place; a swap is an event, which is only ever added. `version` changes with either, so that whoever has them need not
read them again.
"""

from helpdeskd.domain.duty import Shift
from helpdeskd.domain.event import DutySwapped
from helpdeskd.domain.planned import DutyCalendar
from helpdeskd.storage.codec import dump, load
from helpdeskd.storage.prepared import Prepared
from helpdeskd.storage.tables import DutyCalendarRow, EventRow, proxy

THE_ONE = 1
_CALENDAR, _CALENDAR_VERSION = (
    Prepared(DutyCalendarRow.select(column).where(DutyCalendarRow.id == THE_ONE))
    for column in (DutyCalendarRow.state, DutyCalendarRow.version)
)
_SWAPPED = EventRow.type == DutySwapped.__name__
_VERSION = f"""
SELECT coalesce((SELECT version FROM duty_calendar WHERE id = {THE_ONE}), 0),
    coalesce((SELECT max(id) FROM event WHERE type = '{DutySwapped.__name__}'), 0)"""  # noqa: S608
_SWAPS = Prepared(EventRow.select(EventRow.state).where(_SWAPPED).order_by(EventRow.id))


def keep_calendar(calendar: DutyCalendar) -> bool:
    """Store a calendar in the place of the last one; whether it says anything else than that."""
    state = dump(calendar)
    if state == _CALENDAR.scalar():
        return False
    version = (_CALENDAR_VERSION.scalar() or 0) + 1
    row = DutyCalendarRow.insert(id=THE_ONE, version=version, state=state)
    row.on_conflict(
        conflict_target=[DutyCalendarRow.id], preserve=[DutyCalendarRow.version, DutyCalendarRow.state]
    ).execute()
    return True


def calendar() -> DutyCalendar:
    """The calendar as it was read last; without any event where none was."""
    state = _CALENDAR.scalar()
    return load(DutyCalendar, state) if state else DutyCalendar()


def swaps() -> tuple[Shift, ...]:
    """All that was swapped, in the order of the swaps."""
    events = (load(DutySwapped, state) for (state,) in _SWAPS.rows())
    return tuple(shift for event in events for shift in event.shifts)


def version() -> tuple[int, int]:
    """What changes when a calendar or a swap is stored."""
    calendar, swap = proxy.execute_sql(_VERSION).fetchone()
    return calendar, swap

"""The duty calendar and swaps, as they are stored."""

from datetime import date, timedelta
from pathlib import Path

from helpdeskd.domain.duty import Shift
from helpdeskd.domain.event import DutySwapped, NoteAdded
from helpdeskd.domain.planned import DutyCalendar, Planned
from helpdeskd.storage import db, duty, tickets
from tests.storage.values import NOW, ticket

LATER = NOW + timedelta(hours=8)
ONE = DutyCalendar((Planned(NOW, LATER, "Ans", ("ans@desk.example",)),))
TWO = DutyCalendar((Planned(NOW, LATER, "Piet"),))


def swap(person: str) -> DutySwapped:
    return DutySwapped(NOW, "piet", date(2026, 11, 2), (Shift(NOW, LATER, person),))


def test_the_calendar_that_was_kept_last_is_the_calendar(state: Path) -> None:
    with db.transaction():
        assert duty.calendar() == DutyCalendar()
        assert [duty.keep_calendar(each) for each in (ONE, ONE, TWO)] == [True, False, True]
        assert duty.calendar() == TWO


def test_swaps_are_in_the_order_in_which_they_were_made(state: Path) -> None:
    with db.transaction():
        tickets.save(ticket(1))
        for event in (swap("ans"), NoteAdded(NOW, "ans", "Hm."), swap("kim")):
            tickets.record(event, 1, None)
        assert [shift.person for shift in duty.swaps()] == ["ans", "kim"]


def test_the_version_changes_with_the_calendar_and_with_swaps_only(state: Path) -> None:
    with db.transaction():
        tickets.save(ticket(1))
        versions = [duty.version()]
        for change in (
            lambda: duty.keep_calendar(ONE),
            lambda: tickets.record(swap("ans"), 1, None),
            lambda: duty.keep_calendar(TWO),
            lambda: tickets.record(swap("kim"), 1, None),
        ):
            change()
            versions.append(duty.version())
        assert len(set(versions)) == 5
        duty.keep_calendar(TWO)
        tickets.record(NoteAdded(NOW, "ans", "Hm."), 1, None)
        assert duty.version() == versions[-1]

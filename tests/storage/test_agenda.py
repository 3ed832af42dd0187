"""Whoever runs the desk without waiting knows what is due next, and what has happened."""

from dataclasses import replace
from pathlib import Path

from helpdeskd.domain.effect import Remind
from helpdeskd.domain.event import DutyPaged, MailRefused, NoteAdded
from helpdeskd.domain.notice import Item
from helpdeskd.domain.ticket import Emergency
from helpdeskd.storage import agenda, db, reminders, tickets
from tests.storage.values import MINUTE, NOW, TICKET, target

REMINDER = Remind("target-warning", "piet@desk.example", NOW + 4 * MINUTE, Item("HD-1001", "It hangs"))


def test_on_an_empty_desk_nothing_is_due(state: Path) -> None:
    with db.transaction():
        assert agenda.next_due() is None


def test_the_next_thing_is_the_earliest_of_targets_wakes_pages_and_reminders(state: Path) -> None:
    found = []
    with db.transaction():
        reminders.add(REMINDER)
        found.append(agenda.next_due())
        tickets.save(replace(TICKET, wake_at=NOW + 3 * MINUTE))
        found.append(agenda.next_due())
        woken = Emergency(1, "piet", ("piet",), NOW + 2 * MINUTE)
        tickets.save(replace(TICKET, wake_at=NOW + 3 * MINUTE, emergency=woken))
        found.append(agenda.next_due())
        tickets.save_targets(TICKET.id, [target(1)])
        found.append(agenda.next_due())
    assert found == [NOW + minutes * MINUTE for minutes in (4, 3, 2, 1)]


def test_what_was_missed_is_due_in_the_past(state: Path) -> None:
    with db.transaction():
        tickets.save(replace(TICKET, wake_at=NOW - MINUTE))
        assert agenda.next_due() == NOW - MINUTE


def test_events_are_told_once_in_their_order_with_their_ticket(state: Path) -> None:
    page = DutyPaged(NOW, "desk", "piet", 1, NOW + MINUTE, first=True)
    with db.transaction():
        tickets.save(TICKET)
        tickets.record(page, TICKET.id, None)
        tickets.record(MailRefused(NOW, "eve@elsewhere.example", "Hello", ()), None, None)
        first = list(agenda.events_after(0))
        tickets.record(NoteAdded(NOW, "piet", "Later."), TICKET.id, None)
        second = list(agenda.events_after(first[-1].id))
    assert [(one.reference, type(one.event).__name__) for one in first] == [
        ("HD-1001", "DutyPaged"),
        ("", "MailRefused"),
    ]
    assert first[0].event == page
    assert [one.event for one in second] == [NoteAdded(NOW, "piet", "Later.")]

"""Morning mails are due until somebody says when the next one is; what is told for good is told once to each."""

from datetime import timedelta
from pathlib import Path

from helpdeskd.domain.event import NoteAdded, StatusChanged
from helpdeskd.domain.ticket import Status
from helpdeskd.storage import agenda, db, mornings, tickets
from helpdeskd.storage.mornings import Morning
from tests.storage.values import MINUTE, NOW, ticket

DAY = timedelta(days=1)
PIET, MIA = ("piet", "agent-digest"), ("mia", "manager-digest")


def test_a_mail_is_due_until_the_next_one_is_named(state: Path) -> None:
    with db.transaction():
        mornings.begin({PIET: NOW + MINUTE, MIA: NOW + 2 * MINUTE}, NOW)
        assert mornings.due(NOW, 10) == []
        assert agenda.next_due() == NOW + MINUTE
        (piet,) = mornings.due(NOW + MINUTE, 10)
        assert piet == Morning("piet", "agent-digest", NOW)
        mornings.next_at(piet, NOW + DAY, NOW + MINUTE)
        assert [each.agent for each in mornings.due(NOW + 2 * DAY, 10)] == ["mia", "piet"]
        assert [each.agent for each in mornings.due(NOW + 2 * DAY, 1)] == ["mia"]
        assert mornings.due(NOW + DAY, 10)[1].since == NOW + MINUTE


def test_who_is_known_keeps_their_time_and_who_has_left_has_none(state: Path) -> None:
    with db.transaction():
        mornings.begin({PIET: NOW, MIA: NOW}, NOW)
        mornings.begin({PIET: NOW + DAY}, NOW + MINUTE)
        assert mornings.due(NOW + DAY, 10) == [Morning("piet", "agent-digest", NOW)]


def test_a_mail_that_is_never_due_again_is_gone(state: Path) -> None:
    with db.transaction():
        mornings.begin({PIET: NOW}, NOW)
        mornings.next_at(Morning("piet", "agent-digest", NOW), None, NOW)
        assert mornings.due(NOW + DAY, 10) == []


def test_news_are_what_happened_to_tickets_since_then(state: Path) -> None:
    closed = StatusChanged(NOW, "desk", Status.OPEN, Status.CLOSED)
    with db.transaction():
        tickets.save(ticket(1))
        tickets.record(StatusChanged(NOW - MINUTE, "desk", Status.NEW, Status.OPEN), 1, None)
        tickets.record(closed, 1, None)
        tickets.record(NoteAdded(NOW, "piet", "Not told."), 1, None)
        assert mornings.news(NOW) == ((1, closed),)


def test_what_was_told_is_remembered_for_each(state: Path) -> None:
    with db.transaction():
        mornings.tell("mia", ["contract", "card"], NOW)
        mornings.tell("mia", ["card"], NOW + DAY)
        assert mornings.told("mia") == {"contract", "card"}
        assert mornings.told("piet") == frozenset()

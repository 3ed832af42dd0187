"""Lines are collected into one mail per recipient and told once."""

from datetime import datetime
from pathlib import Path

from helpdeskd.domain.effect import Remind
from helpdeskd.domain.notice import Item
from helpdeskd.storage import db, reminders
from helpdeskd.storage.reminders import Collected
from tests.storage.values import MINUTE, NOW

PIET = Collected("target-warning", "piet@desk.example")
ANS = Collected("target-warning", "ans@desk.example")


def remind(to: Collected, subject: str, at: datetime = NOW) -> None:
    reminders.add(Remind(to.notice, to.address, at, Item("HD-1001", subject)))


def test_what_is_due_is_told_once_and_what_is_not_waits(state: Path) -> None:
    with db.transaction():
        remind(PIET, "one")
        remind(PIET, "two")
        remind(PIET, "three", NOW + MINUTE)
        assert reminders.due(NOW, 10) == [PIET]
        assert [item.subject for item in reminders.take(PIET, NOW)] == ["one", "two"]
        assert reminders.due(NOW, 10) == []
        assert [item.subject for item in reminders.take(PIET, NOW + MINUTE)] == ["three"]


def test_the_longest_waiting_go_first_as_many_as_asked_for(state: Path) -> None:
    with db.transaction():
        remind(PIET, "one")
        remind(ANS, "two", NOW - MINUTE)
        assert reminders.due(NOW, 10) == [ANS, PIET]
        assert reminders.due(NOW, 1) == [ANS]

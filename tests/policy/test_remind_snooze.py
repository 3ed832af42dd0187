"""A ticket that an agent wants to look at again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from helpdeskd.domain.effect import Remind
from helpdeskd.domain.notice import Item
from helpdeskd.domain.sort_event import Snoozed
from helpdeskd.domain.ticket import Status
from helpdeskd.policy.react import react
from helpdeskd.policy.remind import SNOOZE, is_news, news
from tests.policy.scenes import NOW, TICKET, People, reminders, scene

LATER = NOW + timedelta(hours=3)
ITEM = Item("HD-1001", "It hangs", text="ask the supplier", kind=SNOOZE)


def test_only_the_agent_who_wants_it_is_reminded_at_the_instant_that_they_named() -> None:
    snoozed = Snoozed(NOW, "piet", LATER, "ask the supplier")
    assert react(scene(snoozed)) == [Remind("agent-digest", "piet@desk.example", LATER, ITEM)]
    assert reminders(react(scene(replace(snoozed, by="gone")))) == []


@pytest.mark.parametrize("status", list(Status))
def test_it_is_told_unless_the_ticket_is_over(status: Status) -> None:
    people = People(others=(replace(TICKET, status=status),))
    assert is_news(ITEM, people) is not status.ended  # type: ignore[arg-type]


def test_a_ticket_that_is_gone_is_not_told() -> None:
    assert not is_news(ITEM, People())  # type: ignore[arg-type]


MERGED = replace(TICKET, status=Status.MERGED, merged_into="HD-1002")
OTHER = replace(TICKET, id=2, reference="HD-1002", subject="The till hangs")


def test_one_that_was_merged_is_told_as_what_it_goes_on_as() -> None:
    (line,) = news([ITEM], People(others=(MERGED, OTHER)))  # type: ignore[arg-type]
    assert line == replace(ITEM, reference="HD-1002", subject="The till hangs (HD-1001 It hangs)")
    over = replace(OTHER, status=Status.CLOSED)
    assert news([ITEM], People(others=(MERGED, over))) == ()  # type: ignore[arg-type]


def test_a_line_about_a_ticket_that_was_not_merged_stays_as_it_is() -> None:
    assert news([ITEM], People(others=(TICKET,))) == (ITEM,)  # type: ignore[arg-type]

"""Lines for collected mails: to whom, and not before when."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.desk import Rung
from helpdeskd.domain.event import TargetPassed
from helpdeskd.domain.notice import Item
from helpdeskd.domain.target import Target, TargetKind
from helpdeskd.policy.clock import wind
from helpdeskd.policy.remind import is_news, warn
from tests.policy.scenes import (
    ANS,
    DESK,
    MIA,
    NIGHT,
    NOW,
    OFFICE,
    PIET,
    PLAN,
    TICKET,
    ZONE,
    People,
    reminders,
    scene,
)

MORNING = NIGHT + timedelta(hours=9, minutes=30)


def passed(*percents: int, promised: bool = True) -> TargetPassed:
    shares = tuple(Fraction(percent, 100) for percent in percents)
    return TargetPassed(NOW, "desk", TargetKind.RESPONSE, shares, NOW, promised)


def warned(event: TargetPassed, owner: str = "piet", **more: object) -> list[str]:
    made = scene(event, ticket=replace(TICKET, owner=owner), **more)  # type: ignore[arg-type]
    return [line.address.partition("@")[0] for line in reminders(list(warn(event, made)))]


@pytest.mark.parametrize(
    ("percent", "people"),
    [(50, ["piet"]), (75, ["piet", "ans"]), (100, ["piet", "ans", "mia"]), (150, ["mia"]), (60, [])],
)
def test_each_share_has_its_rung(percent: int, people: list[str]) -> None:
    assert warned(passed(percent)) == people


def test_a_ticket_without_an_owner_has_its_team_on_the_owners_rung() -> None:
    assert warned(passed(50), owner="") == ["piet", "ans"]


def test_an_owner_who_is_away_does_not_keep_a_warning_from_the_team() -> None:
    late = Calendar("late", ZONE, (((780, 1260),),) * 5 + ((), ()))
    people = People(everybody=(replace(PIET, calendar="late"), ANS, MIA))
    event = passed(50)
    made = scene(event, ticket=replace(TICKET, owner="piet"), people=people)
    made = replace(made, desk=replace(DESK, calendars={"office": OFFICE, "late": late}))
    assert [line.address for line in reminders(list(warn(event, made)))] == ["piet@desk.example", "ans@desk.example"]


def test_at_night_when_all_are_away_the_owner_alone_is_warned_in_the_morning() -> None:
    assert warned(passed(50), now=NIGHT) == ["piet"]


def test_several_shares_at_once_are_one_line_each_with_the_highest() -> None:
    event = passed(50, 75, 100)
    lines = reminders(list(warn(event, scene(event))))
    assert len({line.address for line in lines}) == len(lines) == 3
    assert {line.item.percent for line in lines} == {100}


def test_a_goal_is_called_one() -> None:
    event = passed(100, promised=False)
    assert reminders(list(warn(event, scene(event))))[0].item.kind == "response goal"


def test_a_rung_may_be_any_address_once() -> None:
    desk = replace(DESK, ladder=(Rung(50, ("boss@x.example", "ans@desk.example", "boss@x.example")),))
    event = passed(50)
    lines = reminders(list(warn(event, replace(scene(event), desk=desk))))
    assert [line.address for line in lines] == ["ans@desk.example", "boss@x.example"]


def test_a_warning_waits_for_the_working_time_of_its_reader() -> None:
    event = passed(100)
    assert {line.not_before for line in reminders(list(warn(event, scene(event))))} == {NOW}
    assert {line.not_before for line in reminders(list(warn(event, scene(event, now=NIGHT))))} == {MORNING}


class Now(People):
    """A ticket whose response is met and whose goal of a resolution runs, and mail 12, which waits."""

    def targets(self, ticket_id: int) -> tuple[Target, ...]:
        answered = replace(TICKET, priority="high", answered_at=NOW, unanswered_since=None)
        return wind(answered, (), PLAN, NOW)

    def is_held(self, inbox_id: int) -> bool:
        return inbox_id == 12


@pytest.mark.parametrize(
    ("line", "stands"),
    [
        (Item("HD-1001", "x", kind="response", percent=75), False),
        (Item("HD-1001", "x", kind="response", percent=100), True),
        (Item("HD-1001", "x", kind="resolution goal", percent=75), True),
        (Item("HD-1001", "x", kind="next response", percent=75), False),
        (Item("HD-7", "x", kind="response", percent=75), True),
        (Item("", "x", mail_id=12), True),
        (Item("", "x", mail_id=13), False),
    ],
    ids=["met", "missed, then met", "runs", "dropped", "of no ticket that is known", "held", "decided"],
)
def test_what_is_over_is_no_news(line: Item, stands: bool) -> None:
    assert is_news(line, Now(others=(TICKET,))) is stands

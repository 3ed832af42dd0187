"""`/ack` and `/downgrade`: an emergency that is taken, or is none; `/duty`: who has it, and swaps."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import Roster, Rotation, Shift
from helpdeskd.domain.event import DutyReleased, DutySwapped, DutyTaken
from helpdeskd.domain.ticket import Status
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import ANS, DESK, NIGHT, NOW, OFFICE_HOURS, PIET, FakeDirectory, emergency, ticket

ZONE = OFFICE_HOURS.zone
KIM = Agent("kim", "Kim Piet", ("kim@desk.example",))


def test_who_acknowledges_takes_the_emergency_and_the_ticket_although_another_was_paged() -> None:
    result = order("/ack", emergency(), by=ANS)
    assert result.events[0] == DutyTaken(NOW, "ans", "ans")
    assert (result.ticket.owner, result.ticket.status) == ("ans", Status.OPEN)


def test_an_emergency_is_taken_once() -> None:
    assert refusal("/ack", emergency(taken_by="ans")) == "/ack: it was taken by ans"
    assert refusal("/ack", emergency(released=True)) == "/ack: it is no emergency any more"
    assert refusal("/ack", ticket()) == "/ack: nobody was paged for this ticket"


def test_a_downgrade_gives_the_standard_priority_and_tells_when_the_desk_opens() -> None:
    result = order("/downgrade", emergency(), now=NIGHT)
    assert result.events[0] == DutyReleased(NIGHT, "piet", datetime(2026, 11, 23, 7, 30, tzinfo=UTC))
    assert result.ticket.priority == "normal"
    assert result.ticket.emergency is not None
    assert not result.ticket.emergency.waiting


def test_a_downgrade_is_possible_after_it_was_taken_and_only_once() -> None:
    assert order("/downgrade", emergency(taken_by="ans")).errors == ()
    assert refusal("/downgrade", emergency(released=True)) == "/downgrade: this ticket is no emergency"
    assert refusal("/downgrade", replace(emergency(), emergency=None)) == "/downgrade: this ticket is no emergency"


def test_a_drill_is_over_when_it_is_taken_and_cannot_be_downgraded() -> None:
    result = order("/ack", emergency(drill=True), by=ANS)
    assert result.lines == ("/ack: yours; it was a drill, and it is over",)
    assert (result.ticket.owner, result.ticket.status) == ("ans", Status.CLOSED)
    assert refusal("/downgrade", emergency(drill=True)) == "/downgrade: this is a drill (/ack takes it)"


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE).astimezone(UTC)  # type: ignore[arg-type, misc]


def rostered(roster: Roster) -> Desk:
    assert DESK.duty is not None
    return replace(DESK, duty=replace(DESK.duty, roster=roster))


def swap(line: str, now: datetime = NOW, desk: Desk = DESK) -> tuple[Shift, ...]:
    """Who is on duty when, by a swap."""
    (event,) = order(line, now=now, desk=desk).events
    assert isinstance(event, DutySwapped)
    return event.shifts


def test_duty_alone_is_a_question() -> None:
    result = order("/duty")
    assert (result.asked, result.events, result.lines) == (("duty",), (), ())


@pytest.mark.parametrize("name", ["ans", "Ans Bakker", "Ans", "ANS"])
def test_what_the_asker_has_of_a_day_is_the_colleagues(name: str) -> None:
    result = order(f"/duty swap {name} 2026-11-28")
    shift = Shift(local(2026, 11, 28), local(2026, 11, 29), "ans")
    assert result.events == (DutySwapped(NOW, "piet", date(2026, 11, 28), (shift,)),)
    assert result.lines == (
        f"/duty swap {name} 2026-11-28: "
        "Ans Bakker is on duty from Sat 2026-11-28 00:00 to Sun 2026-11-29 00:00, and is told",
    )


def test_a_day_of_duty_begins_at_the_handover() -> None:
    weekly = rostered(Roster(("piet", "ans"), Rotation(date(2026, 11, 23), ZONE, time(9))))
    (shift,) = swap("/duty swap ans 2026-11-28", desk=weekly)
    assert (shift.start, shift.end) == (local(2026, 11, 28, 9), local(2026, 11, 29, 9))


def test_of_today_only_what_is_left_is_given() -> None:
    assert swap("/duty swap ans 2026-11-23") == (Shift(NOW, local(2026, 11, 24), "ans"),)


def test_the_night_that_began_yesterday_can_still_be_given() -> None:
    nightly = rostered(Roster(("ans",), None, (Shift(local(2026, 11, 22, 18), local(2026, 11, 23, 12), "piet"),)))
    assert swap("/duty swap ans 2026-11-22", desk=nightly) == (Shift(NOW, local(2026, 11, 23, 12), "ans"),)


def test_a_later_line_knows_what_an_earlier_one_has_given_away() -> None:
    result = order("/duty swap ans 2026-11-28\n/duty swap ans 2026-11-28")
    assert result.errors == ("/duty swap ans 2026-11-28: you are not on duty on 2026-11-28 (/duty says who is)",)
    assert result.events


def test_who_took_a_day_over_may_give_it_on() -> None:
    taken = rostered(Roster(("ans", "kim"), None, (Shift(local(2026, 11, 28), local(2026, 11, 29), "piet"),)))
    assert swap("/duty swap ans 2026-11-28", desk=taken)[0].person == "ans"


@pytest.mark.parametrize(
    ("argument", "wrong"),
    [
        ("swap", "with whom, and on which day? (/duty, or /duty swap NAME 2026-11-28)"),
        ("swap ans", "with whom, and on which day? (/duty, or /duty swap NAME 2026-11-28)"),
        (
            "change ans 2026-11-28",
            '"change ans 2026-11-28" is no word about duty (/duty, or /duty swap NAME 2026-11-28)',
        ),
        ("swap ans tomorrow", '"tomorrow" is no date (/duty swap NAME 2026-11-28)'),
        ("swap ans 2026-02-30", '"2026-02-30" is no date (/duty swap NAME 2026-11-28)'),
        ("swap zoe 2026-11-28", "zoe names nobody (known: ans, kim, piet)"),
        ("swap piet 2026-11-28", "that is yourself (a swap is with somebody else)"),
        ("swap ans 2026-11-22", "2026-11-22 is over"),
        ("swap ans 2025-11-28", "2025-11-28 is over"),
        ("swap ans 2028-11-28", "2028-11-28 is more than a year away"),
        ("swap ans 9999-12-31", "9999-12-31 is more than a year away"),
    ],
)
def test_a_swap_that_cannot_be_is_refused_with_what_would_be_right(argument: str, wrong: str) -> None:
    people = FakeDirectory(people=(PIET, ANS, KIM))
    assert refusal(f"/duty {argument}", directory=people) == f"/duty {argument}"[:200] + f": {wrong}"


def test_a_name_that_means_two_is_refused() -> None:
    people = FakeDirectory(people=(PIET, ANS, replace(KIM, title="Ans Kim")))
    assert order("/duty swap Ans 2026-11-28", directory=people).events
    two = FakeDirectory(people=(PIET, replace(ANS, name="ab"), replace(KIM, title="Ans Kim")))
    assert refusal("/duty swap Ans 2026-11-28", directory=two) == (
        "/duty swap Ans 2026-11-28: Ans names more than one (known: ab, kim, piet)"
    )


def test_who_is_not_on_duty_that_day_has_nothing_to_give() -> None:
    result = order("/duty swap piet 2026-11-28", by=ANS)
    assert result.errors == ("/duty swap piet 2026-11-28: you are not on duty on 2026-11-28 (/duty says who is)",)


def test_where_nobody_is_ever_on_duty_nothing_can_be_swapped() -> None:
    result = order("/duty swap ans 2026-11-28", desk=replace(DESK, duty=None))
    assert result.errors == ("/duty swap ans 2026-11-28: nobody is ever on duty (the desk has no roster)",)


def test_on_a_day_on_which_the_clocks_change_the_whole_day_is_given() -> None:
    (shift,) = swap("/duty swap ans 2027-03-28")
    assert shift.end - shift.start == timedelta(hours=23)

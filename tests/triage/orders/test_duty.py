"""`/ack` and `/downgrade`: an emergency that is taken, or is none."""

from dataclasses import replace
from datetime import UTC, datetime

from helpdeskd.domain.event import DutyReleased, DutyTaken
from helpdeskd.domain.ticket import Status
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import ANS, NIGHT, NOW, emergency, ticket


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

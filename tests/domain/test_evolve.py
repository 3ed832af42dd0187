"""What each event does to a ticket, and that all others leave it alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from helpdeskd.domain.event import (
    AgentReplied,
    CommandsDone,
    CustomerWrote,
    DeliveryFailed,
    DutyPaged,
    DutyReleased,
    DutyTaken,
    KindChanged,
    MailRecorded,
    NoteAdded,
    OwnerChanged,
    PriorityChanged,
    StatusChanged,
    TicketEvent,
    TokenMisused,
)
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.target import Pause
from helpdeskd.domain.ticket import Decision, Entitlement, Participant, Status, Ticket

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TICKET = Ticket(
    id=1,
    reference="ACME-1001",
    subject="Printer",
    customer="bakery",
    requester="anna@bakery.example",
    plan="basic",
    queue="support",
    team="support",
    priority="high",
    kind="question",
    opened_at=START,
    entitlement=Entitlement(Decision.ACCEPT),
    triaged=False,
    participants=(Participant("anna@bakery.example", START),),
)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def after(*events: TicketEvent, ticket: Ticket = TICKET) -> Ticket:
    for event in events:
        ticket = evolve(ticket, event)
    return ticket


def becomes(new: Status, hours: int, until: datetime | None = None) -> StatusChanged:
    return StatusChanged(at(hours), "piet", Status.OPEN, new, until)


def test_a_customers_mail_waits_for_an_answer_since_the_oldest_one() -> None:
    asked = after(CustomerWrote(at(1), "anna", "a"), CustomerWrote(at(2), "anna", "b"))
    assert asked.unanswered_since == at(1)
    assert after(AgentReplied(at(3), "piet", "c"), ticket=asked).unanswered_since is None


def test_only_the_first_answer_is_the_first() -> None:
    assert after(AgentReplied(at(1), "piet", "a"), AgentReplied(at(2), "piet", "b")).answered_at == at(1)


def test_who_joins_takes_part_from_then_on() -> None:
    joined = after(CustomerWrote(at(1), "anna", "a", ("bert@bakery.example",)))
    assert joined.participants[1:] == (Participant("bert@bakery.example", at(1)),)


def test_owner_team_priority_and_kind_are_what_they_were_changed_to() -> None:
    changed = after(
        OwnerChanged(START, "piet", "ans", "network"),
        PriorityChanged(START, "piet", "high", "low"),
        KindChanged(START, "piet", "question", "problem"),
    )
    assert (changed.owner, changed.team, changed.priority, changed.kind) == ("ans", "network", "low", "problem")


def test_a_ticket_is_triaged_by_its_priority_and_by_nothing_else() -> None:
    assert not after(OwnerChanged(START, "piet", "ans", ""), AgentReplied(START, "piet", "")).triaged
    assert after(PriorityChanged(START, "piet", "high", "high")).triaged


@pytest.mark.parametrize("status", [Status.WAITING, Status.PENDING, Status.APPROVAL, Status.RESOLVED])
def test_the_clock_stands_while_a_ticket_waits_and_goes_on_after(status: Status) -> None:
    waiting = after(becomes(status, 1))
    assert waiting.pauses == (Pause(at(1), None, status.value),)
    assert after(becomes(Status.OPEN, 2), ticket=waiting).pauses == (Pause(at(1), at(2), status.value),)


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN])
def test_the_clock_does_not_stand_while_the_desk_works(status: Status) -> None:
    assert after(becomes(status, 1)).pauses == ()


def test_one_wait_after_another_is_two_pauses_without_a_gap() -> None:
    waited = after(becomes(Status.WAITING, 1), becomes(Status.PENDING, 2), becomes(Status.OPEN, 3))
    assert waited.pauses == (Pause(at(1), at(2), "waiting"), Pause(at(2), at(3), "pending"))


@pytest.mark.parametrize("over", [Status.CLOSED, Status.REJECTED])
def test_the_clock_stands_from_the_end_to_a_reopening_with_or_without_resolved_before(over: Status) -> None:
    directly = after(becomes(over, 1), becomes(Status.OPEN, 5))
    assert directly.pauses == (Pause(at(1), at(5), "resolved"),)
    resolved = after(becomes(Status.RESOLVED, 1), becomes(over, 3), becomes(Status.OPEN, 5))
    assert resolved.pauses == (Pause(at(1), at(3), "resolved"), Pause(at(3), at(5), "resolved"))


def test_resolved_is_the_moment_that_counts_also_when_it_is_closed_later() -> None:
    assert after(becomes(Status.RESOLVED, 1), becomes(Status.CLOSED, 9)).resolved_at == at(1)
    assert after(becomes(Status.CLOSED, 9)).resolved_at == at(9)


def test_a_reopened_ticket_is_not_resolved_and_can_be_again() -> None:
    reopened = after(becomes(Status.RESOLVED, 1), becomes(Status.OPEN, 2))
    assert (reopened.status, reopened.resolved_at) == (Status.OPEN, None)
    assert after(becomes(Status.RESOLVED, 3), ticket=reopened).resolved_at == at(3)


def test_a_status_brings_its_own_alarm_and_takes_away_the_last_one() -> None:
    pending = after(becomes(Status.PENDING, 1, at(9)))
    assert pending.wake_at == at(9)
    assert after(becomes(Status.OPEN, 2), ticket=pending).wake_at is None


def test_pages_are_counted_until_somebody_takes_the_emergency() -> None:
    paged = after(
        DutyPaged(at(0), "desk", "piet", 1, at(1), first=True), DutyPaged(at(1), "desk", "ans", 2, at(2), first=False)
    )
    assert paged.emergency is not None
    assert (paged.emergency.paged, paged.emergency.step, paged.emergency.next_at) == (("piet", "ans"), 2, at(2))
    assert paged.emergency.waiting
    taken = after(DutyTaken(at(1), "ans", "ans"), ticket=paged).emergency
    assert taken is not None
    assert (taken.taken_by, taken.taken_at, taken.next_at, taken.waiting) == ("ans", at(1), None, False)


def test_a_released_emergency_pages_nobody_else() -> None:
    released = after(
        DutyPaged(at(0), "desk", "piet", 1, at(1), first=True), DutyReleased(at(1), "piet", at(9))
    ).emergency
    assert released is not None
    assert (released.released, released.waiting, released.next_at) == (True, False, None)


def test_a_page_after_a_release_begins_again_and_remembers_who_was_woken() -> None:
    again = after(
        DutyPaged(at(0), "desk", "piet", 1, at(1), first=True),
        DutyTaken(at(1), "piet", "piet"),
        DutyReleased(at(1), "piet", at(9)),
        DutyPaged(at(2), "desk", "ans", 1, at(3), first=True),
    ).emergency
    assert again is not None
    assert (again.waiting, again.released, again.taken_by, again.taken_at) == (True, False, "", None)
    assert (again.step, again.next_at, again.paged) == (1, at(3), ("piet", "ans"))


@pytest.mark.parametrize(
    "event",
    [
        NoteAdded(START, "piet", "hm"),
        MailRecorded(START, "anna", "I am away", "vacation"),
        DeliveryFailed(START, "x", "anna@bakery.example", "5.1.1", bad_address=True),
        CommandsDone(START, "piet", ()),
        TokenMisused(START, "eve", "anna@bakery.example"),
    ],
)
def test_what_is_only_recorded_changes_nothing(event: TicketEvent) -> None:
    assert after(event) == TICKET


def test_a_ticket_that_is_given_is_never_changed_itself() -> None:
    before = replace(TICKET)
    after(becomes(Status.RESOLVED, 1), CustomerWrote(at(2), "anna", "a", ("bert@bakery.example",)))
    assert before == TICKET

"""The targets of a ticket follow from the ticket: opened, met, ended, paused, computed anew."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.event import CustomerWrote, StatusChanged
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.target import Pause, Target, TargetKind
from helpdeskd.domain.ticket import Emergency, Status, Ticket
from helpdeskd.policy.clock import wind
from tests.policy.scenes import NOW, PLAN, TICKET

HOUR = timedelta(hours=1)


def targets_of(ticket: Ticket, *before: Target, now: datetime = NOW) -> dict[str, Target]:
    return {target.kind.value: target for target in wind(ticket, before, PLAN, now)}


OPENED = tuple(wind(TICKET, (), PLAN, NOW))


def test_a_new_ticket_has_the_targets_of_its_priority() -> None:
    assert [target.kind.value for target in OPENED] == ["response", "resolution"]
    assert all(target.is_open for target in OPENED)


def test_nobody_waits_for_an_answer_to_an_alert() -> None:
    alert = replace(TICKET, alert_key="nagios/web1/", unanswered_since=None)
    assert set(targets_of(alert)) == {"resolution"}


def test_an_answer_meets_the_response() -> None:
    answered = replace(TICKET, answered_at=NOW + HOUR, unanswered_since=None)
    assert targets_of(answered, *OPENED, now=NOW + HOUR)["response"].met_at == NOW + HOUR


def test_a_late_answer_is_met_and_breached() -> None:
    answered = replace(TICKET, answered_at=NOW + 6 * HOUR, unanswered_since=None)
    response = targets_of(answered, *OPENED, now=NOW + 6 * HOUR)["response"]
    assert (response.met_at, response.breached_at) == (NOW + 6 * HOUR, NOW + 4 * HOUR)


def test_the_next_response_runs_from_the_oldest_mail_that_is_not_answered() -> None:
    answered = replace(TICKET, answered_at=NOW, unanswered_since=None)
    assert "next response" not in targets_of(answered, *OPENED)
    wrote = replace(answered, unanswered_since=NOW + HOUR)
    first = targets_of(wrote, *OPENED, now=NOW + HOUR)
    assert first["next response"].due == NOW + 5 * HOUR
    again = targets_of(wrote, *first.values(), now=NOW + 2 * HOUR)
    assert again["next response"].due == NOW + 5 * HOUR


def test_before_the_first_answer_nothing_is_a_next_response() -> None:
    assert "next response" not in targets_of(replace(TICKET, unanswered_since=NOW))


def test_a_second_question_runs_anew() -> None:
    wrote = replace(TICKET, answered_at=NOW, unanswered_since=NOW + HOUR)
    first = targets_of(wrote, *OPENED, now=NOW + HOUR)
    answered = targets_of(replace(wrote, unanswered_since=None), *first.values(), now=NOW + 2 * HOUR)
    assert answered["next response"].met_at == NOW + 2 * HOUR
    second = targets_of(replace(wrote, unanswered_since=NOW + 3 * HOUR), *answered.values(), now=NOW + 3 * HOUR)
    assert second["next response"].is_open
    assert second["next response"].due == NOW + 7 * HOUR


def test_a_pause_that_the_plan_counts_stops_the_resolution_only() -> None:
    waiting = replace(TICKET, status=Status.WAITING, pauses=(Pause(NOW + HOUR, None, "waiting"),))
    stopped = targets_of(waiting, *OPENED, now=NOW + HOUR)
    assert stopped["resolution"].due is None
    assert stopped["response"].due == NOW + 4 * HOUR


def test_a_pause_that_the_plan_does_not_count_stops_nothing() -> None:
    plan = replace(PLAN, pauses=frozenset())
    waiting = replace(TICKET, status=Status.WAITING, pauses=(Pause(NOW + HOUR, None, "waiting"),))
    assert all(target.due for target in wind(waiting, OPENED, plan, NOW + HOUR))


def test_resolved_meets_the_resolution_and_ends_a_response_that_was_not_given() -> None:
    resolved = replace(TICKET, status=Status.RESOLVED, resolved_at=NOW + HOUR)
    done = targets_of(resolved, *OPENED, now=NOW + HOUR)
    assert done["resolution"].met_at == NOW + HOUR
    assert done["response"].ended_unmet


def test_a_reopened_ticket_goes_on_with_what_it_had_used() -> None:
    resolved = replace(TICKET, status=Status.RESOLVED, resolved_at=NOW + HOUR)
    done = targets_of(resolved, *OPENED, now=NOW + HOUR)
    reopened = replace(TICKET, status=Status.OPEN, pauses=(Pause(NOW + HOUR, NOW + 25 * HOUR, "resolved"),))
    again = targets_of(reopened, *done.values(), now=NOW + 25 * HOUR)["resolution"]
    assert again.met_at is None
    assert again.due == NOW + 72 * HOUR


@pytest.mark.parametrize("status", [Status.CLOSED, Status.MERGED])
def test_a_ticket_that_ends_without_being_resolved_ends_its_targets(status: Status) -> None:
    ended = replace(TICKET, status=status)
    assert all(target.ended_unmet for target in wind(ended, OPENED, PLAN, NOW + HOUR))


def test_rejected_is_not_resolved() -> None:
    rejected = replace(TICKET, status=Status.REJECTED, resolved_at=NOW + HOUR)
    assert targets_of(rejected, *OPENED, now=NOW + HOUR)["resolution"].ended_unmet


def test_a_change_of_priority_counts_from_the_same_start() -> None:
    high = targets_of(replace(TICKET, priority="high"), *OPENED, now=NOW + HOUR / 2)
    assert high["response"].due == NOW + HOUR
    assert high["resolution"].due == NOW + 4 * HOUR


def test_what_is_met_stays_met_and_what_is_breached_stays_breached_when_the_priority_changes() -> None:
    late = NOW + 5 * HOUR
    low = targets_of(replace(TICKET, priority="low"), *OPENED, now=late)
    assert low["response"].breached_at == NOW + 4 * HOUR
    assert low["response"].ended_unmet
    in_time = targets_of(replace(TICKET, priority="low"), *OPENED, now=NOW + HOUR)
    assert "response" not in in_time


def test_a_priority_that_the_plan_no_longer_has_has_no_targets() -> None:
    assert wind(replace(TICKET, priority="gone"), (), PLAN, NOW) == ()


def test_what_a_resolved_ticket_was_due_stays_known() -> None:
    resolved = evolve(TICKET, StatusChanged(NOW + HOUR, "piet", Status.OPEN, Status.RESOLVED))
    due = targets_of(TICKET, *OPENED)["resolution"].due
    assert due is not None
    assert targets_of(resolved, *OPENED, now=NOW + HOUR)["resolution"].due == due


SOON = replace(PLAN, callout_start=parse_amount("30 minutes"))
PAGED = replace(TICKET, priority="high", emergency=Emergency(1, "piet", ("piet",), NOW + HOUR / 4))


def start_of(ticket: Ticket, *before: Target, now: datetime = NOW) -> Target | None:
    found = (target for target in wind(ticket, before, SOON, now) if target.kind is TargetKind.START)
    return next(found, None)


def test_work_on_a_call_out_begins_within_what_the_plan_promises_and_taking_it_meets_that() -> None:
    begun = start_of(PAGED)
    assert begun is not None
    assert (begun.start, begun.due, begun.promised) == (NOW, NOW + HOUR / 2, True)
    taken = replace(PAGED, emergency=replace(PAGED.emergency, taken_by="piet", taken_at=NOW + HOUR / 4))
    met = start_of(taken, begun, now=NOW + HOUR / 4)
    assert met is not None
    assert (met.met_at, met.breached_at) == (NOW + HOUR / 4, None)


def test_what_is_taken_too_late_is_breached() -> None:
    begun = start_of(PAGED)
    taken = replace(PAGED, emergency=replace(PAGED.emergency, taken_by="ans", taken_at=NOW + HOUR))
    late = start_of(taken, begun, now=NOW + HOUR)
    assert (late.met_at, late.breached_at) == (NOW + HOUR, NOW + HOUR / 2)


def test_no_other_ticket_and_no_other_plan_has_it() -> None:
    assert start_of(TICKET) is None
    assert [target.kind for target in wind(PAGED, (), PLAN, NOW)] == [TargetKind.RESPONSE, TargetKind.RESOLUTION]


def test_the_other_targets_of_a_call_out_stay_as_they_are() -> None:
    others = [target for target in wind(PAGED, (), SOON, NOW) if target.kind is not TargetKind.START]
    assert others == list(wind(PAGED, (), PLAN, NOW))


def test_what_is_no_emergency_after_all_needs_no_start_and_being_paged_again_brings_none_back() -> None:
    begun = start_of(PAGED)
    released = start_of(replace(PAGED, emergency=replace(PAGED.emergency, released=True)), begun, now=NOW + HOUR / 4)
    assert (released.ended_unmet, released.breached_at) == (True, None)
    assert start_of(PAGED, released, now=NOW + 25 * HOUR) == released


def test_a_change_of_priority_leaves_it_alone() -> None:
    begun = start_of(PAGED)
    assert start_of(replace(PAGED, priority="low"), begun, now=NOW + HOUR / 4) == begun


def test_a_call_out_that_is_resolved_without_being_taken_ends_it() -> None:
    begun = start_of(PAGED)
    resolved = replace(PAGED, status=Status.RESOLVED, resolved_at=NOW + HOUR / 4)
    assert start_of(resolved, begun, now=NOW + HOUR / 4).ended_unmet


def test_a_plan_may_let_its_resolution_wait_for_what_the_report_lacks() -> None:
    lacks = replace(TICKET, missing=("picture",))
    waits = replace(PLAN, pauses=frozenset({"information missing"}))
    asked = wind(lacks, (), waits, NOW)
    assert [(target.kind.value, target.due is None) for target in asked] == [("response", False), ("resolution", True)]
    assert all(target.due for target in wind(lacks, (), PLAN, NOW))
    answered = evolve(lacks, CustomerWrote(NOW + HOUR, "anna@bakery.example", "Here it is."))
    (_, resolution) = wind(answered, asked, waits, NOW + HOUR)
    assert resolution.due == NOW + 49 * HOUR


def test_a_plan_that_promises_what_was_a_goal_makes_it_a_promise_unless_it_was_missed() -> None:
    urgent = replace(TICKET, priority="high")
    before = tuple(wind(urgent, (), PLAN, NOW))
    assert not targets_of(urgent, *before)["resolution"].promised
    assert targets_of(TICKET, *before)["resolution"].promised
    missed = tuple(wind(urgent, before, PLAN, NOW + 30 * HOUR))
    assert not targets_of(TICKET, *missed, now=NOW + 30 * HOUR)["resolution"].promised

"""What counts of a ticket: once, at its moment, for who had the ticket then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.bill import Bill
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.charge import Charge
from helpdeskd.domain.claim import Account
from helpdeskd.domain.entry import Approval, Entry, kept
from helpdeskd.domain.fact import Answered, Fact, History, Hours, Judged, Opened, Outcome, Resolved, Worked, row_of
from helpdeskd.domain.settle import settle
from helpdeskd.domain.target import Pause, Target, TargetKind, ended, met, open_target
from helpdeskd.domain.tariff import FreeWhen, Tariff
from helpdeskd.domain.ticket import Decision, Entitlement, Status, Ticket

ZONE = ZoneInfo("Europe/Amsterdam")
OFFICE = Calendar("office", ZONE, (((510, 1080),),) * 5 + ((), ()))
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
"""17:00 in Amsterdam, an hour before the office closes for the weekend."""
MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
"""08:30 in Amsterdam, when it opens again."""
LATER = datetime(2027, 1, 1, tzinfo=UTC)
TICKET = Ticket(
    id=1,
    reference="HD-1001",
    subject="It hangs",
    customer="bakery",
    requester="anna@bakery.example",
    plan="standard",
    queue="support",
    team="support",
    priority="normal",
    kind="problem",
    opened_at=FRIDAY,
    entitlement=Entitlement(Decision.ACCEPT),
    unanswered_since=FRIDAY,
)


def target(kind: TargetKind = TargetKind.RESPONSE, start: datetime = FRIDAY, *, promised: bool = True) -> Target:
    """Four working hours: due on Monday at 11:30 in Amsterdam."""
    return open_target(kind, parse_amount("4 working hours"), OFFICE, start, promised=promised)


DUE = MONDAY + 3 * HOUR


def history(*states: tuple[datetime, Ticket], targets: tuple[Target, ...] = ()) -> History:
    """A ticket that was opened on Friday and became what the states tell."""
    return History(states[-1][1] if states else TICKET, targets, ((FRIDAY, TICKET), *states))


def facts(told: History, *pauses: Pause, now: datetime = LATER, charge: Charge | None = None) -> list[Fact]:
    return list(row_of(told, charge or Charge(told.ticket), OFFICE, pauses, now).facts)


def judged(told: History, now: datetime = LATER) -> list[Judged]:
    return [fact for fact in facts(told, now=now) if isinstance(fact, Judged)]


def test_an_untouched_ticket_was_opened_and_no_more() -> None:
    assert facts(history()) == [Opened(FRIDAY, "", "normal")]


def test_a_row_names_the_ticket_with_its_customer_and_queue() -> None:
    row = row_of(history(), Charge(TICKET), OFFICE, (), LATER)
    assert (row.reference, row.customer, row.queue) == ("HD-1001", "bakery", "support")


def test_the_time_to_an_answer_is_counted_while_the_office_is_open() -> None:
    at = MONDAY + HOUR
    answered = replace(TICKET, owner="piet", answered_at=at, unanswered_since=None)
    assert Answered(at, "piet", "normal", 120) in facts(history((at, answered)))


def test_a_minute_that_is_not_over_is_not_counted() -> None:
    at = MONDAY + HOUR - SECOND
    answered = replace(TICKET, answered_at=at, unanswered_since=None)
    assert Answered(at, "", "normal", 119) in facts(history((at, answered)))


def test_the_time_to_a_resolution_leaves_out_the_pauses_of_the_plan() -> None:
    at = MONDAY + 4 * HOUR
    resolved = replace(TICKET, status=Status.RESOLVED, resolved_at=at)
    pauses = (Pause(MONDAY, MONDAY + HOUR, "waiting"), Pause(at, None, "resolved"))
    assert Resolved(at, "", "normal", 300) in facts(history((at, resolved)))
    assert Resolved(at, "", "normal", 240) in facts(history((at, resolved)), *pauses)


@pytest.mark.parametrize(
    ("status", "counts"), [(Status.CLOSED, True), (Status.MERGED, False), (Status.REJECTED, False)]
)
def test_only_what_was_solved_has_a_time_to_its_resolution(status: Status, counts: bool) -> None:
    over = replace(TICKET, status=status, resolved_at=MONDAY)
    assert any(isinstance(fact, Resolved) for fact in facts(history((MONDAY, over)))) is counts


def test_a_target_that_is_met_in_time_is_met_at_that_moment() -> None:
    at = DUE - SECOND
    assert judged(history(targets=(met(target(), at),))) == [Judged(at, "", "normal", TargetKind.RESPONSE, Outcome.MET)]


def test_a_target_that_is_met_at_its_deadline_was_missed_at_its_deadline() -> None:
    for at in (DUE, DUE + HOUR):
        assert judged(history(targets=(met(target(), at),))) == [
            Judged(DUE, "", "normal", TargetKind.RESPONSE, Outcome.BREACHED)
        ]


def test_an_open_target_is_open_until_it_is_due() -> None:
    told = history(targets=(target(),))
    assert judged(told, now=DUE - SECOND) == [Judged(FRIDAY, "", "normal", TargetKind.RESPONSE, Outcome.OPEN)]
    assert judged(told, now=DUE) == [Judged(DUE, "", "normal", TargetKind.RESPONSE, Outcome.BREACHED)]


def test_a_target_whose_clock_stands_is_open() -> None:
    stopped = open_target(
        TargetKind.RESOLUTION, parse_amount("4 working hours"), OFFICE, FRIDAY, (Pause(FRIDAY, None, "waiting"),)
    )
    assert [fact.outcome for fact in judged(history(targets=(stopped,)))] == [Outcome.OPEN]


def test_a_target_that_its_ticket_did_not_live_to_meet_ended_with_it() -> None:
    over = replace(TICKET, status=Status.REJECTED, resolved_at=MONDAY, pauses=(Pause(MONDAY, None, "resolved"),))
    told = history((MONDAY, over), targets=(ended(target(), MONDAY),))
    assert judged(told) == [Judged(MONDAY, "", "normal", TargetKind.RESPONSE, Outcome.ENDED)]


def test_a_target_that_ended_after_its_deadline_was_missed() -> None:
    told = history(targets=(ended(target(), DUE + HOUR),))
    assert judged(told) == [Judged(DUE, "", "normal", TargetKind.RESPONSE, Outcome.BREACHED)]


def test_a_goal_is_never_reported_whatever_became_of_it() -> None:
    goal = target(promised=False)
    for became in (goal, met(goal, MONDAY), met(goal, LATER), ended(goal, MONDAY)):
        assert judged(history(targets=(became,))) == []


def test_what_is_settled_counts_for_the_agent_and_priority_of_that_moment() -> None:
    piets = replace(TICKET, owner="piet")
    anss = replace(TICKET, owner="ans", priority="high")
    breached, still_open = met(target(), DUE + 2 * HOUR), target(TargetKind.RESOLUTION)
    told = history((MONDAY, piets), (DUE + HOUR, anss), targets=(breached, still_open))
    outcomes = {fact.outcome: (fact.agent, fact.priority) for fact in judged(told, now=DUE - SECOND)}
    assert outcomes == {Outcome.BREACHED: ("piet", "normal"), Outcome.OPEN: ("ans", "high")}


def test_who_takes_a_ticket_with_the_answer_has_answered_it() -> None:
    answered = replace(TICKET, answered_at=MONDAY, unanswered_since=None)
    taken = replace(answered, owner="piet")
    assert Answered(MONDAY, "piet", "normal", 60) in facts(history((MONDAY, answered), (MONDAY, taken)))


ANSWERED = replace(TICKET, answered_at=FRIDAY, unanswered_since=None)
ASKED = replace(ANSWERED, unanswered_since=MONDAY)
AGAIN = replace(ANSWERED, unanswered_since=MONDAY + 5 * HOUR)


def asked_twice(answered_after: timedelta) -> History:
    """A second question on Monday morning, answered; and a third, which is not. Only the third has a stored target."""
    stored = target(TargetKind.NEXT_RESPONSE, MONDAY + 5 * HOUR)
    states = ((FRIDAY, ANSWERED), (MONDAY, ASKED), (MONDAY + answered_after, ANSWERED), (MONDAY + 5 * HOUR, AGAIN))
    return history(*states, targets=(stored,))


@pytest.mark.parametrize(
    ("after", "earlier"),
    [
        (4 * HOUR - SECOND, (MONDAY + 4 * HOUR - SECOND, Outcome.MET)),
        (4 * HOUR, (MONDAY + 4 * HOUR, Outcome.BREACHED)),
        (5 * HOUR, (MONDAY + 4 * HOUR, Outcome.BREACHED)),
    ],
)
def test_every_next_response_counts_though_only_the_latest_is_stored(
    after: timedelta, earlier: tuple[datetime, Outcome]
) -> None:
    third = (MONDAY + 5 * HOUR, Outcome.OPEN)
    assert [(fact.at, fact.outcome) for fact in judged(asked_twice(after), now=MONDAY)] == [third, earlier]


def test_a_missed_next_response_that_was_told_keeps_its_moment() -> None:
    told = replace(asked_twice(3 * HOUR), missed=(MONDAY + 2 * HOUR,))
    assert [(f.at, f.outcome) for f in judged(told, now=MONDAY)][1] == (MONDAY + 2 * HOUR, Outcome.BREACHED)


def test_without_a_promise_of_a_next_response_none_is_counted() -> None:
    assert judged(replace(asked_twice(5 * HOUR), targets=())) == []


TARIFF = Tariff(
    "EUR", OFFICE, {1: 100_00}, unit=15, free_per_ticket=30, free_when=FreeWhen.OPEN, authorised_per_ticket=60
)


def booked(*entries: Entry, approvals: tuple[Approval, ...] = (), tariff: Tariff = TARIFF, **more: bool) -> Charge:
    account = Account("HD-1001", FRIDAY, entries, approvals, **more)
    return Charge(TICKET, Bill(tariff, settle(account, (tariff,))), entries, approvals)


def entry(number: int, start: datetime, minutes: int, agent: str = "piet", reverses: int | None = None) -> Entry:
    return Entry(number, "HD-1001", agent, start, minutes, reverses=reverses)


def worked(charge: Charge, *states: tuple[datetime, Ticket]) -> list[Worked]:
    return [fact for fact in facts(history(*states), charge=charge) if isinstance(fact, Worked)]


def noon(day: datetime) -> datetime:
    """12:00 in Amsterdam."""
    return day.astimezone(ZONE).replace(hour=12, minute=0).astimezone(UTC)


def test_work_counts_when_it_began_for_who_worked_and_what_became_of_it_on_its_date_for_nobody() -> None:
    assert worked(booked(entry(1, MONDAY, 40), entry(2, MONDAY + HOUR, 80, agent="ans"))) == [
        Worked(MONDAY, "piet", "normal", Hours.WORKED, 40),
        Worked(MONDAY + HOUR, "ans", "normal", Hours.WORKED, 80),
        Worked(noon(MONDAY), "", "normal", Hours.FREE, 30),
        Worked(noon(MONDAY), "", "normal", Hours.CHARGED, 15),
        Worked(noon(MONDAY), "", "normal", Hours.CHARGED, 45),
        Worked(noon(MONDAY), "", "normal", Hours.UNAPPROVED, 45),
    ]


def test_work_has_the_priority_that_the_ticket_had_then() -> None:
    urgent = replace(TICKET, priority="high")
    charge = booked(entry(1, MONDAY, 10), entry(2, MONDAY + 2 * HOUR, 10))
    priorities = [fact.priority for fact in worked(charge, (MONDAY + HOUR, urgent)) if fact.hours is Hours.WORKED]
    assert priorities == ["normal", "high"]


def test_what_was_taken_back_was_not_worked() -> None:
    charge = booked(entry(1, MONDAY, 40), entry(2, MONDAY, -40, reverses=1), entry(3, MONDAY + HOUR, 10))
    assert [(fact.hours, fact.minutes) for fact in worked(charge)] == [(Hours.WORKED, 10), (Hours.FREE, 10)]


def test_without_prices_only_what_was_worked_counts() -> None:
    charge = Charge(TICKET, None, (entry(1, MONDAY, 40),))
    assert worked(charge) == [Worked(MONDAY, "piet", "normal", Hours.WORKED, 40)]


def solved(charge: Charge) -> Resolved:
    resolved = replace(TICKET, status=Status.RESOLVED, resolved_at=MONDAY + 5 * HOUR)
    told = facts(history((MONDAY + 5 * HOUR, resolved)), charge=charge)
    [fact] = [fact for fact in told if isinstance(fact, Resolved)]
    return fact


NIGHT = MONDAY - 5 * HOUR


@pytest.mark.parametrize(
    ("charge", "within"),
    [
        (booked(), True),
        (booked(entry(1, MONDAY, 30)), True),
        (booked(entry(1, MONDAY, 31)), False),
        (booked(entry(1, MONDAY, 20), entry(2, MONDAY + HOUR, 10)), True),
        (booked(entry(1, NIGHT, 10)), False),
        (booked(entry(1, MONDAY, 31), nocharge=True), False),
        (booked(entry(1, MONDAY, 30), nocharge=True), True),
        (booked(entry(1, MONDAY, 10), tariff=replace(TARIFF, free_per_ticket=0)), None),
        (Charge(TICKET, None, (entry(1, MONDAY, 10),)), None),
    ],
)
def test_a_ticket_is_solved_within_the_free_minutes_when_no_more_was_worked(
    charge: Charge, within: bool | None
) -> None:
    assert solved(charge).within_free is within


ENTRIES = st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 200)), max_size=6).map(
    lambda made: tuple(entry(n, NIGHT + timedelta(minutes=at), length) for n, (at, length) in enumerate(made, 1))
)
APPROVALS = st.sampled_from([(), (Approval("HD-1001", 90, "anna", FRIDAY),)])


@given(ENTRIES, APPROVALS)
def test_the_facts_of_work_come_to_what_was_settled(
    entries: tuple[Entry, ...], approvals: tuple[Approval, ...]
) -> None:
    charge = booked(*entries, approvals=approvals)
    sums = {hours: sum(fact.minutes for fact in worked(charge) if fact.hours is hours) for hours in Hours}
    settled = charge.bill.settlement.minutes  # type: ignore[union-attr]
    assert sums == {
        Hours.WORKED: sum(each.minutes for each in kept(entries)),
        Hours.FREE: settled.free,
        Hours.CHARGED: settled.charged,
        Hours.UNAPPROVED: settled.unapproved,
    }

"""What each event does to a ticket, and that all others leave it alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from helpdeskd.domain.cost_event import (
    ApprovalRefused,
    CardsLow,
    EstimateApproved,
    EstimateAsked,
    EstimateDeclined,
    EstimateExpired,
    EstimateReminded,
    NoCharge,
    OutsideContract,
    TimeBooked,
)
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.event import (
    AgentReplied,
    AlertRaised,
    AlertRecovered,
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
    ReportReminded,
    StatusChanged,
    TicketEvent,
    TokenMisused,
)
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.join_event import ApprovalMoved, TicketJoined, TicketMerged, TicketSplit
from helpdeskd.domain.party_event import (
    ParticipantAdded,
    ParticipantRemoved,
    ThirdPartyAnswered,
    ThirdPartyAsked,
)
from helpdeskd.domain.solution_event import SolutionRecorded
from helpdeskd.domain.sort_event import (
    Basis,
    CustomerChanged,
    LevelChanged,
    ProductChanged,
    QueueChanged,
    SiteChanged,
    Snoozed,
    SpamFound,
    TicketLinked,
)
from helpdeskd.domain.target import Pause
from helpdeskd.domain.ticket import Decision, Emergency, Entitlement, Participant, Reason, Status, Ticket

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


def test_the_newest_solution_is_the_one_that_counts() -> None:
    first = SolutionRecorded(START, "piet", "Restart it.")
    assert after(first, replace(first, by="ans", text="Replace it.")).solution == "Replace it."


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


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED, Status.REJECTED])
def test_nobody_else_is_woken_for_a_ticket_that_is_resolved_or_over(status: Status) -> None:
    page = DutyPaged(at(0), "desk", "piet", 1, at(1), first=True)
    over = after(page, becomes(status, 1)).emergency
    assert over is not None
    assert (over.next_at, over.woken) == (None, ("piet",))
    waits = after(page, becomes(Status.WAITING, 1)).emergency
    assert waits is not None
    assert waits.next_at == at(1)


def test_who_was_woken_is_counted_from_where_the_paging_began() -> None:
    again = after(
        DutyPaged(at(0), "desk", "piet", 1, at(1), first=True),
        DutyReleased(at(1), "piet", at(9)),
        DutyPaged(at(2), "desk", "ans", 1, at(3), first=True),
        DutyPaged(at(3), "desk", "piet", 2, at(4), first=False),
    ).emergency
    assert again is not None
    assert (again.paged, again.woken) == (("piet", "ans", "piet"), ("ans", "piet"))
    assert Emergency().woken == ()


def test_a_drill_stays_one_through_all_its_pages() -> None:
    drill = replace(TICKET, emergency=Emergency(drill=True, alone=True))
    paged = after(DutyPaged(at(0), "desk", "piet", 1, at(1), first=True), ticket=drill)
    assert paged.is_drill
    assert paged.emergency is not None
    assert paged.emergency.alone
    assert not TICKET.is_drill


def estimate(number: int = 1) -> Estimate:
    return Estimate(number, 60, "piet", START, at(48), at(24))


def asked(number: int = 1, hours: int = 0) -> EstimateAsked:
    return EstimateAsked(at(hours), "piet", estimate(number))


AWAITING = after(asked(), becomes(Status.APPROVAL, 0))


def test_an_estimate_is_awaited_and_the_clock_stands() -> None:
    assert (AWAITING.estimate, AWAITING.estimates) == (estimate(), 1)
    assert AWAITING.pauses == (Pause(at(0), None, "awaiting approval"),)
    assert AWAITING.ask_at == at(24)


def test_a_newer_estimate_takes_the_place_of_the_one_that_is_awaited() -> None:
    assert after(asked(2, 3), ticket=AWAITING).estimate == estimate(2)
    assert after(asked(2, 3), ticket=AWAITING).estimates == 2


def test_a_reminder_is_sent_once_and_then_the_end_is_waited_for() -> None:
    reminded = after(EstimateReminded(at(24), "desk"), ticket=AWAITING)
    assert reminded.estimate == replace(estimate(), remind_at=None)
    assert reminded.ask_at == at(48)
    assert after(EstimateReminded(at(24), "desk")) == TICKET


@pytest.mark.parametrize(
    "answer",
    [
        EstimateApproved(at(1), "anna", 1, 60),
        EstimateDeclined(at(1), "anna", 1),
        EstimateExpired(at(1), "desk", 1),
    ],
)
def test_an_answer_or_its_end_closes_an_estimate_and_its_number_is_not_used_again(answer: TicketEvent) -> None:
    closed = after(answer, ticket=AWAITING)
    assert (closed.estimate, closed.ask_at, closed.estimates) == (None, None, 1)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.APPROVAL])
def test_an_estimate_is_taken_back_when_the_ticket_does_not_await_it_any_more(status: Status) -> None:
    left = after(StatusChanged(at(1), "piet", Status.APPROVAL, status), ticket=AWAITING)
    assert (left.estimate, left.ask_at, left.estimates) == (None, None, 1)


def test_an_answer_that_does_not_count_leaves_the_estimate_as_it_is() -> None:
    refused = ApprovalRefused(at(1), "bert@bakery.example", Reason("no-right", "approve"))
    assert after(refused, ticket=AWAITING) == AWAITING


def test_what_is_outside_the_contract_is_asked_and_the_reason_is_told_once() -> None:
    told = after(
        OutsideContract(START, "piet", "training"),
        OutsideContract(START, "piet", "hardware"),
        OutsideContract(START, "ans", "training", "again"),
    )
    assert told.entitlement.decision is Decision.ASK
    assert told.entitlement.reasons == (Reason("outside", "hardware"), Reason("outside", "training"))


def test_a_ticket_is_not_charged_from_the_moment_that_somebody_says_so() -> None:
    assert after(NoCharge(START, "piet", "our mistake")).nocharge
    assert after(NoCharge(START, "piet"), becomes(Status.OPEN, 1)).nocharge


@pytest.mark.parametrize(
    ("statuses", "first"),
    [
        ((Status.RESOLVED,), 1),
        ((Status.CLOSED,), 1),
        ((Status.RESOLVED, Status.OPEN, Status.RESOLVED), 1),
        ((Status.WAITING, Status.RESOLVED, Status.CLOSED), 2),
        ((Status.RESOLVED, Status.REJECTED), 1),
        ((Status.REJECTED,), None),
        ((Status.MERGED,), None),
        ((Status.REJECTED, Status.OPEN, Status.RESOLVED), 3),
        ((Status.OPEN, Status.PENDING), None),
    ],
)
def test_the_first_resolution_stays_known_and_a_rejection_is_none(
    statuses: tuple[Status, ...], first: int | None
) -> None:
    changed = after(*(becomes(status, hours) for hours, status in enumerate(statuses, 1)))
    assert changed.first_resolved_at == (None if first is None else at(first))


LACKS = replace(TICKET, missing=("picture",), missing_at=at(10))


def test_what_a_report_lacks_is_reminded_of_once() -> None:
    assert LACKS.ask_at == at(10)
    reminded = after(ReportReminded(at(10), "desk"), ticket=LACKS)
    assert (reminded.missing, reminded.missing_at, reminded.ask_at) == (("picture",), None, None)


def test_who_answers_or_is_helped_is_not_reminded() -> None:
    assert after(CustomerWrote(at(1), "anna", "here"), ticket=LACKS).missing == ()
    assert after(becomes(Status.RESOLVED, 1), ticket=LACKS).ask_at is None
    assert after(becomes(Status.WAITING, 1), ticket=LACKS).ask_at == at(10)


def test_the_time_in_which_a_report_lacked_something_is_remembered_as_one() -> None:
    answered = after(CustomerWrote(at(2), "anna", "here"), CustomerWrote(at(3), "anna", "and"), ticket=LACKS)
    assert answered.pauses == (Pause(LACKS.opened_at, at(2), "information missing"),)


def test_who_was_answered_or_asked_for_an_approval_is_not_reminded_of_what_the_report_lacks() -> None:
    answered = after(AgentReplied(at(1), "piet", "Is it on?"), ticket=LACKS)
    assert (answered.missing, answered.ask_at) == (("picture",), None)
    awaiting = after(asked(), becomes(Status.APPROVAL, 0), ticket=LACKS)
    assert (awaiting.missing_at, awaiting.ask_at) == (None, at(24))


def test_without_another_moment_a_ticket_was_accepted_when_it_was_opened() -> None:
    assert TICKET.served_at == START
    assert replace(TICKET, accepted_at=at(5)).served_at == at(5)


@pytest.mark.parametrize(
    "event",
    [
        TimeBooked(START, "piet", Entry(1, "ACME-1001", "piet", START, 40)),
        CardsLow(START, "desk", 300, 240),
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


PAGED = evolve(TICKET, DutyPaged(START, "desk", "piet", 1, START + timedelta(minutes=15), first=True))


def test_a_recovery_is_known_until_the_problem_is_back() -> None:
    recovered = evolve(TICKET, AlertRecovered(START, "nagios@monitor.example", "UP"))
    assert recovered.recovered_at == START
    assert evolve(recovered, AlertRaised(START, "nagios@monitor.example", "DOWN")).recovered_at is None


def test_a_recovery_stops_the_paging_only_where_it_resolves() -> None:
    noted = evolve(PAGED, AlertRecovered(START, "nagios@monitor.example", "UP"))
    assert noted.emergency == PAGED.emergency
    resolved = evolve(PAGED, AlertRecovered(START, "nagios@monitor.example", "UP", resolved=True))
    assert resolved.emergency is not None
    assert (resolved.emergency.waiting, resolved.emergency.next_at) == (False, None)


def test_a_problem_that_is_back_lets_the_paging_go_on_that_was_stopped() -> None:
    stopped = evolve(PAGED, AlertRecovered(START, "nagios@monitor.example", "UP", resolved=True))
    later = START + timedelta(hours=1)
    raised = evolve(stopped, AlertRaised(START, "nagios@monitor.example", "DOWN", later)).emergency
    assert raised is not None
    assert (raised.waiting, raised.next_at, raised.person) == (True, later, "piet")


def test_a_merged_ticket_stands_still_and_knows_where_it_went() -> None:
    paged = Emergency(1, "piet", ("piet",), at(1))
    merged = after(TicketMerged(START, "piet", Status.NEW, "ACME-1002"), ticket=replace(LACKS, emergency=paged))
    assert (merged.status, merged.merged_into, merged.links) == (Status.MERGED, "ACME-1002", ("ACME-1002",))
    assert (merged.ask_at, merged.wake_at, merged.first_resolved_at) == (None, None, None)
    assert merged.emergency == replace(paged, next_at=None)
    assert merged.pauses == (Pause(START, None, "resolved"),)


@pytest.mark.parametrize(
    ("here", "there", "left"), [(None, None, None), (1, None, 1), (None, 2, 2), (1, 2, 1), (2, 1, 1)]
)
def test_who_waited_longest_and_who_declined_first_count(here: int | None, there: int | None, left: int | None) -> None:
    one, other, least = (None if hours is None else at(hours) for hours in (here, there, left))
    joined = TicketJoined(at(5), "piet", "ACME-1002", ("bert@bakery.example",), other, other)
    changed = after(joined, ticket=replace(TICKET, unanswered_since=one, declined_at=one))
    assert (changed.unanswered_since, changed.declined_at) == (least, least)
    assert changed.participants[-1] == Participant("bert@bakery.example", at(5))
    assert changed.links == ("ACME-1002",)


def test_an_approval_that_is_moved_takes_the_number_of_an_estimate() -> None:
    approval = Approval("ACME-1001", 60, "Anna", START)
    assert after(ApprovalMoved(START, "piet", 3, approval)).estimates == 3


def test_tickets_that_were_made_of_one_another_refer_to_each_other_once() -> None:
    assert after(TicketSplit(START, "piet")).links == ()
    assert after(*[TicketSplit(START, "piet", "ACME-1002")] * 2).links == ("ACME-1002",)


def test_who_is_let_in_takes_part_from_then_on_and_who_is_taken_out_no_longer() -> None:
    joined = after(ParticipantAdded(at(5), "piet", "bert@bakery.example"))
    assert joined.participants == (*TICKET.participants, Participant("bert@bakery.example", at(5)))
    assert after(ParticipantRemoved(at(6), "piet", "bert@bakery.example"), ticket=joined) == TICKET


def test_a_third_party_is_remembered_once_takes_no_part_and_changes_nothing_by_its_answer() -> None:
    question = ThirdPartyAsked(START, "piet", "help@supplier.example", "Printing", "Does it print?")
    asked = after(question, question)
    assert asked == replace(TICKET, third_parties=("help@supplier.example",))
    for proved in (True, False):
        assert after(ThirdPartyAnswered(at(1), "help@supplier.example", "Yes.", proved), ticket=asked) == asked


BASIS = Basis("gold", "better", Entitlement(Decision.ASK, (Reason("not-covered", "webshop"),)), "low", "bug")
ASKED = {"entitlement": BASIS.entitlement, "asks_since": START}
SERVED = {"plan": "gold", "agreement": "better", "priority": "low", "kind": "bug", **ASKED}


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (LevelChanged(START, "piet", 0, 2), {"level": 2}),
        (ProductChanged(START, "piet", "", "webshop", BASIS), {"product": "webshop", **SERVED}),
        (SiteChanged(START, "piet", "", "shop", BASIS), {"site": "shop", **SERVED}),
        (QueueChanged(START, "piet", "support", "sales"), {"queue": "sales"}),
        (TicketLinked(START, "piet", "ACME-1002"), {"links": ("ACME-1002",)}),
        (SpamFound(START, "piet"), {"spam": True}),
        (Snoozed(START, "piet", START), {}),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_agents_sort_changes_that_and_nothing_else(event: TicketEvent, changes: dict[str, object]) -> None:
    assert evolve(TICKET, event) == replace(TICKET, **changes)  # type: ignore[arg-type]


def test_work_needs_an_approval_since_it_was_first_said_and_until_it_is_covered() -> None:
    covered = replace(BASIS, entitlement=TICKET.entitlement)
    outside, elsewhere = OutsideContract(at(1), "piet", "training"), ProductChanged(at(2), "piet", "", "webshop", BASIS)
    back = ProductChanged(at(3), "piet", "webshop", "", covered)
    assert after(outside).asks_since == at(1)
    assert after(outside, elsewhere, outside).asks_since == at(1)
    assert after(outside, back).asks_since is None
    assert after(outside, ticket=replace(TICKET, entitlement=BASIS.entitlement)).asks_since is None


@pytest.mark.parametrize(("status", "spam"), [(Status.REJECTED, True), (Status.NEW, False)])
def test_spam_that_is_opened_again_is_none(status: Status, spam: bool) -> None:
    found = evolve(TICKET, SpamFound(START, "piet"))
    assert evolve(found, StatusChanged(START, "piet", Status.NEW, status)).spam is spam


def test_another_customers_ticket_has_none_of_the_old_ones_people_words_and_questions() -> None:
    asked = replace(TICKET, missing=("picture",), missing_at=START, declined_at=START, site="shop")
    at = START + timedelta(hours=1)
    fleur = "f@x.example"
    moved = evolve(asked, CustomerChanged(at, "piet", "bakery", "florist", fleur, (fleur,), "", "", BASIS))
    assert (moved.customer, moved.requester, moved.subject, moved.site) == ("florist", fleur, "", "")
    assert moved.participants == (Participant(fleur, at),)
    assert (moved.missing, moved.missing_at, moved.declined_at) == ((), None, None)
    assert moved.pauses == (Pause(TICKET.opened_at, at, "information missing"),)
    assert moved.plan == "gold"


def test_a_team_has_a_ticket_whatever_its_level_and_a_person_keeps_it() -> None:
    high = replace(TICKET, level=2)
    assert evolve(high, OwnerChanged(START, "piet", "", "network")).level == 0
    assert evolve(high, OwnerChanged(START, "piet", "ans", "network")).level == 2

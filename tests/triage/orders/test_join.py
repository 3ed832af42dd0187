"""`/merge`, `/split`; it is Monday 2026-11-23, ten o'clock, and ACME-1001 and ACME-1002 are Anna's."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.amount import Amount, Measure
from helpdeskd.domain.bill import bill
from helpdeskd.domain.card import Card
from helpdeskd.domain.cost_event import TimeBooked
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.event import StatusChanged, TicketEvent
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.join_event import ApprovalMoved, TicketJoined, TicketMerged
from helpdeskd.domain.merged import merged_into
from helpdeskd.domain.target import Target, TargetKind, open_target
from helpdeskd.domain.ticket import Emergency, Participant, Status, Ticket
from helpdeskd.triage.commands import Result
from tests.domain.tariffs import BEST_EFFORT
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import (
    ANNA,
    BAKERY,
    BERT,
    CARL,
    EARLIER,
    FLEUR,
    FLORIST,
    NOW,
    OFFICE_HOURS,
    PLAN,
    FakeDirectory,
    emergency,
    ticket,
)

PRICED = replace(PLAN, tariffs=(BEST_EFFORT,))
HOUR = timedelta(hours=1)
ENTRY = Entry(1, "ACME-1001", "piet", EARLIER, 40, km=12, mail="<0@desk.example>")


def other(**changes: object) -> Ticket:
    return replace(ticket(), id=2, reference="ACME-1002", **changes)  # type: ignore[arg-type]


def known(into: Ticket, *others: Ticket, **ledger: object) -> FakeDirectory:
    return FakeDirectory(tickets=(ticket(), into, *others), **ledger)  # type: ignore[arg-type]


def elsewhere(result: Result) -> tuple[TicketEvent, ...]:
    (there,) = result.elsewhere
    return there.events


@pytest.mark.parametrize("written", ["ACME-1002", "acme-1002", "[ACME-1002]"])
def test_this_ticket_goes_on_as_the_other(written: str) -> None:
    result = order(f"/merge {written}")
    assert result.events == (TicketMerged(NOW, "piet", Status.NEW, "ACME-1002"),)
    assert elsewhere(result) == (TicketJoined(NOW, "piet", "ACME-1001", (), EARLIER),)
    assert (result.ticket.status, result.ticket.merged_into) == (Status.MERGED, "ACME-1002")
    assert result.lines == (f"/merge {written}: goes on as ACME-1002, normal",)


@pytest.mark.parametrize("status", list(Status))
def test_a_ticket_that_is_over_goes_nowhere(status: Status) -> None:
    result = order("/merge ACME-1002", ticket(status=status))
    assert (result.errors == ()) is not status.ended


@pytest.mark.parametrize("status", list(Status))
def test_nothing_goes_into_a_ticket_that_is_over(status: Status) -> None:
    result = order("/merge ACME-1002", directory=known(other(status=status)))
    assert (result.errors == ()) is not status.ended


def test_a_merged_ticket_is_followed() -> None:
    third = replace(ticket(), id=3, reference="ACME-1003", status=Status.MERGED, merged_into="ACME-1002")
    (there,) = order("/merge ACME-1003", directory=known(other(), third)).elsewhere
    assert there.ticket.reference == "ACME-1002"
    back = replace(third, merged_into="ACME-1001")
    assert "ACME-1003 goes on as this ticket already" in refusal("/merge ACME-1003", directory=known(other(), back))


@pytest.mark.parametrize("changes", [{"customer": "florist"}, {"customer": ""}, {"emergency": Emergency(drill=True)}])
def test_another_customers_ticket_is_refused(changes: dict[str, object]) -> None:
    assert "ACME-1002 is not of this customer" in refusal("/merge ACME-1002", directory=known(other(**changes)))


def test_who_takes_part_here_takes_part_there_unless_they_do_or_are_of_no_or_another_customer() -> None:
    addresses = (ANNA.addresses[1], BERT.address, CARL.address, FLEUR.address, "left@bakery.example")
    here = ticket(participants=tuple(Participant(address, EARLIER) for address in addresses))
    (joined,) = elsewhere(order("/merge ACME-1002", here))
    assert isinstance(joined, TicketJoined)
    assert joined.joined == (BERT.address, CARL.address)
    assert {customer.name for customer in (BAKERY, FLORIST)} == {ANNA.customer, FLEUR.customer}


@pytest.mark.parametrize("here", [Status.NEW, Status.OPEN, Status.WAITING, Status.PENDING, Status.RESOLVED])
@pytest.mark.parametrize("there", [Status.NEW, Status.OPEN, Status.WAITING, Status.PENDING, Status.RESOLVED])
@pytest.mark.parametrize("owner", ["", "ans"])
def test_what_the_desk_has_to_act_on_opens_the_other_again(here: Status, there: Status, owner: str) -> None:
    directory = known(other(status=there, owner=owner))
    events = elsewhere(order("/merge ACME-1002", ticket(status=here), directory=directory))
    changed = [event.new for event in events if isinstance(event, StatusChanged)]
    opens = here in {Status.NEW, Status.OPEN} and there in {Status.WAITING, Status.PENDING, Status.RESOLVED}
    assert changed == ([Status.OPEN if owner else Status.NEW] if opens else [])


ASKED = Estimate(1, 60, "piet", EARLIER, NOW + HOUR, None)


@pytest.mark.parametrize(("here", "there"), [(ASKED, None), (None, ASKED)])
def test_while_somebody_is_asked_to_approve_costs_neither_is_merged(
    here: Estimate | None, there: Estimate | None
) -> None:
    asked = "ACME-1001" if here else "ACME-1002"
    wrong = refusal("/merge ACME-1002", ticket(estimate=here), known(other(estimate=there)))
    assert f"the customer is asked to approve costs of {asked}" in wrong


TAKEN = {"taken_by": "piet", "taken_at": NOW, "next_at": None}
SILENT = {"next_at": None}
OVER = {"released": True, "next_at": None}


@pytest.mark.parametrize(
    ("here", "there", "allowed"),
    [
        ({}, None, False),
        (TAKEN, None, False),
        (OVER, None, True),
        ({}, OVER, False),
        ({}, {}, True),
        ({}, TAKEN, True),
        ({}, SILENT, False),
        (TAKEN, SILENT, True),
        (SILENT, SILENT, False),
        (SILENT, {}, True),
    ],
)
def test_an_emergency_goes_on_only_as_one_that_somebody_has_or_is_woken_for(
    here: dict[str, object], there: dict[str, object] | None, allowed: bool
) -> None:
    into = other(emergency=None if there is None else emergency(**there).emergency)
    result = order("/merge ACME-1002", emergency(**here), directory=known(into))
    assert (result.errors == ()) is allowed
    assert result.ticket.emergency is not None
    assert not allowed or result.ticket.emergency.next_at is None


def test_work_is_taken_back_here_and_booked_there() -> None:
    directory = known(other(), booked=(ENTRY, replace(ENTRY, ticket="ACME-1002")))
    result = order("/time 5m\n/merge ACME-1002", directory=directory)
    back = [event.entry for event in result.events if isinstance(event, TimeBooked)]
    assert [(entry.id, entry.minutes, entry.reverses, entry.km) for entry in back] == [
        (2, 5, None, 0), (3, -40, 1, 0), (4, -5, 2, 0),
    ]  # fmt: skip
    there = [event.entry for event in elsewhere(result) if isinstance(event, TimeBooked)]
    assert there[0] == replace(ENTRY, id=2, ticket="ACME-1002")
    assert [(entry.id, entry.minutes, entry.km) for entry in there] == [(2, 40, 12), (3, 5, 0)]


def test_the_transcript_tells_how_much_goes_with_it() -> None:
    (line,) = order("/merge ACME-1002", directory=known(other(), booked=(ENTRY,))).lines
    assert line.endswith("goes on as ACME-1002, normal; 40 min that were booked here count there")
    (line,) = order("/merge ACME-1002", directory=known(other(nocharge=True), booked=(ENTRY,))).lines
    assert line.endswith("count there, where nothing is charged")


def test_what_is_not_charged_by_an_agents_decision_stays_where_it_was_booked() -> None:
    result = order("/merge ACME-1002", ticket(nocharge=True), directory=known(other(), booked=(ENTRY,)))
    assert [type(event) for event in (*result.events, *elsewhere(result))] == [TicketMerged, TicketJoined]


def test_approvals_count_there_behind_those_that_were_asked_there() -> None:
    approval = Approval("ACME-1001", 60, "Anna", EARLIER)
    events = elsewhere(order("/merge ACME-1002", directory=known(other(estimates=2), approved=(approval,))))
    assert events[1:] == (ApprovalMoved(NOW, "piet", 3, replace(approval, ticket="ACME-1002")),)


CARD = Card("one", 300, 400_00, date(2026, 11, 23))


@pytest.mark.parametrize("ledger", [{"booked": (ENTRY,)}, {"approved": (Approval("ACME-1001", 60, "Anna", EARLIER),)}])
@pytest.mark.parametrize(
    ("changes", "card"), [({"plan": "other"}, ()), ({"agreement": "good"}, ()), ({"opened_at": NOW}, (CARD,))]
)
def test_work_does_not_go_where_it_costs_something_else(
    ledger: dict[str, object], changes: dict[str, object], card: tuple[Card, ...]
) -> None:
    customers = (replace(BAKERY, cards=card),)
    assert "would cost something else on ACME-1002" in refusal(
        "/merge ACME-1002", directory=known(other(**changes), customers=customers, **ledger)
    )
    assert order("/merge ACME-1002", directory=known(other(**changes), customers=customers)).errors == ()


@dataclass
class Promising(FakeDirectory):
    """With targets."""

    due: dict[int, tuple[Target, ...]] = field(default_factory=dict)

    def targets(self, ticket_id: int) -> tuple[Target, ...]:
        return self.due.get(ticket_id, ())


def target(hours: int, *, promised: bool = True) -> Target:
    amount = Amount(Measure.ELAPSED, Fraction(hours * 60))
    return open_target(TargetKind.RESPONSE, amount, OFFICE_HOURS, NOW, promised=promised)


def test_the_transcript_tells_which_promise_ends_and_what_is_promised_instead() -> None:
    due = {1: (target(1), target(9, promised=False)), 2: (target(2),)}
    (line,) = order("/merge ACME-1002", directory=Promising(due=due)).lines
    assert line == (
        "/merge ACME-1002: goes on as ACME-1002, normal, response due 2026-11-23 12:00; "
        "promised here until now: response due 2026-11-23 11:00"
    )


def test_split_needs_a_text_and_a_contact() -> None:
    assert "what becomes a ticket of its own?" in refusal("/split")


@pytest.mark.parametrize(
    ("there", "now"),
    [
        ({"status": Status.RESOLVED}, HOUR),
        ({"status": Status.WAITING}, HOUR),
        ({"status": Status.PENDING, "wake_at": NOW + 2 * HOUR}, HOUR),
        ({"status": Status.PENDING, "wake_at": NOW + HOUR / 2}, None),
        ({"status": Status.OPEN}, None),
    ],
)
def test_what_the_desk_meant_to_do_later_it_does_as_the_other(there: dict[str, object], now: timedelta | None) -> None:
    here = ticket(status=Status.PENDING, wake_at=NOW + HOUR)
    result = order("/merge ACME-1002", here, directory=known(other(**there)))
    changed = [(event.new, event.until) for event in elsewhere(result) if isinstance(event, StatusChanged)]
    assert changed == ([(Status.PENDING, NOW + now)] if now else [])
    words = (
        "pending there until 2026-11-23 11:00" if now else "it was pending until 2026-11-23 11:00, and ACME-1002 is "
    )
    assert words in result.lines[0]


def test_third_parties_may_be_called_and_answer_there() -> None:
    result = order("/merge ACME-1002", ticket(third_parties=("sue@supplier.example",)))
    assert evolve(other(third_parties=("tim@other.example",)), elsewhere(result)[0]).third_parties == (
        "tim@other.example",
        "sue@supplier.example",
    )


def test_minutes_that_the_contract_gives_each_ticket_do_not_add_up_on_one() -> None:
    both = (replace(ENTRY, minutes=100), replace(ENTRY, minutes=36, ticket="ACME-1002"))
    wrong = refusal("/merge ACME-1002", directory=known(other(), booked=both), plan=PRICED)
    assert "on one ticket: 135 min, 326.25 EUR instead of 136 min, 328.67 EUR (leave both" in wrong
    fits = (both[0], replace(both[1], minutes=35))
    assert order("/merge ACME-1002", directory=known(other(), booked=fits), plan=PRICED).errors == ()


def test_what_a_line_above_books_is_compared_too() -> None:
    there = (replace(ENTRY, minutes=100, ticket="ACME-1002"),)
    result = order("/time 36m\n/merge ACME-1002", directory=known(other(), booked=there), plan=PRICED)
    assert "135 min, 300.00 EUR instead of 136 min, 301.67 EUR" in result.errors[0]


def test_a_minimum_without_work_ends_with_its_ticket() -> None:
    done = ticket(status=Status.RESOLVED, resolved_at=NOW, first_resolved_at=NOW)
    there = (replace(ENTRY, ticket="ACME-1002"),)
    assert order("/merge ACME-1002", done, directory=known(other(), booked=there), plan=PRICED).errors == ()


MERGES = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(0, 90)), max_size=12)


def charged(tickets: dict[int, Ticket], booked: list[Entry], into: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    """What is charged on all of them, with so many minutes that are booked on one of them now."""
    number, minutes = into
    start = NOW - timedelta(minutes=minutes)
    now = [Entry(99, tickets[number].reference, "piet", start, minutes)] if minutes else []
    directory = FakeDirectory(tickets=tuple(tickets.values()), booked=(*booked, *now))
    settled = [found.settlement for each in tickets.values() if (found := bill(each, PRICED, directory))]
    lines = [line for each in settled for line in each.lines]
    return sum(each.minutes.charged for each in settled), sum(line.amount for line in lines)


@given(MERGES)
def test_no_order_of_merges_loses_work_a_person_who_waits_or_a_promise(merges: list[tuple[int, int, int]]) -> None:
    people = (ANNA, BERT, CARL, ANNA, BERT)
    tickets = {
        number: ticket(
            id=number,
            reference=f"ACME-100{number}",
            participants=(Participant(person.address, EARLIER),),
            unanswered_since=NOW - number * HOUR if number % 2 else None,
        )
        for number, person in enumerate(people, 1)
    }
    booked: list[Entry] = []
    worked = 0
    for source, into, minutes in merges:
        directory = Promising(tickets=tuple(tickets.values()), booked=tuple(booked), due={source: (target(source),)})
        line = (f"/time {minutes}m\n" if minutes else "") + f"/merge ACME-100{into}"
        result = order(line, tickets[source], directory=directory, plan=PRICED)
        if result.errors:
            continue
        worked += minutes
        before = charged(tickets, booked, into=(source, minutes))
        assert "promised here until now: response due" in result.lines[-1]
        for case, events in ((tickets[source], result.events), *((e.ticket, e.events) for e in result.elsewhere)):
            for event in events:
                case = evolve(case, event)  # type: ignore[arg-type]
            tickets[case.id] = case
            booked += [event.entry for event in events if isinstance(event, TimeBooked)]
        assert charged(tickets, booked) == before
    directory = Promising(tickets=tuple(tickets.values()), booked=tuple(booked))
    bills = [bill(each, PRICED, directory) for each in tickets.values()]
    assert sum(each.settlement.minutes.real for each in bills if each) == worked == sum(e.minutes for e in booked)
    for number, first in tickets.items():
        left = merged_into(first, directory)
        assert left.status is not Status.MERGED
        assert left.takes_part(people[number - 1].address)
        assert not number % 2 or (left.unanswered_since or NOW) <= NOW - number * HOUR

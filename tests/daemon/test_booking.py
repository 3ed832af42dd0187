"""The ledger's part of a turn: whatever is booked, approved or bought, nobody pays what was not agreed."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peewee import IntegrityError

from helpdeskd.daemon.booking import enter, resettle
from helpdeskd.daemon.worker import Worker
from helpdeskd.domain.bill import Bill, bill
from helpdeskd.domain.card import Card, CardUse, Draw
from helpdeskd.domain.cost_event import CardsLow, EstimateApproved, NoCharge, TimeBooked
from helpdeskd.domain.directory import Customer
from helpdeskd.domain.entry import Approval, Entry, kept, moved, reverse
from helpdeskd.domain.event import Event, NoteAdded, StatusChanged, TicketEvent
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.join_event import ApprovalMoved, TicketJoined, TicketMerged
from helpdeskd.domain.plan import CardOffer, Plan
from helpdeskd.domain.tariff import FreeWhen, Tariff
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.storage import db, directory, ledger, tickets
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.tables import proxy
from tests.storage.values import NOW, ticket
from tests.triage.small_desk import BAKERY, DESK, OFFICE_HOURS, PLAN
from tests.world import PIET, World

MINUTE = timedelta(minutes=1)
ANNA, TOM = "anna@bakery.example", "tom@bakery.example"
HOUR_CARD = Card("hour", 60, 80_00, date(2026, 1, 5))
BIG_CARD = Card("big", 300, 400_00, date(2026, 3, 1))
PRICES = Tariff("EUR", OFFICE_HOURS, {1: 100_00}, unit=15)
PREPAID = replace(PLAN, name="standard", tariffs=(PRICES,), cards=(CardOffer(300, 400_00),))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Path]:
    """An open database with the bakery, which has no card, and four tickets of it."""
    db.connect(tmp_path)
    known(BAKERY)
    with db.transaction():
        for number in range(1, 5):
            tickets.save(ticket(number))
    yield tmp_path
    db.close()


def known(customer: Customer) -> None:
    with db.transaction():
        directory.replace([customer], [])


def having(*cards: Card) -> Customer:
    """The bakery buys these cards, and has no others."""
    customer = replace(BAKERY, cards=cards)
    known(customer)
    return customer


def settled_again(customer: Customer, plan: Plan = PREPAID) -> None:
    with db.transaction():
        resettle(customer, replace(DESK, plans={plan.name: plan}, plan=plan.name))


def worked(minutes: int, number: int = 1, on: int = 1, agent: str = "piet") -> TimeBooked:
    entry = Entry(number, f"HD-{1000 + on}", agent, NOW + number * timedelta(hours=3), minutes)
    return TimeBooked(NOW, agent, entry)


def approved(minutes: int, number: int = 1, by: str = ANNA) -> EstimateApproved:
    return EstimateApproved(NOW, by, number, minutes)


def turn(on: int, *events: TicketEvent, plan: Plan = PREPAID) -> list[Event]:
    """The events happen to a ticket; what follows from them."""
    with db.transaction():
        changed = tickets.by_id(on)
        assert changed is not None
        for event in events:
            changed = evolve(changed, event)
        tickets.save(changed)
        return list(enter(changed, events, plan))


def costs(on: int, plan: Plan = PREPAID) -> Bill:
    with db.transaction():
        known_ticket = tickets.by_id(on)
        assert known_ticket is not None
        found = bill(known_ticket, plan, StoredDirectory())
    assert found is not None
    return found


def drawn() -> dict[str, int]:
    """Minutes that are drawn, by ticket."""
    sums = Counter[str]()
    with db.transaction():
        for draw in ledger.draws("bakery"):
            sums[draw.ticket] += draw.minutes
    return dict(sums)


def of_minutes(on: int, plan: Plan = PREPAID) -> tuple[int, int, int, int]:
    """Worked, charged, unapproved, and how many of these only lack a card."""
    settlement = costs(on, plan).settlement
    return settlement.minutes.real, settlement.minutes.charged, settlement.minutes.unapproved, settlement.short


def test_what_is_booked_and_approved_is_stored_and_drawn(desk: Path) -> None:
    having(BIG_CARD)
    assert turn(1, approved(60)) == []
    assert drawn() == {}
    assert turn(1, worked(40)) == []
    with db.transaction():
        assert ledger.entries(1) == (worked(40).entry,)
        assert ledger.approvals(1) == (Approval("HD-1001", 60, "Anna de Vries", NOW),)
    assert drawn() == {"HD-1001": 45}
    assert of_minutes(1) == (40, 45, 0, 0)


def test_an_approval_of_somebody_who_has_left_is_stored_with_their_address(desk: Path) -> None:
    turn(1, approved(60, by="gone@bakery.example"))
    with db.transaction():
        assert ledger.approvals(1)[0].by == "gone@bakery.example"


def test_what_was_worked_before_the_approval_is_drawn_with_it(desk: Path) -> None:
    having(BIG_CARD)
    turn(1, worked(40))
    assert (drawn(), of_minutes(1)) == ({}, (40, 0, 45, 0))
    turn(1, approved(30))
    assert (drawn(), of_minutes(1)) == ({"HD-1001": 30}, (40, 30, 15, 0))


def test_what_is_taken_back_is_on_the_card_again(desk: Path) -> None:
    having(BIG_CARD)
    turn(1, approved(60), worked(60))
    (taken,) = reverse([worked(60).entry], "piet", 25)
    turn(1, TimeBooked(NOW, "piet", replace(taken, id=2)))
    assert drawn() == {"HD-1001": 45}
    assert costs(1).cards == CardUse(300, 45)


def test_a_ticket_that_is_not_charged_gives_its_minutes_back(desk: Path) -> None:
    having(BIG_CARD)
    turn(1, approved(60), worked(60))
    turn(1, NoCharge(NOW, "piet"))
    assert (drawn(), of_minutes(1)) == ({}, (60, 0, 0, 0))


def test_cards_are_drawn_the_oldest_first(desk: Path) -> None:
    having(BIG_CARD, HOUR_CARD)
    turn(1, approved(90), worked(90))
    with db.transaction():
        assert ledger.draws("bakery") == (Draw("big", "HD-1001", 30), Draw("hour", "HD-1001", 60))


def test_what_no_card_has_is_unapproved_and_a_card_bought_later_pays_it_the_oldest_ticket_first(desk: Path) -> None:
    having(HOUR_CARD)
    turn(2, approved(60), worked(60, on=2))
    turn(1, approved(60), worked(60))
    turn(3, approved(60), worked(60, on=3))
    assert [of_minutes(on) for on in (1, 2, 3)] == [(60, 0, 60, 60), (60, 60, 0, 0), (60, 0, 60, 60)]
    settled_again(having(HOUR_CARD, Card("more", 75, 0, date(2026, 6, 1))))
    assert drawn() == {"HD-1001": 60, "HD-1002": 60, "HD-1003": 15}
    assert of_minutes(3) == (60, 15, 45, 45)


@pytest.mark.parametrize("bought", [date(2025, 1, 1), date(2027, 1, 1)])
def test_no_ticket_loses_what_it_has_when_a_card_is_bought(desk: Path, bought: date) -> None:
    having(HOUR_CARD)
    turn(2, approved(45), worked(45, on=2))
    settled_again(having(HOUR_CARD, Card("other", 15, 0, bought)))
    turn(1, approved(60), worked(60))
    assert drawn() == {"HD-1001": 30, "HD-1002": 45}


def test_most_of_the_cards_used_up_is_told_once(desk: Path) -> None:
    having(BIG_CARD)
    assert turn(1, approved(300), worked(239)) == [CardsLow(NOW, "desk", 300, 240)]
    assert turn(1, worked(15, 2)) == []
    settled_again(having(BIG_CARD, HOUR_CARD))
    assert turn(1, worked(30, 3), approved(60, 2)) == []
    assert turn(1, worked(15, 4)) == [CardsLow(NOW, "desk", 360, 300)]


def test_what_changes_no_charge_draws_nothing_anew(desk: Path) -> None:
    having(HOUR_CARD)
    turn(1, approved(60), worked(60))
    turn(2, approved(60), worked(60, on=2))
    turn(1, NoCharge(NOW, "piet"))
    assert turn(2, NoteAdded(NOW, "piet", "hm")) == []
    assert drawn() == {}
    turn(2, StatusChanged(NOW, "piet", Status.NEW, Status.RESOLVED))
    assert drawn() == {"HD-1002": 60}


def test_who_is_billed_draws_nothing_and_who_has_left_is_still_booked(desk: Path) -> None:
    by_the_hour = replace(PREPAID, cards=())
    assert turn(1, approved(60), worked(60), plan=by_the_hour) == []
    assert of_minutes(1, by_the_hour) == (60, 60, 0, 0)
    with db.transaction():
        directory.replace([], [])
    assert turn(2, approved(60), worked(60, on=2)) == []
    assert drawn() == {}
    with db.transaction():
        assert ledger.entries(2) == (worked(60, on=2).entry,)


def at_once(*works: Callable[[], object]) -> list[object]:
    """Each on a thread with a connection of its own, all let go at the same moment; what each gave, or its fault."""
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        proxy.connect()
        try:
            start.wait(10)
            return work()
        except IntegrityError as fault:
            return fault
        finally:
            proxy.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.parametrize("again", range(5))
def test_of_agents_who_book_the_last_hour_of_a_card_at_once_one_gets_it(desk: Path, again: int) -> None:
    having(HOUR_CARD)
    for on in range(1, 5):
        turn(on, approved(60))
    warned = at_once(*(lambda on=on: turn(on, worked(60, on=on)) for on in range(1, 5)))  # type: ignore[misc]
    assert sorted(len(events) for events in warned) == [0, 0, 0, 1]  # type: ignore[arg-type]
    assert list(drawn().values()) == [60]
    assert sorted(of_minutes(on) for on in range(1, 5)) == [(60, 0, 60, 60)] * 3 + [(60, 60, 0, 0)]


def test_a_card_that_two_bookings_share_is_given_out_to_its_last_minute(desk: Path) -> None:
    having(HOUR_CARD)
    for on in (1, 2):
        turn(on, approved(45))
    at_once(lambda: turn(1, worked(45)), lambda: turn(2, worked(45, on=2)))
    assert sorted(drawn().values()) == [15, 45]
    assert sorted(of_minutes(on) for on in (1, 2)) == [(45, 15, 30, 30), (45, 45, 0, 0)]


@pytest.mark.parametrize("again", range(5))
def test_an_estimate_that_two_approve_at_once_is_approved_once(desk: Path, again: int) -> None:
    having(BIG_CARD)
    turn(1, worked(120))
    given = at_once(lambda: turn(1, approved(60, by=ANNA)), lambda: turn(1, approved(60, by=TOM)))
    assert sorted(type(each).__name__ for each in given) == ["IntegrityError", "list"]
    assert of_minutes(1) == (120, 60, 60, 0)


def test_of_two_approvals_that_two_workers_decide_at_once_one_counts(tmp_path: Path) -> None:
    with World(tmp_path / "desk") as world:
        world.receives("Ben Blom <ben@dentist.example>")
        world.replies(PIET, world.last("piet"), "/estimate 2h")
        for who in ("dora", "tom"):
            request = world.last(who, "approval-request")
            sender = f"{who}@dentist.example"
            to = request.header("Reply-To")
            world.puts(world.written(sender, to, f"Re: {request.subject}", "approve"), to, sender)
        workers = [Worker(world.office, world.clock, lambda _: nullcontext()) for _ in range(2)]
        at_once(*(worker.work for worker in workers))
        world.works()
        with db.transaction():
            (approval,) = StoredDirectory().approvals(1)
        assert approval.minutes == 120
        assert world.story().count("EstimateApproved") == 1
        assert world.story().count("ApprovalRefused") == 1


BY_CARD = replace(PREPAID, tariffs=(replace(PRICES, authorised_per_ticket=30, free_per_ticket=10),))
MINIMUM = replace(PREPAID, tariffs=(replace(PRICES, minimum_per_ticket=30, authorised_per_ticket=15),))
HOURLY = replace(PREPAID, cards=(), tariffs=(replace(PRICES, authorised_per_ticket=60, minimum_per_ticket=15),))
FREE = replace(
    PREPAID, cards=(), tariffs=(replace(PRICES, free_per_ticket=20, free_when=FreeWhen.OPEN, unit=30, quota=1),)
)
ON = st.sampled_from([1, 2, 3])
STEPS = st.one_of(
    st.tuples(st.just("book"), ON, st.integers(1, 200)),
    st.tuples(st.just("reverse"), ON, st.integers(1, 200)),
    st.tuples(st.just("approve"), ON, st.integers(1, 200)),
    st.tuples(st.just("approve money"), ON, st.integers(1, 400_00)),
    st.tuples(st.just("buy"), ON, st.integers(1, 200)),
    st.tuples(st.sampled_from(list(Status)), ON, st.just(0)),
    st.tuples(st.just("no charge"), ON, st.just(0)),
)


class Undo(Exception):
    """Ends an example: nothing of it has happened."""


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One database for all examples."""
    db.connect(tmp_path_factory.mktemp("ledgers"))
    yield
    db.close()


def events_of(step: str | Status, on: Ticket, minutes: int) -> list[TicketEvent]:
    """What a step makes happen on a ticket."""
    entries, given_before = ledger.entries(on.id), len(ledger.approvals(on.id))
    match step:
        case "book":
            start = NOW + (minutes * 7919 % 20_000) * MINUTE
            return [TimeBooked(NOW, "piet", Entry(len(entries) + 1, on.reference, "piet", start, minutes))]
        case "reverse":
            booked = sum(entry.minutes for entry in kept(entries))
            taken = reverse(entries, "piet", min(minutes, booked)) if booked else ()
            return [TimeBooked(NOW, "piet", replace(one, id=len(entries) + n)) for n, one in enumerate(taken, 1)]
        case "approve":
            return [EstimateApproved(NOW + given_before * MINUTE, ANNA, given_before + 1, minutes)]
        case "approve money":
            return [EstimateApproved(NOW + given_before * MINUTE, ANNA, given_before + 1, 120, minutes)]
        case "no charge":
            return [NoCharge(NOW, "piet")]
        case Status():
            return [StatusChanged(NOW, "piet", on.status, step)]
        case _:
            return []


def happens(step: str | Status, on: int, minutes: int, plan: Plan) -> None:
    if step == "buy":
        customer = StoredDirectory().customer("bakery")
        assert customer is not None
        number = len(customer.cards) + 1
        more = Card(f"card-{number}", minutes, 0, date(2026, 1, 1 + number * 7 % 28))
        settled_again(having(*customer.cards, more), plan)
        return
    found = tickets.by_id(on)
    assert found is not None
    turn(on, *events_of(step, found, minutes), plan=plan)


def check(on: int, plan: Plan) -> None:
    """What holds for a ticket after every step."""
    found, minutes = costs(on, plan), costs(on, plan).settlement.minutes
    assert minutes.real + minutes.rounding + minutes.minimum == minutes.free + minutes.charged + minutes.unapproved
    assert min(minutes.real, minutes.rounding, minutes.minimum, minutes.free, minutes.charged, minutes.unapproved) >= 0
    assert minutes.real == sum(entry.minutes for entry in ledger.entries(on))
    tariff, agreed = plan.tariffs[0], sum(approval.minutes for approval in ledger.approvals(on))
    assert minutes.charged <= max(tariff.authorised_per_ticket or 0, tariff.minimum_per_ticket) + agreed
    assert 0 <= found.settlement.short <= minutes.unapproved
    own = sum(draw.minutes for draw in ledger.draws("bakery") if draw.ticket == f"HD-{1000 + on}")
    assert own == (minutes.charged if found.cards else 0)


@pytest.mark.usefixtures("ledgers")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([PREPAID, BY_CARD, MINIMUM, HOURLY, FREE]), st.lists(STEPS, max_size=15))
def test_after_any_step_in_any_order_no_more_is_charged_than_was_agreed_and_no_card_is_overdrawn(
    plan: Plan, steps: list[tuple[str | Status, int, int]]
) -> None:
    with suppress(Undo), db.transaction():
        known(BAKERY)
        for number in (1, 2, 3):
            tickets.save(ticket(number))
        for step, on, minutes in steps:
            happens(step, on, minutes, plan)
            for number in (1, 2, 3):
                check(number, plan)
            customer = StoredDirectory().customer("bakery")
            assert customer is not None
            for card in customer.cards:
                assert sum(d.minutes for d in ledger.draws("bakery") if d.card == card.id) <= card.minutes
        raise Undo


def test_the_hours_of_a_merged_ticket_are_drawn_by_the_other_and_told_as_used_once(desk: Path) -> None:
    having(HOUR_CARD)
    turn(1, approved(30), worked(30))
    assert [type(event) for event in turn(2, approved(30), worked(30, on=2))] == [CardsLow]
    back, there = moved((worked(30, on=2).entry,), 1, "HD-1001")
    joined = (TicketJoined(NOW, "piet", "HD-1002"), *(TimeBooked(NOW, "piet", entry) for entry in there))
    moves = ApprovalMoved(NOW, "piet", 2, Approval("HD-1001", 30, ANNA, NOW))
    assert turn(1, *joined, moves) == []
    gone = TicketMerged(NOW, "piet", Status.NEW, "HD-1001")
    assert turn(2, *(TimeBooked(NOW, "piet", entry) for entry in back), gone) == []
    with db.transaction():
        assert ledger.draws("bakery") == (Draw("hour", "HD-1001", 60),)

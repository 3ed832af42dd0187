"""What a ticket comes to, read from a ledger: its prices, its place in the quota, and what it has of the cards."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.bill import Bill, account, authorised, bill, bounds, by_card, drawn, may_agree, month_of, periods
from helpdeskd.domain.card import Balance, Card, CardUse, Draw, available
from helpdeskd.domain.directory import Contract, Customer, Right
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.month import Month
from helpdeskd.domain.plan import CardOffer, Plan
from helpdeskd.domain.settle import Settlement
from helpdeskd.domain.standby import Period
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Decision, Entitlement, Reason, Status, Ticket
from tests.domain.tariffs import BEST_EFFORT, NO_AGREEMENT, PREPAID, STANDBY, local, office, told
from tests.triage.small_desk import ANNA, BAKERY, BERT, CARL, PLAN, FakeDirectory, ticket

MONDAY = local(2026, 11, 2, 10)
MINUTE = timedelta(minutes=1)
HOURLY = replace(PLAN, calendar=office("09:00-17:00"), tariffs=(BEST_EFFORT,))
BY_CARD = replace(HOURLY, tariffs=(PREPAID,), cards=(CardOffer(300, 400_00),))
OLD, NEW = Card("old", 60, 0, date(2026, 1, 5), free=True), Card("new", 120, 200_00, date(2026, 3, 1))
HOLDER = replace(BAKERY, cards=(NEW, OLD))


def opened(number: int = 1, at: datetime = MONDAY, **changes: object) -> Ticket:
    return ticket(id=number, reference=f"ACME-{1000 + number}", opened_at=at, **changes)


def entry(minutes: int, number: int = 1, on: int = 1, start: datetime = MONDAY) -> Entry:
    return Entry(number, f"ACME-{1000 + on}", "piet", start, minutes)


def approved(minutes: int, on: int = 1) -> Approval:
    return Approval(f"ACME-{1000 + on}", minutes, ANNA.address, MONDAY)


def having(*parts: object, customer: Customer = BAKERY, tickets: tuple[Ticket, ...] = ()) -> FakeDirectory:
    """A directory that knows these tickets, entries, approvals and draws."""
    return FakeDirectory(
        customers=(customer,),
        tickets=tickets or (opened(),),
        booked=tuple(part for part in parts if isinstance(part, Entry)),
        approved=tuple(part for part in parts if isinstance(part, Approval)),
        drawn=tuple(part for part in parts if isinstance(part, Draw)),
    )


def costs(plan: Plan, directory: FakeDirectory, number: int = 1) -> Bill:
    on = directory.ticket_by_id(number)
    assert on is not None
    found = bill(on, plan, directory)
    assert found is not None
    return found


def split_of(settled: Settlement) -> tuple[int, int, int, int]:
    """Minutes worked, charged, unapproved, and how many of these only lack a card."""
    minutes = settled.minutes
    return minutes.real, minutes.charged, minutes.unapproved, settled.short


def test_a_plan_without_prices_costs_nothing() -> None:
    directory = having(entry(40))
    assert bill(opened(), PLAN, directory) is None
    assert drawn(opened(), replace(PLAN, cards=BY_CARD.cards), directory) is None


def test_a_ticket_costs_what_was_worked_within_what_is_authorised() -> None:
    found = costs(HOURLY, having(entry(180), approved(30)))
    assert told(found.settlement.lines) == [("work", 135, 100_00, 225_00), ("work", 30, 100_00, 50_00)]
    assert split_of(found.settlement) == (180, 165, 15, 0)
    assert found.cards is None
    assert drawn(opened(), HOURLY, having(entry(180))) is None


def test_the_contract_authorises_so_much_until_the_customer_has_declined() -> None:
    assert authorised(opened(), PLAN, having()) == 0
    assert authorised(opened(), HOURLY, having()) == 135
    assert authorised(opened(), HOURLY, having(approved(30))) == 135
    assert authorised(opened(declined_at=MONDAY), HOURLY, having()) == 0


def test_a_contract_that_authorises_all_does_so_until_the_customer_has_answered() -> None:
    plan = replace(HOURLY, tariffs=(NO_AGREEMENT,))
    assert authorised(opened(), plan, having()) is None
    assert authorised(opened(), plan, having(approved(30))) == 0


ASKED = Entitlement(Decision.ASK, (Reason("not-covered", "webshop"),))


@pytest.mark.parametrize("tariff", [BEST_EFFORT, NO_AGREEMENT])
def test_the_contract_authorises_no_work_that_needs_an_approval_first(tariff: Tariff) -> None:
    plan, asking = replace(HOURLY, tariffs=(tariff,)), opened(entitlement=ASKED)
    assert authorised(asking, plan, having()) == 0
    assert costs(plan, having(entry(30), tickets=(asking,))).settlement.minutes.charged == 0
    agreed = having(entry(30), approved(20), tickets=(asking,))
    assert costs(plan, agreed).settlement.minutes.charged == 20


def test_what_was_worked_before_it_needed_an_approval_stays_authorised() -> None:
    asking = opened(entitlement=ASKED, asks_since=MONDAY + 30 * MINUTE)
    worked = having(entry(30), entry(30, 2, start=MONDAY + 30 * MINUTE), tickets=(asking,))
    assert split_of(costs(HOURLY, worked).settlement) == (60, 30, 30, 0)


def test_what_belongs_to_the_ticket_goes_by_the_prices_when_it_was_accepted() -> None:
    dearer = replace(BEST_EFFORT, authorised_per_ticket=15, levels={1: 200_00}, valid_from=date(2026, 11, 3))
    plan = replace(HOURLY, tariffs=(BEST_EFFORT, dearer))
    late = entry(60, start=local(2026, 11, 3, 10))
    assert costs(plan, having(late)).tariff is BEST_EFFORT
    assert told(costs(plan, having(late)).settlement.lines) == [("work", 60, 200_00, 200_00)]
    held = having(late, tickets=(opened(accepted_at=local(2026, 11, 3, 9)),))
    assert costs(plan, held).tariff is dearer
    assert split_of(costs(plan, held).settlement) == (60, 15, 45, 0)


def test_the_agreement_of_the_ticket_has_its_own_prices() -> None:
    plan = replace(HOURLY, agreements={"good": (NO_AGREEMENT,)})
    good = having(entry(30), tickets=(opened(agreement="good"),))
    assert costs(plan, good).tariff is NO_AGREEMENT
    assert costs(plan, having(entry(30), tickets=(opened(agreement="gone"),))).tariff is BEST_EFFORT


LIMITED = replace(HOURLY, tariffs=(replace(BEST_EFFORT, quota=2),))


def test_the_ticket_after_the_last_of_the_quota_costs_the_rate_over_quota() -> None:
    three = tuple(opened(number, MONDAY + number * MINUTE) for number in (1, 2, 3))
    directory = having(entry(30, on=3), tickets=three)
    assert [costs(LIMITED, directory, number).place for number in (1, 2, 3)] == [1, 2, 3]
    assert [costs(LIMITED, directory, number).over_quota for number in (1, 2, 3)] == [False, False, True]
    assert told(costs(LIMITED, directory, 3).settlement.lines) == [("work", 30, 115_00, 57_50)]


@pytest.mark.parametrize("given_back", [{"status": Status.REJECTED}, {"status": Status.MERGED}, {"on_quota": False}])
def test_a_ticket_that_does_not_count_gives_its_place_back(given_back: dict[str, object]) -> None:
    first, *others = (opened(number, MONDAY + number * MINUTE) for number in (1, 2, 3))
    directory = having(entry(30, on=3), tickets=(replace(first, **given_back), *others))  # type: ignore[arg-type]
    assert [costs(LIMITED, directory, number).place for number in (1, 2, 3)] == [0, 1, 2]
    assert told(costs(LIMITED, directory, 3).settlement.lines) == [("work", 30, 100_00, 50_00)]


def test_a_month_of_the_quota_is_that_of_the_contracts_zone() -> None:
    last, first = local(2026, 11, 30, 23, 59), local(2026, 12, 1, 0, 0)
    two = (opened(1, last), opened(2, last), opened(3, first))
    assert [costs(LIMITED, having(tickets=two), number).place for number in (1, 2, 3)] == [1, 2, 1]
    assert [month_of(one, LIMITED) for one in two] == [Month(2026, 11), Month(2026, 11), Month(2026, 12)]


def test_a_held_mail_takes_its_place_when_it_is_accepted() -> None:
    held = opened(1, MONDAY, accepted_at=MONDAY + timedelta(days=1))
    later = opened(2, MONDAY + timedelta(hours=1))
    assert [costs(LIMITED, having(tickets=(held, later)), number).place for number in (1, 2)] == [2, 1]


def test_without_a_quota_no_ticket_has_a_place() -> None:
    found = costs(replace(HOURLY, tariffs=(replace(BEST_EFFORT, quota=None),)), having(entry(30)))
    assert (found.place, found.over_quota) == (0, False)


@pytest.mark.parametrize(
    ("month", "since", "until"),
    [
        (Month(2026, 10), (2026, 9, 30, 22), (2026, 10, 31, 23)),
        (Month(2026, 3), (2026, 2, 28, 23), (2026, 3, 31, 22)),
        (Month(2026, 12), (2026, 11, 30, 23), (2026, 12, 31, 23)),
    ],
)
def test_a_month_begins_and_ends_at_midnight_whatever_the_clocks_do(
    month: Month, since: tuple[int, ...], until: tuple[int, ...]
) -> None:
    assert bounds(month, HOURLY) == (datetime(*since, tzinfo=UTC), datetime(*until, tzinfo=UTC))  # type: ignore[arg-type, misc]


def test_a_bill_is_read_as_it_was_stored_and_drawn_is_all_that_there_is() -> None:
    before = having(entry(100), approved(120), customer=HOLDER)
    settled = drawn(opened(), BY_CARD, before)
    assert settled is not None
    assert settled.draws == (Draw("old", "ACME-1001", 60), Draw("new", "ACME-1001", 45))
    assert split_of(settled) == (100, 105, 0, 0)
    assert split_of(costs(BY_CARD, before).settlement) == (100, 0, 105, 105)
    stored = costs(BY_CARD, having(entry(100), approved(120), *settled.draws, customer=HOLDER))
    assert stored.settlement == settled
    assert stored.cards == CardUse(bought=180, used=105)


def test_what_other_tickets_have_drawn_is_not_there() -> None:
    theirs = Draw("old", "ACME-1002", 60), Draw("new", "ACME-1002", 90)
    settled = drawn(opened(), BY_CARD, having(entry(60), approved(60), *theirs, customer=HOLDER))
    assert settled is not None
    assert settled.draws == (Draw("new", "ACME-1001", 30),)
    assert split_of(settled) == (60, 30, 30, 30)


def test_where_cards_are_sold_and_none_was_bought_nothing_can_be_charged() -> None:
    found = costs(BY_CARD, having(entry(20), approved(60)))
    assert split_of(found.settlement) == (20, 0, 30, 30)
    assert found.cards == CardUse(0, 0)


def test_without_approval_nothing_is_drawn_and_no_card_is_lacking() -> None:
    settled = drawn(opened(), BY_CARD, having(entry(20), customer=HOLDER))
    assert settled is not None
    assert (settled.draws, split_of(settled)) == ((), (20, 0, 30, 0))


@pytest.mark.parametrize(
    ("customer", "plan", "prepaid"),
    [
        (BAKERY, HOURLY, False),
        (HOLDER, HOURLY, True),
        (BAKERY, BY_CARD, True),
        (BAKERY, replace(HOURLY, welcome_card=180), True),
        (None, HOURLY, False),
        (None, BY_CARD, True),
    ],
)
def test_work_is_settled_from_cards_where_there_are_some_or_the_plan_has_them(
    customer: Customer | None, plan: Plan, prepaid: bool
) -> None:
    assert by_card(ticket(), customer, plan) is prepaid


def test_a_first_card_that_is_bought_later_changes_nothing_about_a_ticket() -> None:
    later = replace(
        HOLDER,
        cards=tuple(replace(card, bought=ticket().served_at.date() + timedelta(days=1)) for card in HOLDER.cards),
    )
    assert not by_card(ticket(), later, HOURLY)


def test_who_may_agree_depends_on_how_it_is_paid() -> None:
    spender = replace(BERT, rights=frozenset({Right.SPEND}))
    customer = replace(BAKERY, contacts=(ANNA, spender, CARL))
    assert may_agree(ticket(), customer, HOURLY) == (ANNA, CARL)
    assert may_agree(ticket(), customer, BY_CARD) == (ANNA, spender)
    assert may_agree(ticket(), None, HOURLY) == ()


def test_a_ticket_of_a_customer_who_has_left_still_has_a_bill() -> None:
    alone = FakeDirectory(customers=(), tickets=(opened(),), booked=(entry(40),))
    assert told(costs(HOURLY, alone).settlement.lines) == [("work", 40, 100_00, 66_67)]
    assert split_of(costs(BY_CARD, alone).settlement) == (40, 0, 45, 0)


@pytest.mark.parametrize(
    ("status", "dropped"),
    [(status, status in {Status.MERGED, Status.REJECTED}) for status in Status],
)
def test_a_ticket_that_was_merged_or_rejected_has_no_minimum(status: Status, dropped: bool) -> None:
    on = opened(status=status, first_resolved_at=MONDAY + timedelta(hours=1))
    assert account(on, HOURLY, having(tickets=(on,)), False).dropped is dropped
    assert told(costs(HOURLY, having(tickets=(on,))).settlement.lines) == (
        [] if dropped else [("minimum", 15, 100_00, 25_00)]
    )


def test_the_ticket_of_an_alert_has_no_minimum_but_its_time_is_charged() -> None:
    on = opened(alert_key="nagios/web1/", first_resolved_at=MONDAY + timedelta(hours=1))
    assert costs(HOURLY, having(tickets=(on,))).settlement.lines == ()
    worked = costs(HOURLY, having(entry(5), approved(60), tickets=(on,)))
    assert [line[0] for line in told(worked.settlement.lines)] == ["work"]


@pytest.mark.parametrize("why", [{"nocharge": True}, {"spam": True, "status": Status.REJECTED}])
def test_a_ticket_without_charge_has_no_lines_and_no_draws(why: dict[str, object]) -> None:
    free = opened(first_resolved_at=MONDAY + timedelta(hours=1), **why)
    assert costs(HOURLY, having(entry(40), tickets=(free,))).settlement.lines == ()
    settled = drawn(free, BY_CARD, having(entry(40), approved(60), customer=HOLDER, tickets=(free,)))
    assert settled is not None
    assert settled.draws == ()


def test_work_in_a_period_that_a_contract_of_the_plan_agrees_is_a_call_out() -> None:
    night = Period(local(2026, 11, 2, 18), local(2026, 11, 3, 8, 30))
    other = Period(local(2026, 11, 4, 18), local(2026, 11, 5, 8, 30))
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    contracts = (Contract("basic", first, last, standby=(night,)), Contract("other", first, last, standby=(other,)))
    customer, plan = replace(BAKERY, contracts=contracts), replace(HOURLY, tariffs=(STANDBY,))
    assert periods(customer, plan) == (night,)
    assert periods(None, plan) == ()
    called = having(entry(25, start=local(2026, 11, 3, 3)), customer=customer)
    assert told(costs(plan, called).settlement.lines) == [("work", 60, 110_00, 110_00)]
    elsewhere = having(entry(25, start=local(2026, 11, 5, 3)), customer=customer)
    assert told(costs(plan, elsewhere).settlement.lines) == []


CARDS = st.lists(st.integers(0, 200), max_size=3).map(
    lambda sizes: tuple(Card(f"c{n}", size, 0, date(2026, 1, 1 + n)) for n, size in enumerate(sizes))
)


@given(CARDS, st.lists(st.integers(1, 200), max_size=4), st.integers(0, 400), st.integers(0, 100))
def test_a_bill_that_is_read_again_is_the_one_that_was_stored(
    cards: tuple[Card, ...], worked: list[int], agreed: int, theirs: int
) -> None:
    customer = replace(BAKERY, cards=cards)
    entries = [entry(minutes, number, start=MONDAY + number * 200 * MINUTE) for number, minutes in enumerate(worked, 1)]
    others = [Draw(card.id, "ACME-1002", min(theirs, card.minutes)) for card in cards[:1]]
    approval = [approved(agreed)] if agreed else []
    settled = drawn(opened(), BY_CARD, having(*entries, *approval, *others, customer=customer))
    assert settled is not None
    stored = having(*entries, *approval, *others, *settled.draws, customer=customer)
    assert costs(BY_CARD, stored).settlement.lines == settled.lines
    assert costs(BY_CARD, stored).settlement.minutes == settled.minutes
    assert drawn(opened(), BY_CARD, stored) == settled
    left = available(cards, [*others, *settled.draws], "ACME-9999")
    assert all(balance.minutes >= 0 for balance in left)
    assert left == tuple(
        Balance(card.id, card.minutes - sum(d.minutes for d in (*others, *settled.draws) if d.card == card.id))
        for card in cards
    )

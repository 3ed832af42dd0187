"""Which statements a customer gets, for which months, by which prices, and in what order."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from helpdeskd.domain.billing import end_of, ledger_of, month_now, statement_of, unissued
from helpdeskd.domain.card import Card
from helpdeskd.domain.directory import Contract, Customer
from helpdeskd.domain.month import Month, months
from helpdeskd.domain.standby import Period
from helpdeskd.domain.statement import Quota, Statement
from tests.domain.customers import BAKERY, DESK, FREE, ISLAND, STANDING_BY, YEAR, Kept, at, with_work
from tests.domain.tariffs import BEST_EFFORT, told

OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)
SECOND = timedelta(seconds=1)
HOUR_OF_WORK = ("work", 60, 100_00, 100_00)
HONOLULU = ZoneInfo("Pacific/Honolulu")


def made(kept: Kept, first: Month = OCTOBER, last: Month = NOVEMBER) -> list[Statement]:
    return list(unissued(kept.known, months(first, last), DESK, kept))  # type: ignore[arg-type]


def of_november(kept: Kept) -> Statement | None:
    return statement_of(kept.known, NOVEMBER, DESK, kept)  # type: ignore[arg-type]


def test_a_statement_has_the_work_of_its_month_and_counts_its_tickets() -> None:
    november = of_november(with_work(at(10, 5), at(11, 2), at(11, 3)))
    assert november is not None
    assert told(november.lines) == [HOUR_OF_WORK, HOUR_OF_WORK]
    assert november.quota == Quota(15, 2)
    assert november.due_date == date(2026, 12, 15)


def test_each_month_has_its_own_statement_in_order() -> None:
    statements = made(with_work(at(11, 2), at(10, 5)))
    assert [(each.month, told(each.lines)) for each in statements] == [
        (OCTOBER, [HOUR_OF_WORK]),
        (NOVEMBER, [HOUR_OF_WORK]),
    ]


def test_what_is_issued_is_not_issued_again_but_corrected_by_the_next() -> None:
    before = with_work(at(10, 5))
    kept = replace(with_work(at(10, 5), at(10, 6)), issued=tuple(made(before, last=OCTOBER)))
    [november] = made(kept)
    assert (november.month, [line.correction for line in november.lines], november.net) == (NOVEMBER, [True], 100_00)


def test_a_month_with_a_contract_has_a_statement_even_if_nothing_stands_on_it() -> None:
    assert [each.is_empty for each in made(Kept())] == [True, True]


def test_a_month_without_a_contract_has_one_if_something_stands_on_it() -> None:
    ended = replace(BAKERY, contracts=(replace(BAKERY.contracts[0], last_day=date(2026, 9, 30)),))
    assert made(Kept(ended)) == []
    assert [each.month for each in made(replace(with_work(at(11, 2)), known=ended))] == [NOVEMBER]


def test_a_customer_without_prices_is_never_billed() -> None:
    free = replace(BAKERY, contracts=(Contract("free", *YEAR),))
    assert made(Kept(free)) == []
    assert of_november(Kept(free)) is None
    unknown = replace(BAKERY, contracts=(Contract("no longer sold", *YEAR),))
    assert of_november(Kept(unknown)) is None


def test_without_any_contract_the_prices_of_the_desks_own_plan_count() -> None:
    stranger = Customer("bakery", "Bakery")
    desk = replace(DESK, plan="hourly")
    kept = replace(with_work(at(11, 2)), known=stranger)
    [november] = unissued(stranger, months(OCTOBER, NOVEMBER), desk, kept)  # type: ignore[arg-type]
    assert (november.month, november.currency) == (NOVEMBER, "EUR")


@pytest.mark.parametrize(
    ("contracts", "currency"),
    [
        ((Contract("hourly", *YEAR), Contract("hourly", *YEAR, agreement="good")), "EUR"),
        ((Contract("hourly", YEAR[0], date(2026, 11, 15)), Contract("hourly", *YEAR, agreement="good")), "DKK"),
        ((Contract("hourly", date(2026, 12, 1), YEAR[1]), Contract("hourly", *YEAR, agreement="good")), "DKK"),
        ((Contract("free", *YEAR), Contract("hourly", *YEAR, agreement="good")), "DKK"),
        (
            (
                Contract("hourly", date(2024, 1, 1), date(2024, 12, 31)),
                Contract("hourly", date(2025, 1, 1), date(2025, 12, 31), agreement="good"),
            ),
            "DKK",
        ),
    ],
    ids=["the first of two", "the one that lasts", "the one that has begun", "the one with prices", "the last one"],
)
def test_the_prices_of_a_month_are_those_of_its_contract(contracts: tuple[Contract, ...], currency: str) -> None:
    november = of_november(Kept(replace(BAKERY, contracts=contracts)))
    assert november is not None
    assert november.currency == currency


def test_the_tariff_is_the_one_in_force_on_the_last_day_of_the_month() -> None:
    dearer = replace(BEST_EFFORT, vat=Decimal(25), valid_from=date(2026, 11, 30))
    plans = {**DESK.plans, "hourly": replace(DESK.plans["hourly"], tariffs=(BEST_EFFORT, dearer))}
    statements = unissued(BAKERY, months(OCTOBER, NOVEMBER), replace(DESK, plans=plans), Kept())  # type: ignore[arg-type]
    assert [each.vat_rate for each in statements] == [21, 25]


def test_standby_and_cards_are_on_the_ledger() -> None:
    period = Period(at(12, 1, 20), at(12, 1, 21))
    contract = Contract(STANDING_BY.name, *YEAR, standby=(period,))
    known = replace(BAKERY, contracts=(contract,), cards=(Card("five", 300, 400_00, date(2026, 12, 3)),))
    ledger = ledger_of(known, DESK, Kept(known))  # type: ignore[arg-type]
    assert told(ledger.lines()) == [("standby", 120, 110_00, 220_00), ("card", 1, 400_00, 400_00)]


def test_standby_of_a_plan_without_prices_costs_nothing() -> None:
    period = Period(at(12, 1, 20), at(12, 1, 21))
    known = replace(BAKERY, contracts=(Contract(FREE.name, *YEAR, standby=(period,)),))
    assert ledger_of(known, DESK, Kept(known)).standby == ()  # type: ignore[arg-type]


def test_a_month_is_over_when_it_is_in_the_zone_of_every_plan() -> None:
    assert end_of(NOVEMBER, DESK) == at(12, 1, 0)
    islands = replace(DESK, plans={**DESK.plans, ISLAND.name: ISLAND})
    assert end_of(NOVEMBER, islands).astimezone(HONOLULU).isoformat() == "2026-12-01T00:00:00-10:00"


@pytest.mark.parametrize("plan", [FREE, ISLAND])
def test_the_month_now_is_the_one_that_is_not_over(plan: object) -> None:
    desk = replace(DESK, plans={"free": plan})
    turn = end_of(NOVEMBER, desk)
    assert month_now(desk, turn - SECOND) == NOVEMBER
    assert month_now(desk, turn) == DECEMBER
    assert month_now(desk, turn + timedelta(days=30)) == DECEMBER

"""A welcome card is given once, to who has a contract of a plan that gives one."""

from dataclasses import replace
from datetime import date

import pytest

from helpdeskd.domain.card import Card
from helpdeskd.domain.directory import Contract, Customer
from helpdeskd.domain.welcome import welcomed
from tests.domain.customers import DESK, SCHOOL
from tests.domain.tariffs import local

NOVEMBER = local(2026, 11, 2, 10)
LATER = Contract("prepaid", date(2027, 1, 1), date(2027, 12, 31))
GIVEN = Card("school-welcome", 180, 0, date(2026, 11, 2), free=True)


def test_a_customer_without_cards_gets_it_from_today_on() -> None:
    assert welcomed(SCHOOL, DESK, NOVEMBER).cards == (GIVEN,)


def test_a_contract_that_begins_later_gives_it_from_its_first_day_on() -> None:
    later = replace(SCHOOL, contracts=(LATER,))
    assert welcomed(later, DESK, NOVEMBER).cards == (replace(GIVEN, bought=date(2027, 1, 1)),)


def test_today_is_what_the_wall_of_the_plan_shows() -> None:
    assert welcomed(SCHOOL, DESK, local(2026, 11, 30, 23, 59)).cards[0].bought == date(2026, 11, 30)
    assert welcomed(SCHOOL, DESK, local(2026, 12, 1)).cards[0].bought == date(2026, 12, 1)


def test_it_is_given_once() -> None:
    once = welcomed(SCHOOL, DESK, NOVEMBER)
    assert welcomed(once, DESK, local(2027, 6, 1)) is once


def test_it_stands_beside_cards_that_were_bought() -> None:
    bought = Card("five", 300, 400_00, date(2026, 1, 5))
    assert welcomed(replace(SCHOOL, cards=(bought,)), DESK, NOVEMBER).cards == (bought, GIVEN)


@pytest.mark.parametrize(
    "customer",
    [
        replace(SCHOOL, cards=(replace(GIVEN, id="another gift"),)),
        replace(SCHOOL, contracts=()),
        replace(SCHOOL, contracts=(Contract("hourly", date(2026, 1, 1), date(2026, 12, 31)),)),
        replace(SCHOOL, contracts=(Contract("no longer sold", date(2026, 1, 1), date(2026, 12, 31)),)),
        replace(SCHOOL, contracts=(replace(LATER, first_day=date(2025, 1, 1), last_day=date(2026, 11, 1)),)),
    ],
    ids=["has a gift", "no contract", "another plan", "an unknown plan", "a contract that has ended"],
)
def test_nobody_else_gets_one(customer: Customer) -> None:
    assert welcomed(customer, DESK, NOVEMBER) is customer

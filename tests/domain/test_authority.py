"""What may be charged runs out: the contract first, then the approvals, in minutes and in money."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.authority import Authority, Purse
from helpdeskd.domain.card import Balance
from helpdeskd.domain.tariff import price
from tests.domain.tariffs import approved, local


def test_the_contract_comes_first_then_approvals_in_the_order_of_their_time() -> None:
    late = replace(approved(30, "late"), at=local(2026, 11, 9))
    authority = Authority(20, [late, approved(10, "early")])
    assert list(authority.grant(45, 100_00)) == [(20, ""), (10, "early"), (15, "late")]
    assert list(authority.grant(45, 100_00)) == [(15, "late")]
    assert list(authority.grant(1, 100_00)) == []


def test_a_contract_that_authorises_all_has_room_for_all() -> None:
    authority = Authority(None, [])
    assert authority.room(10_000) == 10_000
    assert list(authority.grant(10_000, 100_00)) == [(10_000, "")]


def test_there_is_room_for_what_was_not_granted_yet() -> None:
    authority = Authority(20, [approved(10)])
    assert (authority.room(29), authority.room(31)) == (29, 30)
    list(authority.grant(25, 0))
    assert authority.room(31) == 5


def test_an_approved_amount_of_money_is_never_exceeded_by_dearer_minutes() -> None:
    authority = Authority(0, [approved(144, cents=240_00)])
    assert list(authority.grant(144, 125_00)) == [(115, "anna")]
    assert price(115, 125_00) <= 240_00 < price(116, 125_00)
    assert list(authority.grant(1, 1)) == []


def test_cards_are_used_up_oldest_first() -> None:
    purse = Purse([Balance("old", 20), Balance("empty", 0), Balance("new", 60)])
    assert purse.payable(100) == 80
    assert list(purse.pay(30)) == [("old", 20), ("new", 10)]
    assert purse.payable(100) == 50


def test_without_cards_the_statement_pays_all() -> None:
    purse = Purse(None)
    assert purse.payable(100) == 100
    assert list(purse.pay(100)) == [("", 100)]


@pytest.mark.parametrize("minutes", [0, -5])
def test_an_empty_card_is_still_a_card(minutes: int) -> None:
    assert Purse([Balance("empty", minutes)]).payable(10) == 0


@given(
    st.integers(0, 100),
    st.lists(st.tuples(st.integers(1, 100), st.none() | st.integers(0, 300_00)), max_size=4),
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from([0, 1, 100_00, 125_00, 99_99])), max_size=8),
)
def test_nothing_is_granted_beyond_the_minutes_and_the_money_of_each(
    contract: int, approvals: list[tuple[int, int | None]], asked: list[tuple[int, int]]
) -> None:
    given_by = [approved(minutes, str(number), cents) for number, (minutes, cents) in enumerate(approvals)]
    authority = Authority(contract, given_by)
    grants = [(minutes, by, rate) for wanted, rate in asked for minutes, by in authority.grant(wanted, rate)]
    assert sum(minutes for minutes, by, _ in grants if not by) <= contract
    for approval in given_by:
        own = [(minutes, rate) for minutes, by, rate in grants if by == approval.by]
        assert sum(minutes for minutes, _ in own) <= approval.minutes
        assert approval.cents is None or sum(price(*each) for each in own) <= approval.cents

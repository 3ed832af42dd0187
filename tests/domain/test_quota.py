"""Tickets are counted in the month of the contract's zone in which they were accepted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from helpdeskd.domain.month import Month
from helpdeskd.domain.quota import Accepted, is_over, is_told, place, used
from tests.domain.tariffs import AMSTERDAM, local

NOVEMBER = tuple(Accepted(f"HD-{n}", local(2026, 11, 2, 9) + timedelta(hours=n)) for n in range(1, 17))
LAST = Accepted("HD-17", local(2026, 11, 30, 23, 59))
FIRST = Accepted("HD-18", local(2026, 12, 1))
ALL = (*NOVEMBER, LAST, FIRST)


def test_a_month_is_counted_to_its_last_minute_in_the_contracts_zone() -> None:
    assert place("HD-17", ALL, AMSTERDAM) == 17
    assert place("HD-18", ALL, AMSTERDAM) == 1
    assert used(ALL, Month(2026, 11), AMSTERDAM) == 17
    assert used(ALL, Month(2026, 12), AMSTERDAM) == 1


def test_the_hour_in_which_clocks_change_belongs_to_its_month() -> None:
    october = (Accepted("a", local(2026, 10, 25, 2, 30)), Accepted("b", local(2026, 10, 25, 2, 30, fold=1)))
    assert [place(each.ticket, october, AMSTERDAM) for each in october] == [1, 2]


def test_a_ticket_that_does_not_count_has_no_place_and_gives_it_back() -> None:
    merged = (replace(NOVEMBER[2], counts=False), *NOVEMBER[:2], *NOVEMBER[3:])
    assert place("HD-16", NOVEMBER, AMSTERDAM) == 16
    assert place("HD-16", merged, AMSTERDAM) == 15
    assert place("HD-3", merged, AMSTERDAM) == 0


def test_an_unknown_ticket_has_no_place() -> None:
    assert place("HD-99", NOVEMBER, AMSTERDAM) == 0


@pytest.mark.parametrize(
    ("number", "told", "over"), [(12, False, False), (13, True, False), (15, True, False), (16, True, True)]
)
def test_the_sixteenth_of_fifteen_is_over_and_it_is_told_from_the_thirteenth_on(
    number: int, told: bool, over: bool
) -> None:
    assert (is_told(number, 15), is_over(number, 15)) == (told, over)


def test_without_a_limit_nothing_is_over() -> None:
    assert not is_over(1000, None)
    assert not is_told(1000, None)

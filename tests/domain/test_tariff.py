"""What an hour costs: by level, window, quota and discount, rounded half up once."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.tariff import half_up, in_force, price, priced
from helpdeskd.domain.window import Window
from tests.domain.tariffs import AGREEMENT, BEST_EFFORT, NO_AGREEMENT, PREPAID, WORKDAYS, hours, local

OFFICE, EVENING, WEEKEND, _ = BEST_EFFORT.windows
DEARER = replace(BEST_EFFORT, levels={1: 110_00}, valid_from=date(2027, 1, 1))


def test_a_gap_in_a_tariff_is_refused_with_the_minute() -> None:
    with pytest.raises(ValueError, match="Saturday 00:00 is not covered by any window"):
        replace(BEST_EFFORT, windows=(OFFICE, EVENING))


def test_an_overlap_in_a_tariff_or_its_standby_is_refused_with_the_minute() -> None:
    early = Window("early", WORKDAYS, (hours("06:00-09:01"),))
    with pytest.raises(ValueError, match="Monday 06:00 is covered twice"):
        replace(BEST_EFFORT, windows=(*BEST_EFFORT.windows, early))
    with pytest.raises(ValueError, match="standby: Monday 00:00 is covered twice"):
        replace(BEST_EFFORT, standby=(Window("a"), Window("b")))


@pytest.mark.parametrize("levels", [{}, {1: 0}, {1: 100_00, 2: -1}])
def test_a_tariff_without_a_price_is_refused(levels: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="base rate"):
        replace(BEST_EFFORT, levels=levels)


def test_a_unit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one minute or more"):
        replace(BEST_EFFORT, unit=0)


@pytest.mark.parametrize(("level", "rate"), [(0, 800_00), (1, 800_00), (2, 1095_00), (3, 1095_00)])
def test_a_level_without_a_rate_has_that_of_the_next_lower_one(level: int, rate: int) -> None:
    assert NO_AGREEMENT.base_rate(level) == rate


def test_a_surcharge_is_a_percentage_of_the_base_rate_of_the_level() -> None:
    assert NO_AGREEMENT.rate(2, NO_AGREEMENT.windows[1]) == 2190_00


def test_a_discount_applies_to_the_result() -> None:
    assert AGREEMENT.rate(1, AGREEMENT.windows[0]) == 720_00
    assert AGREEMENT.rate(1, AGREEMENT.windows[1]) == 1440_00
    assert AGREEMENT.ordinary_rate(1) == 720_00


def test_over_quota_is_the_least_and_a_higher_window_keeps_its_rate() -> None:
    assert BEST_EFFORT.rate(1, OFFICE, over_quota=True) == 115_00
    assert BEST_EFFORT.rate(1, EVENING, over_quota=True) == 125_00
    by_percent = Window("evening", percent=Decimal(125))
    assert BEST_EFFORT.rate(1, by_percent, over_quota=True) == 125_00
    assert BEST_EFFORT.ordinary_rate(None, over_quota=True) == 115_00


def test_a_rate_is_rounded_once_half_up_to_the_cent() -> None:
    odd = replace(BEST_EFFORT, levels={1: 99_99}, discount=Decimal("12.5"))
    assert odd.rate(1, OFFICE) == 87_49  # 87.49125
    half = replace(BEST_EFFORT, levels={1: 1}, discount=Decimal(50))
    assert half.rate(1, OFFICE) == 1


@pytest.mark.parametrize(("minutes", "rounded"), [(0, 0), (1, 15), (15, 15), (16, 30)])
def test_an_estimate_is_rounded_up_to_the_unit(minutes: int, rounded: int) -> None:
    assert PREPAID.rounded_up(minutes) == rounded


def test_an_estimate_of_money_gives_whole_minutes_down_to_the_unit() -> None:
    assert BEST_EFFORT.minutes_for(240_00, 1) == 144
    assert PREPAID.minutes_for(100_00, 1) == 75
    assert PREPAID.minutes_for(99_99, 1) == 60
    assert BEST_EFFORT.minutes_for(115_00, 1, over_quota=True) == 60


def test_the_newest_tariff_that_is_valid_is_in_force() -> None:
    both = (DEARER, BEST_EFFORT)
    assert in_force(both, date(2026, 12, 31)) is BEST_EFFORT
    assert in_force(both, date(2027, 1, 1)) is DEARER
    assert in_force((DEARER,), date(2026, 12, 31)) is DEARER


def test_work_is_priced_by_its_own_time_when_a_new_tariff_begins() -> None:
    plain = replace(BEST_EFFORT, windows=(Window("any time"),))
    dearer = replace(plain, levels={1: 110_00}, valid_from=date(2026, 11, 20))
    cut = priced((plain, dearer), local(2026, 11, 19, 23, 30), local(2026, 11, 20, 1))
    assert [(tariff.rate(1, piece.window), piece.minutes) for tariff, piece in cut] == [(100_00, 30), (110_00, 60)]


def test_work_over_the_end_of_a_month_is_cut_there_and_at_no_other_midnight() -> None:
    def minutes(day: int) -> list[int]:
        start, end = local(2026, 11, day, 23, 59), local(2026, 11, day, 23)
        return [piece.minutes for _, piece in priced((PREPAID,), start, end.replace(day=day + 1))]

    assert minutes(29) == [23 * 60 + 1]
    november = priced((PREPAID,), local(2026, 11, 30, 23, 59), local(2026, 12, 1, 0, 1))
    assert [(piece.day.month, piece.minutes) for _, piece in november] == [(11, 1), (12, 1)]


@pytest.mark.parametrize(("minutes", "cents"), [(40, 66_67), (20, 33_33), (30, 50_00), (0, 0)])
def test_minutes_at_a_rate_are_rounded_half_up_to_the_cent(minutes: int, cents: int) -> None:
    assert price(minutes, 100_00) == cents


@pytest.mark.parametrize(("value", "whole"), [("1/2", 1), ("3/2", 2), ("-1/2", -1), ("49/100", 0), ("-51/100", -1)])
def test_a_half_is_rounded_away_from_nothing(value: str, whole: int) -> None:
    assert half_up(Fraction(value)) == whole


@given(st.integers(0, 100_000), st.integers(1, 1_000_000))
def test_a_price_is_never_more_than_half_a_cent_off(minutes: int, rate: int) -> None:
    assert abs(price(minutes, rate) - Fraction(minutes * rate, 60)) <= Fraction(1, 2)
    assert price(-minutes, rate) == -price(minutes, rate)

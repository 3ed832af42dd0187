"""Standing by costs by the piece: nights uncut, holidays on their own, each at least its minimum."""

import itertools
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.line import Line
from helpdeskd.domain.month import Month
from helpdeskd.domain.standby import Period, period_at, standby_lines, standby_pieces
from helpdeskd.domain.ticket import Reason
from helpdeskd.domain.window import MINUTE
from tests.domain.tariffs import STANDBY, local

TARIFFS = (STANDBY,)


def lines(start: datetime, end: datetime) -> tuple[Line, ...]:
    return standby_lines(Period(start, end), TARIFFS)


def costs(start: datetime, end: datetime) -> list[tuple[str, int, int]]:
    """The window, minutes and amount of each line."""
    return [(line.notes[0].detail, line.minutes, line.amount) for line in lines(start, end)]


def test_a_weekend_is_three_nights_and_two_days() -> None:
    assert costs(local(2026, 11, 27, 18), local(2026, 11, 30, 8, 30)) == [
        ("night", 870, 1595_00),
        ("weekend", 570, 522_50),
        ("night", 870, 1595_00),
        ("weekend", 570, 522_50),
        ("night", 870, 1595_00),
    ]


def test_an_hour_of_a_night_costs_the_minimum_and_says_so() -> None:
    (line,) = lines(local(2026, 12, 1, 20), local(2026, 12, 1, 21))
    assert (line.minutes, line.rate, line.amount) == (120, 110_00, 220_00)
    assert line.notes == (Reason("window", "night"), Reason("standby-minimum", "60"))


def test_a_holiday_costs_eight_hours_at_least() -> None:
    assert costs(local(2026, 12, 25, 9), local(2026, 12, 25, 12)) == [("holiday", 480, 880_00)]


def test_the_minimum_is_for_less_than_it_and_for_no_more() -> None:
    assert costs(local(2026, 12, 1, 20), local(2026, 12, 1, 22)) == [("night", 120, 220_00)]
    assert costs(local(2026, 12, 1, 20), local(2026, 12, 1, 22, 1)) == [("night", 121, 221_83)]


def test_a_night_is_cut_at_midnight_before_and_after_a_holiday_and_each_holiday_is_its_own_piece() -> None:
    assert costs(local(2026, 12, 24, 18), local(2026, 12, 27, 9, 30)) == [
        ("night", 360, 660_00),
        ("holiday", 1440, 2640_00),
        ("holiday", 1440, 2640_00),
        ("night", 510, 935_00),
        ("weekend", 240, 220_00),
    ]


def test_office_hours_in_an_agreed_period_cost_nothing() -> None:
    assert costs(local(2026, 12, 1, 8, 30), local(2026, 12, 1, 18)) == []
    assert costs(local(2026, 12, 1, 8), local(2026, 12, 1, 18, 30)) == [("night", 120, 220_00)] * 2


def test_the_night_in_which_clocks_change_costs_what_it_lasted() -> None:
    assert costs(local(2026, 10, 24, 18), local(2026, 10, 25, 8, 30)) == [("night", 930, 1705_00)]
    assert costs(local(2026, 3, 28, 18), local(2026, 3, 29, 8, 30)) == [("night", 810, 1485_00)]


def test_a_piece_belongs_to_the_month_in_which_it_starts() -> None:
    (night,) = lines(local(2026, 11, 30, 23, 59), local(2026, 12, 1, 8, 30))
    assert night.month == Month(2026, 11)
    (later,) = lines(local(2026, 12, 1), local(2026, 12, 1, 8, 30))
    assert later.month == Month(2026, 12)


def test_a_night_in_which_a_new_tariff_begins_is_one_piece_at_the_old_rate() -> None:
    dearer = replace(STANDBY, levels={1: 120_00}, valid_from=date(2026, 12, 2))
    found = standby_lines(Period(local(2026, 12, 1, 18), local(2026, 12, 2, 20)), (STANDBY, dearer))
    assert [(line.minutes, line.rate) for line in found] == [(870, 110_00), (120, 120_00)]


def test_a_call_out_is_in_the_period_that_it_starts_in() -> None:
    weekend = Period(local(2026, 11, 27, 18), local(2026, 11, 30, 8, 30))
    assert period_at([weekend], weekend.start) is weekend
    assert period_at([weekend], weekend.end - MINUTE) is weekend
    assert period_at([weekend], weekend.end) is None
    assert period_at([weekend], weekend.start - MINUTE) is None


@given(st.integers(0, 60 * 24 * 60), st.integers(1, 10 * 24 * 60))
def test_pieces_are_in_order_apart_and_add_up_to_all_but_office_hours(offset: int, length: int) -> None:
    start = local(2026, 10, 20) + offset * MINUTE
    period = Period(start, start + length * MINUTE)
    found = [piece for _, piece in standby_pieces(period, TARIFFS)]
    free = sum(
        ((until - since) for since, until in STANDBY.calendar.open_between(period.start, period.end)), timedelta()
    )
    assert sum(piece.minutes for piece in found) + free // MINUTE == length
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))

"""Amounts are read as people write them, said back in the long form, and refused in words that help."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.amount import Amount, Measure, parse_amount

ELAPSED, HOURS, DAYS = Measure.ELAPSED, Measure.WORKING_HOURS, Measure.WORKING_DAYS


@pytest.mark.parametrize(
    ("text", "measure", "count", "long"),
    [
        ("1 working hour", HOURS, 60, "1 working hour"),
        ("90 working minutes", HOURS, 90, "90 working minutes"),
        ("2 working days", DAYS, 2, "2 working days"),
        ("1 working day", DAYS, 1, "1 working day"),
        ("0.5 working days", DAYS, Fraction(1, 2), "0.5 working days"),
        ("30 minutes", ELAPSED, 30, "30 minutes"),
        ("24 hours", ELAPSED, 1440, "24 hours"),
        ("1 day", ELAPSED, 1440, "24 hours"),
        ("3 days", ELAPSED, 4320, "3 days"),
        ("1.5 hours", ELAPSED, 90, "90 minutes"),
        ("2wd", DAYS, 2, "2 working days"),
        ("3h", ELAPSED, 180, "3 hours"),
        ("30m", ELAPSED, 30, "30 minutes"),
        ("4wh", HOURS, 240, "4 working hours"),
        ("  2  Working\tDAYS ", DAYS, 2, "2 working days"),
        ("10d", ELAPSED, 14_400, "10 days"),
    ],
)
def test_an_amount_is_read_and_said_back(text: str, measure: Measure, count: Fraction, long: str) -> None:
    amount = parse_amount(text)
    assert amount == Amount(measure, count)
    assert str(amount) == long


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not an amount of time"),
        ("soon", "is not an amount of time"),
        ("2", "is not an amount of time"),
        ("-2 hours", "is not an amount of time"),
        ("٣ hours", "is not an amount of time"),
        ("9" * 5000 + " days", "is not an amount of time"),
        ("2 werkdagen", 'no unit is called "werkdagen"'),
        ("0 hours", "is nothing"),
        ("0.01 hours", "is not a whole number of minutes"),
        ("3661 days", "is more than ten years"),
        ("3661 working days", "is more than ten years"),
    ],
)
def test_what_is_no_amount_is_refused_in_words_that_help(text: str, complaint: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_amount(text)
    assert complaint in str(refusal.value)
    assert 'such as "90 working minutes"' in str(refusal.value)


def test_ten_years_are_allowed() -> None:
    assert parse_amount("3660 days").count == 3660 * 1440
    assert parse_amount("3660 working days").count == 3660


def test_nothing_is_no_amount() -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        Amount(HOURS, 0)


@given(st.sampled_from(Measure), st.integers(1, 3660))
def test_the_long_form_means_the_same_amount(measure: Measure, count: int) -> None:
    amount = Amount(measure, count)
    assert parse_amount(str(amount)) == amount


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_a_refusal(text: str) -> None:
    with suppress(ValueError):
        assert parse_amount(text).count > 0

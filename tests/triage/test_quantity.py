"""Time and money as people write them: read exactly, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.triage.quantity import HOUR, LONGEST, MOST, minutes_of, money_of

HOURS = st.sampled_from(
    ["h", "hr", "hrs", "hour", "hours", "u", "uur", "uren", "t", "time", "timer", "heure", "heures"]
)
MINUTES = st.sampled_from(["m", "min", "mins", "minute", "minutes", "minuut", "minuten", "minut", "minutter", "min."])
BLANK = st.sampled_from(["", " "])
NEAR = st.text(alphabet="0123456789 hmutr.,:-+€kr\u00a0۵½dinEURDKK", max_size=14)


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("40m", 40),
        ("40 min", 40),
        ("1h30", 90),
        ("1h05", 65),
        ("1h30m", 90),
        ("1 h 30 min", 90),
        ("1,5h", 90),
        ("1.5 h", 90),
        ("0,25u", 15),
        ("2 uur", 120),
        ("2 Stunden", 120),
        ("2 std.", 120),
        ("2 timer", 120),
        ("3H", 180),
        (" 3h ", 180),
        ("90m", 90),
        ("10000h", LONGEST),
    ],
)
def test_time_is_read_as_people_write_it(written: str, minutes: int) -> None:
    assert minutes_of(written) == minutes


@pytest.mark.parametrize(
    "written",
    [
        "",
        "h",
        "m",
        "40",
        "30",
        "1:30",
        "-40m",
        "+40m",
        "0m",
        "0h",
        "0h0m",
        "0,1m",
        "1,333h",
        "0.01h",
        "1h5",
        "1h60",
        "1h 30",
        "1h2h",
        "40m1h",
        "1e3m",
        "½h",
        "۵h",
        "40 sec",
        "2 days",
        "2wd",
        "soon",
        "40mm",
        "about 40m",
        "10000h1m",
        "999999h",
    ],
)
def test_what_is_no_whole_minute_is_not_guessed(written: str) -> None:
    assert minutes_of(written) is None


@given(st.integers(1, LONGEST), BLANK, MINUTES)
def test_minutes_in_any_form_are_read_back(minutes: int, blank: str, unit: str) -> None:
    assert minutes_of(f"{minutes}{blank}{unit}") == minutes
    assert minutes_of(f"{minutes}{blank}{unit.upper()}") == minutes


@given(st.integers(0, 999), st.integers(0, 59), BLANK, BLANK, HOURS, MINUTES)
def test_hours_and_minutes_are_read_back(hours: int, rest: int, one: str, two: str, unit: str, small: str) -> None:
    written = f"{hours}{one}{unit}{two}{rest}{one}{small}"
    assert minutes_of(written) == (hours * HOUR + rest or None)
    assert minutes_of(f"{hours}{unit}{rest:02}") == (hours * HOUR + rest or None)


@given(st.integers(0, 9999), st.integers(0, 99), st.sampled_from(",."), HOURS)
def test_a_share_of_an_hour_is_read_if_it_is_whole_minutes(whole: int, share: int, point: str, unit: str) -> None:
    exact = Decimal(f"{whole}.{share:02}") * HOUR
    expected = int(exact) if exact == int(exact) and exact else None
    assert minutes_of(f"{whole}{point}{share:02}{unit}") == expected


@pytest.mark.parametrize(
    ("written", "cents", "currency"),
    [
        ("€240", 240_00, "EUR"),
        ("€ 240,50", 240_50, "EUR"),
        ("240.50 €", 240_50, "EUR"),
        ("240 eur", 240_00, "EUR"),
        ("EUR 240", 240_00, "EUR"),
        ("DKK 500,50", 500_50, "DKK"),
        ("500 kr", 500_00, "DKK"),
        ("500 kr.", 500_00, "DKK"),
        ("kr. 500", 500_00, "DKK"),
        ("0,01 EUR", 1, "EUR"),
        ("usd5", 5_00, "USD"),
    ],
)
def test_money_is_read_with_its_currency(written: str, cents: int, currency: str) -> None:
    assert money_of(written) == (cents, currency)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "€",
        "240",
        "240,50",
        "€0",
        "€0,00",
        "-€5",
        "€-5",
        "€240,5",
        "€240,505",
        "€1.000",
        "€1.000,00",
        "€1 000",
        "€5 EUR",
        "EUR 5 EUR",
        "5 euro",
        "1e3 EUR",
        "EU 5",
        "€۵",
        "9999999999 EUR",
    ],
)
def test_what_is_no_amount_of_money_is_not_guessed(written: str) -> None:
    assert money_of(written) is None


@given(st.integers(1, MOST), st.sampled_from(["€", "EUR", "DKK", "kr", "usd"]), BLANK, st.sampled_from(",."))
def test_money_in_any_form_is_read_back(cents: int, sign: str, blank: str, point: str) -> None:
    currency = {"€": "EUR", "kr": "DKK"}.get(sign, sign.upper())
    number = f"{cents // 100}{point}{cents % 100:02}"
    assert money_of(f"{sign}{blank}{number}") == (cents, currency)
    assert money_of(f"{number}{blank}{sign}") == (cents, currency)


@pytest.mark.parametrize("written", ["60 min", "2 hrs", "2 uur", "2 std", "45 MIN", "2hrs"])
def test_what_is_a_time_is_no_money_in_a_currency_of_that_name(written: str) -> None:
    assert minutes_of(written) is not None
    assert money_of(written) is None


@given(st.text() | NEAR)
def test_any_text_is_a_time_or_money_or_neither(text: str) -> None:
    minutes, money = minutes_of(text), money_of(text)
    assert minutes is None or money is None
    assert minutes is None or 0 < minutes <= LONGEST
    assert money is None or (0 < money[0] <= MOST and len(money[1]) == 3)


@given(st.text(alphabet=st.characters(exclude_categories=["Nd"])))
def test_without_a_digit_there_is_no_quantity(text: str) -> None:
    assert minutes_of(text) is None
    assert money_of(text) is None

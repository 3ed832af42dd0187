"""Tariffs are read as they are written, or refused where they stand, with the minute that has no price or two."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from helpdeskd.domain.plan import Plan
from helpdeskd.domain.tariff import ANY_TIME, FreeWhen, StandbyWindow, Tariff
from helpdeskd.domain.window import Window
from tests.config.small_desk import LINES, SMALL, errors, loaded
from tests.domain.tariffs import WEEKEND, WORKDAYS, hours

TARIFF = '[[plan.standard.tariff]]\ncurrency = "EUR"\nrate = "100.00"\n'
WINDOW = "[[plan.standard.tariff.window]]\n"
WEEK = f"""\
{WINDOW}name = "day"
days = ["mon-thu", "fri"]
hours = "09:00-17:00"
{WINDOW}name = "night"
days = "mon-fri"
hours = "17:00-09:00"
rate = "125.00"
{WINDOW}name = "weekend"
days = ["sat", "sun"]
percent = 145.5
{WINDOW}name = "holiday"
holidays = true
rate = {{ 1 = "200.00", 2 = "250.00" }}
"""
GOOD = "[plan.standard.agreement.good]\n"


def plan(folder: Path, text: str) -> Plan:
    return loaded(folder, SMALL + text).desk.plans["standard"]


def tariff(folder: Path, text: str) -> Tariff:
    [only] = plan(folder, text).tariffs
    return only


def test_a_plan_without_a_tariff_costs_nothing(tmp_path: Path) -> None:
    assert plan(tmp_path, "").tariffs == ()
    assert plan(tmp_path, "").tariffs_of("good") == ()


def test_a_tariff_of_two_keys_has_the_defaults_of_the_spec(tmp_path: Path) -> None:
    found = plan(tmp_path, TARIFF)
    assert found.tariffs == (Tariff("EUR", found.calendar, {1: 100_00}),)
    assert found.tariffs[0].authorised_per_ticket == 0
    assert found.tariffs[0].windows == (ANY_TIME,)


def test_every_key_of_a_tariff_is_heard(tmp_path: Path) -> None:
    keys = """\
valid_from = 2027-01-01
unit = "15 minutes"
free_per_ticket = "10 minutes"
free_when = "open"
authorised_per_ticket = "2 hours"
minimum_per_ticket = "0.5 hours"
callout_minimum = "2 hours"
quota = 15
over_quota_rate = "115.00"
discount = 12.5
travel = "0.40"
vat = 25
payment_days = 14
"""
    found = plan(tmp_path, TARIFF + keys)
    assert found.tariffs == (
        Tariff(
            "EUR",
            found.calendar,
            {1: 100_00},
            unit=15,
            free_per_ticket=10,
            free_when=FreeWhen.OPEN,
            authorised_per_ticket=120,
            minimum_per_ticket=30,
            callout_minimum=120,
            quota=15,
            over_quota_rate=115_00,
            discount=Decimal("12.5"),
            travel=40,
            vat=Decimal(25),
            payment_days=14,
            valid_from=date(2027, 1, 1),
        ),
    )


def test_windows_have_days_hours_and_a_price(tmp_path: Path) -> None:
    assert tariff(tmp_path, TARIFF + WEEK).windows == (
        Window("day", WORKDAYS, (hours("09:00-17:00"),)),
        Window("night", WORKDAYS, (hours("17:00-09:00"),), fixed={1: 125_00}),
        Window("weekend", WEEKEND, percent=Decimal("145.5")),
        Window("holiday", holidays=True, fixed={1: 200_00, 2: 250_00}),
    )


def test_standby_has_windows_with_a_minimum_and_may_leave_time_out(tmp_path: Path) -> None:
    standby = '[[plan.standard.tariff.standby]]\nname = "night"\nhours = "18:00-08:30"\npercent = 50\n'
    found = tariff(tmp_path, TARIFF + standby + 'minimum = "2 hours"\n')
    assert found.standby == (StandbyWindow("night", hours=(hours("18:00-08:30"),), percent=Decimal(50), minimum=120),)


def test_rates_go_by_the_level_of_the_agent(tmp_path: Path) -> None:
    by_level = TARIFF.replace('"100.00"', '{ 1 = "800.00", 2 = "1095.00" }')
    assert tariff(tmp_path, by_level).levels == {1: 800_00, 2: 1095_00}


@pytest.mark.parametrize(("written", "minutes"), [("all", None), ("none", 0), ("2.25 hours", 135)])
def test_all_none_or_an_amount_is_authorised(tmp_path: Path, written: str, minutes: int | None) -> None:
    assert tariff(tmp_path, f'{TARIFF}authorised_per_ticket = "{written}"\n').authorised_per_ticket == minutes


def test_an_agreement_varies_what_it_names_in_every_tariff_and_leaves_the_rest(tmp_path: Path) -> None:
    own = TARIFF + 'authorised_per_ticket = "all"\nminimum_per_ticket = "15 minutes"\nfree_when = "open"\n'
    later = own + "valid_from = 2027-01-01\n"
    good = GOOD + 'free_per_ticket = "15 minutes"\nauthorised_per_ticket = "none"\ndiscount = 10\n'
    found = plan(tmp_path, own + later + good)
    varied = found.tariffs_of("good")
    assert [one.valid_from for one in varied] == [date.min, date(2027, 1, 1)]
    for one in varied:
        assert (one.free_per_ticket, one.authorised_per_ticket, one.discount) == (15, 0, 10)
        assert (one.minimum_per_ticket, one.free_when, one.ordinary_rate(1)) == (15, FreeWhen.OPEN, 90_00)
    assert found.tariffs_of("") == found.tariffs


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (
            TARIFF + WEEK.replace("17:00-09:00", "17:01-09:00"),
            1,
            "tariff: Monday 17:00 is not covered by any window (until 17:01); Tuesday 17:00 is",
        ),
        (
            TARIFF + WEEK.replace("09:00-17:00", "09:00-17:01"),
            1,
            'tariff: Monday 17:00 is covered twice, by "day" and "night" (until 17:01)',
        ),
        (TARIFF + WEEK.replace('["sat", "sun"]', '"sat"'), 1, "tariff: Sunday 00:00 is not covered by any window"),
        (
            TARIFF + '[[plan.standard.tariff.standby]]\nname = "a"\n[[plan.standard.tariff.standby]]\nname = "b"\n',
            1,
            "tariff: standby: Monday 00:00 is covered twice",
        ),
        (TARIFF.replace("100", "0"), 1, "tariff: a tariff needs the base rate of one level at least"),
        (TARIFF.replace('"100.00"', "{}"), 1, "tariff: a tariff needs the base rate of one level at least"),
        (TARIFF + TARIFF, 1, "tariff: two tariffs have no valid_from (give it to all but the first)"),
        (
            (TARIFF + "valid_from = 2026-01-01\n") * 2,
            1,
            "tariff: two tariffs are valid from 2026-01-01 (each needs a day of its own)",
        ),
        (TARIFF.replace('"100.00"', '"100"'), 3, 'tariff.rate: "100" is no amount of money'),
        (TARIFF.replace('"100.00"', "100.0"), 3, "tariff.rate: must be text (in quotes)"),
        (TARIFF.replace('"100.00"', '{ 0 = "1.00" }'), 3, 'tariff.rate: "0" is no level (1 to 9: rate = {'),
        (TARIFF.replace("EUR", "euro"), 2, 'tariff.currency: "euro" has not the form that it needs (such as "EUR")'),
        (TARIFF + "vat = 101\n", 4, "tariff.vat: 101 is out of bounds (less than or equal to 100)"),
        (TARIFF + "discount = -1\n", 4, "tariff.discount: -1 is out of bounds (a percentage from 0 to 1000)"),
        (TARIFF + "vat = nan\n", 4, "tariff.vat: nan is out of bounds"),
        (TARIFF + 'vat = "21"\n', 4, "tariff.vat: must be a percentage (a number without quotes"),
        (TARIFF + "quota = 0\n", 4, "tariff.quota: 0 is out of bounds"),
        (TARIFF + 'unit = "2 working hours"\n', 4, 'tariff.unit: "2 working hours" is working time'),
        (TARIFF + 'free_per_ticket = "all"\n', 4, 'tariff.free_per_ticket: "all" is not an amount of time'),
        (TARIFF + WINDOW + 'name = "a"\nholidays = true\nhours = "09:00-17:00"\n', 4, "tariff.window: window"),
        (TARIFF + WINDOW + 'name = "a"\nholidays = true\ndays = "mon"\n', 4, 'tariff.window: "a" has holidays and'),
        (TARIFF + WINDOW + 'name = "a"\nrate = "1.00"\npercent = 50\n', 4, 'tariff.window: "a" has percent and rate'),
        (TARIFF + WINDOW + 'name = "a"\ndays = "weekend"\n', 6, 'tariff.window.days: "weekend" is no range of days'),
        (TARIFF + WINDOW + 'name = "a"\ndays = []\n', 6, 'tariff.window.days: "[]" is no range of days'),
        (TARIFF + WINDOW + 'name = "a"\nhours = "9-17"\n', 6, 'tariff.window.hours: "9-17" are no hours'),
        (TARIFF + GOOD + "rate = 1\n", 5, "agreement.good.rate: unknown key"),
    ],
)
def test_what_is_no_tariff_is_refused_where_it_stands(tmp_path: Path, text: str, line: int, what: str) -> None:
    [error] = errors(tmp_path, SMALL + text)
    assert error.startswith(f"config.toml:{LINES + line}: plan.standard.{what}")


def test_an_agreement_needs_a_tariff(tmp_path: Path) -> None:
    [error] = errors(tmp_path, SMALL + GOOD)
    assert "plan.standard.agreement: the plan has no tariff that an agreement could vary" in error

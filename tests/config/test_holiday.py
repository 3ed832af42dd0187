"""Public holidays come from the library in English, by year, with the exceptions of the calendar taken out."""

import pickle
from datetime import date

import pytest

from helpdeskd.config.holiday import holidays_of, public_holidays


def test_the_netherlands_have_good_friday_by_law() -> None:
    assert public_holidays("NL")(2026)[date(2026, 4, 3)] == "Good Friday"


def test_an_exception_by_name_is_worked_every_year_whatever_its_case() -> None:
    kept = public_holidays("NL", working=["good friday"])
    assert date(2026, 4, 3) not in kept(2026)
    assert date(2027, 3, 26) not in kept(2027)
    assert kept(2026)[date(2026, 4, 6)] == "Easter Monday"


def test_an_exception_by_date_is_worked_once() -> None:
    kept = public_holidays("NL", working=[date(2026, 4, 27)])
    assert date(2026, 4, 27) not in kept(2026)
    assert kept(2027)[date(2027, 4, 27)] == "King's Day"


def test_liberation_day_is_public_in_lustrum_years_only() -> None:
    kept = public_holidays("NL")
    assert [year for year in range(2019, 2032) if date(year, 5, 5) in kept(year)] == [2020, 2025, 2030]


def test_denmark_closes_on_its_optional_days_only_when_asked() -> None:
    assert date(2026, 12, 24) not in public_holidays("DK")(2026)
    assert public_holidays("DK", categories=["public", "optional"])(2026)[date(2026, 12, 24)] == "Christmas Eve"
    assert date(2023, 5, 5) in public_holidays("DK")(2023)
    assert date(2024, 4, 26) not in public_holidays("DK")(2024)


def test_a_part_of_a_country_has_days_of_its_own() -> None:
    assert date(2026, 1, 6) in public_holidays("DE", "BY")(2026)
    assert date(2026, 1, 6) not in public_holidays("DE", "BE")(2026)


def test_names_are_english_whatever_the_language_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "nl")
    monkeypatch.setenv("LC_ALL", "nl_NL.UTF-8")
    assert holidays_of("BE", "", ("public",), 1999)[date(1999, 7, 21)] == "National Day"
    assert holidays_of("GB", "", ("public",), 1999)[date(1999, 12, 25)] == "Christmas Day"
    assert holidays_of("BW", "", ("public",), 2026)[date(2026, 12, 25)] == "Christmas Day"


def test_two_holidays_on_one_date_are_both_named_and_either_can_be_worked() -> None:
    day = date(2008, 5, 1)
    assert public_holidays("BE")(2008)[day] == "Ascension Day; Labor Day"
    assert public_holidays("BE", working=["Labor Day"])(2008)[day] == "Ascension Day"
    assert day not in public_holidays("BE", working=["Labor Day", "Ascension Day"])(2008)


def test_a_holiday_that_is_worked_is_worked_also_where_it_is_observed_on_another_day() -> None:
    assert date(2026, 7, 3) in public_holidays("US")(2026)
    assert date(2026, 7, 3) not in public_holidays("US", working=["Independence Day"])(2026)


def test_nobody_can_change_the_holidays() -> None:
    found = public_holidays("NL")(2026)
    with pytest.raises(TypeError):
        found[date(2026, 11, 20)] = "No work"  # type: ignore[index]
    assert date(2027, 1, 1) not in found


def test_holidays_go_to_another_process_as_they_are() -> None:
    kept = public_holidays("NL", working=["Good Friday"])
    assert pickle.loads(pickle.dumps(kept))(2026) == kept(2026)


@pytest.mark.parametrize(
    ("country", "subdivision", "categories", "working", "complaint"),
    [
        ("XX", "", ["public"], [], 'holidays of "XX" are not known (a country by its ISO 3166 code, such as "NL")'),
        ("NLD", "", ["public"], [], 'such as "NL"'),
        ("DK", "84", ["public"], [], '"84" is no part of DK with holidays of its own (these are: none at all)'),
        ("DE", "XX", ["public"], [], "BB, BE, BW, BY"),
        ("DK", "", ["bank"], [], 'DK has no holidays of category "bank" (it has: optional, public)'),
        (
            "NL",
            "",
            ["public"],
            ["Goede Vrijdag"],
            'no holiday of NL is called "Goede Vrijdag" (they are: Ascension Day',
        ),
    ],
)
def test_what_the_library_does_not_know_is_refused_with_what_would_be_right(
    country: str, subdivision: str, categories: list[str], working: list[str], complaint: str
) -> None:
    with pytest.raises(ValueError) as refusal:
        public_holidays(country, subdivision, categories, working)
    assert complaint in str(refusal.value)


def test_a_holiday_of_some_years_only_can_be_excepted_in_every_year() -> None:
    assert date(2025, 5, 5) not in public_holidays("NL", working=["Liberation Day"])(2025)

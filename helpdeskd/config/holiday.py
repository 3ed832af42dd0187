"""Public holidays of a country, from the `holidays` library, of which this module is the only user.

In: country, subdivision, categories and the exceptions of a calendar ("Good Friday" is a working day for most firms in
the Netherlands, though the law lists it). Out: a `PublicHolidays`, asked year by year for a mapping of dates to English
names that nobody can change. The library's own objects grow when they are asked and name days in the language of the
process; both end here. The library knows most countries up to 2100; later years have no holidays.

Fails with a ValueError for people: an unknown country, subdivision, category or name, and what would be right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays

SOME_YEARS = range(2000, 2051)
"""Years in which every holiday that a name may mean occurs: also those of each fifth, fourth or seventh year."""


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The holidays that a calendar keeps: ask it for a year. Made by `public_holidays`, which checks it.

    `working` holds the exceptions: dates, and English names in lower case.
    """

    country: str
    subdivision: str
    categories: tuple[str, ...]
    working: frozenset[date | str]

    def __call__(self, year: int) -> Mapping[date, str]:
        """Date and English name of each day of that year that is not worked."""
        return _kept(self, year)


def public_holidays(
    country: str,
    subdivision: str = "",
    categories: Iterable[str] = ("public",),
    working: Iterable[date | str] = (),
) -> PublicHolidays:
    """Holidays of an ISO 3166 country, without the dates and English names in `working`.

    Raises ValueError for a country, subdivision, category or name that the library does not know.
    """
    kept = tuple(dict.fromkeys(categories))
    _check_place(country, subdivision, kept)
    exceptions = tuple(working)
    _check_names(country, subdivision, kept, [day for day in exceptions if isinstance(day, str)])
    lowered = frozenset(day.lower() if isinstance(day, str) else day for day in exceptions)
    return PublicHolidays(country, subdivision, kept, lowered)


@lru_cache(maxsize=1024)
def holidays_of(country: str, subdivision: str, categories: tuple[str, ...], year: int) -> Mapping[date, str]:
    """Date and English name of each holiday of one year; two on one date are joined by "; "."""
    found = holidays.country_holidays(
        country,
        subdiv=subdivision or None,
        categories=categories,
        years=year,
        expand=False,
        language=_english(country),
    )
    return MappingProxyType(dict(sorted(found.items())))


@lru_cache(maxsize=1024)
def _kept(source: PublicHolidays, year: int) -> Mapping[date, str]:
    found = holidays_of(source.country, source.subdivision, source.categories, year)
    kept = {day: _without(name, source.working) for day, name in found.items() if day not in source.working}
    return MappingProxyType({day: name for day, name in kept.items() if name})


def _without(names: str, working: frozenset[date | str]) -> str:
    return "; ".join(name for name in names.split("; ") if _plain(name).lower() not in working)


def _plain(name: str) -> str:
    """The name without the library's remark: "Independence Day (observed)"."""
    return name.partition(" (")[0]


def _english(country: str) -> str | None:
    """The library's English for a country; None where it has one language only."""
    languages = getattr(holidays, country).supported_languages
    english = [language for language in languages if language.startswith("en")]
    return "en_US" if "en_US" in english else next(iter(english), None)


def _check_place(country: str, subdivision: str, categories: tuple[str, ...]) -> None:
    countries = holidays.list_supported_countries(include_aliases=False)
    if country not in countries:
        raise ValueError(f'holidays of "{country}" are not known (a country by its ISO 3166 code, such as "NL")')
    if subdivision and subdivision not in countries[country]:
        right = ", ".join(countries[country]) or "none at all"
        raise ValueError(f'"{subdivision}" is no part of {country} with holidays of its own (these are: {right})')
    known = getattr(holidays, country).supported_categories
    for category in categories:
        if category not in known:
            raise ValueError(f'{country} has no holidays of category "{category}" (it has: {", ".join(known)})')


def _check_names(country: str, subdivision: str, categories: tuple[str, ...], names: list[str]) -> None:
    known = _names(country, subdivision, categories) if names else []
    lowered = {name.lower() for name in known}
    for name in names:
        if name.lower() not in lowered:
            raise ValueError(f'no holiday of {country} is called "{name}" (they are: {", ".join(known)})')


def _names(country: str, subdivision: str, categories: tuple[str, ...]) -> list[str]:
    years = (holidays_of(country, subdivision, categories, year) for year in SOME_YEARS)
    return sorted({_plain(name) for year in years for names in year.values() for name in names.split("; ")})

"""A month begins when the wall clock of a zone says so."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from helpdeskd.domain.month import Month, month_at, month_named, month_of, months
from tests.domain.tariffs import AMSTERDAM, local


def test_a_month_ends_at_midnight_of_the_wall_clock() -> None:
    assert month_at(local(2026, 11, 30, 23, 59), AMSTERDAM) == Month(2026, 11)
    assert month_at(local(2026, 12, 1), AMSTERDAM) == Month(2026, 12)


def test_the_same_instant_is_in_another_month_elsewhere() -> None:
    at = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert month_at(at, AMSTERDAM) == Month(2026, 11)
    assert month_at(at, ZoneInfo("America/New_York")) == Month(2026, 10)


def test_december_is_followed_by_january() -> None:
    assert Month(2026, 12).following == Month(2027, 1)
    assert Month(2026, 12).last_day == date(2026, 12, 31)
    assert Month(2028, 2).last_day == date(2028, 2, 29)


def test_a_month_is_written_as_in_the_interfaces() -> None:
    assert str(month_of(date(2026, 3, 9))) == "2026-03"


def test_a_month_is_read_as_it_is_written() -> None:
    assert month_named("2026-11") == Month(2026, 11)


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-11-02", "november"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        month_named(text)


def test_months_follow_each_other_over_the_turn_of_the_year() -> None:
    assert list(map(str, months(Month(2026, 11), Month(2027, 1)))) == ["2026-11", "2026-12", "2027-01"]
    assert list(months(Month(2026, 11), Month(2026, 10))) == []


def test_the_month_before_january_is_december() -> None:
    assert Month(2027, 1).before == Month(2026, 12)
    assert Month(2026, 11).before.following == Month(2026, 11)

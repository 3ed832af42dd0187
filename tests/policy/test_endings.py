"""Which contracts and prepaid hours come to an end, and from when on that is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from helpdeskd.domain.card import Card, Draw
from helpdeskd.domain.directory import Contract
from helpdeskd.policy.endings import endings
from tests.policy.scenes import BAKERY, CONTRACT, People, scene

YEAR, NEXT = (date(2026, 12, 31), date(2027, 12, 31))
NEXT_YEAR = replace(CONTRACT, first_day=date(2027, 1, 1), last_day=NEXT)


def told(day: str, *contracts: Contract, cards: tuple[Card, ...] = (), drawn: int = 0) -> list[str]:
    bakery = replace(BAKERY, contracts=contracts, cards=cards)
    people = People(bakery=bakery, drawn=(Draw("bakery-1", "HD-1", drawn),) if drawn else ())
    now = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)
    return [ending.key for ending in endings(scene(ticket=None, now=now, people=people))]


@pytest.mark.parametrize(
    ("day", "is_told"), [("2026-11-30", False), ("2026-12-01", True), ("2026-12-31", True), ("2027-01-01", False)]
)
def test_a_contract_is_told_from_thirty_days_before_its_last_day_on(day: str, is_told: bool) -> None:
    assert told(day, CONTRACT) == (["contract-ends bakery standard 2026-12-31"] if is_told else [])


@pytest.mark.parametrize(
    ("other", "goes_on"),
    [
        (NEXT_YEAR, True),
        (replace(NEXT_YEAR, plan="untriaged"), True),
        (replace(NEXT_YEAR, first_day=date(2026, 7, 1)), True),
        (replace(NEXT_YEAR, first_day=date(2027, 1, 2)), False),
        (replace(NEXT_YEAR, plan="untriaged", first_day=date(2026, 7, 1)), False),
    ],
    ids=["the next", "another plan", "overlaps", "a day's gap", "another that runs beside it"],
)
def test_a_contract_that_goes_on_is_not_told(other: Contract, goes_on: bool) -> None:
    assert ("contract-ends bakery standard 2026-12-31" in told("2026-12-15", CONTRACT, other)) is not goes_on


def test_what_is_paid_is_told_where_it_ends_before_the_contract() -> None:
    paid = replace(CONTRACT, paid_until=date(2026, 6, 30))
    assert told("2026-06-10", paid) == ["paid-until bakery standard 2026-06-30"]
    assert told("2026-12-10", replace(CONTRACT, paid_until=YEAR)) == ["contract-ends bakery standard 2026-12-31"]


@pytest.mark.parametrize(("drawn", "is_told"), [(47, False), (48, True), (60, True)])
def test_prepaid_hours_are_told_when_most_of_them_are_used(drawn: int, is_told: bool) -> None:
    card = Card("bakery-1", 60, 8000, date(2026, 1, 1))
    assert told("2026-06-10", CONTRACT, cards=(card,), drawn=drawn) == (["cards-low bakery 60"] if is_told else [])


def test_days_are_those_of_the_desk() -> None:
    """It is the first of December in Amsterdam an hour before it is in UTC."""
    people = People(bakery=replace(BAKERY, contracts=(CONTRACT,)))
    eve = datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert len(endings(scene(ticket=None, now=eve, people=people))) == 1
    assert endings(scene(ticket=None, now=eve - timedelta(seconds=1), people=people)) == []

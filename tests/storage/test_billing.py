"""When customers are billed next survives everything but their removal."""

from pathlib import Path

import pytest

from helpdeskd.domain.month import Month
from helpdeskd.storage import agenda, billing, db
from tests.storage.values import MINUTE, NOW

NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)


@pytest.fixture
def begun(state: Path) -> Path:
    with db.transaction():
        billing.begin(["bakery", "school"], NOVEMBER, NOW)
    return state


def test_nothing_is_due_before_the_desk_has_begun(state: Path) -> None:
    with db.transaction():
        assert billing.first_month("bakery") is None
        assert billing.due(NOW, 10) == []


def test_all_are_due_when_their_time_has_come(begun: Path) -> None:
    with db.transaction():
        assert billing.due(NOW - MINUTE, 10) == []
        assert billing.due(NOW, 10) == ["bakery", "school"]
        assert billing.due(NOW, 1) == ["bakery"]
        assert agenda.next_due() == NOW


def test_who_was_billed_is_due_again_later(begun: Path) -> None:
    with db.transaction():
        billing.next_at("bakery", NOW + 2 * MINUTE)
        assert billing.due(NOW + MINUTE, 10) == ["school"]
        assert billing.due(NOW + 2 * MINUTE, 10) == ["school", "bakery"]


def test_customers_who_come_are_billed_and_those_who_are_known_keep_their_time(begun: Path) -> None:
    with db.transaction():
        billing.begin(["bakery", "library"], DECEMBER, NOW + MINUTE)
        assert billing.due(NOW, 10) == ["bakery"]
        assert billing.due(NOW + MINUTE, 10) == ["bakery", "library"]


def test_the_first_month_of_a_customer_stays(begun: Path) -> None:
    with db.transaction():
        billing.begin(["bakery", "library"], DECEMBER, NOW)
        assert billing.first_month("bakery") == NOVEMBER
        assert billing.first_month("library") == DECEMBER

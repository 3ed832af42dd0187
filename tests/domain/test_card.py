"""A card gives what it has, once, the oldest one first."""

from datetime import date

import pytest

from helpdeskd.domain.card import Balance, Card, CardUse, Draw, available, reserved, use

WELCOME = Card("welcome", 180, 0, date(2026, 1, 5), free=True)
BOUGHT = Card("five", 300, 400_00, date(2026, 3, 1))
CARDS = (BOUGHT, WELCOME)
DRAWS = (Draw("welcome", "HD-1", 150), Draw("welcome", "HD-2", 30), Draw("five", "HD-2", 15))


def test_a_ticket_may_draw_what_the_other_tickets_left_and_what_it_drew_itself() -> None:
    assert available(CARDS, DRAWS, "HD-1") == (Balance("welcome", 150), Balance("five", 285))
    assert available(CARDS, DRAWS, "HD-3") == (Balance("welcome", 0), Balance("five", 285))


def test_what_a_ticket_has_drawn_is_reserved_for_it() -> None:
    assert reserved(CARDS, DRAWS, "HD-2") == (Balance("welcome", 30), Balance("five", 15))
    assert reserved(CARDS, DRAWS, "HD-3") == (Balance("welcome", 0), Balance("five", 0))


def test_the_balance_is_what_is_left_on_all_cards() -> None:
    assert use(CARDS, DRAWS) == CardUse(bought=480, used=195)
    assert CardUse(480, 195).balance == 285


def test_without_a_card_there_is_no_balance() -> None:
    assert use((), DRAWS) is None


@pytest.mark.parametrize(("used", "low"), [(383, False), (384, True), (480, True)])
def test_cards_are_low_at_eighty_percent_used(used: int, low: bool) -> None:
    assert CardUse(480, used).is_low is low


def test_nobody_is_low_without_minutes() -> None:
    assert not CardUse(0, 0).is_low

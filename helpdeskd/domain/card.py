"""Cards: prepaid hours, and what tickets have drawn on them (policies, "Card").

A card never changes; draws are rows of their own, one sum for each ticket and card. What a ticket may draw is a card's
minutes less what the other tickets have drawn (`available`), computed in the transaction that stores the draws, so two
bookings at once cannot both have the last hour. To read a settlement as it was stored, settle it with `reserved`: only
what the ticket itself has drawn.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

LOW_PERCENT = 80


@dataclass(frozen=True, slots=True)
class Card:
    """Prepaid minutes that a customer bought, or was given (`free`), on a date; the price in cents."""

    id: str
    minutes: int
    price: int
    bought: date
    free: bool = False


@dataclass(frozen=True, slots=True)
class Draw:
    """Minutes that a ticket has taken from a card."""

    card: str
    ticket: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Minutes of a card that can be drawn."""

    card: str
    minutes: int


@dataclass(frozen=True, slots=True)
class CardUse:
    """Prepaid minutes, and how many of them are used."""

    bought: int
    used: int

    @property
    def balance(self) -> int:
        return self.bought - self.used

    @property
    def is_low(self) -> bool:
        """Are 80 % of them used?"""
        return self.bought > 0 and self.used * 100 >= self.bought * LOW_PERCENT


def card_name(customer: str, bought: date, number: int) -> str:
    """What a card is called that was given no name: the customer, the day, and from the second of that day a number."""
    return f"{customer}-{bought}" + (f"-{number}" if number > 1 else "")


def use(cards: Iterable[Card], draws: Iterable[Draw]) -> CardUse | None:
    """What a customer has bought (or was given) and used; None without any card."""
    known = {card.id: card.minutes for card in cards}
    if not known:
        return None
    return CardUse(sum(known.values()), sum(draw.minutes for draw in draws if draw.card in known))


def available(cards: Iterable[Card], draws: Iterable[Draw], ticket: str) -> tuple[Balance, ...]:
    """What a ticket may draw in all, oldest card first: all that the other tickets have left."""
    others = [draw for draw in draws if draw.ticket != ticket]
    return tuple(Balance(card.id, card.minutes - _drawn(others, card)) for card in oldest_first(cards))


def reserved(cards: Iterable[Card], draws: Iterable[Draw], ticket: str) -> tuple[Balance, ...]:
    """What a ticket has drawn, oldest card first."""
    own = [draw for draw in draws if draw.ticket == ticket]
    return tuple(Balance(card.id, _drawn(own, card)) for card in oldest_first(cards))


def oldest_first(cards: Iterable[Card]) -> list[Card]:
    """In the order in which they are used up."""
    return sorted(cards, key=lambda card: (card.bought, card.id))


def _drawn(draws: Iterable[Draw], card: Card) -> int:
    return sum(draw.minutes for draw in draws if draw.card == card.id)

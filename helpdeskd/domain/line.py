"""Lines: what a statement is made of; and shares, the minutes that it tells of without charging them.

A line's money is integer cents and belongs to one local date, and with it to a month. `notes` say why it is what it is,
as reasons that every language has words for. Two lines with the same `heading` are about the same thing: what
corrections are reckoned by.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from helpdeskd.domain.month import Month, month_of
from helpdeskd.domain.ticket import Reason

Heading = tuple[str, str, date, int, str]
"""Kind, ticket, date, rate and card."""


class Kind(StrEnum):
    """What a line is for (interfaces, "simulate"); a correction is a line of any kind that comes late."""

    WORK = "work"
    MINIMUM = "minimum"
    STANDBY = "standby"
    TRAVEL = "travel"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Line:
    """Minutes at cents an hour, or a quantity (kilometres, cards) at cents each. `ticket` is a reference or "".

    Work that was settled from a `card` (its id) has its minutes, and no rate and amount.
    """

    kind: Kind
    ticket: str
    day: date
    minutes: int
    rate: int
    amount: int
    quantity: int | None = None
    card: str = ""
    correction: bool = False
    notes: tuple[Reason, ...] = ()

    @property
    def month(self) -> Month:
        return month_of(self.day)

    @property
    def heading(self) -> Heading:
        return self.kind, self.ticket, self.day, self.rate, self.card


@dataclass(frozen=True, slots=True)
class Share:
    """Minutes of a ticket on a local date that are not charged."""

    ticket: str
    day: date
    minutes: int

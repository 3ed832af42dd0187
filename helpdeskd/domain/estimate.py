"""An estimate: what an agent asks a customer to agree to before it costs anything (policies, "Money", rule 5).

Of the estimates of a ticket only the newest can be agreed to, and only while the ticket awaits it: a newer one replaces
it, an answer or its expiry ends it. So an approval counts once, for what was asked last.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Estimate:
    """Minutes, rounded up to the unit, and at most so many cents (None: as many as they cost).

    `number` counts the ticket's estimates from 1. `by_card`: it is to be taken from prepaid hours. `remind_at` is None
    once the one reminder was sent. `asked_by` is an agent's name, `topic` what is outside the contract, or "".
    """

    number: int
    minutes: int
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    remind_at: datetime | None = None
    cents: int | None = None
    by_card: bool = False
    topic: str = ""
    text: str = ""

    @property
    def next_at(self) -> datetime:
        """When the clock must look at it again."""
        return min(filter(None, (self.remind_at, self.expires_at)))

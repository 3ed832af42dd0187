"""What all events have: when they happened (aware UTC) and who did it."""

from dataclasses import dataclass
from datetime import datetime

DESK = "desk"
"""Who did it, where nobody did: the clock, or the desk itself."""


@dataclass(frozen=True, slots=True)
class Happening:
    """`by` is an address, an agent's name, or "desk"."""

    at: datetime
    by: str

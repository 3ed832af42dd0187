"""The events of a ticket by which agents sort it: what it is about, whose it is, where it belongs, when to look again.

Part of the closed union of `event`. A change that may bring a ticket under another contract carries the `Basis` that
follows from it, so that the same events always give the same ticket, whatever the directory says later.
"""

from dataclasses import dataclass
from datetime import datetime

from helpdeskd.domain.happening import Happening
from helpdeskd.domain.ticket import Entitlement


@dataclass(frozen=True, slots=True)
class Basis:
    """By what a ticket is served: plan, agreement and entitlement, and a priority and kind that the plan has."""

    plan: str
    agreement: str
    entitlement: Entitlement
    priority: str
    kind: str


@dataclass(frozen=True, slots=True)
class LevelChanged(Happening):
    """The ticket is for the agents of a level from now on; 0 is any."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class ProductChanged(Happening):
    old: str
    new: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class SiteChanged(Happening):
    old: str
    new: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class QueueChanged(Happening):
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class CustomerChanged(Happening):
    """The ticket belongs to another customer: who asks, and who takes part from now on (addresses); nobody else does.

    `subject` is what it is called from now on: "" where the words were the old customer's.
    """

    old: str
    new: str
    requester: str
    participants: tuple[str, ...]
    subject: str
    site: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class TicketLinked(Happening):
    """This ticket and that one know of each other."""

    reference: str


@dataclass(frozen=True, slots=True)
class SpamFound(Happening):
    """The ticket is nobody's request: it ends, and nobody is told."""


@dataclass(frozen=True, slots=True)
class Snoozed(Happening):
    """An agent (`by`) wants to be reminded of the ticket at `until` (aware UTC). `text` says of what."""

    until: datetime
    text: str = ""


BasisChanged = ProductChanged | SiteChanged | CustomerChanged
SortEvent = (
    LevelChanged | ProductChanged | SiteChanged | QueueChanged | CustomerChanged | TicketLinked | SpamFound | Snoozed
)

"""The events of a ticket that are about what it costs: time that was booked, and what a customer agrees to.

Part of the closed union of `event`. Entries and approvals are kept by the ledger too; these say who did it by which
mail, and what was said.
"""

from dataclasses import dataclass

from helpdeskd.domain.entry import Entry
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.happening import Happening
from helpdeskd.domain.ticket import Reason


@dataclass(frozen=True, slots=True)
class TimeBooked(Happening):
    """An entry of the ledger was made; a negative one takes another back. `text` says what was done."""

    entry: Entry
    text: str = ""


@dataclass(frozen=True, slots=True)
class NoCharge(Happening):
    """The ticket is not charged. `text` is the reason given."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class OutsideContract(Happening):
    """What is asked is outside the contract: `topic` is one of the plan's. `text` explains it."""

    topic: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class EstimateAsked(Happening):
    """The customer is asked to agree to time before it is worked."""

    estimate: Estimate


@dataclass(frozen=True, slots=True)
class EstimateReminded(Happening):
    """Nobody has answered for some days: asked once more."""


@dataclass(frozen=True, slots=True)
class EstimateApproved(Happening):
    """A contact (`by`, their address) agreed to so many minutes, and to at most so many cents (None: without limit)."""

    number: int
    minutes: int
    cents: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class EstimateDeclined(Happening):
    number: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class EstimateExpired(Happening):
    number: int


@dataclass(frozen=True, slots=True)
class ApprovalRefused(Happening):
    """An answer to an estimate that does not count; who wrote it (`by`, an address) is told why."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class CardsLow(Happening):
    """The customer has used most of their prepaid minutes."""

    bought: int
    used: int


CostEvent = (
    TimeBooked
    | NoCharge
    | OutsideContract
    | EstimateAsked
    | EstimateReminded
    | EstimateApproved
    | EstimateDeclined
    | EstimateExpired
    | ApprovalRefused
    | CardsLow
)

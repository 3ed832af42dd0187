"""The events of tickets that become one, and of a ticket out of which another one is made.

Part of the closed union of `event`. What was booked on a ticket that goes on as another is moved by entries that take
it back there and book it here (`entry.moved`); these say which ticket became which, and by whom.
"""

from dataclasses import dataclass
from datetime import datetime

from helpdeskd.domain.entry import Approval
from helpdeskd.domain.happening import Happening
from helpdeskd.domain.ticket import Status


@dataclass(frozen=True, slots=True)
class TicketMerged(Happening):
    """The ticket goes on as another one, whose reference is `into`."""

    old: Status
    into: str


@dataclass(frozen=True, slots=True)
class TicketJoined(Happening):
    """Another ticket of the same customer, of the reference `merged`, goes on as this one.

    `joined` are addresses that take part from now on. `unanswered_since` is how long the customer has waited there for
    an answer, `declined_at` since when they have declined costs; None where they have not. `text` is what the mail that
    merged them said, `third_parties` are who was asked for help there.
    """

    merged: str
    joined: tuple[str, ...] = ()
    unanswered_since: datetime | None = None
    declined_at: datetime | None = None
    text: str = ""
    third_parties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalMoved(Happening):
    """What was approved on a ticket that goes on as this one; `number` is its place among the estimates of this one."""

    number: int
    approval: Approval


@dataclass(frozen=True, slots=True)
class TicketSplit(Happening):
    """Another ticket was made out of this one: `opened` is its reference, "" before it is stored."""

    opened: str = ""


JoinEvent = TicketMerged | TicketJoined | ApprovalMoved | TicketSplit

"""A ticket as it stands now. It is changed only by events (`events.evolve`) and stored as it is.

`requester` and the participants' addresses are normalised. `owner` and `team` are names of the directory. All instants
are aware UTC. `pauses` are the times in which the resolution clock stood. `wake_at` is when the clock must look at the
ticket again: the end of `pending`, or the quiet period after `resolved`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from helpdeskd.domain.target import Pause


class Status(StrEnum):
    """A ticket's life (spec/product.md)."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    PENDING = "pending"
    APPROVAL = "awaiting approval"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"
    REJECTED = "rejected"

    @property
    def ended(self) -> bool:
        return self in {Status.CLOSED, Status.MERGED, Status.REJECTED}


class Decision(StrEnum):
    """How a request is served."""

    ACCEPT = "accept"
    BILLABLE = "accept as billable"
    HOLD = "hold"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code that every language has words for (`templates/<language>/words.toml`), and a detail put into them."""

    code: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The decision whether and how a request is served, with its reasons in the order they were found."""

    decision: Decision
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody of the customer who takes part, and since when: what was written earlier is not sent to them."""

    address: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Emergency:
    """The duty side of a ticket: whom was paged last, at which step (from 1), and who took it.

    `next_at` is when the next step is paged if nobody acknowledges; None once it is taken or released, or when every
    step was silent. `paged` are all who were woken, in order.
    """

    step: int = 0
    person: str = ""
    paged: tuple[str, ...] = ()
    next_at: datetime | None = None
    taken_by: str = ""
    taken_at: datetime | None = None
    released: bool = False

    @property
    def waiting(self) -> bool:
        return not (self.taken_by or self.released)


@dataclass(frozen=True, slots=True)
class Ticket:
    """The case as it stands. `agreement` is a named variant of the plan; `triaged` is false while the highest priority
    only holds until an agent has looked; `links` are references that it goes back to.
    """

    id: int
    reference: str
    subject: str
    customer: str
    requester: str
    plan: str
    queue: str
    team: str
    priority: str
    kind: str
    opened_at: datetime
    entitlement: Entitlement
    agreement: str = ""
    status: Status = Status.NEW
    owner: str = ""
    triaged: bool = True
    participants: tuple[Participant, ...] = ()
    pauses: tuple[Pause, ...] = ()
    answered_at: datetime | None = None
    unanswered_since: datetime | None = None
    resolved_at: datetime | None = None
    wake_at: datetime | None = None
    links: tuple[str, ...] = ()
    emergency: Emergency | None = None

    def takes_part(self, address: str) -> bool:
        return any(participant.address == address for participant in self.participants)

"""A ticket as it stands now. It is changed only by events (`events.evolve`) and stored as it is.

`requester` and the participants' addresses are normalised. `owner` and `team` are names of the directory. All instants
are aware UTC. `pauses` are the times in which the resolution clock stood. `wake_at` is when the clock must look at the
ticket again: the end of `pending`, or the quiet period after `resolved`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.target import Pause

INCOMPLETE = "information missing"
"""The cause of a pause that no status tells of: the report lacks what the plan asks for."""


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
    ASK = "ask"
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
    step was silent. `paged` are all who were woken, in order. A `drill` is for practice; `alone`: only that person's.
    """

    step: int = 0
    person: str = ""
    paged: tuple[str, ...] = ()
    next_at: datetime | None = None
    taken_by: str = ""
    taken_at: datetime | None = None
    released: bool = False
    drill: bool = False
    alone: bool = False

    @property
    def waiting(self) -> bool:
        return not (self.taken_by or self.released)

    @property
    def woken(self) -> tuple[str, ...]:
        """Who was woken since the paging began, step by step."""
        return self.paged[len(self.paged) - self.step :]


@dataclass(frozen=True, slots=True)
class Ticket:
    """The case as it stands. `agreement` is a named variant of the plan; `triaged` is false while the highest priority
    only holds until an agent has looked; `product` and `site` are what it is about; it is for the agents of a `level`,
    0 for those of any. `links` are references that it goes back to, or that go back to it. `merged_into` is the
    reference of the ticket that it goes on as, "" for one that is not merged.

    What it costs depends on `accepted_at` (None: `opened_at`), on whether it takes a place of the quota, on its first
    resolution, and on `nocharge`; `spam` costs nothing either. `estimate` is the one that awaits an answer, `estimates`
    how many were asked; `declined_at` is when one was declined, or nobody answered it in time. `asks_since` is since
    when work needs an approval first; None for a ticket that never did, or did from the beginning.
    `missing` is what its report lacks, which the customer is reminded of once, at `missing_at`, unless an agent has
    answered or asked for an approval by then. `alert_key` is what the alerts of a monitoring system on this ticket have
    in common, "" for a request of people; `recovered_at` is when it recovered last, None while the problem lasts.
    `solution` is what solved it, as an agent recorded it for other agents. `third_parties` are those who were asked for
    help (addresses); they take no part.
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
    product: str = ""
    accepted_at: datetime | None = None
    on_quota: bool = True
    first_resolved_at: datetime | None = None
    nocharge: bool = False
    estimate: Estimate | None = None
    estimates: int = 0
    declined_at: datetime | None = None
    asks_since: datetime | None = None
    missing: tuple[str, ...] = ()
    missing_at: datetime | None = None
    alert_key: str = ""
    recovered_at: datetime | None = None
    solution: str = ""
    third_parties: tuple[str, ...] = ()
    merged_into: str = ""
    level: int = 0
    site: str = ""
    spam: bool = False

    @property
    def served_at(self) -> datetime:
        """When it was accepted: with its receipt, or when a person accepted the held mail."""
        return self.accepted_at or self.opened_at

    @property
    def ask_at(self) -> datetime | None:
        """When the customer is to be asked again, or an estimate expires."""
        return self.estimate.next_at if self.estimate else self.missing_at

    @property
    def is_drill(self) -> bool:
        """Whether it is nobody's request, but practice of duty."""
        return self.emergency is not None and self.emergency.drill

    def takes_part(self, address: str) -> bool:
        return any(participant.address == address for participant in self.participants)

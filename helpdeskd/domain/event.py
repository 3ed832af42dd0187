"""What happened, past tense, append-only: one closed union that mail and clock both speak.

Events of a ticket change it through `evolve`; the last group is about mails that have no ticket. Every event says when
(`at`, aware UTC) and who (`by`: an address, an agent's name, or "desk"). What it costs is told in `cost_event`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from helpdeskd.domain.contact_event import ContactEvent
from helpdeskd.domain.cost_event import CostEvent
from helpdeskd.domain.duty import Shift
from helpdeskd.domain.happening import Happening
from helpdeskd.domain.held_event import HeldEvent
from helpdeskd.domain.join_event import JoinEvent
from helpdeskd.domain.month import Month
from helpdeskd.domain.party_event import PartyEvent
from helpdeskd.domain.solution_event import SolutionRecorded
from helpdeskd.domain.sort_event import SortEvent
from helpdeskd.domain.target import TargetKind
from helpdeskd.domain.ticket import Reason, Status, Ticket


@dataclass(frozen=True, slots=True)
class TicketOpened(Happening):
    """A request became a ticket; `ticket` is how it began, `promised` the priority that the customer is told.

    `informed` are contacts (addresses) who take part because the contract says so, and have not seen the mail.
    """

    ticket: Ticket
    text: str
    promised: str
    missing: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerWrote(Happening):
    """A contact added to the ticket; `accepted`: it was held, and let in as theirs. `joined` take part from now on."""

    text: str
    joined: tuple[str, ...] = ()
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class ReportReminded(Happening):
    """The customer is reminded of what the report lacks."""


@dataclass(frozen=True, slots=True)
class AgentReplied(Happening):
    """A public answer to the customer."""

    text: str


@dataclass(frozen=True, slots=True)
class NoteAdded(Happening):
    """Internal: never shown to a customer."""

    text: str


@dataclass(frozen=True, slots=True)
class MailRecorded(Happening):
    """Automatic, bulk or other mail that belongs to the ticket and changes nothing."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class OwnerChanged(Happening):
    owner: str
    team: str


@dataclass(frozen=True, slots=True)
class PriorityChanged(Happening):
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class KindChanged(Happening):
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class StatusChanged(Happening):
    """`until` is when a pending or resolved ticket is looked at again; `text` the reason given."""

    old: Status
    new: Status
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class DutyPaged(Happening):
    """Step `step` (from 1) of the roster was woken; the next one is due at `next_at` if nobody acknowledges.

    `next_at` is None for the managers who are woken when every step was silent. `first` begins the paging, at step 1.
    """

    person: str
    step: int
    next_at: datetime | None
    first: bool


@dataclass(frozen=True, slots=True)
class DutyTaken(Happening):
    person: str


@dataclass(frozen=True, slots=True)
class DutyReleased(Happening):
    """Not top priority after all."""

    opens_at: datetime


@dataclass(frozen=True, slots=True)
class DutySwapped(Happening):
    """An agent (`by`) gives what they have of a day of duty to another, who is on duty in these shifts."""

    day: date
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class TargetPassed(Happening):
    """Shares of a target's time were used; 1 among them is the breach. `due` is when all of it is used."""

    kind: TargetKind
    shares: tuple[Fraction, ...]
    due: datetime
    promised: bool


@dataclass(frozen=True, slots=True)
class DeliveryFailed(Happening):
    """A mail of ours did not arrive at `recipient`; `detail` is what the other side said.

    `outbox_id` is the mail's number in the outbox, where it is marked.
    """

    recipient: str
    detail: str
    bad_address: bool
    outbox_id: int = 0


@dataclass(frozen=True, slots=True)
class CommandsDone(Happening):
    """What an agent's commands did, line by line, and the answers that they asked for.

    `asked` holds the questions: `help`, `why`, `duty`, `mine`, `due`, `customer NAME`, or the reference of a ticket.
    `asker` is the agent's address.
    """

    lines: tuple[str, ...]
    asked: tuple[str, ...] = ()
    asker: str = ""


@dataclass(frozen=True, slots=True)
class CommandsFailed(Happening):
    """Nothing was done: the whole text goes back with what was wrong, line by line."""

    errors: tuple[str, ...]
    text: str
    asker: str = ""


@dataclass(frozen=True, slots=True)
class MailHeld(Happening):
    """`tell` is true for a proved contact, who is told why. `customer` may have it handled: its sender, no contact, is
    proved to write from its domain.
    """

    subject: str
    reasons: tuple[Reason, ...]
    urgent: bool = False
    tell: bool = False
    customer: str = ""


@dataclass(frozen=True, slots=True)
class MailAdopted(Happening):
    """A contact (`by`, their address) has a held mail handled for its sender, who is none."""

    inbox_id: int


@dataclass(frozen=True, slots=True)
class AdoptionDeclined(Happening):
    """A contact (`by`, their address) does not want a held mail handled."""

    inbox_id: int


@dataclass(frozen=True, slots=True)
class QuestionAsked(Happening):
    """A contact (`by`, their address) asked with one of the words that customers have, such as `balance`."""

    question: str


@dataclass(frozen=True, slots=True)
class StatementIssued(Happening):
    """A customer's statement of a month was fixed for good."""

    customer: str
    month: Month


@dataclass(frozen=True, slots=True)
class MailRefused(Happening):
    """`tell` is true for a proved contact, who is told why."""

    subject: str
    reasons: tuple[Reason, ...]
    tell: bool = False


@dataclass(frozen=True, slots=True)
class TokenMisused(Happening):
    """A reply address was used by another than its holder, who is told; nothing else came of it."""

    holder: str


@dataclass(frozen=True, slots=True)
class AlertRaised(Happening):
    """The problem of an alert is back after it had recovered, or was resolved.

    `next_at` is when paging that the recovery has stopped goes on; None where nothing was stopped.
    """

    text: str
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertRecovered(Happening):
    """The monitoring system reports that the problem is over. `resolved`: nobody has taken it, so nobody has to."""

    text: str
    resolved: bool = False


TicketEvent = (
    TicketOpened
    | CustomerWrote
    | ReportReminded
    | AgentReplied
    | NoteAdded
    | MailRecorded
    | OwnerChanged
    | PriorityChanged
    | KindChanged
    | StatusChanged
    | DutyPaged
    | DutyTaken
    | DutyReleased
    | DutySwapped
    | TargetPassed
    | DeliveryFailed
    | CostEvent
    | JoinEvent
    | PartyEvent
    | SolutionRecorded
    | SortEvent
    | CommandsDone
    | TokenMisused
    | AlertRaised
    | AlertRecovered
)
MailEvent = (
    CommandsFailed
    | MailHeld
    | MailRefused
    | MailAdopted
    | AdoptionDeclined
    | QuestionAsked
    | StatementIssued
    | ContactEvent
    | HeldEvent
)
Event = TicketEvent | MailEvent

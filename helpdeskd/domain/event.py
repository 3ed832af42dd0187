"""What happened, past tense, append-only: one closed union that mail and clock both speak.

Events of a ticket change it through `evolve`; the last group is about mails that have no ticket. Every event says when
(`at`, aware UTC) and who (`by`: an address, an agent's name, or "desk").
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from helpdeskd.domain.target import TargetKind
from helpdeskd.domain.ticket import Reason, Status, Ticket


@dataclass(frozen=True, slots=True)
class Happening:
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class TicketOpened(Happening):
    """A request became a ticket; `ticket` is how it began, `promised` the priority that the customer is told."""

    ticket: Ticket
    text: str
    promised: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerWrote(Happening):
    """A contact added to the ticket. `joined` are addresses that take part from now on."""

    text: str
    joined: tuple[str, ...] = ()


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

    `asked` holds the questions: `help`, `why`, or the reference of a ticket to show. `asker` is the agent's address.
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
    subject: str
    reasons: tuple[Reason, ...]
    urgent: bool = False
    tell: bool = False


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


TicketEvent = (
    TicketOpened
    | CustomerWrote
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
    | TargetPassed
    | DeliveryFailed
    | CommandsDone
    | TokenMisused
)
MailEvent = CommandsFailed | MailHeld | MailRefused
Event = TicketEvent | MailEvent

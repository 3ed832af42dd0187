"""One mail on its way through triage: everything that is known of it, gathered once, and the outcome that it gets.

A Case is built step by step by the spine (`triage.triage`) and then only read. An Outcome is the decision as a value:
the fate of the mail, why, the events that follow, and every step with its reason, which `explain` and the ticket's
record show.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from helpdeskd.domain.address import Mailbox
from helpdeskd.domain.desk import Desk, Queue
from helpdeskd.domain.directory import Agent, Contact, Customer, Directory
from helpdeskd.domain.event import Event, TicketEvent
from helpdeskd.domain.message import Envelope, Message, Nature
from helpdeskd.domain.ticket import Reason, Ticket
from helpdeskd.domain.token import Keyring


class Strength(StrEnum):
    """How well the sender is proved (spec "Who: strength")."""

    NONE = "none"
    ALIGNED = "aligned"
    TOKEN = "token"  # noqa: S105 - a name, no secret


@dataclass(frozen=True, slots=True)
class Proof:
    """Who the mail is from as far as it is proved. `address` is normalised, "" when the From field identifies nobody.

    `internal` says that it came from a trusted network or by SMTP AUTH, where a token is not needed for commands.
    """

    address: str
    strength: Strength
    reason: Reason
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the decision, for people: what was asked, what came out, and why."""

    name: str
    result: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Misuse:
    """A reply address in other hands: the ticket that it is for, and the address of its holder."""

    ticket: Ticket
    holder: str


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a mail seems to belong. `ticket` is None for a new matter; `how` names the candidate that was taken.

    `proved` says that the sender holds a token for the ticket, `purpose` which one, and `about` for which of its
    estimates, or of which held mail a notice of the desk told. `noted` is the reference of another ticket that the mail
    names but may not join.
    """

    ticket: Ticket | None = None
    how: str = ""
    proved: bool = False
    purpose: str = ""
    about: int = 0
    noted: str = ""
    misuse: Misuse | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """`new` is what is new in the text, `own` what of it may be read as a command. `detail` stood after the plus of our
    address. `accepted`: a person of the desk has accepted the mail after it was held. `let_in` says what would become
    of another one that is held; None where nobody decides on it.
    """

    message: Message
    envelope: Envelope
    desk: Desk
    directory: Directory
    keyring: Keyring
    now: datetime
    queue: Queue
    detail: str
    nature: Nature
    nature_reason: str
    proof: Proof
    contact: Contact | None
    customer: Customer | None
    agent: Agent | None
    thread: Thread
    new: str
    own: str
    accepted: bool = False
    let_in: "LetIn | None" = None

    @property
    def by(self) -> str:
        """What events carry for who wrote this: a proved agent's name, else the address."""
        if self.agent and self.proof.strength is not Strength.NONE:
            return self.agent.name
        return self.proof.address or (self.author.address if self.author else "")

    @property
    def author(self) -> Mailbox | None:
        return self.message.from_

    @property
    def proved(self) -> bool:
        """Whether the sender may act as who they say they are."""
        return self.proof.strength is not Strength.NONE or self.desk.trust.strength_to_open == "none"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a mail does to another ticket than its own: how it stood before (a new one: how it begins), and what
    happens.
    """

    ticket: Ticket
    events: tuple[TicketEvent, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a mail. `ticket` is how it stood before the events (a new one: how it begins); `elsewhere`, what
    happens to other tickets before that.
    """

    fate: str
    reason: str
    ticket: Ticket | None = None
    events: tuple[Event, ...] = ()
    steps: tuple[Step, ...] = ()
    proof: Proof | None = None
    elsewhere: tuple[Elsewhere, ...] = ()


LetIn = Callable[[int, str], Outcome]
"""What becomes of a held mail (its number) that is accepted for a contact (their normalised address)."""

Handler = Callable[[Case], Outcome | None]
"""One way to deal with a mail: an Outcome, or None to let the next handler answer."""

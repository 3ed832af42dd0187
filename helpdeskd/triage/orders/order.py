"""A command line at its turn, and what became of it: the words that all commands share.

A command is a plain function from an Order to what is Done. It reads the order and changes nothing; it refuses by
raising Wrong, whose text is for the agent, and which `triage.commands.run` turns into an error of that line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent, Contact, Directory
from helpdeskd.domain.event import Event
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.ticket import Ticket
from helpdeskd.triage.case import Elsewhere, LetIn, Outcome


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked `on` which ticket, as earlier lines left it, by whom, `now` (aware UTC); None: of the desk itself.

    `done` is what the mail did before this line; it arrived at `received_at`, `mail` is its key, `text` what it says
    beside its commands, `subject` its own without our tag; `attached`: files came with it. `split_off` makes a
    contact's request of a subject and a text; None where there is no mail. `about` is the number of the only held mail
    that the answered notice told of; `let_in` is the case's.
    """

    on: Ticket | None
    argument: str
    agent: Agent
    desk: Desk
    directory: Directory
    now: datetime
    received_at: datetime
    mail: str = ""
    done: tuple[Event, ...] = ()
    text: str = ""
    subject: str = ""
    attached: bool = False
    split_off: Callable[[Contact, str, str], Outcome] | None = None
    about: int = 0
    let_in: LetIn | None = None

    @property
    def ticket(self) -> Ticket:
        """Raises Wrong where the mail is about none."""
        if self.on is None:
            raise Wrong("about which ticket? (answer one of its notices)")
        return self.on

    @property
    def plan(self) -> Plan:
        """The ticket's."""
        return self.desk.plan_named(self.ticket.plan)

    @property
    def by(self) -> str:
        return self.agent.name

    @property
    def calendar(self) -> Calendar:
        """The agent's working time."""
        return self.desk.calendars.get(self.agent.calendar, self.desk.calendar)


@dataclass(frozen=True, slots=True)
class Done:
    """What a line did: events, words for the transcript, a question to be answered by mail, and what happens to other
    tickets.
    """

    events: tuple[Event, ...] = ()
    told: str = ""
    asked: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()


class Wrong(ValueError):
    """Why a line cannot be done; the text is for the agent."""

"""A command line at its turn, and what became of it: the words that all commands share.

A command is a plain function from an Order to what is Done. It reads the order and changes nothing; it refuses by
raising Wrong, whose text is for the agent, and which `triage.commands.run` turns into an error of that line.
"""

from dataclasses import dataclass
from datetime import datetime

from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent, Directory
from helpdeskd.domain.event import TicketEvent
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of which ticket, as earlier lines left it, by whom, `now` (aware UTC).

    `done` is what earlier lines of the same mail did; the mail arrived at `received_at`, and `mail` is its key.
    """

    ticket: Ticket
    argument: str
    agent: Agent
    desk: Desk
    plan: Plan
    directory: Directory
    now: datetime
    received_at: datetime
    mail: str = ""
    done: tuple[TicketEvent, ...] = ()

    @property
    def by(self) -> str:
        return self.agent.name

    @property
    def calendar(self) -> Calendar:
        """The agent's working time."""
        return self.desk.calendars.get(self.agent.calendar, self.desk.calendar)


@dataclass(frozen=True, slots=True)
class Done:
    """What a line did: events, words for the transcript, and a question to be answered by mail."""

    events: tuple[TicketEvent, ...] = ()
    told: str = ""
    asked: str = ""


class Wrong(ValueError):
    """Why a line cannot be done; the text is for the agent."""

"""What an agent can do by mail: one table of commands, each a row with its usage and a plain function.

`run` carries out the commands of a mail on a ticket, all or nothing: either every line gave its events, or the errors
say, line by line, what is wrong and which command comes nearest. Later lines see what earlier ones did. To add a
command, write its function in the module of its noun and its row here. A row whose usage is one word takes nothing
behind it, so that no word of an agent is lost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from typing import get_args

from helpdeskd.domain.cost_event import EstimateAsked
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.event import AgentReplied, Event, NoteAdded, TicketEvent
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.sort_event import SpamFound
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.triage.case import Elsewhere
from helpdeskd.triage.grammar import Line
from helpdeskd.triage.orders import (
    asking,
    booking,
    call,
    customer,
    duty,
    holding,
    join,
    link,
    owner,
    parties,
    place,
    question,
    snooze,
    solution,
    sort,
    status,
)
from helpdeskd.triage.orders.order import Done, Order, Wrong

LONGEST_SHOWN = 200
NOBODY_ASKED = "/estimate: another line sets a status, so nobody would be asked (leave that line out)"
NOT_ALONE = "/spam: nothing else happens to what is spam (leave out all commands but /note and questions)"


@dataclass(frozen=True, slots=True)
class Command:
    """A row: `when` says for which statuses it makes sense (empty: for all), `alone` that it needs no ticket, and
    `takes_text` that the text of the mail is for what the command does, and no answer to the customer.
    """

    name: str
    usage: str
    does: str
    run: Callable[[Order], Done]
    when: frozenset[Status] = frozenset()
    alone: bool = False
    takes_text: bool = False

    @property
    def line(self) -> str:
        """What `/help` says of it."""
        return f"{self.usage}: {self.does}"

    def is_for(self, agent: Agent, desk: Desk) -> bool:
        """Whether the agent may give it."""
        return agent.manager or self.name not in desk.managers_only


@dataclass(frozen=True, slots=True)
class Result:
    """All that the commands of a mail did, or everything that is wrong with them."""

    ticket: Ticket | None
    events: tuple[Event, ...] = ()
    lines: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


def run(lines: tuple[Line, ...], order: Order) -> Result:
    """Carry out command lines in their order; errors mean that nothing of it counts."""
    result = Result(order.on, order.done)
    for line in lines:
        try:
            now = replace(order, on=result.ticket, argument=line.argument, done=result.events)
            result = _with(result, line, _run_line(line, now))
        except Wrong as wrong:
            result = replace(result, errors=(*result.errors, error(line, str(wrong))))
    return replace(result, errors=(*result.errors, *_at_odds(result)))


def _at_odds(result: Result) -> Iterator[str]:
    """What is wrong with the lines of a mail together."""
    asked = any(isinstance(event, EstimateAsked) for event in result.events)
    if asked and result.ticket and result.ticket.estimate is None:
        yield NOBODY_ASKED
    others = [event for event in result.events if not isinstance(event, SpamFound | NoteAdded | AgentReplied)]
    # One change of status is its own.
    if len(others) > 1 and any(isinstance(event, SpamFound) for event in result.events):
        yield NOT_ALONE


def error(line: Line, wrong: str) -> str:
    """What is wrong with a line, for its agent."""
    return f"{line.written[:LONGEST_SHOWN]}: {wrong}"


def nearest(word: str) -> str:
    """`, did you mean /wait?` for a word that is near a command."""
    close = get_close_matches(word, BY_NAME, n=1, cutoff=0.5)
    return f", did you mean /{close[0]}?" if close else " (/help lists all)"


def that_take_the_text(lines: tuple[Line, ...]) -> list[str]:
    """The commands among these that the text of the mail is for, each once."""
    commands = (BY_NAME.get(line.word) for line in lines)
    return list(dict.fromkeys(command.name for command in commands if command and command.takes_text))


def sensible(ticket: Ticket | None) -> tuple[Command, ...]:
    """The few that stand under a notice of a ticket as it is, or of none."""
    # Those about held mail stand with it, in its digest.
    return tuple(command for command in possible(ticket) if command.name in OFTEN)


def possible(ticket: Ticket | None) -> tuple[Command, ...]:
    """The commands that make sense for a ticket as it is, or where there is none."""
    if ticket is None:
        return tuple(command for command in COMMANDS if command.alone or command.name in ON_A_NEW_MAIL)
    woken = ticket.emergency is not None and not ticket.emergency.released and not ticket.status.ended
    return _fitting(ticket.status, woken)


@cache
def _fitting(status: Status, woken: bool) -> tuple[Command, ...]:
    senseless = {"for"} if woken else {"for", "ack", "downgrade"}
    return tuple(command for command in COMMANDS if command.name not in senseless and _fits(command, status))


def _fits(command: Command, status: Status) -> bool:
    """Whether a command makes sense for a ticket of that status; one that was merged is only asked about."""
    if status is Status.MERGED:
        return command.alone or command.name in ASKS
    return not command.when or status in command.when


def _run_line(line: Line, order: Order) -> Done:
    command = BY_NAME.get(line.word)
    if command is None:
        raise Wrong(f"there is no such command{nearest(line.word)}")
    if not command.is_for(order.agent, order.desk):
        raise Wrong("only a manager may do that here")
    if order.on and order.on.merged_into and not _fits(command, order.on.status):
        raise Wrong(f"the ticket is merged, and goes on as {order.on.merged_into} (send this line there afterwards)")
    if not command.alone and command.when and order.ticket.status not in command.when:
        raise Wrong(f"the ticket is {order.ticket.status}")
    if line.argument and " " not in command.usage:
        raise Wrong(f"{command.usage} stands alone on its line; it {command.does}")
    return command.run(order)


def _with(result: Result, line: Line, done: Done) -> Result:
    ticket = result.ticket
    for event in done.events:
        if ticket is not None and isinstance(event, get_args(TicketEvent)):
            ticket = evolve(ticket, event)
    return replace(
        result,
        ticket=ticket,
        events=(*result.events, *done.events),
        lines=(*result.lines, error(line, done.told)) if done.told else result.lines,
        asked=(*result.asked, done.asked) if done.asked else result.asked,
        elsewhere=(*result.elsewhere, *done.elsewhere),
    )


UNFINISHED = frozenset({Status.NEW, Status.OPEN, Status.WAITING, Status.PENDING, Status.APPROVAL})
FINISHED = frozenset({Status.RESOLVED, Status.CLOSED, Status.REJECTED})
CLOSABLE = UNFINISHED | {Status.RESOLVED}
BOOKABLE = UNFINISHED | {Status.RESOLVED, Status.CLOSED}

OFTEN = frozenset({
    "note", "take", "assign", "priority", "wait", "pending", "resolve", "reopen", "close", "time", "estimate", "ack",
    "downgrade", "why", "mine", "due", "help",
})  # fmt: skip
"""What most days need; `/help` lists all."""
ON_A_NEW_MAIL = frozenset({"for", "call"})

ASKS = frozenset({"note", "why"})
"""What may stand below `/merge`, beside what needs no ticket: a note is written before all commands."""

COMMANDS: tuple[Command, ...] = (
    Command("note", "/note [text]", "keeps what the mail says inside the desk", question.note),
    Command("take", "/take", "makes you the owner", owner.take),
    Command("assign", "/assign NAME|TEAM", "makes somebody else or a team the owner", owner.assign),
    Command(
        "priority", "/priority NAME", "changes the priority; deadlines are computed anew", sort.priority, UNFINISHED
    ),
    Command("kind", "/kind NAME", "says what sort of request it is", sort.kind),
    Command("product", "/product NAME", "says what it is about, which the contract may not cover", sort.product),
    Command("site", "/site NAME", "says for which site of the customer it is", sort.site),
    Command("level", "/level N", "gives it to the agents of that level", place.level, UNFINISHED),
    Command("queue", "/queue NAME", "gives it to another queue and its team", place.queue, UNFINISHED),
    Command("customer", "/customer NAME [ADDRESS]", "gives it to another customer", customer.customer, BOOKABLE),
    Command("link", "/link REF", "makes this ticket and another one refer to each other", link.link),
    Command(
        "snooze", "/snooze DATE|2wd|3h [text]", "reminds you then; the ticket stays as it is", snooze.snooze, CLOSABLE
    ),
    Command("wait", "/wait", "waits for the customer; the resolution clock stands", status.wait, UNFINISHED),
    Command("pending", "/pending DATE|2wd|3h [reason]", "waits until then", status.pending, UNFINISHED),
    Command(
        "resolve", "/resolve", "says that it is solved; the customer's answer reopens it", status.resolve, UNFINISHED
    ),
    Command("solution", "/solution TEXT", "records what solved it, for agents only", solution.solution),
    Command("reopen", "/reopen", "says that it is not solved after all", status.reopen, FINISHED),
    Command("close", "/close", "ends the ticket; a later answer opens a new one", status.close, CLOSABLE),
    Command("reject", "/reject REASON", "ends it without service; the customer is told why", status.reject, UNFINISHED),
    Command("spam", "/spam", "ends it; whoever sent it is not told", status.spam, BOOKABLE),
    Command("time", booking.USAGE, "books time that was worked; /time -10m takes it back", booking.book, BOOKABLE),
    Command("nocharge", "/nocharge [reason]", "charges nothing for this ticket", booking.no_charge, BOOKABLE),
    Command(
        "estimate", "/estimate 3h|€240 [text]", "asks the customer to agree to it first", asking.estimate, UNFINISHED
    ),
    Command(
        "outside",
        "/outside TOPIC [text]",
        "tells the customer that it is outside the contract",
        asking.outside,
        UNFINISHED,
    ),
    Command("merge", "/merge REF", "goes on as another ticket of the same customer", join.merge, CLOSABLE),
    Command(
        "split",
        "/split [subject]",
        "makes the text of the mail a ticket of its own",
        join.split,
        CLOSABLE,
        takes_text=True,
    ),
    Command("cc", "/cc ADDRESS", "lets a contact of the customer take part from now on", parties.cc, CLOSABLE),
    Command("uncc", "/uncc ADDRESS", "lets them take part no longer", parties.uncc, CLOSABLE),
    Command(
        "forward",
        "/forward ADDRESS",
        "asks a third party with the text of the mail; the answer comes back as a note",
        parties.forward,
        takes_text=True,
    ),
    Command(
        "call",
        call.USAGE,
        "books a phone call; on top of a mail to the desk, makes it a ticket",
        call.call,
        BOOKABLE,
        takes_text=True,
    ),
    Command("for", "/for ADDRESS", "on top of a mail to the desk: opens a ticket for that contact", question.for_),
    Command(
        "accept",
        "/accept [NUMBER] [as CONTACT]",
        "serves a held mail, for its sender or for that contact",
        holding.accept,
        alone=True,
    ),
    Command(
        "refuse",
        "/refuse [NUMBER] REASON",
        "ends a held mail; only a contact who was proved is told why",
        holding.refuse,
        alone=True,
    ),
    Command(
        "block",
        "/block [NUMBER]",
        "refuses a held mail, and all that its sender writes later, without a word",
        holding.block,
        alone=True,
    ),
    Command("ack", "/ack", "takes an emergency", duty.ack, BOOKABLE),
    Command("downgrade", "/downgrade", "says that it is no emergency after all", duty.downgrade, BOOKABLE),
    Command(
        "duty",
        "/duty [swap NAME DATE]",
        "tells who is on duty, or gives your shift of a day away",
        duty.duty,
        alone=True,
    ),
    Command("why", "/why", "tells how entitlement and deadlines came about", question.why),
    Command("show", "/show [REF]", "sends you the ticket, or another one", question.show, alone=True),
    Command("mine", "/mine", "sends you your open tickets with what is due when", question.mine, alone=True),
    Command("due", "/due", "sends you what is due next, or late, of your teams", question.due, alone=True),
    Command("customer?", "/customer? [NAME]", "sends you what is known of a customer", question.customer, alone=True),
    Command("help", "/help", "sends you this list", question.help_, alone=True),
)
BY_NAME = {command.name: command for command in COMMANDS}

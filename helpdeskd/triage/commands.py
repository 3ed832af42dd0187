"""What an agent can do by mail: one table of commands, each a row with its usage and a plain function.

`run` carries out the commands of a mail on a ticket, all or nothing: either every line gave its events, or the errors
say, line by line, what is wrong and which command comes nearest. Later lines see what earlier ones did. To add a
command, write its function and its row.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from difflib import get_close_matches

from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent, Directory
from helpdeskd.domain.event import (
    DutyReleased,
    DutyTaken,
    KindChanged,
    OwnerChanged,
    PriorityChanged,
    StatusChanged,
    TicketEvent,
)
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.target import deadline
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.triage.grammar import Line


@dataclass(frozen=True, slots=True)
class Order:
    """One command line at its turn: what is asked of which ticket, by whom."""

    ticket: Ticket
    argument: str
    agent: Agent
    desk: Desk
    plan: Plan
    directory: Directory
    now: datetime

    @property
    def calendar(self) -> Calendar:
        return self.desk.calendars.get(self.agent.calendar, self.desk.calendar)


@dataclass(frozen=True, slots=True)
class Done:
    """What a line did: events, words for the transcript, and a question to be answered by mail."""

    events: tuple[TicketEvent, ...] = ()
    told: str = ""
    asked: str = ""


class Wrong(ValueError):
    """Why a line cannot be done; the text is for the agent. Never leaves this module."""


@dataclass(frozen=True, slots=True)
class Command:
    """A row: `when` says for which statuses it makes sense (empty: for all)."""

    name: str
    usage: str
    does: str
    run: Callable[[Order], Done]
    when: frozenset[Status] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """All that the commands of a mail did, or everything that is wrong with them."""

    ticket: Ticket
    events: tuple[TicketEvent, ...]
    lines: tuple[str, ...]
    asked: tuple[str, ...]
    errors: tuple[str, ...]


def run(lines: tuple[Line, ...], order: Order) -> Result:
    """Carry out command lines in their order; errors mean that nothing of it counts."""
    ticket, events, told, asked, errors = order.ticket, [], [], [], []  # type: ignore[var-annotated]
    for line in lines:
        try:
            done = _run_line(line, order, ticket)
        except Wrong as wrong:
            errors.append(f"{line.written}: {wrong}")
            continue
        for event in done.events:
            ticket = evolve(ticket, event)
        events += done.events
        told += [f"{line.written}: {done.told}"] if done.told else []
        asked += [done.asked] if done.asked else []
    return Result(ticket, tuple(events), tuple(told), tuple(asked), tuple(errors))


def _run_line(line: Line, order: Order, ticket: Ticket) -> Done:
    command = BY_NAME.get(line.word)
    if command is None:
        raise Wrong(f"there is no such command{nearest(line.word)}")
    if command.when and ticket.status not in command.when:
        raise Wrong(f"the ticket is {ticket.status}")
    return command.run(Order(ticket, line.argument, order.agent, order.desk, order.plan, order.directory, order.now))


def nearest(word: str) -> str:
    """`, did you mean /wait?` for a word that is near a command."""
    close = get_close_matches(word, BY_NAME, n=1, cutoff=0.5)
    return f", did you mean /{close[0]}?" if close else " (/help lists all)"


def note(order: Order) -> Done:
    return Done(told="the text stays inside")


def take(order: Order) -> Done:
    return _own(order, order.agent.name, f"owner is {order.agent.title}")


def assign(order: Order) -> Done:
    if not order.argument:
        raise Wrong("to whom? (/assign NAME or /assign TEAM)")
    agents = order.directory.agents()
    people = [
        a for a in agents if order.argument.lower() in {a.name.lower(), a.title.lower(), a.title.lower().split()[0]}
    ]
    teams = {team for a in agents for team in a.teams if team.lower() == order.argument.lower()}
    if len(people) + len(teams) != 1:
        known = ", ".join(sorted({a.name for a in agents} | {team for a in agents for team in a.teams}))
        raise Wrong(f"{order.argument} names {'more than one' if people or teams else 'nobody'} (known: {known})")
    if people:
        return _own(order, people[0].name, f"owner is {people[0].title}")
    team = teams.pop()
    return Done((OwnerChanged(order.now, order.agent.name, "", team),), f"team is {team}, without an owner")


def _own(order: Order, owner: str, told: str) -> Done:
    events: tuple[TicketEvent, ...] = (OwnerChanged(order.now, order.agent.name, owner, order.ticket.team),)
    if order.ticket.status is Status.NEW:
        events += (StatusChanged(order.now, order.agent.name, Status.NEW, Status.OPEN),)
    return Done(events, told)


def priority(order: Order) -> Done:
    names = [p.name for p in order.plan.priorities]
    wanted = _one_of(order.argument, names, "priority")
    return Done((PriorityChanged(order.now, order.agent.name, order.ticket.priority, wanted),), f"priority is {wanted}")


def kind(order: Order) -> Done:
    wanted = _one_of(order.argument, list(order.plan.kinds), "kind")
    return Done((KindChanged(order.now, order.agent.name, order.ticket.kind, wanted),), f"kind is {wanted}")


def _one_of(word: str, names: list[str], what: str) -> str:
    found = [name for name in names if name.lower() == word.lower()]
    if not found:
        raise Wrong(f"there is no {what} {word!r} (one of {', '.join(names)})")
    return found[0]


def wait(order: Order) -> Done:
    return _to(order, Status.WAITING, "waits for the customer")


def pending(order: Order) -> Done:
    until, text = _until(order)
    shown = until.astimezone(order.calendar.zone).strftime("%Y-%m-%d %H:%M")
    return _to(order, Status.PENDING, f"pending until {shown}", until, text)


def resolve(order: Order) -> Done:
    until = deadline(order.now, order.desk.quiet, order.desk.calendar) if order.desk.quiet else None
    return _to(order, Status.RESOLVED, "resolved", until)


def reopen(order: Order) -> Done:
    return _to(order, Status.OPEN, "open again")


def close(order: Order) -> Done:
    return _to(order, Status.CLOSED, "closed")


def reject(order: Order) -> Done:
    if not order.argument:
        raise Wrong("why? the customer is told (/reject REASON)")
    return _to(order, Status.REJECTED, "rejected; the customer is told why", text=order.argument)


def _to(order: Order, new: Status, told: str, until: datetime | None = None, text: str = "") -> Done:
    return Done((StatusChanged(order.now, order.agent.name, order.ticket.status, new, until, text),), told)


def _until(order: Order) -> tuple[datetime, str]:
    """`DATE|2wd|3h [reason]`: the instant, and the reason."""
    word, _, text = order.argument.partition(" ")
    day = _day(word)
    if day is not None:
        until = order.calendar.next_opening(datetime.combine(day, time(), order.calendar.zone).astimezone(UTC))
    else:
        until = _after(order, word)
    if until is None or until <= order.now:
        raise Wrong("that is not in the future")
    return until, text.strip()


def _after(order: Order, word: str) -> datetime | None:
    try:
        return deadline(order.now, parse_amount(word), order.calendar)
    except ValueError:
        raise Wrong(
            f"until when? {word!r} is neither a date nor an amount (/pending 2026-11-30, /pending 2wd, /pending 3h)"
        ) from None


def _day(word: str) -> date | None:
    """2026-11-30 or 30-11-2026; None for anything else."""
    match = re.fullmatch(r"(\d{1,2})-(\d{1,2})-(\d{4})", word)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(word)
    except ValueError:
        return None


def why(order: Order) -> Done:
    return Done(asked="why")


def show(order: Order) -> Done:
    reference = (order.argument or order.ticket.reference).strip("[]").upper()
    if order.directory.ticket(reference) is None:
        raise Wrong(f"there is no ticket {reference}")
    return Done(asked=reference)


def help_(order: Order) -> Done:
    return Done(asked="help")


def ack(order: Order) -> Done:
    emergency = order.ticket.emergency
    if emergency is None:
        raise Wrong("nobody was paged for this ticket")
    if not emergency.waiting:
        raise Wrong(f"it was taken by {emergency.taken_by or 'nobody; it was released'}")
    own = _own(order, order.agent.name, "")
    return Done((DutyTaken(order.now, order.agent.name, order.agent.name), *own.events), "yours; the customer is told")


def downgrade(order: Order) -> Done:
    emergency = order.ticket.emergency
    if emergency is None or emergency.released:
        raise Wrong("this ticket is no emergency")
    opens = order.plan.calendar.next_opening(order.now)
    if opens is None:
        raise Wrong("the desk never opens")
    changed = PriorityChanged(order.now, order.agent.name, order.ticket.priority, order.plan.standard)
    told = f"priority is {order.plan.standard}; the customer is told when the desk opens"
    return Done((DutyReleased(order.now, order.agent.name, opens), changed), told)


UNFINISHED = frozenset({Status.NEW, Status.OPEN, Status.WAITING, Status.PENDING, Status.APPROVAL})
FINISHED = frozenset({Status.RESOLVED, Status.CLOSED, Status.REJECTED})

COMMANDS: tuple[Command, ...] = (
    Command("note", "/note", "what the mail says stays inside the desk", note),
    Command("take", "/take", "you own the ticket", take),
    Command("assign", "/assign NAME|TEAM", "somebody else or a team owns it", assign),
    Command("priority", "/priority NAME", "changes the priority; deadlines are computed anew", priority, UNFINISHED),
    Command("kind", "/kind NAME", "what sort of request it is", kind),
    Command("wait", "/wait", "waits for the customer; the resolution clock stands", wait, UNFINISHED),
    Command("pending", "/pending DATE|2wd|3h [reason]", "waits until then or for a third party", pending, UNFINISHED),
    Command("resolve", "/resolve", "it is solved; the customer's answer opens it again", resolve, UNFINISHED),
    Command("reopen", "/reopen", "it is not solved after all", reopen, FINISHED),
    Command("close", "/close", "ends it; a later answer opens a new ticket", close, UNFINISHED | {Status.RESOLVED}),
    Command("reject", "/reject REASON", "ends it without service; the customer is told why", reject, UNFINISHED),
    Command("ack", "/ack", "you take an emergency", ack),
    Command("downgrade", "/downgrade", "not an emergency after all", downgrade),
    Command("why", "/why", "how entitlement and deadlines came about", why),
    Command("show", "/show [REF]", "the ticket, or another one, by mail to you", show),
    Command("help", "/help", "this list", help_),
)
BY_NAME = {command.name: command for command in COMMANDS}


def sensible(ticket: Ticket) -> tuple[Command, ...]:
    """The commands that make sense for a ticket as it is."""
    duty = {"ack", "downgrade"} if ticket.emergency is None or ticket.emergency.released else set()
    return tuple(c for c in COMMANDS if (not c.when or ticket.status in c.when) and c.name not in duty)

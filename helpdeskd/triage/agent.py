"""Mail of agents: commands, notes and answers on a ticket, acknowledged pages; nothing of it without proof.

An agent needs a token: the reply address (or our Message-ID) of a notice that was sent to them. Inside the trusted
network, aligned is enough. A mail in which any line is wrong as a command does nothing at all and goes back whole.
"""

from helpdeskd.domain.event import (
    AgentReplied,
    CommandsDone,
    CommandsFailed,
    DutyTaken,
    Event,
    MailHeld,
    NoteAdded,
    OwnerChanged,
    PriorityChanged,
    StatusChanged,
    TicketEvent,
)
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.domain.token import DUTY
from helpdeskd.triage.case import Case, Outcome, Strength
from helpdeskd.triage.commands import Order, Result, nearest, run
from helpdeskd.triage.grammar import Parsed, parse

NOTE_ADDRESS = "note"


def unproved(case: Case) -> Outcome | None:
    """A From of an agent that nothing proves: held, never acted on, never shown to a customer."""
    if case.agent is None or _may_act(case):
        return None
    held = MailHeld(case.now, case.by, case.message.subject, (case.proof.reason,))
    return Outcome("held", "an agent's address without proof", events=(held,))


def _may_act(case: Case) -> bool:
    if case.proof.strength is Strength.NONE:
        return False
    return case.proof.internal or case.thread.proved


def acknowledgement(case: Case) -> Outcome | None:
    """Any reply to a page takes the emergency; its text is for the desk only."""
    ticket = case.thread.ticket
    if case.agent is None or ticket is None or case.thread.purpose != DUTY:
        return None
    parsed = parse(case.own)
    if parsed.commands:
        return None
    events: list[Event] = [NoteAdded(case.now, case.by, parsed.text)] if parsed.text else []
    if ticket.emergency is not None and ticket.emergency.waiting:
        events += _taken(case, ticket)
    return Outcome("commands", "acknowledged a page", ticket, tuple(events))


def _taken(case: Case, ticket: Ticket) -> list[Event]:
    return [DutyTaken(case.now, case.by, case.by), *_owned(case, ticket)]


def without_ticket(case: Case) -> Outcome | None:
    """An agent's mail that belongs to no ticket cannot be carried out."""
    if case.agent is None or case.thread.ticket is not None:
        return None
    errors = ("no ticket: answer one of its notices, or keep its [tag] in the subject",)
    return _failed(case, errors)


def on_ticket(case: Case) -> Outcome | None:
    """Commands, then a note or an answer to the customer; all or nothing."""
    ticket = case.thread.ticket
    if case.agent is None or ticket is None:
        return None
    if case.new and not case.own:
        return _failed(case, ("nothing in it is your own text: write above the quote",))
    parsed = parse(case.own)
    errors = _misplaced(case, parsed)
    plan = case.desk.plans.get(ticket.plan) or case.desk.plans[case.desk.plan]
    order = Order(ticket, "", case.agent, case.desk, plan, case.directory, case.now)
    result = run(parsed.commands, order)
    if errors or result.errors:
        return _failed(case, (*errors, *result.errors))
    return _carried_out(case, ticket, plan, parsed, result)


def _misplaced(case: Case, parsed: Parsed) -> tuple[str, ...]:
    """Lines that look like commands where none may stand."""
    where = "a command stands at the top or alone on the last lines (// for a line that begins with a slash)"
    middle = tuple(f"{line}: {where}{nearest(line[1:].split()[0].lower())}" for line in parsed.misplaced)
    if parsed.commands and not case.message.plain:
        return (*middle, "commands are read from plain text only; this mail has none")
    return middle


def _failed(case: Case, errors: tuple[str, ...]) -> Outcome:
    address = case.agent.address if case.agent else ""
    failed = CommandsFailed(case.now, case.by, errors, case.message.text, address)
    return Outcome("commands", "nothing was done: " + errors[0], case.thread.ticket, (failed,))


def _carried_out(case: Case, ticket: Ticket, plan: Plan, parsed: Parsed, result: Result) -> Outcome:
    """The text's event first, then what it does to owner and priority, then the commands in their order."""
    words = {line.word for line in parsed.commands}
    internal = "note" in words or case.detail.partition(".")[0] == NOTE_ADDRESS
    events: list[TicketEvent] = []
    if parsed.text:
        written = NoteAdded if internal else AgentReplied
        events.append(written(case.now, case.by, parsed.text))
    events += _first_action(case, ticket, plan, result.events, bool(parsed.text and not internal))
    events += result.events
    if parsed.commands:
        assert case.agent is not None
        events.append(CommandsDone(case.now, case.by, result.lines, result.asked, case.agent.address))
    fate = "added" if parsed.text and not parsed.commands else "commands"
    return Outcome(fate, case.thread.how, ticket, tuple(events))


def _first_action(
    case: Case, ticket: Ticket, plan: Plan, ordered: tuple[TicketEvent, ...], replied: bool
) -> list[TicketEvent]:
    """What an agent's first action means: the standard priority until somebody says otherwise, and an owner."""
    events: list[TicketEvent] = []
    changes = [event for event in ordered if not isinstance(event, CommandsDone)]
    acts = replied or bool(changes)
    if acts and not ticket.triaged and not any(isinstance(event, PriorityChanged) for event in changes):
        events.append(PriorityChanged(case.now, case.by, ticket.priority, plan.standard))
    if replied and case.desk.owner_on_reply and not any(isinstance(event, OwnerChanged) for event in changes):
        events += _owned(case, ticket)
    return events


def _owned(case: Case, ticket: Ticket) -> list[TicketEvent]:
    """An answered ticket without an owner becomes the answering agent's."""
    if ticket.owner or ticket.status.ended:
        return []
    own = OwnerChanged(case.now, case.by, case.by, ticket.team)
    if evolve(ticket, own).status is not Status.NEW:
        return [own]
    return [own, StatusChanged(case.now, case.by, Status.NEW, Status.OPEN)]

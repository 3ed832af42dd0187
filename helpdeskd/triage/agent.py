"""Mail of agents: commands, notes and answers on a ticket, acknowledged pages; nothing of it without proof.

An agent needs a token: the reply address (or our Message-ID) of a notice that was sent to them. Inside the trusted
network, aligned is enough. A mail in which any line is wrong as a command does nothing at all and goes back whole.

An answer goes to the customer whatever the ticket's status, which it does not change: a ticket that is over stays so
(`/reopen` opens it), and what the customer answers becomes a new, linked one. Any answer to a page takes the emergency
if nobody has and it is no spam, and what it says stays inside, as the transcript tells: at night nobody should have to
think of the customer's eyes. Who has taken it writes to the customer by the page as by any other notice.
"""

from dataclasses import replace
from functools import partial, reduce

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.event import (
    AgentReplied,
    CommandsDone,
    CommandsFailed,
    DutySwapped,
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
from helpdeskd.domain.held_event import HeldEvent
from helpdeskd.domain.merged import merged_into
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.ticket import Reason, Status, Ticket
from helpdeskd.domain.token import BOUNCE, DESK, DUTY
from helpdeskd.triage.behalf import split_off
from helpdeskd.triage.case import Case, Elsewhere, Outcome, Strength
from helpdeskd.triage.commands import Result, error, nearest, run, that_take_the_text
from helpdeskd.triage.forms import OTHER_FORM, other_commands
from helpdeskd.triage.grammar import MOST_COMMANDS, Parsed, parse
from helpdeskd.triage.once import DONE_BEFORE, NO_NAME, has_one_name
from helpdeskd.triage.orders.duty import DRILL_TAKEN, drilled, whose
from helpdeskd.triage.orders.order import Order
from helpdeskd.triage.orders.status import NOBODY, is_reached
from helpdeskd.triage.thread import topic

NOTE = "note"
"""The command, and what follows the plus in the address for what stays inside."""

BROKEN = "your mail program may have broken this line, and what stands below would go to the customer"


def without_token(case: Case) -> Outcome | None:
    """A proved agent without a reply address of their own, or with a colleague's: the mail goes back."""
    if case.agent is None or not _is_proved(case):
        return None
    misuse, ticket = case.thread.misuse, case.thread.ticket
    misused = misuse is not None and (ticket is None or ticket.id != misuse.ticket.id)
    if (case.proof.internal or case.thread.proved) and not misused:
        return None
    why = "this needs your own reply address: answer your own copy of a notice, or this mail"
    return _failed(case, case.agent, (why,))


def unproved(case: Case) -> Outcome | None:
    """An agent's From that proves too little: held, never acted on, never shown to a customer."""
    if case.agent is None or _is_proved(case):
        return None
    reasons = (Reason("unproved-sender", case.proof.address),)
    held = MailHeld(case.now, case.by, case.message.subject, reasons, urgent=case.queue.duty)
    return Outcome("held", "an agent's address that nothing proves", events=(held,))


def _is_proved(case: Case) -> bool:
    """Nobody writes to the address for delivery reports; a vacation note that hides what it is may go there."""
    return case.proof.strength is not Strength.NONE and case.detail.partition(".")[0] != BOUNCE


def too_long(case: Case) -> Outcome | None:
    """A mail whose end was not read: what a `/note` there would keep inside must not reach a customer."""
    if case.agent is None or not case.message.cut or not _is_proved(case):
        return None
    return _failed(case, case.agent, ("not all of it can be read (leave out what you quote, or attach what is long)",))


def without_ticket(case: Case) -> Outcome | None:
    """Commands that need no ticket; a text that belongs to none goes back."""
    if case.agent is None or case.thread.ticket is not None:
        return None
    parsed = parse(case.own)
    if not parsed.commands or parsed.text:
        return _failed(case, case.agent, ("no ticket: answer one of its notices, or keep its [tag] in the subject",))
    result = run(parsed.commands, _order(case, case.agent))
    errors = (*_errors(case, parsed), *result.errors)
    if errors:
        return _failed(case, case.agent, errors)
    done = CommandsDone(case.now, case.by, result.lines, result.asked, case.agent.address)
    return Outcome("commands", case.thread.how, events=(*result.events, done), elsewhere=result.elsewhere)


def on_ticket(case: Case) -> Outcome | None:
    """Commands, then a note or an answer to the customer; all or nothing."""
    ticket = case.thread.ticket
    if case.agent is None or ticket is None:
        return None
    parsed = parse(case.own)
    errors = _errors(case, parsed)
    result = run(parsed.commands, _on(ticket, case, case.agent, parsed))
    after = result.ticket
    if errors or result.errors or after is None:
        return _failed(case, case.agent, (*errors, *result.errors))
    events, told, elsewhere = _meant(case, result, after)
    lines = (*result.lines, *told, *_kept(case, parsed, after), *_lost(case, result, after))
    if parsed.commands or lines:
        events.append(CommandsDone(case.now, case.by, lines, result.asked, case.agent.address))
    fate = "commands" if parsed.commands or lines else "added"
    return Outcome(fate, case.thread.how, ticket, tuple(events), elsewhere=elsewhere)


def _meant(case: Case, result: Result, after: Ticket) -> tuple[list[Event], list[str], tuple[Elsewhere, ...]]:
    """All that the mail does, with what it means beside its commands and the words for that, and what it does to other
    tickets.
    """
    if after.status is Status.MERGED:
        elsewhere, told = _page_there(case, result, after.merged_into)
        return list(result.events), told, elsewhere
    taken, told = _page(case, after)
    events: list[Event] = [*result.events, *taken]
    events += _first_action(case, after, case.desk.plan_named(after.plan), events)
    return events, told, result.elsewhere


def _order(case: Case, agent: Agent) -> Order:
    """What the commands of the mail are about, before the first of them."""
    received_at, mail = case.envelope.received_at, case.message.message_id
    about = case.thread.about if case.thread.purpose == DESK else 0
    order = Order(case.thread.ticket, "", agent, case.desk, case.directory, case.now, received_at, mail, about=about)
    return replace(order, let_in=case.let_in)


def _on(ticket: Ticket, case: Case, agent: Agent, parsed: Parsed) -> Order:
    """What they are about where the mail is on a ticket: what it says is said before the first of them."""
    written = _written(case, parsed)
    for event in written:
        ticket = evolve(ticket, event)
    order = _order(case, agent)
    subject = topic(case.message.subject, case.desk)
    order = replace(order, on=ticket, done=tuple(written), text=parsed.text, subject=subject, attached=_attached(case))
    return replace(order, split_off=partial(split_off, case))


def _errors(case: Case, parsed: Parsed) -> tuple[str, ...]:
    """What is wrong with the mail before any command is looked up."""
    where = "a command stands at the top or alone on the last lines (// for a line that begins with a slash)"
    errors = [error(line, where + nearest(line.word)) for line in parsed.misplaced]
    if not any(line.word == NOTE for line in parsed.commands):
        errors += [error(line, f"{BROKEN} (shorten it, or leave a blank line below it)") for line in parsed.broken]
    ways = [*([NOTE] if _is_noted(case, parsed) else []), *that_take_the_text(parsed.commands)]
    if len(ways) > 1:
        words = " and ".join(f"/{way}" for way in ways)
        errors.append(f"{words}: the text of a mail can go one way only (leave out all but one)")
    if parsed.too_many:
        errors.append(f"more than {MOST_COMMANDS} commands in one mail (send the others in another one)")
    if parsed.commands and not case.message.plain:
        errors.append("commands are read from plain text only; this mail has none")
    if other_commands(case):
        errors.append(OTHER_FORM)
    if not has_one_name(case.message):
        errors.append(NO_NAME)
    if _was_carried_out(case):
        errors.append(DONE_BEFORE)
    if not (case.own or _attached(case) or _stays_inside(case)):
        errors.append("nothing in it is your own text: write above the quote")
    return tuple(errors)


def _was_carried_out(case: Case) -> bool:
    """Whether a mail of this agent with this Message-ID has counted on this ticket before: a copy, or somebody's."""
    heard = case.directory.heard_from(case.message.message_id, case.agent.address) if case.agent else ()
    known = (ticket for ticket in map(case.directory.ticket, heard) if ticket is not None)
    here = case.thread.ticket
    return here is not None and any(merged_into(ticket, case.directory).id == here.id for ticket in known)


def _failed(case: Case, agent: Agent, errors: tuple[str, ...]) -> Outcome:
    failed = CommandsFailed(case.now, case.by, errors, case.message.text, agent.address)
    return Outcome("commands", "nothing was done: " + errors[0], case.thread.ticket, (failed,))


def _written(case: Case, parsed: Parsed) -> list[TicketEvent]:
    """The text as a note or as an answer; an answer may be nothing but attachments."""
    notes = [line.argument for line in parsed.commands if line.word == NOTE]
    text = "\n".join(filter(None, (*notes, _kept_here(parsed))))
    if _is_noted(case, parsed) or _stays_inside(case):
        return [NoteAdded(case.now, case.by, text)] if text else []
    if text or (_attached(case) and not parsed.commands):
        return [AgentReplied(case.now, case.by, text)]
    return []


def _is_noted(case: Case, parsed: Parsed) -> bool:
    return any(line.word == NOTE for line in parsed.commands) or case.detail.partition(".")[0] == NOTE


def _kept_here(parsed: Parsed) -> str:
    """The text, unless a command takes it elsewhere."""
    return "" if that_take_the_text(parsed.commands) else parsed.text


def _attached(case: Case) -> bool:
    return any(not attachment.inline for attachment in case.message.attachments)


def _is_page(case: Case) -> bool:
    """Whether this answers a page that was sent to this agent."""
    return case.thread.purpose == DUTY


def _stays_inside(case: Case) -> bool:
    """An answer to a page of whoever has not taken the emergency before."""
    emergency = case.thread.ticket.emergency if case.thread.ticket else None
    return _is_page(case) and (emergency is None or emergency.taken_by != case.by)


def _kept(case: Case, parsed: Parsed, after: Ticket) -> list[str]:
    """The words for a text that would have gone to the customer, had it not been an answer to a page."""
    noted = any(line.word == NOTE for line in parsed.commands)
    if noted or after.is_drill or after.spam or not (_kept_here(parsed) and _stays_inside(case)):
        return []
    return ["page: your text stays inside; answer this mail to write to the customer"]


def _lost(case: Case, result: Result, after: Ticket) -> list[str]:
    """The words for an answer to a ticket of which nobody is known any more: they were erased, or have left."""
    answered = any(isinstance(event, AgentReplied) for event in result.events)
    return [f"your text: {NOBODY}, so it went to nobody"] if answered and not is_reached(after, case.directory) else []


def _page(case: Case, after: Ticket) -> tuple[list[TicketEvent], list[str]]:
    """What an answer to a page does beside its commands, and the words for it: whose the emergency is now."""
    emergency = after.emergency
    if not _is_page(case) or emergency is None or emergency.taken_by == case.by:
        return [], []
    if not emergency.waiting:
        return [], [f"page: {whose(emergency)}"]
    if emergency.drill:
        return list(drilled(after, case.by, case.now)), [f"page: {DRILL_TAKEN}"]
    if after.spam:
        return [], ["page: it is spam, so nobody takes it and nobody else is woken"]
    return [DutyTaken(case.now, case.by, case.by)], ["page: yours; the customer is told"]


def _page_there(case: Case, result: Result, into: str) -> tuple[tuple[Elsewhere, ...], list[str]]:
    """Who answers a page by merging its ticket takes the emergency as which that goes on."""
    elsewhere, told = list[Elsewhere](), list[str]()
    for other in result.elsewhere:
        if other.ticket.reference == into:
            there = reduce(evolve, other.events, other.ticket)
            taken, words = _page(case, there)
            told = [f"{line} ({into})" for line in words]
            other = replace(other, events=(*other.events, *taken, *(_owned(case, there) if taken else ())))
        elsewhere.append(other)
    return tuple(elsewhere), told


def _first_action(case: Case, after: Ticket, plan: Plan, done: list[Event]) -> list[TicketEvent]:
    """What an agent's first action means: the standard priority until somebody says otherwise, and an owner.

    `after` is the ticket as the commands left it, `done` all that the mail did.
    """
    events: list[TicketEvent] = []
    if any(not isinstance(event, DutySwapped | HeldEvent) for event in done) and not after.triaged:
        events.append(PriorityChanged(case.now, case.by, after.priority, plan.standard))
    replied = case.desk.owner_on_reply and any(isinstance(event, AgentReplied) for event in done)
    assigned = any(isinstance(event, OwnerChanged) for event in done)
    if (replied or any(isinstance(event, DutyTaken) for event in done)) and not assigned:
        events += _owned(case, after)
    return events


def _owned(case: Case, after: Ticket) -> list[TicketEvent]:
    """A ticket without an owner becomes this agent's, unless it was over before and stays so."""
    over = case.thread.ticket is not None and case.thread.ticket.status.ended and after.status.ended
    if after.owner or over:
        return []
    own = OwnerChanged(case.now, case.by, case.by, after.team)
    return [own, StatusChanged(case.now, case.by, Status.NEW, Status.OPEN)] if after.status is Status.NEW else [own]

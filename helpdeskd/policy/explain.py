"""Answers that agents ask for by mail: `/why`, `/show`, `/help`, and what follows from what they did.

In: the ticket, its targets and its story as they are stored, and the reader's zone. Out: plain text in English. A
deadline that nobody knows yet, because the clock stands, says so. Pure; nothing fails.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from helpdeskd.domain.directory import Agent, Directory
from helpdeskd.domain.event import AgentReplied, CommandsDone, CustomerWrote, Event, NoteAdded, TicketOpened
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.target import Segment, Target, TargetKind, timeline
from helpdeskd.domain.ticket import Ticket
from helpdeskd.policy.clock import counted_pauses
from helpdeskd.policy.scene import Scene, calendar_of


def consequences(event: CommandsDone, scene: Scene, agent: Agent) -> Iterable[str]:
    """What follows for the deadlines, when a command has changed the ticket."""
    ticket = scene.ticket
    if not event.lines or ticket is None:
        return []
    zone = calendar_of(agent, scene.desk).zone
    return [f"{t.kind} {_due(t, ticket, zone)}" for t in scene.targets if t.is_open]


def answers(event: CommandsDone, scene: Scene, agent: Agent) -> list[str]:
    """The text for each question of the mail."""
    return [_answer(question, scene, agent) for question in event.asked]


def _answer(question: str, scene: Scene, agent: Agent) -> str:
    zone = calendar_of(agent, scene.desk).zone
    if question == "help":
        return "\n".join(scene.help)
    if question == "why":
        return why(scene.ticket, scene.targets, scene.plan, zone) if scene.ticket else ""
    ticket = scene.directory.ticket(question)
    return show(ticket, scene.directory, zone) if ticket else ""


def why(ticket: Ticket, targets: Iterable[Target], plan: Plan, zone: ZoneInfo) -> str:
    """How the entitlement and each deadline of a ticket came about, from what was stored."""
    lines = [f"{ticket.reference} was served as: {ticket.entitlement.decision}"]
    lines += [f"  because {reason}" for reason in ticket.entitlement.reasons]
    for target in targets:
        due = _due(target, ticket, zone)
        lines += ["", f"{target.kind} within {target.amount}, {due}{_fate(target, zone)}"]
        lines += [f"  {line}" for line in _segments(target, ticket, plan, zone)]
    return "\n".join(lines)


def segments(target: Target, ticket: Ticket, plan: Plan) -> tuple[Segment, ...]:
    """The timeline of a target of a ticket: what was counted, what was skipped, and why."""
    pauses = counted_pauses(ticket, plan) if target.kind is TargetKind.RESOLUTION else ()
    return timeline(target.start, target.amount, plan.calendar, pauses)


def _segments(target: Target, ticket: Ticket, plan: Plan, zone: ZoneInfo) -> list[str]:
    return [
        f"{_at(s.start, zone)} to {_at(s.end, zone)}: {s.counted_minutes} min counted ({s.why})"
        for s in segments(target, ticket, plan)
    ]


def show(ticket: Ticket, directory: Directory, zone: ZoneInfo) -> str:
    """A ticket as text: what it is now, whose, what is due, and what was written on it."""
    head = "\n".join(_head(ticket, directory, zone))
    return "\n\n".join(filter(None, (head, written(directory.story(ticket.id), zone))))


def _head(ticket: Ticket, directory: Directory, zone: ZoneInfo) -> Iterator[str]:
    yield f"{ticket.reference} {ticket.subject}"
    yield f"{ticket.status}, {ticket.priority}, {ticket.kind}, owner {ticket.owner or 'nobody'}, team {ticket.team}"
    customer, contact = directory.customer(ticket.customer), directory.contact(ticket.requester)
    yield f"customer: {customer.title} ({customer.name})" if customer else f"customer: {ticket.customer}"
    yield f"contact: {contact.name} <{contact.address}>" if contact else f"contact: {ticket.requester}"
    yield "participants: " + (", ".join(one.address for one in ticket.participants) or "nobody")
    for target in directory.targets(ticket.id):
        yield f"{target.kind}: {_due(target, ticket, zone)}{_fate(target, zone)}"


def written(story: Iterable[Event], zone: ZoneInfo) -> str:
    """What was written on a ticket, in order."""
    return "\n\n".join(filter(None, (_written(event, zone) for event in story)))


def _written(event: Event, zone: ZoneInfo) -> str:
    match event:
        case TicketOpened() | CustomerWrote() | AgentReplied():
            return f"{_at(event.at, zone)} {event.by}:\n{event.text}"
        case NoteAdded():
            return f"{_at(event.at, zone)} {event.by} (note):\n{event.text}"
        case _:
            return ""


def _fate(target: Target, zone: ZoneInfo) -> str:
    late = f", breached {_at(target.breached_at, zone)}" if target.breached_at else ""
    done = f", met {_at(target.met_at, zone)}" if target.met_at else ", ended not met" if target.ended_unmet else ""
    return done + late


def _due(target: Target, ticket: Ticket, zone: ZoneInfo) -> str:
    """When a target is due; while a pause lasts nobody knows."""
    return f"due {_at(target.due, zone)}" if target.due else f"stands while the ticket is {ticket.status}"


def _at(instant: datetime | None, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M}" if instant else "the end of the pause"

"""Answers that agents ask for by mail: `/why`, `/show`, `/help`, and what follows from what they did. Plain text,
English.
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.event import AgentReplied, CommandsDone, CustomerWrote, Event, NoteAdded, TicketOpened
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.target import Segment, Target, TargetKind, timeline
from helpdeskd.domain.ticket import Ticket
from helpdeskd.policy.clock import counted_pauses
from helpdeskd.policy.scene import Scene, calendar_of


def consequences(event: CommandsDone, scene: Scene, agent: Agent) -> Iterable[str]:
    """What follows for the deadlines, when a command has changed the ticket."""
    if not event.lines:
        return []
    zone = calendar_of(agent, scene.desk).zone
    return [f"{t.kind} due {_at(t.due, zone)}" for t in scene.targets if t.is_open]


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
    return show(ticket, scene.directory.story(ticket.id), zone) if ticket else ""


def why(ticket: Ticket, targets: Iterable[Target], plan: Plan, zone: ZoneInfo) -> str:
    """How the entitlement and each deadline of a ticket came about, from what was stored."""
    lines = [f"{ticket.reference} was served as: {ticket.entitlement.decision}"]
    lines += [f"  because {reason}" for reason in ticket.entitlement.reasons]
    for target in targets:
        lines += ["", f"{target.kind} within {target.amount}, due {_at(target.due, zone)}{_fate(target, zone)}"]
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


def show(ticket: Ticket, story: Iterable[Event], zone: ZoneInfo) -> str:
    """A ticket as text: what it is now, and what was written on it."""
    state = f"{ticket.status}, {ticket.priority}, {ticket.kind}, owner {ticket.owner or 'nobody'}"
    head = f"{ticket.reference} {ticket.subject}\n{state}"
    written = [_written(event, zone) for event in story]
    return "\n\n".join([head, *filter(None, written)])


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


def _at(instant: datetime | None, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M}" if instant else "unknown while the clock stands"

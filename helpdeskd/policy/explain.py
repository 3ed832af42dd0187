"""Answers that agents ask for by mail, such as `/why` and `/show`, and what follows from what they did.

In: the ticket, its targets and its story as they are stored, and the reader's zone. Out: plain text in English. A
deadline that nobody knows yet, because the clock stands, says so. Pure; nothing fails.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from helpdeskd.domain.charge import Charge, charge_of
from helpdeskd.domain.directory import Agent, Directory
from helpdeskd.domain.event import (
    AgentReplied,
    AlertRaised,
    AlertRecovered,
    CommandsDone,
    CustomerWrote,
    Event,
    NoteAdded,
    TicketOpened,
)
from helpdeskd.domain.join_event import TicketJoined, TicketSplit
from helpdeskd.domain.party_event import ThirdPartyAnswered, ThirdPartyAsked
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.statement import money
from helpdeskd.domain.target import Segment, Target, TargetKind, timeline
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.policy import survey
from helpdeskd.policy.charge import told
from helpdeskd.policy.clock import counted_pauses
from helpdeskd.policy.scene import Scene, calendar_of
from helpdeskd.policy.watch import history, on_duty

CUSTOMER = "customer "


def consequences(event: CommandsDone, scene: Scene, agent: Agent) -> Iterable[str]:
    """What follows for the deadlines, when a command has changed the ticket."""
    ticket = scene.ticket
    if not event.lines or ticket is None:
        return []
    zone = calendar_of(agent, scene.desk).zone
    made = [f"the new ticket is {event.opened}" for event in scene.events if isinstance(event, TicketSplit)]
    dues = [f"{t.kind} {_due(t, ticket, zone)}" for t in scene.targets if t.is_open]
    return [*made, *dues, *_costs(scene)]


def _costs(scene: Scene) -> Iterator[str]:
    """What the ticket comes to, and what the customer has left."""
    costs = scene.bill
    if costs is None or not (costs.settlement.minutes.real or costs.settlement.minutes.charged):
        return
    minutes, net = costs.settlement.minutes, sum(line.amount for line in costs.settlement.lines)
    charged = f"charged {minutes.charged} min ({money(net)} {costs.tariff.currency})"
    yield f"minutes: {minutes.real} worked, {minutes.free} free, {charged}, {minutes.unapproved} not approved"
    if costs.settlement.short:
        yield f"the cards lack {costs.settlement.short} of the minutes that were approved"
    elif minutes.unapproved and scene.ticket and scene.ticket.estimate is None:
        yield "what is not approved is not charged; /estimate asks the customer"
    if costs.cards is not None:
        yield f"cards: {costs.cards.balance} of {costs.cards.bought} min left"


def answers(event: CommandsDone, scene: Scene, agent: Agent) -> list[str]:
    """The text for each question of the mail."""
    return [_answer(question, scene, agent) for question in event.asked]


def _answer(question: str, scene: Scene, agent: Agent) -> str:
    zone = calendar_of(agent, scene.desk).zone
    if question == "help":
        return "\n".join(scene.help)
    if question == "why":
        return _why(scene.ticket, scene, zone) if scene.ticket else ""
    if question == "duty":
        return on_duty(scene.desk.duty, scene.now, zone)
    if question == "mine":
        return survey.mine(agent, scene)
    if question == "due":
        return survey.due(agent, scene)
    if question.startswith(CUSTOMER):
        return survey.customer(question.removeprefix(CUSTOMER), agent, scene)
    ticket = scene.directory.ticket(question)
    return show(ticket, scene.directory, zone) if ticket else ""


def _why(ticket: Ticket, scene: Scene, zone: ZoneInfo) -> str:
    charge, woken = charge_of(ticket, scene.plan, scene.directory), history(scene.directory.story(ticket.id), zone)
    return why(ticket, scene.targets, charge, scene.plan, zone, woken)


def why(
    ticket: Ticket, targets: Iterable[Target], charge: Charge, plan: Plan, zone: ZoneInfo, woken: Sequence[str] = ()
) -> str:
    """How the entitlement, each deadline and the charge of a ticket came about, from what was stored.

    `woken` is how duty went (`watch.history`).
    """
    lines = [f"{ticket.reference} was served as: {ticket.entitlement.decision}"]
    lines += [f"  because {reason}" for reason in ticket.entitlement.reasons]
    for target in targets:
        due = _due(target, ticket, zone)
        lines += ["", f"{target.kind} within {target.amount}, {due}{_fate(target, zone)}"]
        lines += [f"  {line}" for line in _segments(target, ticket, plan, zone)]
    lines += ["", *woken] if woken else []
    return "\n".join([*lines, "", *told(charge, zone)])


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
    """A ticket as text: what it is now, whose, what is due, and what was written on it and on those merged into it."""
    head, story = "\n".join(_head(ticket, directory, zone)), directory.story(ticket.id)
    came = (directory.ticket(event.merged) for event in story if isinstance(event, TicketJoined))
    others = (show(other, directory, zone) for other in came if other)
    return "\n\n".join(filter(None, (head, written(story, zone), *others)))


def _head(ticket: Ticket, directory: Directory, zone: ZoneInfo) -> Iterator[str]:
    yield f"{ticket.reference} {ticket.subject}"
    yield f"{ticket.status}, {ticket.priority}, {ticket.kind}, owner {ticket.owner or 'nobody'}, team {ticket.team}"
    about = (("product", ticket.product), ("site", ticket.site), ("level", str(ticket.level or "")))
    yield from (f"{label}: {value}" for label, value in about if value)
    customer, contact = directory.customer(ticket.customer), directory.contact(ticket.requester)
    yield f"customer: {customer.title} ({customer.name})" if customer else f"customer: {ticket.customer}"
    yield f"contact: {contact.name} <{contact.address}>" if contact else f"contact: {ticket.requester}"
    if ticket.links:
        yield f"refers to: {', '.join(ticket.links)}"
    yield "participants: " + (", ".join(one.address for one in ticket.participants) or "nobody")
    for target in directory.targets(ticket.id):
        yield f"{target.kind}: {_due(target, ticket, zone)}{_fate(target, zone)}"
    if ticket.solution:
        yield f"solution: {ticket.solution}"


def written(story: Iterable[Event], zone: ZoneInfo) -> str:
    """What was written on a ticket, in order."""
    return "\n\n".join(filter(None, (_written(event, zone) for event in story)))


def _written(event: Event, zone: ZoneInfo) -> str:
    match event:
        case CustomerWrote(accepted=True):
            return f"{_at(event.at, zone)} {event.by} (let in after it was held):\n{event.text}"
        case TicketOpened() | CustomerWrote() | AgentReplied():
            return f"{_at(event.at, zone)} {event.by}:\n{event.text}"
        case NoteAdded() | AlertRaised() | AlertRecovered():
            return f"{_at(event.at, zone)} {event.by} (note):\n{event.text}"
        case ThirdPartyAsked():
            return f"{_at(event.at, zone)} {event.by} (to {event.address}):\n{event.text}"
        case ThirdPartyAnswered():
            doubt = "" if event.proved else ", sender not proved"
            return f"{_at(event.at, zone)} {event.by} (note{doubt}):\n{event.text}"
        case _:
            return ""


def _fate(target: Target, zone: ZoneInfo) -> str:
    late = f", breached {_at(target.breached_at, zone)}" if target.breached_at else ""
    done = f", met {_at(target.met_at, zone)}" if target.met_at else ", ended not met" if target.ended_unmet else ""
    return done + late


def _due(target: Target, ticket: Ticket, zone: ZoneInfo) -> str:
    """When a target is due; while a pause lasts nobody knows."""
    if target.due:
        return f"due {_at(target.due, zone)}"
    if ticket.status in {Status.NEW, Status.OPEN}:
        return "stands while information is missing"
    return f"stands while the ticket is {ticket.status}"


def _at(instant: datetime | None, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M}" if instant else "the end of the pause"

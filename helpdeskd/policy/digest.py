"""Morning mails: what is late, due today and waits too long, and what happened since the last working day ended.

In: an agent, the scene of the clock, and when the last such mail was made. Out: the mail, or None where there is
nothing to tell. An agent's is about the tickets that are theirs, or their team's while nobody owns them, and hands duty
over to whoever was or will be on duty. A manager's is about all tickets of their teams (without a team, of the desk),
and tells what was missed, by customer, and which agreements and prepaid hours come to an end: each of these once.

A ticket stands in a mail once, where it is most urgent. It waits too long from the sixth working day on: for the
customer, on hold, for an approval, or the customer for an answer. Of each part `MOST` lines are shown. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.event import OwnerChanged, StatusChanged, TargetPassed, TicketEvent, TicketOpened
from helpdeskd.domain.evolve import PAUSING
from helpdeskd.domain.morning import closing, end_of_day, working_days_before
from helpdeskd.domain.notice import Item, Notice, Section
from helpdeskd.domain.target import WHOLE
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.policy.endings import endings
from helpdeskd.policy.handover import handover
from helpdeskd.policy.remind import GOAL
from helpdeskd.policy.scene import Scene, calendar_of, facts, team, title, to_agent

MOST = 10
PATIENCE = 5
"""Working days."""

Part = tuple[str, Sequence[Item]]


@dataclass(frozen=True, slots=True)
class Overview:
    """A manager's mail, if there is anything to tell, and the keys of what is told in it for good."""

    notice: Notice | None
    told: tuple[str, ...] = ()


def for_agent(agent: Agent, scene: Scene, since: datetime, reminded: tuple[Item, ...]) -> Notice | None:
    """Theirs; `reminded` is what they wanted to be reminded of by now."""
    own = [ticket for ticket in scene.directory.unfinished() if _is_theirs(ticket, agent, scene)]
    parts = [("duty", handover(agent, scene, since)), *_standing(own, agent, scene)]
    parts.append(("night", _since_closing(agent, scene, since, parts)))
    sections = _sections(parts)
    if not sections and not reminded:
        return None
    told = facts(scene, items=reminded, sections=sections, commands=scene.commands)
    return Notice("agent-digest", to_agent(agent, scene.desk), told, answers=False)


def for_manager(agent: Agent, scene: Scene, since: datetime, told: frozenset[str]) -> Overview:
    """Their teams'; `told` are the keys of what they were told for good."""
    own = [ticket for ticket in scene.directory.unfinished() if _is_led(ticket, agent)]
    new = [ending for ending in endings(scene) if ending.key not in told][:MOST]
    parts: list[Part] = [
        ("breached", _breached(agent, scene, since)),
        *_standing(own, agent, scene),
        ("endings", [ending.item for ending in new]),
    ]
    sections = _sections(parts)
    if not sections:
        return Overview(None)
    facts_told = facts(scene, sections=sections, commands=scene.commands)
    notice = Notice("manager-digest", to_agent(agent, scene.desk), facts_told, answers=False)
    return Overview(notice, tuple(ending.key for ending in new))


def _is_theirs(ticket: Ticket, agent: Agent, scene: Scene) -> bool:
    """Whether it is up to the agent."""
    if ticket.is_drill:
        return False
    return ticket.owner == agent.name or (not ticket.owner and agent in team(scene, ticket.team))


def _is_led(ticket: Ticket, agent: Agent) -> bool:
    return not ticket.is_drill and (not agent.teams or ticket.team in agent.teams)


def _sections(parts: Iterable[Part]) -> tuple[Section, ...]:
    return tuple(Section(name, tuple(items[:MOST]), max(0, len(items) - MOST)) for name, items in parts if items)


def _standing(tickets: Iterable[Ticket], agent: Agent, scene: Scene) -> list[Part]:
    """What is late, due today, and waits too long; the longest first."""
    late, today, waits = list[Item](), list[Item](), list[Item]()
    calendar = calendar_of(agent, scene.desk)
    midnight, patient = end_of_day(calendar, scene.now), working_days_before(calendar, scene.now, PATIENCE)
    for ticket in tickets:
        next_due, waiting = _next_due(ticket, scene), _waits(ticket)
        if next_due is not None and next_due.due is not None and next_due.due < midnight:
            (late if next_due.due <= scene.now else today).append(next_due)
        elif waiting is not None and waiting.due is not None and waiting.due < patient:
            waits.append(waiting)
    return [("late", _by_time(late)), ("due", _by_time(today)), ("waits", _by_time(waits))]


def _next_due(ticket: Ticket, scene: Scene) -> Item | None:
    """The target that is due first; None where none is, or nobody knows when."""
    running = [target for target in scene.directory.targets(ticket.id) if target.is_open and target.due is not None]
    first = min(running, key=lambda target: target.due or scene.now, default=None)
    if first is None:
        return None
    return _line(ticket, first.kind.value + ("" if first.promised else GOAL), first.due)


def _waits(ticket: Ticket) -> Item | None:
    """What it waits for, and since when."""
    if ticket.status in PAUSING and ticket.pauses:
        return _line(ticket, ticket.status.value, ticket.pauses[-1].start)
    if ticket.status in {Status.NEW, Status.OPEN} and ticket.unanswered_since is not None:
        return _line(ticket, "unanswered", ticket.unanswered_since)
    return None


def _since_closing(agent: Agent, scene: Scene, since: datetime, parts: Iterable[Part]) -> list[Item]:
    """What others did to the agent's tickets after their last working day, the newest of each ticket."""
    shown = {item.reference for _, items in parts for item in items}
    newest: dict[int, Item] = {}
    for number, event in scene.directory.news(closing(calendar_of(agent, scene.desk), since)):
        kind = _kind(event, agent)
        ticket = scene.directory.ticket_by_id(number) if kind else None
        if ticket is not None and ticket.reference not in shown and _is_theirs(ticket, agent, scene):
            newest[number] = _line(ticket, kind, event.at, title(scene, event.by))
    return _by_time(newest.values())


def _kind(event: TicketEvent, agent: Agent) -> str:
    """The word of [news] for what somebody else did; "" for what is none."""
    if event.by == agent.name:
        return ""
    match event:
        case TicketOpened():
            return "opened"
        case OwnerChanged():
            return "assigned" if event.owner == agent.name else ""
        case StatusChanged(new=Status.RESOLVED | Status.CLOSED | Status.REJECTED):
            return event.new.value
        case StatusChanged(old=old, new=Status.NEW | Status.OPEN) if old not in {Status.NEW, Status.OPEN}:
            return "reopened"
        case _:
            return ""


def _breached(agent: Agent, scene: Scene, since: datetime) -> list[Item]:
    """The targets that were missed since then, by customer."""
    found = list[Item]()
    for number, event in scene.directory.news(since):
        if not isinstance(event, TargetPassed) or WHOLE not in event.shares:
            continue
        ticket = scene.directory.ticket_by_id(number)
        if ticket is not None and _is_led(ticket, agent):
            kind = event.kind.value + ("" if event.promised else GOAL)
            found.append(_line(ticket, kind, event.due, _customer(ticket, scene)))
    return sorted(_by_time(found), key=lambda item: item.text.casefold())


def _customer(ticket: Ticket, scene: Scene) -> str:
    known = scene.directory.customer(ticket.customer)
    return known.title if known else ticket.customer or scene.desk.name


def _line(ticket: Ticket, kind: str, at: datetime | None, text: str = "") -> Item:
    return Item(ticket.reference, ticket.subject, text=text, due=at, kind=kind)


def _by_time(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item.due is None, item.due, item.reference))

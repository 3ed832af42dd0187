"""Lines for collected mails, each in its recipient's working time: targets that come near or are passed.

What is over by the time at which a mail is collected is not in it: `news` are the lines that still stand, also of those
that other policies ask for.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from helpdeskd.domain.directory import Agent, Directory
from helpdeskd.domain.effect import Effect, Remind
from helpdeskd.domain.event import Event, TargetPassed
from helpdeskd.domain.merged import merged_into
from helpdeskd.domain.notice import Item
from helpdeskd.domain.sort_event import Snoozed
from helpdeskd.domain.ticket import Ticket
from helpdeskd.policy.scene import Scene, calendar_of, named, team

MISSED = 100
GOAL = " goal"
SNOOZE = "snooze"
EXCERPT_LINES, EXCERPT_LENGTH = 3, 300


def warn(event: Event, scene: Scene) -> Iterable[Effect]:
    """A share of a target's time is used: to the rungs of the ladder for it, once each."""
    if not isinstance(event, TargetPassed) or scene.ticket is None:
        return []
    ticket, percent = scene.ticket, max(int(share * 100) for share in event.shares)
    shares = {int(share * 100) for share in event.shares}
    wanted = [who for rung in scene.desk.ladder if rung.percent in shares for who in rung.to]
    kind = event.kind.value if event.promised else event.kind.value + GOAL
    item = Item(ticket.reference, ticket.subject, due=event.due, kind=kind, percent=percent)
    people = {agent.address: agent for who in wanted for agent in _rung(who, scene)}
    others = [who for who in dict.fromkeys(wanted) if "@" in who and who not in people]
    effects: list[Effect] = [
        Remind("target-warning", address, opening(agent, scene, scene.now), item) for address, agent in people.items()
    ]
    return effects + [Remind("target-warning", address, scene.now, item) for address in others]


def _rung(who: str, scene: Scene) -> list[Agent]:
    """The agents of a rung; an owner's rung is the team's while nobody owns the ticket."""
    if who == "owner":
        return _owner(scene)
    if who == "team":
        return team(scene)
    if who == "manager":
        return [agent for agent in scene.directory.agents() if agent.manager]
    known = scene.directory.agent(who)
    return [known] if known is not None else []


def _owner(scene: Scene) -> list[Agent]:
    """The owner; with the team when one of them is back at work sooner, and the team alone where nobody owns it."""
    owner, colleagues = named(scene, scene.ticket.owner if scene.ticket else ""), team(scene)
    if owner is None:
        return colleagues
    back = opening(owner, scene, scene.now)
    away = any(opening(colleague, scene, scene.now) < back for colleague in colleagues)
    return [owner, *colleagues] if away else [owner]


def snoozed(event: Event, scene: Scene) -> Iterable[Effect]:
    """A ticket that an agent wants to look at again: a line to that agent, at the instant that they named."""
    agent = named(scene, event.by) if isinstance(event, Snoozed) else None
    if not isinstance(event, Snoozed) or scene.ticket is None or agent is None:
        return []
    item = Item(scene.ticket.reference, scene.ticket.subject, text=event.text, kind=SNOOZE)
    return [Remind("agent-digest", agent.address, event.until, item)]


def held_back(address: str, ticket: Ticket, why: str, now: datetime) -> Remind:
    """A line to an agent who was not mailed all that happened on a ticket: at the next full hour, once for all."""
    item = Item(ticket.reference, ticket.subject, text=why, kind=SNOOZE)
    return Remind("agent-digest", address, full_hour(now), item)


def full_hour(now: datetime) -> datetime:
    """The next full hour after an instant."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def news(items: Iterable[Item], directory: Directory) -> tuple[Item, ...]:
    """The lines that are worth reading now; one about a ticket that was merged names the one that it goes on as."""
    return tuple(_followed(item, directory) for item in items if is_news(item, directory))


def is_news(item: Item, directory: Directory) -> bool:
    """Whether a line is worth reading now: the mail waits still, the target is not met or ended, or it was missed, or
    the ticket that an agent wants to look at again is not over.
    """
    if item.mail_id:
        return directory.is_held(item.mail_id)
    ticket = directory.ticket(item.reference)
    if item.kind == SNOOZE:
        return ticket is not None and not merged_into(ticket, directory).status.ended
    if ticket is None or item.percent >= MISSED:
        return True
    kind = item.kind.removesuffix(GOAL)
    return any(target.kind == kind and target.is_open for target in directory.targets(ticket.id))


def _followed(item: Item, directory: Directory) -> Item:
    ticket = directory.ticket(item.reference) if item.kind == SNOOZE else None
    if ticket is None or not ticket.merged_into:
        return item
    there = merged_into(ticket, directory)
    return replace(item, reference=there.reference, subject=f"{there.subject} ({item.reference} {item.subject})")


def excerpt(text: str) -> str:
    """How a mail begins: its first lines that are not blank."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    begins = "\n".join(lines[:EXCERPT_LINES])
    return begins if len(begins) <= EXCERPT_LENGTH else begins[: EXCERPT_LENGTH - 1].rstrip() + "…"


def opening(agent: Agent, scene: Scene, after: datetime) -> datetime:
    """That instant, or the next opening of the agent's calendar."""
    return calendar_of(agent, scene.desk).next_opening(after) or after

"""Lines for collected mails: targets that come near or are passed, and held mail; each in its recipient's working time.

Held mail is collected for up to an hour, so that a flood of it is one digest; urgent mail is told at once. What is over
by the time at which a mail is collected is not in it: `is_news` says of each line whether it still stands.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from helpdeskd.domain.directory import Agent, Directory
from helpdeskd.domain.effect import Effect, Remind
from helpdeskd.domain.event import Event, MailHeld, TargetPassed
from helpdeskd.domain.notice import Item
from helpdeskd.policy.scene import Scene, calendar_of, named, team

COLLECTED = timedelta(hours=1)
MISSED = 100
GOAL = " goal"
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
        Remind("target-warning", address, _opening(agent, scene, scene.now), item) for address, agent in people.items()
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
    back = _opening(owner, scene, scene.now)
    away = any(_opening(colleague, scene, scene.now) < back for colleague in colleagues)
    return [owner, *colleagues] if away else [owner]


def held(event: Event, scene: Scene) -> Iterable[Effect]:
    """Held mail, to the queue's team: urgent mail at once, other mail in their working time.

    A mail is accepted for its sender where that is a contact, else for one that a person must name.
    """
    if not isinstance(event, MailHeld):
        return []
    known = scene.directory.contact(event.by) is not None
    item = Item(
        "",
        event.subject,
        text=event.by or "no sender",
        reasons=event.reasons,
        excerpt=excerpt(scene.text),
        accept=f"helpdeskd held accept {scene.mail_id}" + ("" if known else " --as ADDRESS"),
        refuse=f"helpdeskd held refuse {scene.mail_id} REASON",
        mail_id=scene.mail_id,
    )
    collected = scene.now.replace(minute=0, second=0, microsecond=0) + COLLECTED
    return [
        Remind("held-digest", agent.address, scene.now if event.urgent else _opening(agent, scene, collected), item)
        for agent in team(scene, scene.own_queue.team)
    ]


def is_news(item: Item, directory: Directory) -> bool:
    """Whether a line is worth reading now: the mail waits still, the target is not met or ended, or it was missed."""
    if item.mail_id:
        return directory.is_held(item.mail_id)
    ticket = directory.ticket(item.reference)
    if ticket is None or item.percent >= MISSED:
        return True
    kind = item.kind.removesuffix(GOAL)
    return any(target.kind == kind and target.is_open for target in directory.targets(ticket.id))


def excerpt(text: str) -> str:
    """How a mail begins: its first lines that are not blank."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    begins = "\n".join(lines[:EXCERPT_LINES])
    return begins if len(begins) <= EXCERPT_LENGTH else begins[: EXCERPT_LENGTH - 1].rstrip() + "…"


def _opening(agent: Agent, scene: Scene, after: datetime) -> datetime:
    """That instant, or the next opening of the agent's calendar."""
    return calendar_of(agent, scene.desk).next_opening(after) or after

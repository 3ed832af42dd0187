"""What agents are told: new tickets, what happened on theirs, and what their own commands did.

A new ticket goes to its team, everything later to its owner, or to the team while nobody owns it. Nobody is told of
what they did themselves. Commands are always answered, to who gave them.
"""

from collections.abc import Iterable

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import (
    AgentReplied,
    CommandsDone,
    CommandsFailed,
    CustomerWrote,
    DeliveryFailed,
    DutyPaged,
    DutyReleased,
    Event,
    KindChanged,
    NoteAdded,
    OwnerChanged,
    StatusChanged,
    TicketOpened,
    TokenMisused,
)
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.merged import whole_story
from helpdeskd.domain.notice import Notice
from helpdeskd.domain.party_event import ThirdPartyAsked
from helpdeskd.domain.sort_event import LevelChanged
from helpdeskd.domain.ticket import Status
from helpdeskd.policy.explain import answers, consequences
from helpdeskd.policy.head import head
from helpdeskd.policy.quoted import with_answer, with_question
from helpdeskd.policy.scene import Scene, concerned, customers, facts, named, notices, opening, team, title, to_agent
from helpdeskd.policy.written import what_was_written


def opened(event: Event, scene: Scene) -> Iterable[Effect]:
    """A new ticket, to its team; the person on duty gets a page instead."""
    if not isinstance(event, TicketOpened) or scene.happened(DutyPaged):
        return []
    return _to("agent-new", team(scene), scene, "", event.text)


def managers(event: Event, scene: Scene) -> Iterable[Effect]:
    """A ticket that is, or becomes, of a kind that managers hear of: to those of them who have not heard of it yet."""
    if not isinstance(event, TicketOpened | KindChanged) or scene.ticket is None:
        return []
    heard = isinstance(event, KindChanged) and event.old in scene.plan.to_manager
    if heard or scene.ticket.kind not in scene.plan.to_manager:
        return []
    told = team(scene) if isinstance(event, TicketOpened) and not scene.happened(DutyPaged) else []
    people = [agent for agent in scene.directory.agents() if agent.manager and agent not in told]
    return _to("agent-update", _others(people, event), scene, "to-manager", opening(scene), title(scene, event.by))


def wrote(event: Event, scene: Scene) -> Iterable[Effect]:
    """The customer wrote, or another agent did: to the owner, else the team."""
    match event:
        case CustomerWrote():
            what = what_was_written(event, scene)
            return [with_answer(notice, scene) for notice in update(event, scene, what, event.text)]
        case AgentReplied():
            return [] if scene.happened(OwnerChanged) else _replied(event, scene)
        case NoteAdded():
            return [] if scene.happened(OwnerChanged) else update(event, scene, "note", event.text)
        case _:
            return []


def changed(event: Event, scene: Scene) -> Iterable[Effect]:
    """A ticket that was given to somebody, whose waiting is over, or that is no emergency and waits for the morning."""
    match event:
        case OwnerChanged(owner=owner, team=name):
            new = named(scene, owner)
            agents = [new] if new is not None else team(scene, name)
            what = "escalated" if scene.happened(LevelChanged) else "assigned"
            told = _to("agent-update", _others(agents, event), scene, what, _answer(scene), title(scene, event.by))
            return [with_question(notice, scene) for notice in told]
        case DutyReleased():
            return update(event, scene, "duty-released", opening(scene))
        case StatusChanged(new=Status.CLOSED) if scene.directory.contact(event.by) is not None:
            return update(event, scene, "closed-by-customer", event.text)
        case StatusChanged(old=Status.PENDING, new=Status.OPEN | Status.NEW, by="desk"):
            return update(event, scene, "pending-over", event.text)
        case _:
            return []


def failed(event: Event, scene: Scene) -> Iterable[Effect]:
    """A mail of ours that did not arrive, or a reply address in other hands."""
    match event:
        case DeliveryFailed() if scene.ticket is not None:
            what = "bad-address" if event.bad_address else "delivery-failed"
            return update(event, scene, what, f"{event.recipient}: {event.detail}", who_asked(event.recipient, scene))
        case TokenMisused():
            holder = scene.directory.agent(event.holder)
            agents = concerned(scene) if holder is None else [holder]
            return _to("agent-update", agents, scene, "token-misused", event.by)
        case _:
            return []


def transcript(event: Event, scene: Scene) -> Iterable[Effect]:
    """What a mail of commands did, with what follows from it, or why nothing was done."""
    if not isinstance(event, CommandsDone | CommandsFailed):
        return []
    agent = scene.directory.agent(event.asker)
    if agent is None:
        return []
    if isinstance(event, CommandsFailed):
        told = facts(scene, errors=event.errors, text=event.text)
        return notices("agent-error", [to_agent(agent, scene.desk)], told)
    lines = (*_sent_to(scene), *event.lines, *consequences(event, scene, agent))
    told = facts(scene, lines=lines, text="\n\n".join(answers(event, scene, agent)), commands=scene.commands)
    return notices("agent-transcript", [to_agent(agent, scene.desk)], told)


def _sent_to(scene: Scene) -> list[str]:
    """Who got what the agent wrote."""
    people = [f"{person.name} <{person.address}>" for person in customers(scene)]
    return [f"your text: sent to {', '.join(people)}"] if scene.happened(AgentReplied) and people else []


def _replied(event: AgentReplied, scene: Scene) -> Iterable[Effect]:
    """The owner learns that a colleague answered; without an owner nobody has to."""
    owned = scene.ticket is not None and scene.ticket.owner
    told = update(event, scene, "agent-replied", event.text) if owned else []
    return [with_question(notice, scene) for notice in told]


def _answer(scene: Scene) -> str:
    """What was answered or noted in the mail that gave the ticket to somebody."""
    return next((event.text for event in scene.events if isinstance(event, AgentReplied | NoteAdded)), "")


def update(event: Event, scene: Scene, what: str, text: str, also: Iterable[Agent] = ()) -> list[Notice]:
    """What happened, to whom it concerns, and to those `also`."""
    person = title(scene, event.by) if event.by != DESK else scene.desk.name
    agents = dict.fromkeys((*concerned(scene), *also))
    return _to("agent-update", _others(agents, event), scene, what, text, person)


def who_asked(address: str, scene: Scene) -> list[Agent]:
    """The agent who asked a third party last, here or on a ticket that went on as this one, if they are still one;
    nobody for any other address.
    """
    story = whole_story(scene.ticket, scene.directory) if scene.ticket else ()
    asked = [each.by for each in story if isinstance(each, ThirdPartyAsked) and each.address == address]
    agent = named(scene, asked[-1]) if asked else None
    return [agent] if agent is not None else []


def _others(agents: Iterable[Agent], event: Event) -> list[Agent]:
    """Nobody is told of what they did themselves."""
    return [agent for agent in agents if agent.name != event.by]


def _to(name: str, agents: Iterable[Agent], scene: Scene, what: str, text: str, person: str = "") -> list[Notice]:
    people = [to_agent(agent, scene.desk) for agent in agents]
    if not people:
        return []
    told = facts(scene, what=what, person=person, text=text, head=head(scene), commands=scene.commands)
    return list(notices(name, people, told, attach=True, answers=False))

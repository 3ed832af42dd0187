"""Emergencies out of hours: whom to wake, and what the customer is told at once and when somebody has taken it."""

from collections.abc import Iterable

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.effect import Effect, RunHook
from helpdeskd.domain.event import DutyPaged, DutyReleased, DutyTaken, Event
from helpdeskd.policy.head import head
from helpdeskd.policy.scene import (
    Scene,
    customers,
    facts,
    named,
    notices,
    opening,
    promises,
    requester,
    title,
    to_agent,
)


def page(event: Event, scene: Scene) -> Iterable[Effect]:
    """Wake the person of this step by mail and by the hook; after a silent round their managers too."""
    if not isinstance(event, DutyPaged):
        return ()
    text = opening(scene)
    effects: list[Effect] = []
    for agent in _woken(event, scene):
        told = facts(scene, text=text, head=head(scene, agent), step=event.step, until=event.next_at)
        effects += notices("duty-page", [to_agent(agent, scene.desk)], told, answers=False)
        effects += _hook(agent, event, scene)
    return effects


def inform(event: Event, scene: Scene) -> Iterable[Effect]:
    """The customer, at once: the person on duty has been informed, and what it may cost."""
    if not isinstance(event, DutyPaged) or not event.first:
        return ()
    told = facts(scene, until=event.next_at, may_cost=scene.plan.duty_may_cost, promises=promises(scene.targets))
    return notices("duty-informed", requester(scene), told)


def taken(event: Event, scene: Scene) -> Iterable[Effect]:
    """The customer: who took it, and when. The others who were woken may sleep on."""
    if not isinstance(event, DutyTaken):
        return ()
    who = title(scene, event.person)
    effects: list[Effect] = list(notices("duty-taken", customers(scene), facts(scene, person=who)))
    woken = (named(scene, name) for name in _paged(scene) if name != event.person)
    for agent in (agent for agent in woken if agent is not None):
        told = facts(scene, what="duty-taken", person=who, head=head(scene, agent))
        effects += notices("agent-update", [to_agent(agent, scene.desk)], told, answers=False)
    return effects


def released(event: Event, scene: Scene) -> Iterable[Effect]:
    """The customer: not an emergency, and when the desk opens."""
    if not isinstance(event, DutyReleased):
        return ()
    told = facts(scene, until=event.opens_at, person=title(scene, event.by))
    return notices("duty-released", customers(scene), told)


def _woken(event: DutyPaged, scene: Scene) -> list[Agent]:
    person = named(scene, event.person)
    before = _paged(scene)[: event.step - 1]
    silent_round = event.person in before
    managers = [a for a in scene.directory.agents() if a.manager and a != person] if silent_round else []
    return [*([person] if person is not None else []), *managers]


def _paged(scene: Scene) -> tuple[str, ...]:
    """The names that were paged for this ticket, each once, in order."""
    emergency = scene.ticket.emergency if scene.ticket else None
    return tuple(emergency.paged) if emergency else ()


def _hook(agent: Agent, event: DutyPaged, scene: Scene) -> Iterable[Effect]:
    duty = scene.desk.duty
    if duty is None or not duty.hook or scene.ticket is None:
        return ()
    record = {
        "event": "page",
        "person": agent.name,
        "address": agent.address,
        "step": str(event.step),
        "ticket": scene.ticket.reference,
        "subject": scene.ticket.subject,
    }
    return (RunHook(duty.hook, record),)

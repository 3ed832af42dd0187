"""Emergencies out of hours: whom to wake, and what the customer is told at once and when somebody has taken it.

In: what happened with a page (paged, taken, released). Out: mails to the person woken, with the hook beside them, and
to the customer. Who is next, and when, is the sweep's business; whether a mail is an emergency is triage's.
"""

from collections.abc import Iterable
from datetime import datetime

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import last_step, person_at_step
from helpdeskd.domain.effect import Effect, RunHook
from helpdeskd.domain.event import CustomerWrote, DutyPaged, DutyReleased, DutyTaken, Event, TicketOpened
from helpdeskd.policy.head import head
from helpdeskd.policy.scene import (
    Scene,
    customers,
    facts,
    named,
    notices,
    promises,
    requester,
    title,
    to_agent,
)


def page(event: Event, scene: Scene) -> Iterable[Effect]:
    """Wake the person of this step by mail and by the hook; after a silent round their managers too."""
    if not isinstance(event, DutyPaged):
        return ()
    text, until = _said(scene), _next(event, scene)
    effects: list[Effect] = []
    for agent in _woken(event, scene):
        told = facts(scene, text=text, head=head(scene, agent), step=event.step, until=until, commands=scene.commands)
        effects += notices("duty-page", [to_agent(agent, scene.desk)], told, answers=False)
        effects += _hook(agent, event, scene)
    return effects


def inform(event: Event, scene: Scene) -> Iterable[Effect]:
    """The customer, at once: the person on duty has been informed, and what it may cost."""
    if not isinstance(event, DutyPaged) or not event.first:
        return ()
    told = facts(scene, may_cost=scene.plan.duty_may_cost, promises=promises(scene.targets))
    return notices("duty-informed", requester(scene), told)


def taken(event: Event, scene: Scene) -> Iterable[Effect]:
    """The customer: who took it, and when. The others who were woken may sleep on."""
    if not isinstance(event, DutyTaken):
        return ()
    who = title(scene, event.person)
    effects: list[Effect] = list(notices("duty-taken", customers(scene), facts(scene, person=who)))
    paged = scene.ticket.emergency.paged if scene.ticket and scene.ticket.emergency else ()
    woken = (named(scene, name) for name in dict.fromkeys(paged) if name != event.person)
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
    """The person, and after a silent round the managers; who is woken when all was silent comes alone."""
    person, duty = named(scene, event.person), scene.desk.duty
    alone = duty is None or event.next_at is None or person_at_step(duty.roster, event.at, event.step)[1] == 1
    managers = [] if alone else [agent for agent in scene.directory.agents() if agent.manager and agent != person]
    return [*([person] if person is not None else []), *managers]


def _next(event: DutyPaged, scene: Scene) -> datetime | None:
    """When the next person of the roster is woken; None at the last step."""
    duty = scene.desk.duty
    last = duty is None or event.step >= last_step(duty.roster, event.at, duty.rounds)
    return None if last else event.next_at


def _said(scene: Scene) -> str:
    """All that the customer wrote: who is woken later should not have to look for it."""
    story = (*scene.directory.story(scene.ticket.id), *scene.events) if scene.ticket else ()
    texts = (event.text for event in story if isinstance(event, TicketOpened | CustomerWrote))
    return "\n\n".join(dict.fromkeys(filter(None, texts)))


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

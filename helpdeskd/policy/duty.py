"""Emergencies out of hours: whom to wake, and what the customer is told at once and when somebody has taken it.

In: what happened with a page (paged, taken, released), and swaps. Out: mails to the person woken, with a page by each
of their channels beside them, and to the customer. A page for practice says so. Who is next, and when, is the sweep's
business; whether a mail is an emergency is triage's.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import next_page
from helpdeskd.domain.effect import Effect, Page
from helpdeskd.domain.event import (
    AlertRaised,
    CustomerWrote,
    DutyPaged,
    DutyReleased,
    DutySwapped,
    DutyTaken,
    Event,
    TicketOpened,
)
from helpdeskd.domain.ticket import Emergency
from helpdeskd.policy.acknowledge import worth_telling
from helpdeskd.policy.head import head
from helpdeskd.policy.scene import (
    Scene,
    calendar_of,
    customers,
    facts,
    named,
    notices,
    promises,
    requester,
    title,
    to_address,
    to_agent,
)
from helpdeskd.policy.watch import span

DRILL = "drill"
DRILLED = ("/ack",)


def page(event: Event, scene: Scene) -> Iterable[Effect]:
    """Wake the person of this step by mail and by their channels; after a silent round their managers too."""
    if not isinstance(event, DutyPaged):
        return ()
    what, commands = (DRILL, DRILLED) if _emergency(scene).drill else ("", scene.commands)
    told = facts(scene, what=what, text=_said(scene), step=event.step, until=_next(event, scene), commands=commands)
    effects: list[Effect] = []
    for agent in _woken(event, scene):
        lines = head(scene)
        effects += notices("duty-page", [to_agent(agent, scene.desk)], replace(told, head=lines), answers=False)
        effects += _pages(agent, event, scene)
    return effects


def inform(event: Event, scene: Scene) -> Iterable[Effect]:
    """The customer, at once: the person on duty has been informed, and what it may cost."""
    if not isinstance(event, DutyPaged) or not event.first or scene.ticket is None:
        return ()
    reasons = worth_telling(scene.ticket)
    told = facts(scene, may_cost=scene.plan.duty_may_cost, promises=promises(scene.targets), reasons=reasons)
    return notices("duty-informed", requester(scene), told)


def known(event: Event, scene: Scene) -> Iterable[Effect]:
    """A colleague who writes of the same emergency, before an answer has reached them: what is being done about it."""
    emergency = scene.ticket.emergency if scene.ticket else None
    if not isinstance(event, CustomerWrote) or scene.ticket is None or emergency is None or not scene.addressed:
        return ()
    if scene.ticket.answered_at or emergency.released or _has_written(event.by, scene):
        return ()
    person = to_address(event.by, scene)
    told = facts(scene, what="duty-known", person=title(scene, emergency.taken_by))
    return notices("status", [person] if person is not None else [], told)


def taken(event: Event, scene: Scene) -> Iterable[Effect]:
    """The customer: who took it, and when. The others who were woken may sleep on."""
    if not isinstance(event, DutyTaken):
        return ()
    who = title(scene, event.person)
    effects: list[Effect] = list(notices("duty-taken", customers(scene), facts(scene, person=who)))
    woken = (named(scene, name) for name in dict.fromkeys(_emergency(scene).paged) if name != event.person)
    for agent in (agent for agent in woken if agent is not None):
        what = "drill-taken" if _emergency(scene).drill else "duty-taken"
        told = facts(scene, what=what, person=who, head=head(scene))
        effects += notices("agent-update", [to_agent(agent, scene.desk)], told, answers=False)
    return effects


def released(event: Event, scene: Scene) -> Iterable[Effect]:
    """The customer: not an emergency, and when the desk opens."""
    if not isinstance(event, DutyReleased):
        return ()
    told = facts(scene, until=event.opens_at, person=title(scene, event.by))
    return notices("duty-released", customers(scene), told)


def swapped(event: Event, scene: Scene) -> Iterable[Effect]:
    """Who takes over for a time, from when to when, in their zone."""
    if not isinstance(event, DutySwapped):
        return ()
    effects: list[Effect] = []
    for agent in {shift.person: named(scene, shift.person) for shift in event.shifts}.values():
        if agent is not None:
            zone = calendar_of(agent, scene.desk).zone
            text = "\n".join(span(shift.start, shift.end, zone) for shift in event.shifts)
            told = facts(scene, what="duty-swapped", person=title(scene, event.by), text=text)
            effects += notices("agent-update", [to_agent(agent, scene.desk)], told, answers=False)
    return effects


def _woken(event: DutyPaged, scene: Scene) -> list[Agent]:
    """The person, and after a silent round the managers; who is woken when all was silent comes alone."""
    person = named(scene, event.person)
    alone = event.next_at is None or _emergency(scene).woken.count(event.person) <= 1
    managers = [] if alone else [agent for agent in scene.directory.agents() if agent.manager and agent != person]
    return [*([person] if person is not None else []), *managers]


def _next(event: DutyPaged, scene: Scene) -> datetime | None:
    """When the next person of the roster is woken; None at the last step."""
    duty, emergency = scene.desk.duty, _emergency(scene)
    if duty is None or emergency.alone:
        return None
    return event.next_at if next_page(duty.roster, event.at, emergency.woken, duty.rounds) else None


def _has_written(address: str, scene: Scene) -> bool:
    """Whether that contact has written on the ticket before this turn."""
    story = scene.directory.story(scene.ticket.id) if scene.ticket else ()
    before = (event for event in story if event not in scene.events)
    writers = (event.by for event in before if isinstance(event, TicketOpened | CustomerWrote))
    return scene.directory.contact(address) in map(scene.directory.contact, writers)


def _said(scene: Scene) -> str:
    """All that the customer or a monitoring system wrote: who is woken later should not have to look for it."""
    story = (*scene.directory.story(scene.ticket.id), *scene.events) if scene.ticket else ()
    texts = (event.text for event in story if isinstance(event, TicketOpened | CustomerWrote | AlertRaised))
    return "\n\n".join(dict.fromkeys(filter(None, texts)))


def _pages(agent: Agent, event: DutyPaged, scene: Scene) -> list[Page]:
    """The same page by every channel that is for the agent."""
    duty, ticket = scene.desk.duty, scene.ticket
    if duty is None or ticket is None:
        return []
    drill = _emergency(scene).drill
    record = {
        "event": DRILL if drill else "page",
        "person": agent.name,
        "address": agent.address,
        "step": str(event.step),
        "ticket": ticket.reference,
        "subject": ticket.subject,
        "text": f"{'DRILL' if drill else 'Emergency'} {ticket.reference}, step {event.step}: {ticket.subject}",
    }
    return [Page(channel, record) for channel in duty.channels_of(agent.name)]


def _emergency(scene: Scene) -> Emergency:
    return (scene.ticket.emergency if scene.ticket else None) or Emergency()

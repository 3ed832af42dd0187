"""What reaches the customer after the acknowledgement: agents' answers, and statuses that a command set.

A ticket that closes by itself after its quiet period does so without a word. What should have reached a customer and
was not sent is told to the agents concerned.
"""

from collections.abc import Iterable

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import AgentReplied, Event, StatusChanged, TokenMisused
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.notice import Notice
from helpdeskd.domain.sort_event import SpamFound
from helpdeskd.domain.ticket import Status
from helpdeskd.policy.head import head
from helpdeskd.policy.quoted import with_question
from helpdeskd.policy.scene import Scene, concerned, customers, facts, notices, title, to_address, to_agent


def reply(event: Event, scene: Scene) -> Iterable[Effect]:
    """An agent's answer, signed with their name, to everybody of the customer who takes part.

    Where the same mail resolves the ticket, it says so, and until when the customer may object.
    """
    if not isinstance(event, AgentReplied):
        return ()
    name, resolved = title(scene, event.by), _resolved(scene)
    what, until = (resolved.new.value, resolved.until) if resolved else ("", None)
    told = facts(scene, person=name, text=event.text, what=what, until=until)
    answers = notices("reply", customers(scene), told, automatic=False, attach=True, sender=name)
    return [with_question(answer, scene) for answer in answers]


def _resolved(scene: Scene) -> StatusChanged | None:
    """The event of the turn that resolved the ticket."""
    changes = (event for event in scene.events if isinstance(event, StatusChanged))
    return next((event for event in changes if event.new is Status.RESOLVED), None)


def status(event: Event, scene: Scene) -> Iterable[Effect]:
    """Resolved or rejected by a command alone; with an answer in the same mail, that says it. Spam is not answered."""
    if not isinstance(event, StatusChanged) or event.new not in {Status.RESOLVED, Status.REJECTED}:
        return ()
    if scene.happened(SpamFound) or (scene.happened(AgentReplied) and event.new is Status.RESOLVED):
        return ()
    told = facts(scene, what=event.new.value, text=event.text, person=title(scene, event.by), until=event.until)
    return notices("status", customers(scene), told)


def misused(event: Event, scene: Scene) -> Iterable[Effect]:
    """The contact whose reply address somebody else has used; nothing of what that person wrote."""
    if not isinstance(event, TokenMisused) or scene.ticket is None:
        return ()
    holder = to_address(event.holder, scene)
    people = [holder] if holder is not None and not holder.agent else []
    return notices("status", people, facts(scene, what="token-misused"))


def closed(event: Event, scene: Scene) -> Iterable[Effect]:
    """Closed by a person: an agent, or who takes part in it."""
    if not isinstance(event, StatusChanged) or event.new is not Status.CLOSED or event.by == DESK:
        return ()
    return notices("closed", customers(scene), facts(scene, person=title(scene, event.by)))


def unsent(lines: Iterable[str], scene: Scene) -> list[Notice]:
    """To the agents concerned, and to the one who caused them: mails of this turn that were not sent, and why not."""
    cause = scene.directory.agent(scene.writer)
    agents: dict[str, Agent] = {agent.name: agent for agent in (*concerned(scene), *([cause] if cause else []))}
    notes: list[Notice] = []
    for agent in agents.values():
        told = facts(scene, what="not-sent", text="\n".join(lines), head=head(scene), commands=scene.commands)
        notes += notices("agent-update", [to_agent(agent, scene.desk)], told, answers=False)
    return notes

"""What reaches the customer after the acknowledgement: agents' answers, and statuses that a command set.

A ticket that closes by itself after its quiet period does so without a word.
"""

from collections.abc import Iterable

from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import AgentReplied, Event, StatusChanged, TokenMisused
from helpdeskd.domain.ticket import Status
from helpdeskd.policy.scene import Scene, customers, facts, notices, title, to_address

DESK = "desk"


def reply(event: Event, scene: Scene) -> Iterable[Effect]:
    """An agent's answer, signed with their name, to everybody of the customer who takes part."""
    if not isinstance(event, AgentReplied):
        return ()
    name = title(scene, event.by)
    told = facts(scene, person=name, text=event.text)
    return notices("reply", customers(scene), told, automatic=False, attach=True, sender=name)


def status(event: Event, scene: Scene) -> Iterable[Effect]:
    """Resolved or rejected by a command alone; with an answer in the same mail, that says it."""
    if not isinstance(event, StatusChanged) or event.new not in {Status.RESOLVED, Status.REJECTED}:
        return ()
    if scene.happened(AgentReplied) and event.new is Status.RESOLVED:
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
    """Closed by an agent."""
    if not isinstance(event, StatusChanged) or event.new is not Status.CLOSED or event.by == DESK:
        return ()
    return notices("closed", customers(scene), facts(scene, person=title(scene, event.by)))

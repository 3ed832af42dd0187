"""What a merge tells: the customer where their request goes on, and the agents of the other ticket what came to it.

The customer reads a number and nothing of either ticket; the agents read all that was written on the one that came.
"""

from collections.abc import Iterable

from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import Event
from helpdeskd.domain.join_event import TicketJoined, TicketMerged
from helpdeskd.domain.ticket import Status
from helpdeskd.policy.explain import written
from helpdeskd.policy.inform import update
from helpdeskd.policy.scene import Scene, customers, facts, notices


def merged(event: Event, scene: Scene) -> Iterable[Effect]:
    """Everybody of the customer who takes part: under which number it goes on."""
    if not isinstance(event, TicketMerged):
        return ()
    return notices("status", customers(scene), facts(scene, what=Status.MERGED.value, refers=event.into))


def joined(event: Event, scene: Scene) -> Iterable[Effect]:
    """Who of the desk the other ticket concerns: what was written on the one that goes on as it."""
    if not isinstance(event, TicketJoined):
        return ()
    came = scene.directory.ticket(event.merged)
    story = written(scene.directory.story(came.id), scene.desk.calendar.zone) if came else ""
    subject = came.subject if came else ""
    return update(event, scene, "merged", "\n\n".join(filter(None, (f"{event.merged} {subject}", story, event.text))))

"""What agents are told of alerts after the first: that a problem is over, or back. Nobody else is told of them.

What a new ticket and a page say is `inform.opened` and `duty.page`; a problem that is reported again and again is only
recorded.
"""

from collections.abc import Iterable

from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import AlertRaised, AlertRecovered, DutyPaged, Event
from helpdeskd.policy.inform import update
from helpdeskd.policy.scene import Scene


def changed(event: Event, scene: Scene) -> Iterable[Effect]:
    """To the owner, else the team; a problem that wakes somebody again is told by the page."""
    match event:
        case AlertRecovered() if scene.ticket is not None and scene.ticket.merged_into:
            return ()  # A note on the ticket that it went on as tells them.
        case AlertRecovered():
            return update(event, scene, "alert-recovered", event.text)
        case AlertRaised() if not scene.happened(DutyPaged):
            return update(event, scene, "alert-raised", event.text)
        case _:
            return ()

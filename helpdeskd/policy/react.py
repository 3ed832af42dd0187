"""Every policy, in one tuple: an event goes to each of them, and what they ask for is carried out in the event's
transaction.
"""

from collections.abc import Callable, Iterable

from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import Event
from helpdeskd.policy import acknowledge, answer, duty, inform, remind
from helpdeskd.policy.scene import Scene

Policy = Callable[[Event, Scene], Iterable[Effect]]

POLICIES: tuple[Policy, ...] = (
    acknowledge.acknowledge,
    acknowledge.decline,
    duty.page,
    duty.inform,
    duty.taken,
    duty.released,
    answer.reply,
    answer.status,
    answer.closed,
    answer.misused,
    inform.opened,
    inform.wrote,
    inform.changed,
    inform.failed,
    inform.transcript,
    remind.warn,
    remind.held,
)


def react(scene: Scene) -> list[Effect]:
    """What follows from the events of a turn, in their order."""
    return [effect for event in scene.events for policy in POLICIES for effect in policy(event, scene)]

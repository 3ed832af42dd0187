"""Every policy, in one tuple: an event goes to each of them, and what they ask for is carried out in the event's
transaction.
"""

from collections.abc import Callable, Iterable

from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import Event
from helpdeskd.policy import (
    acknowledge,
    adopt,
    alert,
    allowance,
    answer,
    consent,
    contacts,
    duty,
    holding,
    inform,
    join,
    misuse,
    overview,
    remind,
    statement,
    third_party,
)
from helpdeskd.policy.scene import Scene

Policy = Callable[[Event, Scene], Iterable[Effect]]

POLICIES: tuple[Policy, ...] = (
    acknowledge.acknowledge,
    acknowledge.inform,
    acknowledge.decline,
    acknowledge.wait,
    adopt.ask,
    acknowledge.remind,
    duty.page,
    duty.inform,
    duty.known,
    duty.taken,
    duty.released,
    duty.swapped,
    answer.reply,
    answer.status,
    answer.closed,
    answer.misused,
    join.merged,
    join.joined,
    consent.ask,
    consent.answered,
    consent.not_counted,
    consent.outside,
    allowance.quota_used_up,
    allowance.cards_low,
    allowance.balance,
    overview.open_tickets,
    overview.words,
    overview.closed_already,
    contacts.listed,
    contacts.kept,
    contacts.changed,
    misuse.told,
    inform.opened,
    inform.managers,
    inform.wrote,
    inform.changed,
    inform.failed,
    alert.changed,
    third_party.ask,
    third_party.tell,
    inform.transcript,
    remind.warn,
    holding.held,
    remind.snoozed,
    statement.issued,
)


def react(scene: Scene) -> list[Effect]:
    """What follows from the events of a turn, in their order."""
    return [effect for event in scene.events for policy in POLICIES for effect in policy(event, scene)]

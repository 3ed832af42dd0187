"""Whose reply address somebody else has used, where it is about no ticket: they are told, contact or agent.

In: the event of it. Out: one notice that says which address it was, and nothing of what that person wrote.
"""

from collections.abc import Iterable

from helpdeskd.domain.contact_event import AddressMisused
from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import Event
from helpdeskd.domain.token import ADOPT, MANAGE
from helpdeskd.policy.scene import Scene, facts, notices, to_address

OF = {ADOPT: "adopt-request", MANAGE: "contacts"}
"""The notice that the address stood in; an agent's is that of any."""


def told(event: Event, scene: Scene) -> Iterable[Effect]:
    """To the holder."""
    holder = to_address(event.holder, scene) if isinstance(event, AddressMisused) else None
    if holder is None or not isinstance(event, AddressMisused):
        return []
    return notices("address-misused", [holder], facts(scene, what=OF.get(event.purpose, "")), answers=False)

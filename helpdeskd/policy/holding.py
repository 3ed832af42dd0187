"""Held mail: the lines of the digest that its queue's team gets, with the replies that decide it.

In: a mail that was held. Out: a line for each agent of the team, in their working time; what looks urgent, at once.
Other mail is collected for up to an hour, so that a flood of it is one digest; so is urgent mail while much of it
comes. What the mail's sender may be told, and
whom else the desk asks, is not decided here.
"""

from collections.abc import Iterable
from datetime import timedelta

from helpdeskd.domain.address import normalise
from helpdeskd.domain.effect import Effect, Remind
from helpdeskd.domain.event import Event, MailHeld
from helpdeskd.domain.notice import Item
from helpdeskd.domain.ticket import Reason
from helpdeskd.policy.adopt import asked
from helpdeskd.policy.remind import excerpt, full_hour, opening
from helpdeskd.policy.scene import Scene, team

URGENT_MOST, URGENT_WITHIN = 5, timedelta(hours=1)
"""Where so much mail was held within that time, one more is no reason to write at once."""


def held(event: Event, scene: Scene) -> Iterable[Effect]:
    """To the queue's team."""
    if not isinstance(event, MailHeld):
        return []
    item = _item(event, scene)
    collected = full_hour(scene.now)
    at_once = scene.now if scene.directory.held_since(scene.now - URGENT_WITHIN) < URGENT_MOST else collected
    return [
        Remind("held-digest", agent.address, at_once if event.urgent else opening(agent, scene, collected), item)
        for agent in team(scene, scene.own_queue.team)
    ]


def _item(event: MailHeld, scene: Scene) -> Item:
    """A mail is accepted for its sender where that is a contact, else for one that a person must name."""
    number, contact = scene.mail_id, scene.directory.contact(event.by)
    stranger = bool(normalise(event.by)) and contact is None and scene.directory.agent(event.by) is None
    return Item(
        "",
        event.subject,
        text=event.by or "no sender",
        reasons=(*event.reasons, *_asked(event, scene)),
        excerpt=excerpt(scene.text),
        accept=f"/accept {number}" + ("" if contact else " as CONTACT"),
        refuse=f"/refuse {number} REASON",
        block=f"/block {number}" if stranger else "",
        mail_id=number,
    )


def _asked(event: MailHeld, scene: Scene) -> Iterable[Reason]:
    """That contacts were asked whether they want it handled, which may decide it without the desk."""
    customer = scene.directory.customer(event.customer)
    return [Reason("contacts-asked", customer.title)] if customer and asked(customer, scene) else []

"""Held mail: `/accept [NUMBER] [as CONTACT]`, `/refuse [NUMBER] REASON`, `/block [NUMBER]`.

In: an order, and the number of a mail as the digest tells it; the number of the only mail that the answered notice told
of may be left out. Out: what is decided, which is carried out after the agent's mail. A mail is accepted for the
contact who wrote it, or for the one that is named by address or by a name that only one has; where it would not be
served for them it stays held, and the agent learns why. Whoever comes too late learns who was earlier, and nothing
happens twice. Mail of contacts and agents cannot be blocked.
"""

import re

from helpdeskd.domain.address import normalise
from helpdeskd.domain.directory import Contact
from helpdeskd.domain.event import Event, MailHeld, MailRefused, TicketOpened
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.held_event import HeldAccepted, HeldEvent, HeldRefused, SenderBlocked
from helpdeskd.triage.orders.named import called
from helpdeskd.triage.orders.order import Done, Order, Wrong

UNSERVED = frozenset({"held", "refused"})
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def accept(order: Order) -> Done:
    """Serve it as if its sender were proved and their contract in force."""
    number, rest = _number(order, "accept")
    held = _held(order, number)
    word, _, name = rest.partition(" ")
    if rest and (word.lower() != "as" or not name.strip()):
        raise Wrong(f"for whom? (/accept {number} as ADDRESS)")
    contact = _contact(order, name.strip()) if rest else order.directory.contact(held.by)
    if contact is None:
        raise Wrong(f"{held.by or 'its sender'} is no contact (/accept {number} as ADDRESS)")
    _refuse_blocked(order, held)
    _refuse_unserved(order, number, contact)
    accepted = HeldAccepted(order.now, order.by, number, contact.address)
    return Done((accepted,), f"mail {number} is served for {contact.name} ({contact.customer})")


def refuse(order: Order) -> Done:
    """End it; a contact who was proved reads the reason."""
    number, reason = _named(order)
    held = _held(order, number)
    if not reason:
        raise Wrong(f"why? (/refuse {number} REASON)")
    reads = order.directory.contact(held.by) if held.tell else None
    told = f"{reads.name} is told why" if reads else "nobody is told"
    return Done((HeldRefused(order.now, order.by, number, reason),), f"mail {number} is refused; {told}")


def block(order: Order) -> Done:
    """Refuse it, and all that its sender writes from now on, without a word."""
    number, rest = _number(order, "block")
    held = _held(order, number)
    if rest:
        raise Wrong(f"a mail is named by its number (/block {number})")
    address = normalise(held.by)
    if not address:
        raise Wrong(f"it names no sender that could be blocked (/refuse {number} REASON)")
    if order.directory.contact(address) or order.directory.agent(address):
        raise Wrong(f"contacts and agents cannot be blocked (/refuse {number} REASON)")
    told = f"{address} is refused from now on, and not told (helpdeskd held unblock {address} undoes it)"
    return Done((SenderBlocked(order.now, order.by, number, address),), told)


def _number(order: Order, command: str) -> tuple[int, str]:
    """Which mail, and what stands behind its number. Raises Wrong where no number and no notice says it."""
    first, _, rest = order.argument.partition(" ")
    if _NUMBER.fullmatch(first):
        return int(first), rest.strip()
    if not order.about:
        raise Wrong(f"which mail? its number stands in the digest (/{command} 12)")
    return order.about, order.argument


def _named(order: Order) -> tuple[int, str]:
    """The same for a reason, which may begin with a number. Raises Wrong where that may be the number of a mail."""
    number, reason = _number(order, "refuse")
    if order.about in {0, number} or not reason:
        return number, reason
    if any(isinstance(event, MailHeld) for event in order.directory.story_of_mail(number)):
        both = f"/refuse {order.about} {order.argument}, or /refuse {number} REASON in answer to the digest"
        raise Wrong(f"mail {number}, or mail {order.about}, of which you were told? ({both})")
    return order.about, order.argument


def _refuse_blocked(order: Order, held: MailHeld) -> None:
    """A line above that blocks its sender refuses this mail too."""
    blocked = {event.address for event in order.done if isinstance(event, SenderBlocked)}
    if normalise(held.by) in blocked:
        raise Wrong("a line above it blocks its sender, with all of theirs that waits (put /accept above /block)")


def _refuse_unserved(order: Order, number: int, contact: Contact) -> None:
    """Nobody is told of a mail that is not served for them."""
    outcome = order.let_in(number, contact.address) if order.let_in else None
    if outcome is not None and outcome.fate in UNSERVED:
        raise Wrong(f"it is not served for {contact.name} ({outcome.reason}); it stays held")


def _held(order: Order, number: int) -> MailHeld:
    """Why it is held. Raises Wrong for a mail that is not, and for one that another line decides."""
    story = order.directory.story_of_mail(number)
    held = next((event for event in reversed(story) if isinstance(event, MailHeld)), None)
    if held is None:
        raise Wrong(f"there is no mail {number} that was held (the digest of held mail names them)")
    if not order.directory.is_held(number):
        raise Wrong(f"mail {number} is decided: {_earlier(order, story)}")
    if any(isinstance(event, HeldEvent) and event.inbox_id == number for event in order.done):
        raise Wrong(f"another line decides mail {number} (leave one out)")
    return held


def _earlier(order: Order, story: tuple[Event, ...]) -> str:
    """Who was earlier, and what became of it."""
    # What the desk decided is recorded before what follows from it.
    by_desk = [event for event in story if isinstance(event, HeldEvent)]
    for event in reversed(by_desk or story):
        match event:
            case HeldAccepted():
                return f"{_who(order, event)} has accepted it"
            case HeldRefused():
                return f"{_who(order, event)} has refused it"
            case SenderBlocked():
                return f"{_who(order, event)} has blocked its sender"
            case TicketOpened():
                return f"it is {event.ticket.reference}"
            case MailRefused():
                return "it was refused"
    return "it waits no longer"


def _who(order: Order, event: HeldEvent) -> str:
    if event.by == DESK:
        return "somebody at the command line"
    return next((agent.title for agent in order.directory.agents() if agent.name == event.by), event.by)


def _contact(order: Order, name: str) -> Contact | None:
    """The contact of that address, or whose name is only theirs. Raises Wrong for nobody and for several."""
    if "@" in name:
        address = normalise(name.strip("<>"))
        found = order.directory.contact(address) if address else None
        if found is None:
            raise Wrong(f"{name} is no contact's address")
        return found
    customers = map(order.directory.customer, order.directory.customer_titles())
    people = [contact for customer in customers if customer for contact in customer.contacts]
    return order.directory.contact(called(name, {person.address: (person.name,) for person in people}, "contact"))

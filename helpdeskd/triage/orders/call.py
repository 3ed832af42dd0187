"""A phone call: `/call ADDRESS 12m [text]`.

In an answer on a ticket it books the minutes and notes who was spoken to and what was said; the text of the mail stays
inside. On top of a new mail to the desk it makes the call a ticket of that contact (`triage.behalf`). What follows the
address is read as that of `/time`: without a time of day the call ended when the mail arrived.

Refused: a call with nobody of the ticket's customer and no third party that was asked, and what `/time` refuses.
"""

from dataclasses import replace

from helpdeskd.domain.address import normalise
from helpdeskd.domain.event import NoteAdded
from helpdeskd.triage.orders import booking
from helpdeskd.triage.orders.order import Done, Order, Wrong

USAGE = "/call ADDRESS 12m [text]"


def call(order: Order) -> Done:
    """The call, on a ticket that there is."""
    address, written = parted(order.argument)
    whom = _called(order, normalise(address), address)
    done = booked(order, written)
    text = "\n\n".join(filter(None, (f"Call with {whom}: {done.told}", booking.text_of(written), order.text)))
    return Done((NoteAdded(order.now, order.by, text), *done.events), f"{done.told}; the text stays inside")


def parted(argument: str) -> tuple[str, str]:
    """The address as it is written, and what was worked."""
    address, _, written = argument.partition(" ")
    return address.strip("<>"), written.strip()


def booked(order: Order, written: str) -> Done:
    """The minutes of a call. Raises Wrong."""
    refuse_without_time(written)
    return booking.book(replace(order, argument=written))


def refuse_without_time(written: str) -> None:
    """Raises Wrong where no time is told, or one that takes bookings back."""
    if not written or written.startswith("-"):
        raise Wrong(f"how long was it? ({USAGE})")


def _called(order: Order, address: str, written: str) -> str:
    """Who was spoken to, for agents."""
    contact = order.directory.contact(address)
    if contact is not None and contact.customer == order.ticket.customer:
        return f"{contact.name} <{contact.address}>"
    if address in order.ticket.third_parties:
        return address
    if not address:
        raise Wrong(f"with whom? ({USAGE})")
    raise Wrong(f"{written} is no contact of this customer, and was asked nothing (/time books work without a call)")

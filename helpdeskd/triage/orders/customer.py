"""Whose request it is: `/customer NAME [ADDRESS]`.

In: an order with the name or title of a customer, or how one of them begins, and the address of the contact who asks
from now on; the address alone says both. Without one, the requester stays, who must be a contact of that customer. Out:
the ticket as that customer's, by the contract that was in force when it was accepted (`triage.anew`).

Nothing of one customer reaches the other: who is no contact of the new one takes part no more, nobody reads what was
written before, and a subject in the words of another is left out. What is booked follows the ticket: cards get back
what it has drawn, and a statement that was issued is put right by the next one.

Refused: a customer that has it already, a drill, and a ticket on which somebody has agreed to costs: nobody pays for
what others have agreed to.
"""

from dataclasses import dataclass

from helpdeskd.domain.address import normalise
from helpdeskd.domain.directory import Contact, Customer
from helpdeskd.domain.sort_event import CustomerChanged
from helpdeskd.domain.ticket import Ticket
from helpdeskd.triage.anew import Owner, judged_anew
from helpdeskd.triage.orders.named import called
from helpdeskd.triage.orders.order import Done, Order, Wrong
from helpdeskd.triage.orders.sort import WITHDRAWN, withdraw

MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class _Move:
    """From a customer (None: the desk's own, or one that has left) to another, for its contact (None: a machine)."""

    old: Customer | None
    new: Customer
    contact: Contact | None


def customer(order: Order) -> Done:
    """Another customer's from now on."""
    move = _move(order)
    _refuse(order, move)
    ticket = order.ticket
    site = ticket.site if ticket.site in move.new.sites else ""
    anew = judged_anew(ticket, Owner(move.new, move.contact, ticket.product, site), order.desk, order.directory)
    people, stays = _people(ticket, move, anew.informs), _stays(ticket, move)
    changed = CustomerChanged(
        order.now,
        order.by,
        ticket.customer,
        move.new.name,
        requester=move.contact.address if move.contact else ticket.requester,
        participants=people,
        subject=ticket.subject if stays else "",
        site=site,
        basis=anew.basis,
    )
    withdrawn = withdraw(order)
    gone = [one.address for one in ticket.participants if one.address not in people]
    told = (
        f"of {move.new.title}" + (f", for {move.contact.name}" if move.contact else ""),
        f"; no longer on it: {', '.join(gone)}" if gone else "",
        "" if stays or not ticket.subject else "; its subject, which somebody else wrote, is left out",
        anew.told,
        WITHDRAWN if withdrawn else "",
        _stands_on(order, move),
    )
    return Done((*withdrawn, changed), "".join(told))


def _move(order: Order) -> _Move:
    name, _, last = order.argument.rpartition(" ")
    address = normalise(last.strip("<>")) if "@" in last else ""
    contact = _contact(order, address) if address else None
    old = order.directory.customer(order.ticket.customer)
    if contact and not name:
        new = contact.customer
    else:
        titles = order.directory.customer_titles()
        new = called(name.strip() if address else order.argument, {n: (n, t) for n, t in titles.items()}, "customer")
    found = order.directory.customer(new)
    assert found is not None
    if contact is None:
        contact = order.directory.contact(order.ticket.requester)
    elif contact.customer != new:
        raise Wrong(f"{contact.address} is a contact of {contact.customer}, not of {new}")
    return _Move(old, found, contact if contact and contact.customer == new else None)


def _contact(order: Order, address: str) -> Contact:
    contact = order.directory.contact(address)
    if contact is None:
        raise Wrong(f"{address} is no contact of any customer")
    return contact


def _refuse(order: Order, move: _Move) -> None:
    ticket = order.ticket
    if ticket.is_drill:
        raise Wrong("this is a drill (/ack takes it)")
    if move.new.name == ticket.customer:
        raise Wrong(f"it is {move.new.title}'s already")
    if order.directory.approvals(ticket.id):
        raise Wrong("its customer has agreed to costs (open a new ticket for the other, and book there)")
    if move.contact is None and not ticket.alert_key:
        known = ", ".join(contact.address for contact in move.new.contacts[:MOST_NAMED]) or "it has no contacts"
        raise Wrong(f"for whom? (/customer {move.new.name} ADDRESS, of {known})")


def _people(ticket: Ticket, move: _Move, informs: bool) -> tuple[str, ...]:
    """Who asks, who takes part already, and whom the contract wants informed: contacts of the new customer only."""
    own = {address: contact.address for contact in move.new.contacts for address in contact.addresses}
    asks = (move.contact.address,) if move.contact else ()
    stays = (own[one.address] for one in ticket.participants if one.address in own)
    return tuple(dict.fromkeys((*asks, *stays, *(own.values() if informs else ()))))


def _stays(ticket: Ticket, move: _Move) -> bool:
    """Whether the subject is in the words of who asks, or of a machine."""
    return bool(ticket.alert_key) or (move.contact is not None and ticket.requester in move.contact.addresses)


def _stands_on(order: Order, move: _Move) -> str:
    """The old customer's statements on which the ticket stands."""
    issued = order.directory.statements(move.old.name) if move.old else ()
    months = [str(one.month) for one in issued if any(line.ticket == order.ticket.reference for line in one.lines)]
    if move.old is None or not months:
        return ""
    return f"; it stands on {move.old.title}'s statement of {', '.join(months)}: their next one takes it back"

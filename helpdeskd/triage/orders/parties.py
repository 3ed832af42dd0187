"""Other people on a ticket: `/cc ADDRESS`, `/uncc ADDRESS`, `/forward ADDRESS`.

In: an order. Out: who of the customer takes part from now on, or no longer; or a question to a third party. Only
contacts of the same customer who may open tickets take part, and the requester always does. What goes to a third party
is the text of the mail, its subject and its attachments, and nothing of the ticket.

Refused: taking part for anybody else, with the contact whose address comes nearest; a question to the desk itself, an
agent or a contact, to what is no address, and one without words.
"""

from difflib import get_close_matches

from helpdeskd.domain.address import is_deliverable, normalise
from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.merged import whole_story
from helpdeskd.domain.party_event import ParticipantAdded, ParticipantRemoved, ThirdPartyAsked
from helpdeskd.triage.orders.order import Done, Order, Wrong

NEAR = 0.6


def cc(order: Order) -> Done:
    """Contacts take part from now on; an answer in the same mail is the first that they get."""
    contacts = [_joining(order, address) for address in _addresses(order, "/cc ADDRESS")]
    events = tuple(ParticipantAdded(order.now, order.by, contact.address) for contact in dict.fromkeys(contacts))
    names = ", ".join(contact.name for contact in dict.fromkeys(contacts))
    return Done(events, f"from now on with {names}; nothing that was written before is sent")


def uncc(order: Order) -> Done:
    """Contacts take part no longer; who of them writes again joins again."""
    addresses = _addresses(order, f"/uncc ADDRESS; {_there(order)}")
    leaving = dict.fromkeys(_leaving(order, address) for address in addresses)
    events = tuple(ParticipantRemoved(order.now, order.by, address) for address in leaving)
    return Done(events, f"from now on without {', '.join(leaving)}")


def forward(order: Order) -> Done:
    """Ask a third party; a further question to the same one goes on under the first one's subject."""
    address = _third_party(order)
    if not (order.text or order.attached):
        raise Wrong("what do you ask? (write it below; nothing of the ticket is sent along)")
    if any(isinstance(event, ThirdPartyAsked) and event.address == address for event in order.done):
        raise Wrong("a line above asks the same (leave one out)")
    asked = ThirdPartyAsked(order.now, order.by, address, _subject(order, address), order.text)
    told = f"asked as {asked.subject!r}, with your text and attachments and nothing else of the ticket"
    return Done((asked,), f"{told}; the answer comes back as a note")


def _addresses(order: Order, usage: str) -> list[str]:
    """The addresses of a line, each once and normalised where it is one."""
    words = order.argument.replace(",", " ").replace(";", " ").split()
    if not words:
        raise Wrong(f"whom? ({usage})")
    return list(dict.fromkeys(normalise(word.strip("<>")) or word for word in words))


def _joining(order: Order, address: str) -> Contact:
    """The contact with that address, who does not take part yet."""
    contact = order.directory.contact(address)
    if contact is None or contact.customer != order.ticket.customer:
        raise Wrong(f"{address} is no contact of this customer ({_nearest(order, address)}/forward asks anybody else)")
    if Right.OPEN not in contact.rights:
        raise Wrong(f"{contact.name} may not open requests, and so not take part (/call is for what you tell them)")
    if any(order.ticket.takes_part(known) for known in contact.addresses):
        raise Wrong(f"{contact.name} takes part already (leave the line out)")
    return contact


def _nearest(order: Order, address: str) -> str:
    """`did you mean anna@…? ` where an address of the customer's is near."""
    customer = order.directory.customer(order.ticket.customer)
    contacts = customer.contacts if customer else ()
    known = [address for contact in contacts if Right.OPEN in contact.rights for address in contact.addresses]
    near = get_close_matches(address, known, n=1, cutoff=NEAR)
    return f"did you mean {near[0]}? " if near else ""


def _leaving(order: Order, address: str) -> str:
    """The address by which somebody takes part who is not the requester."""
    contact = order.directory.contact(address)
    own = contact.addresses if contact else (address,)
    if order.ticket.requester in own:
        raise Wrong(f"{address} is the requester, who takes part as long as there is a ticket ({_there(order)})")
    taking = next((one.address for one in order.ticket.participants if one.address in own), "")
    if not taking:
        raise Wrong(f"{address} does not take part ({_there(order)})")
    return taking


def _there(order: Order) -> str:
    others = [one.address for one in order.ticket.participants if one.address != order.ticket.requester]
    return f"beside the requester: {', '.join(others) or 'nobody'}"


def _third_party(order: Order) -> str:
    """The address that is meant, normalised: of nobody whom the desk knows."""
    address = normalise(order.argument.strip("<>"))
    contact = order.directory.contact(address) if address else None
    if not is_deliverable(address):
        raise Wrong(f'"{order.argument}" is no address that mail can go to (/forward name@supplier.example)')
    if order.desk.is_ours(address):
        raise Wrong("that is the desk's own address (/note keeps a text inside)")
    if order.directory.agent(address) is not None:
        raise Wrong("that is a colleague (/assign gives them the ticket, /note tells them)")
    if contact is not None and contact.customer == order.ticket.customer:
        raise Wrong(f"that is {contact.name} of this customer (/cc lets them take part)")
    if contact is not None:
        raise Wrong(f"that is a contact of {contact.customer}, and no third party (open a ticket for them: /for)")
    return address


def _subject(order: Order, address: str) -> str:
    """That of the first question to the address; else the mail's own, or the desk's name: never the ticket's unseen."""
    story = whole_story(order.ticket, order.directory)
    asked = (event for event in story if isinstance(event, ThirdPartyAsked))
    first = next((event.subject for event in asked if event.address == address), "")
    return first or order.subject or order.desk.name

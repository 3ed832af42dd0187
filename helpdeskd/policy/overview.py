"""What contacts ask about themselves: their open tickets (`status`), and what they can do by mail (`help`).

In: a question of a contact. Out: the answer, to nobody else. Who may manage contacts sees the open tickets of the whole
customer, everybody else those that they take part in. Of a ticket are told number, subject, status and the next
promise, and nothing that was written.
"""

from collections.abc import Iterable

from helpdeskd.domain.directory import Contact, Customer, Right
from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import Event, QuestionAsked
from helpdeskd.domain.notice import Item
from helpdeskd.domain.ticket import Ticket
from helpdeskd.policy.scene import Scene, facts, notices, promises, title, to_contact

CLOSE, STATUS, HELP = "close", "status", "help"
MOST = 100


def open_tickets(event: Event, scene: Scene) -> Iterable[Effect]:
    """The open tickets, the newest first."""
    contact, customer = _asker(event, scene, STATUS)
    if contact is None or customer is None:
        return []
    found = [each for each in scene.directory.unfinished(customer.name) if _concerns(contact, each)]
    items = tuple(_item(each, contact, scene) for each in found[:MOST])
    told = facts(scene, what="tickets", items=items, rights=_rights(contact))
    return notices("status", [to_contact(contact, customer, scene)], told)


def words(event: Event, scene: Scene) -> Iterable[Effect]:
    """The words that there are, and how to write a request; also to who would close what is no ticket of theirs."""
    contact, customer = _asker(event, scene, HELP, CLOSE)
    if contact is None or customer is None or scene.ticket is not None:
        return []
    what = CLOSE if isinstance(event, QuestionAsked) and event.question == CLOSE else ""
    told = facts(scene, what=what, rights=_rights(contact))
    return notices("help", [to_contact(contact, customer, scene)], told)


def closed_already(event: Event, scene: Scene) -> Iterable[Effect]:
    """Who closes what is over already is told that it is."""
    contact, customer = _asker(event, scene, CLOSE)
    if contact is None or scene.ticket is None:
        return []
    return notices("closed", [to_contact(contact, customer, scene)], facts(scene))


def _asker(event: Event, scene: Scene, *questions: str) -> tuple[Contact | None, Customer | None]:
    """Who asks one of these questions, if they are still known."""
    if not isinstance(event, QuestionAsked) or event.question not in questions:
        return None, None
    contact = scene.directory.contact(event.by)
    return contact, scene.directory.customer(contact.customer) if contact else None


def _concerns(contact: Contact, ticket: Ticket) -> bool:
    return Right.MANAGE in contact.rights or any(ticket.takes_part(address) for address in contact.addresses)


def _item(ticket: Ticket, reader: Contact, scene: Scene) -> Item:
    """A line of the list: whose it is, where it is not the reader's own, and when the next promise is due."""
    known = promises(scene.directory.targets(ticket.id))
    due = min((promise.due for promise in known if promise.due is not None), default=None)
    whose = "" if ticket.requester in reader.addresses else title(scene, ticket.requester)
    return Item(ticket.reference, ticket.subject, whose, due, kind=ticket.status.value)


def _rights(contact: Contact) -> tuple[str, ...]:
    return tuple(right.value for right in Right if right in contact.rights)

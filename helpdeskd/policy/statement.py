"""The monthly statement, mailed to those at the customer who are about money; one with nothing in it to nobody."""

from collections.abc import Iterable

from helpdeskd.domain.directory import Contact, Customer, Right
from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import Event, StatementIssued
from helpdeskd.policy.scene import Scene, facts, notices, to_contact

READERS = (Right.APPROVE, Right.MANAGE, Right.OPEN)


def issued(event: Event, scene: Scene) -> Iterable[Effect]:
    """To the contacts who approve costs, else to those who manage contacts, else to all who may open tickets."""
    if not isinstance(event, StatementIssued):
        return []
    customer = scene.directory.customer(event.customer)
    made = next((each for each in scene.directory.statements(event.customer) if each.month == event.month), None)
    if customer is None or made is None or made.is_empty:
        return []
    people = [to_contact(contact, customer, scene) for contact in readers(customer)]
    return notices("statement", people, facts(scene, text=customer.title, statement=made), answers=False)


def readers(customer: Customer) -> list[Contact]:
    """The contacts with the first of these rights that anybody has."""
    able = ([contact for contact in customer.contacts if right in contact.rights] for right in READERS)
    return next((contacts for contacts in able if contacts), [])

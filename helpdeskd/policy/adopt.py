"""A stranger from a customer's own domain: the customer's contacts are asked whether it is to be handled for them.

In: a mail that was held for that. Out: one request to each contact who may open tickets, bound to the mail and to its
recipient. The sender's domain is proved, so the beginning of what they wrote may be shown; nothing else of it is.
"""

from collections.abc import Iterable

from helpdeskd.domain.directory import Contact, Customer, Right
from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import Event, MailHeld
from helpdeskd.policy.remind import excerpt
from helpdeskd.policy.scene import Scene, facts, notices, to_contact


def ask(event: Event, scene: Scene) -> Iterable[Effect]:
    """Whoever may open tickets for the customer, each by an own mail; the first who answers decides."""
    customer = scene.directory.customer(event.customer) if isinstance(event, MailHeld) else None
    if not isinstance(event, MailHeld) or customer is None:
        return ()
    told = facts(scene, person=event.by, what=event.subject, text=excerpt(scene.text))
    people = [to_contact(contact, customer, scene) for contact in asked(customer, scene)]
    return notices("adopt-request", people, told, answers=False, about=scene.mail_id)


def asked(customer: Customer, scene: Scene) -> list[Contact]:
    """Whom it is up to."""
    return [contact for contact in customer.contacts if _may(contact, customer, scene)]


def _may(contact: Contact, customer: Customer, scene: Scene) -> bool:
    """The right to open tickets, and a role where the plans in force serve only those who have one."""
    plans = ((contract, scene.desk.plan_named(contract.plan)) for contract in customer.contracts)
    rules = [
        plan.contacts for contract, plan in plans if contract.in_force(scene.now.astimezone(plan.calendar.zone).date())
    ]
    return Right.OPEN in contact.rights and (not rules or any(rule.admit(contact.roles) for rule in rules))

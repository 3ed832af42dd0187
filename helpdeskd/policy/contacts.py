"""Who learns of a customer's contacts and of their changes: those who may manage them, and nobody else.

In: a contact who asked for the list, or whose change counts or does not. Out: the list as it is now, to who wrote, with
the reason where nothing was changed; a change to all who may manage, and to who could until this change. Each copy can
be answered with the next change (`about` is the number of the list), but for that of who is no contact any more, which
holds no list either.
"""

from collections.abc import Iterable

from helpdeskd.domain.contact_event import ContactAdded, ContactRemoved, ContactsChanged, ContactsKept
from helpdeskd.domain.directory import Contact, Customer, Right
from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import Event, QuestionAsked
from helpdeskd.domain.notice import ContactFacts
from helpdeskd.domain.ticket import Reason
from helpdeskd.policy.scene import Scene, facts, notices, title, to_contact

CONTACTS = "contacts"
SITE = "site:"


def listed(event: Event, scene: Scene) -> Iterable[Effect]:
    """The list, to who asked for it."""
    if not isinstance(event, QuestionAsked) or event.question != CONTACTS:
        return []
    return _list(event.by, scene, "listed")


def kept(event: Event, scene: Scene) -> Iterable[Effect]:
    """Why nothing was changed, and the list as it is."""
    return _list(event.by, scene, "not-changed", event.reason) if isinstance(event, ContactsKept) else []


def changed(event: Event, scene: Scene) -> Iterable[Effect]:
    """A change, to all who may manage contacts, before or after it."""
    customer = scene.directory.customer(event.customer) if isinstance(event, ContactsChanged) else None
    if not isinstance(event, ContactsChanged) or customer is None:
        return []
    what, reasons = ("added", _lacking(event, customer, scene)) if isinstance(event, ContactAdded) else ("removed", ())
    named = f"{event.name} <{event.addresses[0]}>"
    by = title(scene, event.by) if scene.directory.contact(event.by) else event.name
    told = facts(scene, what=what, person=by, text=named, reasons=reasons, rights=event.rights)
    effects = list(_to_managers(customer, scene, what=what, person=by, text=named, reasons=reasons))
    if isinstance(event, ContactRemoved) and Right.MANAGE in event.rights:
        gone = Contact(customer.name, event.name, event.addresses, event.language)
        effects += notices("contacts", [to_contact(gone, customer, scene)], told, answers=event.by in gone.addresses)
    return effects


def _to_managers(customer: Customer, scene: Scene, **told: object) -> Iterable[Effect]:
    people = [to_contact(one, customer, scene) for one in customer.contacts if Right.MANAGE in one.rights]
    whole = facts(scene, contacts=_facts(customer), **told)
    return notices("contacts", people, whole, about=scene.directory.contact_list(customer.name))


def _list(address: str, scene: Scene, what: str, *reasons: Reason) -> Iterable[Effect]:
    contact = scene.directory.contact(address)
    customer = scene.directory.customer(contact.customer) if contact else None
    if contact is None or customer is None or Right.MANAGE not in contact.rights:
        return []
    told = facts(scene, what=what, reasons=reasons, contacts=_facts(customer))
    number = scene.directory.contact_list(customer.name)
    return notices("contacts", [to_contact(contact, customer, scene)], told, about=number)


def _facts(customer: Customer) -> tuple[ContactFacts, ...]:
    return tuple(
        ContactFacts(
            name=one.name,
            addresses=one.addresses,
            rights=tuple(right.value for right in Right if right in one.rights),
            roles=tuple(role for role in one.roles if not role.startswith(SITE)),
            sites=tuple(role.removeprefix(SITE) for role in one.roles if role.startswith(SITE)),
        )
        for one in customer.contacts
    )


def _lacking(event: ContactAdded, customer: Customer, scene: Scene) -> tuple[Reason, ...]:
    """What a new contact lacks to open tickets: a role, where a plan in force asks for one."""
    for contract in customer.contracts:
        plan = scene.desk.plan_named(contract.plan)
        in_force = contract.in_force(scene.now.astimezone(plan.calendar.zone).date())
        if in_force and Right.OPEN in event.rights and not plan.contacts.admit(()):
            return (Reason("role-needed", ", ".join(plan.contacts.roles)),)
    return ()

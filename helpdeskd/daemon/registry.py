"""Storing the directory, with what follows for the ledger.

In: the whole directory as it should be, in the caller's transaction. What changes goes into the audit record. Customers
who have cards that were not stored yet draw on them for what their tickets lack; those who are new are billed from now
on, and agents get their morning mails.
`with_welcome_cards` is what a directory becomes before it is stored, so that the cards stand in the difference that
people are shown.
`change_contacts` is for what a contact named or withdrew by mail, in the transaction of that event.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.daemon import record
from helpdeskd.daemon.booking import resettle
from helpdeskd.daemon.mornings import arm
from helpdeskd.domain.billing import end_of, month_now
from helpdeskd.domain.contact_event import ContactAdded, ContactsChanged
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contact, Customer, Right
from helpdeskd.domain.welcome import welcomed
from helpdeskd.storage import billing, contacts, directory
from helpdeskd.storage.directory import StoredDirectory


def with_welcome_cards(people: DirectoryFile, desk: Desk, now: datetime) -> DirectoryFile:
    """The same, with the welcome card of each customer who is due one."""
    return replace(people, customers=tuple(welcomed(customer, desk, now) for customer in people.customers))


def store(people: DirectoryFile, desk: Desk, now: datetime) -> None:
    """Make this the directory."""
    stood = DirectoryFile(StoredDirectory().customers(), StoredDirectory().agents(), directory.duty_roster())
    richer = list(_with_new_cards(people.customers))
    directory.replace(people.customers, people.agents, people.duty_roster)
    record.directory_changed(stood, people, now)
    begin(people.customers, desk, now)
    arm(people.agents, desk, now)
    for customer in richer:
        resettle(customer, desk)


def change_contacts(event: ContactsChanged) -> None:
    """Make it so. Raises peewee.IntegrityError for an address that somebody else has."""
    customer = StoredDirectory().customer(event.customer)
    assert customer is not None
    contacts.save(replace(customer, contacts=_after(event, customer.contacts)))


def _after(event: ContactsChanged, people: tuple[Contact, ...]) -> tuple[Contact, ...]:
    if isinstance(event, ContactAdded):
        rights = frozenset(map(Right, event.rights))
        return (*people, Contact(event.customer, event.name, event.addresses, event.language, rights))
    return tuple(one for one in people if not set(one.addresses) & set(event.addresses))


def begin(customers: Iterable[Customer], desk: Desk, now: datetime) -> None:
    """Bill these customers from this month on, if they are not billed yet."""
    month = month_now(desk, now)
    billing.begin([customer.name for customer in customers], month, end_of(month, desk))


def _with_new_cards(customers: Iterable[Customer]) -> Iterable[Customer]:
    stored = {customer.name: customer.cards for customer in StoredDirectory().customers()}
    return (customer for customer in customers if set(customer.cards) - set(stored.get(customer.name, ())))

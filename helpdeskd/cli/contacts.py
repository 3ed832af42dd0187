"""`helpdeskd contacts list|add|remove|changes`: people of customers, and what they may do.

`contacts add bakery "Anna de Vries <anna@bakery.example>" open,spend`: rights are parted by commas, without any it is
`open`. A contact is removed whole, by any of their addresses. `changes` tells what contacts themselves changed by mail.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parseaddr

from helpdeskd.cli.change import Refused, Row, changed, of_customer, row_of
from helpdeskd.cli.common import emit, iso, stored
from helpdeskd.cli.lookup import add_action, add_noun
from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.config.load import Loaded
from helpdeskd.domain.address import normalise
from helpdeskd.domain.contact_event import ContactAdded, ContactsChanged
from helpdeskd.domain.directory import Contact, Customer, Right
from helpdeskd.storage import contacts
from helpdeskd.storage.codec import plain
from helpdeskd.storage.directory import StoredDirectory


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    actions = add_noun(subparsers, "contacts", _rows)
    adding = add_action(actions, "add", "a new contact of a customer", _add)
    adding.add_argument("customer", metavar="CUSTOMER")
    adding.add_argument("person", metavar='"NAME <ADDRESS>"', type=_person)
    adding.add_argument("rights", metavar="RIGHTS", type=_rights, nargs="?", default="open", help="open,spend,…")
    add_action(actions, "changes", "what contacts changed by mail, the oldest first", _changes)
    removal = add_action(actions, "remove", "a contact", _remove)
    removal.add_argument("address", metavar="ADDRESS", type=normalise)


def _rows(known: StoredDirectory) -> Iterator[Row]:
    return (row_of(contact) for customer in known.customers() for contact in customer.contacts)


def _changes(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        made = list(contacts.changes())
    emit(args, made, lambda event: f"{iso(event.at, loaded.settings.zone)} {event.customer}: {_did(event)}", _row)
    return 0


def _did(event: ContactsChanged) -> str:
    what = "added" if isinstance(event, ContactAdded) else "removed"
    return f"{event.by} {what} {event.name} <{event.addresses[0]}> ({', '.join(event.rights)})"


def _row(event: ContactsChanged) -> Row:
    return {"change": "added" if isinstance(event, ContactAdded) else "removed", **plain(event)}


def _person(text: str) -> tuple[str, str]:
    """Name and normalised address, for argparse."""
    name, address = parseaddr(text)
    if not (name and normalise(address)):
        raise argparse.ArgumentTypeError(f'{text!r} is no person (write it as "Anna de Vries <anna@bakery.example>")')
    return name, normalise(address)


def _rights(text: str) -> frozenset[Right]:
    """Rights, for argparse."""
    try:
        return frozenset(map(Right, text.split(",")))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} are no rights (some of {','.join(Right)})") from None


def _add(args: argparse.Namespace, loaded: Loaded) -> int:
    def change(customer: Customer) -> Customer:
        name, address = args.person
        new = Contact(customer.name, name, (address,), customer.language, args.rights)
        return replace(customer, contacts=(*customer.contacts, new))

    return changed(args, loaded, "contacts", of_customer(args.customer, change))


def _remove(args: argparse.Namespace, loaded: Loaded) -> int:
    def change(before: DirectoryFile) -> DirectoryFile:
        contact = StoredDirectory().contact(args.address)
        if contact is None:
            raise Refused(f"nobody has the address {args.address} (helpdeskd contacts lists them)")
        return of_customer(contact.customer, lambda customer: _without(customer, contact))(before)

    return changed(args, loaded, "contacts", change)


def _without(customer: Customer, contact: Contact) -> Customer:
    return replace(customer, contacts=tuple(one for one in customer.contacts if one != contact))

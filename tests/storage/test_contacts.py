"""Contacts as they change: the number of each list, whom an address leads to, and who changed it."""

from dataclasses import replace
from pathlib import Path

import pytest
from peewee import IntegrityError

from helpdeskd.domain.contact_event import ContactAdded, ContactRemoved, ContactsKept
from helpdeskd.domain.directory import Contact, Customer
from helpdeskd.domain.ticket import Reason
from helpdeskd.storage import contacts, db, directory, tickets
from helpdeskd.storage.directory import StoredDirectory
from tests.storage.values import NOW

ANNA = Contact("bakery", "Anna", ("anna@bakery.example", "a@mobile.example"), "nl")
BRAM = Contact("bakery", "Bram", ("bram@bakery.example",), "nl")
EVE = Contact("smith", "Eve", ("eve@smith.example",), "en")
BAKERY = Customer("bakery", "Bakery", contacts=(ANNA,))
SMITH = Customer("smith", "Smith", contacts=(EVE,))


@pytest.fixture(autouse=True)
def known(state: Path) -> None:
    with db.transaction():
        directory.replace([BAKERY, SMITH], [])


def number(customer: str = "bakery") -> int:
    return StoredDirectory().contact_list(customer)


def test_saved_contacts_are_found_and_those_who_left_are_not() -> None:
    with db.transaction():
        contacts.save(replace(BAKERY, contacts=(BRAM,)))
    after = StoredDirectory()
    assert (after.contact(BRAM.address), after.contact("a@mobile.example")) == (BRAM, None)
    assert [customer.name for customer in after.customers()] == ["bakery", "smith"]
    assert after.contact(EVE.address) == EVE


def test_each_change_of_contacts_gives_the_list_a_number_that_none_had() -> None:
    seen = {number(), number("smith")}
    for people in ((ANNA, BRAM), (ANNA,), (ANNA, BRAM)):
        with db.transaction():
            contacts.save(replace(BAKERY, contacts=people))
        assert number() not in seen
        seen.add(number())
    assert len(seen) == 5


def test_a_directory_that_is_stored_again_makes_lists_void_only_where_contacts_change() -> None:
    before = number(), number("smith")
    with db.transaction():
        directory.replace([replace(BAKERY, title="Bakers"), replace(SMITH, contacts=())], [])
    assert number() == before[0]
    assert number("smith") > max(before)


def test_a_number_leads_to_whose_list_it_is_now() -> None:
    old = number()
    of_all = {address for contact in BAKERY.contacts for address in contact.addresses}
    assert set(StoredDirectory().who_got_list(old)) == of_all
    with db.transaction():
        contacts.save(replace(BAKERY, contacts=(ANNA, BRAM)))
    assert StoredDirectory().who_got_list(old) == ()


def test_a_customer_of_whom_nothing_is_stored_has_the_first_list() -> None:
    assert number("nobody") == 1


def test_an_address_of_somebody_else_cannot_be_saved() -> None:
    thief = replace(BRAM, addresses=(EVE.address,))
    with pytest.raises(IntegrityError), db.transaction():
        contacts.save(replace(BAKERY, contacts=(ANNA, thief)))
    assert StoredDirectory().contact(EVE.address) == EVE


def test_what_contacts_changed_is_kept_in_order() -> None:
    added = ContactAdded(NOW, ANNA.address, "bakery", "Bram", BRAM.addresses, "nl", ("open",))
    removed = ContactRemoved(NOW, ANNA.address, "bakery", "Bram", BRAM.addresses, "nl", ("open",))
    with db.transaction():
        for event in (added, ContactsKept(NOW, ANNA.address, Reason("one-change")), removed):
            tickets.record(event, None, None)
        assert list(contacts.changes()) == [added, removed]

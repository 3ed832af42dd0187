"""The directory answers what the core asks, as it was stored last."""

from datetime import timedelta
from pathlib import Path

import pytest
from peewee import IntegrityError

from helpdeskd.domain.directory import Agent, Contact, Customer, SentMail
from helpdeskd.domain.ticket import Emergency, Status
from helpdeskd.storage import db, directory, outbox, tickets
from helpdeskd.storage.directory import People, StoredDirectory
from tests.storage.values import NOW, mail, ticket

ANNA = Contact("bakery", "Anna", ("anna@bakery.example", "a@mobile.example"), "nl")
BAKERY = Customer("bakery", "Bakery", ("bakery.example",), contacts=(ANNA,))
PIET = Agent("piet", "Piet", ("piet@desk.example", "piet@home.example"))
ANS = Agent("ans", "Ans", ("ans@desk.example",))


@pytest.fixture
def known(state: Path) -> StoredDirectory:
    with db.transaction():
        directory.replace([BAKERY], [PIET, ANS], ["ans", "piet"])
    return StoredDirectory()


def test_people_are_found_by_each_of_their_addresses(known: StoredDirectory) -> None:
    assert known.contact("a@mobile.example") == ANNA
    assert known.agent("piet@home.example") == PIET
    assert known.contact("piet@desk.example") is None
    assert known.agent("anna@bakery.example") is None


def test_customers_are_found_by_name_and_domain(known: StoredDirectory) -> None:
    assert known.customer("bakery") == known.customer_of_domain("bakery.example") == BAKERY
    assert known.customer_of_domain("desk.example") is None
    assert known.customers() == (BAKERY,)


def test_agents_come_in_the_order_of_the_file(known: StoredDirectory) -> None:
    assert known.agents() == (PIET, ANS)
    assert directory.duty_roster() == ("ans", "piet")


def test_known_domains_are_those_of_customers_and_of_all_addresses(known: StoredDirectory) -> None:
    assert known.known_domains() == {"bakery.example", "mobile.example", "desk.example", "home.example"}


def test_replacing_leaves_nobody_behind(known: StoredDirectory) -> None:
    with db.transaction():
        directory.replace([], [ANS])
    anew = StoredDirectory()
    assert anew.contact("anna@bakery.example") is None
    assert anew.agents() == (ANS,)
    assert directory.duty_roster() == ()
    assert not directory.is_empty()


def test_people_are_read_once_until_they_are_forgotten(known: StoredDirectory) -> None:
    people = People()
    assert (people.contact("a@mobile.example"), people.customer("bakery")) == (ANNA, BAKERY)
    assert people.agents() == (PIET, ANS)
    with db.transaction():
        directory.replace([], [ANS])
        assert StoredDirectory(people).contact("a@mobile.example") == ANNA
        people.forget()
        assert (people.contact("a@mobile.example"), people.customer("bakery"), people.agents()) == (None, None, (ANS,))


def test_one_address_has_one_holder(known: StoredDirectory) -> None:
    thief = Agent("thief", "Thief", ("anna@bakery.example",))
    with pytest.raises(IntegrityError), db.transaction():
        directory.replace([BAKERY], [thief])
    assert known.contact("anna@bakery.example") == ANNA


def test_a_message_id_leads_to_its_ticket_ours_or_heard(known: StoredDirectory) -> None:
    with db.transaction():
        outbox.queue(mail(1))
        tickets.heard("<theirs@x>", "HD-1002", "anna")
    assert known.reference_of("<1@desk.example>") == "HD-1001"
    assert known.reference_of("<theirs@x>") == "HD-1002"
    assert known.reference_of("<unknown@x>") == ""
    assert known.sent("<1@desk.example>") == known.sent_by_id(1)
    assert known.sent_by_id(1) == SentMail(1, "anna@bakery.example", "ticket-received", "HD-1001", NOW)


def test_an_emergency_is_open_until_it_is_released_or_finished(known: StoredDirectory) -> None:
    with db.transaction():
        tickets.save(ticket(1, emergency=Emergency(released=True)))
        tickets.save(ticket(2, emergency=Emergency(), status=Status.RESOLVED))
        tickets.save(ticket(3, emergency=Emergency()))
        tickets.save(ticket(4))
    found = known.open_emergency("bakery")
    assert found is not None
    assert found.id == 3
    assert known.open_emergency("smith") is None


def test_automatic_mails_are_counted(known: StoredDirectory) -> None:
    with db.transaction():
        outbox.queue(mail(1))
    assert known.automatic_mails("anna@bakery.example", NOW - timedelta(hours=1)) == 1


def test_every_customer_is_known_by_name_and_title(known: StoredDirectory) -> None:
    assert dict(known.customer_titles()) == {each.name: each.title for each in known.customers()}

"""Contacts and their changes are told to those who may manage them, and to nobody else."""

from dataclasses import replace

import pytest

from helpdeskd.domain.contact_event import ContactAdded, ContactRemoved, ContactsKept
from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.event import Event, QuestionAsked
from helpdeskd.domain.notice import ContactFacts, Notice
from helpdeskd.domain.plan import ContactRules
from helpdeskd.domain.ticket import Reason
from helpdeskd.policy.react import react
from tests.policy.scenes import ANNA, BAKERY, BRAM, DESK, NOW, PLAN, People, notices, scene

DORA = Contact("bakery", "Dora", ("dora@bakery.example",), "en", frozenset({Right.MANAGE}), ("technical", "site:shop"))
EMIL = Contact("bakery", "Emil", ("emil@bakery.example",), "en", frozenset({Right.OPEN, Right.MANAGE}))
KNOWN = People(bakery=replace(BAKERY, contacts=(ANNA, BRAM, DORA, EMIL)))
ADDED = ContactAdded(NOW, DORA.address, "bakery", "Bram", BRAM.addresses, "en", ("open", "spend"))
GONE = ContactRemoved(NOW, DORA.address, "bakery", "Finn", ("finn@bakery.example",), "nl", ("open",))
WAS_MANAGER = replace(GONE, rights=("open", "manage"))
LEFT = replace(WAS_MANAGER, by="finn@bakery.example")
BOTH = [DORA.address, EMIL.address]


def told(event: Event, known: People = KNOWN, desk: object = DESK) -> list[Notice]:
    return notices(react(scene(event, ticket=None, people=known, desk=desk)))


def test_the_list_is_told_to_who_asked_with_rights_and_roles() -> None:
    (notice,) = told(QuestionAsked(NOW, DORA.address, "contacts"))
    assert (notice.name, notice.to.address, notice.facts.what, notice.about) == ("contacts", *BOTH[:1], "listed", 7)
    assert notice.facts.contacts[1] == ContactFacts("Bram", BRAM.addresses, ("open", "spend"), ("general",))
    assert notice.facts.contacts[2] == ContactFacts("Dora", DORA.addresses, ("manage",), ("technical",), ("shop",))


def test_why_nothing_was_changed_is_told_with_the_list() -> None:
    (notice,) = told(ContactsKept(NOW, EMIL.address, Reason("last-manager")))
    assert (notice.to.address, notice.facts.what, notice.about) == (EMIL.address, "not-changed", 7)
    assert notice.facts.reasons == (Reason("last-manager"),)
    assert len(notice.facts.contacts) == 4


@pytest.mark.parametrize("asker", [BRAM.address, "gone@bakery.example"])
def test_who_may_not_manage_or_has_left_gets_no_list(asker: str) -> None:
    assert told(QuestionAsked(NOW, asker, "contacts")) == []
    assert told(ContactsKept(NOW, asker, Reason("last-manager"))) == []


@pytest.mark.parametrize(("event", "what"), [(ADDED, "added"), (GONE, "removed")])
def test_a_change_is_told_to_all_who_may_manage(event: Event, what: str) -> None:
    sent = told(event)
    assert [notice.to.address for notice in sent] == BOTH
    assert {(notice.facts.what, notice.facts.person, notice.about) for notice in sent} == {(what, "Dora", 7)}


def test_who_could_manage_until_now_learns_of_it_but_gets_no_list() -> None:
    *others, last = told(WAS_MANAGER)
    assert [notice.to.address for notice in others] == BOTH
    assert (last.to.address, last.to.language, last.facts.contacts, last.about) == ("finn@bakery.example", "nl", (), 0)
    assert (last.answers, last.facts.text) == (False, "Finn <finn@bakery.example>")


def test_who_has_removed_themselves_is_answered() -> None:
    *others, last = told(LEFT)
    assert {notice.facts.person for notice in (*others, last)} == {"Finn"}
    assert last.answers


def test_a_new_contact_who_lacks_a_role_is_told_of() -> None:
    asks = replace(DESK, plans={"standard": replace(PLAN, contacts=ContactRules(roles=("general", "site")))})
    assert {notice.facts.reasons for notice in told(ADDED, desk=asks)} == {(Reason("role-needed", "general, site"),)}
    assert {notice.facts.reasons for notice in told(replace(ADDED, rights=("spend",)), desk=asks)} == {()}
    assert {notice.facts.reasons for notice in told(ADDED)} == {()}


def test_of_a_customer_who_is_gone_nothing_is_told() -> None:
    assert told(replace(ADDED, customer="gone")) == []

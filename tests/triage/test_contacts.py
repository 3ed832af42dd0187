"""Who names and withdraws contacts: one row for each thing that a change must have, and what becomes of one that lacks
it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.address import domain_of, with_detail
from helpdeskd.domain.contact_event import AddressMisused, ContactAdded, ContactRemoved, ContactsKept
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.event import MailRefused
from helpdeskd.domain.plan import ContactRules
from helpdeskd.domain.token import ADOPT, MANAGE, REPLY
from helpdeskd.triage.case import Outcome
from helpdeskd.triage.contacts import RIGHTS
from tests.triage.small_desk import (
    ANNA,
    BAKERY,
    BERT,
    CARL,
    DESK,
    EVE,
    FLEUR,
    FLORIST,
    KEYS,
    NOW,
    OUTSIDE,
    PLAN,
    SUPPORT,
    FakeDirectory,
    decide,
    envelope,
    happened,
    mail,
    reply_address,
)

ADD = "add Cees Cornelis <cees@bakery.example> open"
REMOVE = f"remove {BERT.address}"
DORA = Contact("bakery", "Dora", ("dora@bakery.example",), "nl", frozenset({Right.MANAGE}))
TWO = FakeDirectory(customers=(replace(BAKERY, contacts=(ANNA, BERT, DORA)), FLORIST), lists={"bakery": 5})


def list_of(who: Contact, number: int = 5, purpose: str = MANAGE, sent: timedelta = timedelta()) -> str:
    """The reply address of the list that this person got."""
    return with_detail(SUPPORT, f"t.{KEYS.issue(number, who.address, purpose, NOW - sent)}")


def writes(
    text: str = ADD,
    who: Contact = ANNA,
    to: str | None = None,
    *,
    directory: FakeDirectory = TWO,
    desk: Desk = DESK,
    arrived: Mapping[str, str] | None = None,
    accepted_for: str = "",
    **fields: object,
) -> Outcome:
    came = envelope(to or list_of(ANNA), **(arrived or {}))
    return decide(mail(who.address, text, **fields), came, directory, desk, accepted_for=accepted_for)


def result(outcome: Outcome) -> str:
    """Added, removed, why not; else the fate of the mail."""
    for event in outcome.events:
        match event:
            case ContactAdded():
                return "added"
            case ContactRemoved():
                return "removed"
            case ContactsKept(reason=reason) | MailRefused(reasons=(reason,)):
                return str(reason)
            case _:
                continue
    return outcome.fate


def test_a_manager_adds_and_removes_in_reply_to_the_list() -> None:
    added = ContactAdded(
        NOW, ANNA.address, "bakery", "Cees Cornelis", ("cees@bakery.example",), BAKERY.language, ("open",)
    )
    assert (writes().fate, writes().events) == ("commands", (added,))
    removed = ContactRemoved(NOW, ANNA.address, "bakery", "Bert", BERT.addresses, "nl", ("open",))
    assert writes(REMOVE).events == (removed,)


def test_the_list_may_be_answered_by_its_message_id_and_from_another_address_of_the_same_person() -> None:
    assert result(writes(to=SUPPORT, in_reply_to=message_id_of_the_list())) == "added"
    assert result(writes(who=replace(ANNA, addresses=ANNA.addresses[::-1]))) == "added"


SPF = (("Authentication-Results", f"mx.desk.example; spf=pass smtp.mailfrom={domain_of(ANNA.address)}"),)


@pytest.mark.parametrize("text", [ADD, REMOVE])
@pytest.mark.parametrize(
    ("lacks", "why"),
    [
        ({"to": SUPPORT}, "answer-the-list"),
        ({"to": list_of(DORA)}, "answer-the-list"),
        ({"to": list_of(ANNA, purpose=ADOPT)}, "answer-the-list"),
        ({"to": list_of(ANNA, purpose=REPLY)}, "answer-the-list"),
        ({"to": reply_address(ANNA.address)}, "answer-the-list"),
        ({"to": list_of(ANNA, sent=timedelta(days=31))}, "answer-the-list"),
        ({"to": list_of(ANNA, 4)}, "list-changed"),
        ({"headers": SPF}, "weakly-proved"),
        ({"plain": False}, "not-plain"),
        ({"who": BERT}, "no-right: manage"),
        ({"who": BERT, "to": list_of(BERT)}, "no-right: manage"),
        ({"who": FLEUR}, "no-right: manage"),
        ({"who": replace(ANNA, addresses=(EVE,))}, "held"),
        ({"arrived": {"peer": OUTSIDE}}, "held"),
        ({"accepted_for": ANNA.address}, "weakly-proved"),
    ],
)
def test_a_change_that_lacks_anything_does_not_count(text: str, lacks: dict[str, object], why: str) -> None:
    outcome = writes(text, **lacks)  # type: ignore[arg-type]
    assert result(outcome) == why
    assert not {"ContactAdded", "ContactRemoved"} & set(happened(outcome))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("add", "no-contact"),
        ("add Cees", "no-contact"),
        ("add cees@bakery.example", "no-contact"),
        ("add <cees@bakery.example>", "no-contact"),
        ("add Cees <cees>", "no-contact"),
        ("add Cees <cees@bakery.example> <dirk@bakery.example>", "no-contact"),
        (f"add {'C' * 101} <cees@bakery.example>", "no-contact"),
        ("add Cees <cees@bakery.example> everything, spend", "unknown-right: everything"),
        ("add Bert <bert@bakery.example>", "already-contact: bert@bakery.example"),
        ("add Anna <ANNA@home.example>", "already-contact: anna@home.example"),
        ("add Fleur <fleur@florist.example>", "address-taken: fleur@florist.example"),
        ("add Piet <piet@desk.example>", "address-taken: piet@desk.example"),
        ("add Desk <support@desk.example>", "address-taken: support@desk.example"),
        ("add Desk <duty+x@desk.example>", "address-taken: duty+x@desk.example"),
        ("add Jürgen <jürgen@bakery.example>", "address-taken: jürgen@bakery.example"),
        ("add Cees <cees..c@bakery.example>", "address-taken: cees..c@bakery.example"),
        ("add Cees <a,b@bakery.example>", "address-taken: a,b@bakery.example"),
        (f"add Cees <{'c' * 65}@bakery.example>", f"address-taken: {'c' * 65}@bakery.example"),
        ("remove", "no-such-contact"),
        ("remove Bert", "no-such-contact: Bert"),
        ("remove cees@bakery.example", "no-such-contact: cees@bakery.example"),
        ("remove fleur@florist.example", "no-such-contact: fleur@florist.example"),
        (f"{ADD}\nadd Dirk <dirk@bakery.example>", "one-change"),
        (f"{ADD}\n\nverwijderen {BERT.address}", "one-change"),
    ],
)
def test_a_change_that_is_no_good_is_told_why(text: str, why: str) -> None:
    outcome = writes(text)
    assert (result(outcome), happened(outcome)) == (why, ["ContactsKept"])


@pytest.mark.parametrize(
    ("written", "rights"),
    [
        ("", ("open",)),
        ("open,spend", ("open", "spend")),
        ("spend and open", ("open", "spend")),
        ("goedkeuren, Beheren", ("approve", "manage")),
        ("åbne; bruge", ("open", "spend")),
        ("ouvrir et dépenser", ("open", "spend")),
        ("öffnen und verwalten", ("open", "manage")),
    ],
)
def test_rights_are_named_in_any_language(written: str, rights: tuple[str, ...]) -> None:
    (added,) = writes(f"add Cees <cees@bakery.example> {written}").events
    assert isinstance(added, ContactAdded)
    assert added.rights == rights


def test_every_right_has_a_name_in_five_languages() -> None:
    assert {right: list(RIGHTS.values()).count(right) for right in Right} == dict.fromkeys(Right, 5)


@pytest.mark.parametrize(
    "person",
    [
        "Cees Cornelis <cees@bakery.example>",
        '"Cees  Cornelis" <Cees@Bakery.Example>',
        "Cees Cornelis <cees@bakery.example<mailto:cees@bakery.example>>",
        "Cees Cornelis <mailto:cees@bakery.example>",
    ],
)
def test_a_person_may_be_written_as_mail_programs_do(person: str) -> None:
    (added,) = writes(f"add {person} open").events
    assert isinstance(added, ContactAdded)
    assert (added.name, added.addresses) == ("Cees Cornelis", ("cees@bakery.example",))


@pytest.mark.parametrize(
    "person", ["bert@bakery.example", "Bert <BERT@bakery.example>", "bert@bakery.example<mailto:bert@bakery.example>"]
)
def test_who_goes_may_be_written_as_mail_programs_do(person: str) -> None:
    assert result(writes(f"remove {person}")) == "removed"


def test_the_last_manager_cannot_go() -> None:
    alone = FakeDirectory(lists={"bakery": 5})
    assert result(writes(f"remove {ANNA.address}", directory=alone)) == "last-manager"
    assert result(writes(f"remove {ANNA.addresses[1]}", directory=alone)) == "last-manager"
    assert result(writes(f"remove {ANNA.address}")) == "removed"
    assert result(writes(f"remove {CARL.address}", directory=alone)) == "removed"


def test_a_plan_that_serves_so_many_people_takes_no_more() -> None:
    few = replace(DESK, plans={"basic": replace(PLAN, contacts=ContactRules(most=2))})
    assert result(writes(desk=few)) == "too-many-contacts: 2"
    assert result(writes("add Cees <cees@bakery.example> spend", desk=few)) == "added"
    more = replace(DESK, plans={"basic": replace(PLAN, contacts=ContactRules(most=3))})
    assert result(writes(desk=more)) == "added"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Printer", "add paper to the printer"),
        ("Printer", "remove the account of cees@bakery.example"),
        ("Printer", f"{REMOVE}\nfrom the mailing list, please"),
        ("Remove cees@bakery.example", "He left. His mailbox may go too."),
        ("add", "paper"),
    ],
)
def test_what_only_looks_like_a_change_is_a_request(subject: str, text: str) -> None:
    assert writes(text, to=SUPPORT, subject=subject).fate == "opened"
    assert writes(text, BERT, SUPPORT, subject=subject).fate == "opened"


def test_a_change_as_a_subject_is_answered_with_the_list_and_never_made() -> None:
    for to in (SUPPORT, list_of(ANNA)):
        assert result(writes("", to=to, subject=ADD)) == "answer-the-list"


def test_whose_list_somebody_else_answers_is_told() -> None:
    told = AddressMisused(NOW, DORA.address, ANNA.address)
    assert writes(who=DORA).events[1:] == (told,)
    assert "AddressMisused" in happened(writes("Hello", BERT))
    assert "AddressMisused" in happened(writes(who=replace(ANNA, addresses=(EVE,))))
    assert "AddressMisused" not in happened(writes("Hello", BERT, list_of(ANNA, 4)))
    assert "AddressMisused" not in happened(writes("Hello", BERT, SUPPORT, in_reply_to=message_id_of_the_list()))
    automatic = (*mail(BERT.address).headers, ("Auto-Submitted", "auto-replied"))
    assert "AddressMisused" not in happened(writes("Hello", BERT, headers=automatic))


def message_id_of_the_list() -> str:
    return f"<9.{KEYS.issue(5, ANNA.address, MANAGE, NOW)}@desk.example>"


def test_other_answers_to_the_list_are_requests() -> None:
    assert writes("Who is Bert?").fate == "opened"


@given(st.text())
def test_any_text_behind_the_word_is_read(text: str) -> None:
    for word in ("add", "remove", "add Cees <cees@bakery.example>", f"remove {BERT.address}"):
        outcome = writes(f"{word} {text}")
        assert len(outcome.events) == 1


def test_who_is_added_is_never_of_another_customer() -> None:
    (added,) = writes("add Fien <fien@elsewhere.example> manage").events
    assert isinstance(added, ContactAdded)
    assert added.customer == "bakery"


@pytest.mark.parametrize("domain", [FLORIST.domains[0], DESK.domain])
def test_an_address_of_the_domain_of_another_customer_or_the_desk_is_refused_like_a_taken_one(domain: str) -> None:
    assert result(writes(f"add Fien <fien@{domain}>")) == f"address-taken: fien@{domain}"


def test_a_list_from_before_the_customer_had_another_number_counts_for_its_own_number_only() -> None:
    assert [result(writes(to=list_of(ANNA, number))) for number in (1, 4, 5, 6)] == [
        "list-changed",
        "list-changed",
        "added",
        "list-changed",
    ]

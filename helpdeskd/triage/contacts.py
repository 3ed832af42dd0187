"""Contacts named and withdrawn by mail: `add NAME <ADDRESS> open,spend`, `remove ADDRESS` (spec/mail.md, "strength").

A change counts when all of it holds: the word on the first line that is the writer's own; written by a contact with the
right to manage, who is aligned by more than SPF, to the reply address that they got with the list of contacts; the list
not changed since, by whomever: so each list serves for one change. Who writes it otherwise gets the list, and is told
why nothing was changed. A line that only looks like a word, and answers no list, is a request like any other.

A new contact is of the writer's own customer and nobody else yet, and not of a domain that another customer or the desk
has as its own; that an address is known as somebody else's is not told. The last one who may manage cannot be
withdrawn. A handler of the spine; all it decides is in its events.
"""

import re
from dataclasses import dataclass

from helpdeskd.domain.address import domain_of, normalise
from helpdeskd.domain.contact_event import (
    ContactAdded,
    ContactRemoved,
    ContactsChanged,
    ContactsKept,
)
from helpdeskd.domain.directory import Contact, Customer, Right
from helpdeskd.domain.ticket import Reason
from helpdeskd.domain.token import MANAGE
from helpdeskd.triage.capability import answered
from helpdeskd.triage.case import Case, Outcome
from helpdeskd.triage.consent import is_sure
from helpdeskd.triage.forms import other_word
from helpdeskd.triage.links import unlinked
from helpdeskd.triage.once import has_one_name
from helpdeskd.triage.question import without_right
from helpdeskd.triage.words import ADD, REMOVE, Word, after_word, asked, is_only_signed, said

CHANGES = frozenset({ADD, REMOVE})
LONGEST_NAME = 100
RIGHTS = {
    **dict.fromkeys(("open", "openen", "åbne", "ouvrir", "öffnen"), Right.OPEN),
    **dict.fromkeys(("spend", "uitgeven", "bruge", "dépenser", "verwenden"), Right.SPEND),
    **dict.fromkeys(("approve", "goedkeuren", "godkende", "approuver", "genehmigen"), Right.APPROVE),
    **dict.fromkeys(("manage", "beheren", "administrere", "gérer", "verwalten"), Right.MANAGE),
}
"""What rights are called in a list of them, in English and each shipped language."""

_AND = frozenset({"and", "en", "og", "et", "und", "&", "+"})
_PERSON = re.compile(r"(?P<name>[^<>@]+)<(?P<address>[^<>\s]+)>[\s,:;]*(?P<rights>[^<>@]*)")
_WRITABLE = re.compile(r"(?=.{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@.{1,253}")
"""An address that we can write to without SMTPUTF8 and quotes (RFC 5321 §4.1.2, §4.5.3.1)."""

_ADDRESS = re.compile(r"(?:[^<>@]*<)?(?P<address>[^<>\s@]+@[^<>\s@]+)>?")


class Wrong(Exception):
    """Why a change is not made."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.reason = Reason(code, detail)


@dataclass(frozen=True, slots=True)
class _Change:
    """What is asked: the word with its argument, the number of the list that it answers (0: none), and what is below
    it.
    """

    word: Word
    number: int
    below: str


def change(case: Case) -> Outcome | None:
    """A change of the contacts of the writer's customer, or why there is none."""
    contact, customer, wanted = case.contact, case.customer, _wanted(case)
    if contact is None or customer is None or wanted is None or not case.proved:
        return None
    if Right.MANAGE not in contact.rights:
        return without_right(case)
    try:
        changed = _changed(case, contact, customer, wanted)
    except Wrong as wrong:
        kept = ContactsKept(case.now, contact.address, wrong.reason)
        return Outcome("commands", f"contacts not changed: {wrong.reason}", events=(kept,))
    did = "added" if isinstance(changed, ContactAdded) else "removed"
    about = f"{changed.addresses[0]} ({', '.join(changed.rights)})"
    return Outcome("commands", f"contact {did}: {about}", events=(changed,))


def _wanted(case: Case) -> _Change | None:
    """The change that the mail asks for; without the list that it would have to answer, only one that says all."""
    word, below = said(case.own), after_word(case.own)
    changes = word is not None and word.name in CHANGES
    number = answered(case, case.contact, MANAGE) if case.contact and changes else 0
    if word is not None and number:
        return _Change(word, number, below)
    name = case.contact.name if case.contact else ""
    # The word, with nothing below it; or that of the subject, with nothing at all.
    found = ((word, below), (asked(case.message.subject), case.own))
    whole = next((each for each, beside in found if each and _is_whole(each) and is_only_signed(beside, name)), None)
    return _Change(whole, 0, "") if whole else None


def _is_whole(word: Word) -> bool:
    form = {ADD: _PERSON, REMOVE: _ADDRESS}.get(word.name)
    return form is not None and form.fullmatch(unlinked(word.argument)) is not None


def _changed(case: Case, contact: Contact, customer: Customer, wanted: _Change) -> ContactsChanged:
    """The change; raises Wrong."""
    if not wanted.number:
        raise Wrong("answer-the-list")
    if not is_sure(case):
        raise Wrong("weakly-proved")
    if not case.message.plain:
        raise Wrong("not-plain")
    if not has_one_name(case.message):
        raise Wrong("no-name")
    if other_word(case):
        raise Wrong("two-texts")
    if wanted.number != case.directory.contact_list(customer.name):
        raise Wrong("list-changed")
    if any(word and word.name in CHANGES for word in map(said, wanted.below.splitlines())):
        raise Wrong("one-change")
    make = _added if wanted.word.name == ADD else _removed
    return make(case, contact, customer, unlinked(wanted.word.argument))


def _added(case: Case, contact: Contact, customer: Customer, written: str) -> ContactAdded:
    found = _PERSON.fullmatch(written)
    name = " ".join(found["name"].replace('"', " ").split()) if found else ""
    address = normalise(found["address"]) if found else ""
    if found is None or not (name and name.isprintable() and len(name) <= LONGEST_NAME and address):
        raise Wrong("no-contact")
    rights = _rights(found["rights"])
    known = case.directory.contact(address)
    if known is not None and known.customer == customer.name:
        raise Wrong("already-contact", address)
    if known is not None or _is_of_others(case, customer, address) or not _WRITABLE.fullmatch(address):
        raise Wrong("address-taken", address)
    _fits(case, customer, rights)
    named = tuple(right.value for right in Right if right in rights)
    return ContactAdded(case.now, contact.address, customer.name, name, (address,), customer.language, named)


def _is_of_others(case: Case, customer: Customer, address: str) -> bool:
    """Whether it belongs to the desk, or to the domain of another customer."""
    owner = case.directory.customer_of_domain(domain_of(address))
    ours = case.desk.is_ours(address) or domain_of(address) == case.desk.domain
    elsewhere = owner is not None and owner.name != customer.name
    return ours or elsewhere or case.directory.agent(address) is not None


def _rights(written: str) -> frozenset[Right]:
    """The rights that are named; without any it is the one to open tickets."""
    words = [word for word in re.split(r"[\s,;/]+", written.casefold()) if word and word not in _AND]
    unknown = [word for word in words if word not in RIGHTS]
    if unknown:
        raise Wrong("unknown-right", ", ".join(unknown))
    return frozenset(RIGHTS[word] for word in words) or frozenset({Right.OPEN})


def _fits(case: Case, customer: Customer, rights: frozenset[Right]) -> None:
    """Some plans serve only so many contacts; raises Wrong for one too many."""
    able = sum(Right.OPEN in contact.rights for contact in customer.contacts)
    for contract in customer.contracts:
        plan = case.desk.plan_named(contract.plan)
        most = plan.contacts.most if contract.in_force(case.now.astimezone(plan.calendar.zone).date()) else None
        if Right.OPEN in rights and most is not None and able >= most:
            raise Wrong("too-many-contacts", str(most))


def _removed(case: Case, contact: Contact, customer: Customer, written: str) -> ContactRemoved:
    found = _ADDRESS.fullmatch(written)
    address = normalise(found["address"]) if found else ""
    gone = next((each for each in customer.contacts if address in each.addresses), None)
    if gone is None:
        raise Wrong("no-such-contact", address or written)
    managers = [each for each in customer.contacts if Right.MANAGE in each.rights]
    if managers == [gone]:
        raise Wrong("last-manager")
    rights = tuple(right.value for right in Right if right in gone.rights)
    return ContactRemoved(case.now, contact.address, customer.name, gone.name, gone.addresses, gone.language, rights)

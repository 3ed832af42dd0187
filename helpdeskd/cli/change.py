"""Changing the stored directory: what stands, what it becomes, the difference, and whether that may be stored.

In: a function from the directory as it stands to what it should be. Out: it is stored, in one transaction, and what
changes is shown: lines that go (-) and come (+), or with `--json` one row for each customer or agent. New customers get
the welcome card of their plan. A running daemon works with the new directory from the next mail on.

`Refused` holds what speaks against it, one line each: two holders of one address, domain or card, a card that was
changed, a customer who may still owe something, contracts in two currencies, a roster of nobody, a customer that is not
in order. Then nothing is stored.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import unified_diff
from typing import Any

from helpdeskd.cli.common import emit, fail, now, stored
from helpdeskd.config.advice import customer_advice
from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.config.directory_text import write_toml
from helpdeskd.config.load import ConfigErrors, Loaded
from helpdeskd.config.written import toml
from helpdeskd.daemon import registry
from helpdeskd.domain.billing import prices
from helpdeskd.domain.directory import Customer
from helpdeskd.storage import directory, tickets
from helpdeskd.storage.codec import plain
from helpdeskd.storage.directory import StoredDirectory

Row = dict[str, Any]
Change = Callable[[DirectoryFile], DirectoryFile]


class Refused(Exception):
    """Why a change is not made; the lines are for people."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def changed(args: argparse.Namespace, loaded: Loaded, noun: str, change: Change) -> int:
    """Make a change of the stored directory and show it, with warnings about whom it concerns; the exit status."""
    try:
        with stored(loaded):
            before = standing(loaded)
            after = store(change(before), before, loaded)
            warnings = _warnings(before, after, loaded)
    except Refused as refused:
        return max(fail(f"{noun}: {line}") for line in refused.lines)
    show(args, before, after)
    warn(warnings)
    return 0


def store(wanted: DirectoryFile, before: DirectoryFile, loaded: Loaded, *, dry: bool = False) -> DirectoryFile:
    """The directory as it is stored, welcome cards included, in the caller's transaction; raises Refused."""
    after = registry.with_welcome_cards(wanted, loaded.desk, now())
    gone = (one for one in before.customers if one.name not in {stays.name for stays in after.customers})
    if lines := [*_shared(after), *_changed_cards(before, after), *_owing(gone), *_mixed(after, loaded)]:
        raise Refused(*lines)
    if not dry:
        registry.store(after, loaded.desk, now())
    return after


def of_customer(name: str, change: Callable[[Customer], Customer]) -> Change:
    """The same change of one customer; raises Refused where there is none of that name."""

    def run(before: DirectoryFile) -> DirectoryFile:
        if name not in {one.name for one in before.customers}:
            raise Refused(f'there is no customer "{name}" (helpdeskd customers lists them)')
        return replace(before, customers=tuple(change(one) if one.name == name else one for one in before.customers))

    return run


def standing(loaded: Loaded) -> DirectoryFile:
    """What is stored. An empty store holds what the configuration itself holds, but not what it only names."""
    if directory.is_empty():
        inside = loaded.directory if not loaded.config.desk.directory else None
        return inside or DirectoryFile()
    known = StoredDirectory()
    return DirectoryFile(known.customers(), known.agents(), directory.duty_roster())


def show(args: argparse.Namespace, before: DirectoryFile, after: DirectoryFile) -> None:
    """Print what changes."""
    if args.json:
        emit(args, _changes(before, after), str, dict)
    else:
        old, new = (as_toml(side).splitlines() for side in (before, after))
        print("\n".join(list(unified_diff(old, new, lineterm="", n=2))[2:]) or "nothing changes")


def warn(lines: Iterable[str]) -> None:
    """Say what is legal but unwise."""
    for line in lines:
        fail(f"{line} [warning]")


def as_toml(file: DirectoryFile) -> str:
    """The directory as `directory apply` reads it."""
    roster = f"\n[duty]\nroster = {toml(file.duty_roster)}\n" if file.duty_roster else ""
    return write_toml(file.customers, file.agents) + roster


def entries(file: DirectoryFile) -> Mapping[tuple[str, str], object]:
    """Each customer and agent, and the roster, as `--json` prints them, by kind and name."""
    found: dict[tuple[str, str], object] = {("customer", one.name): row_of(one) for one in file.customers}
    found |= {("agent", one.name): row_of(one) for one in file.agents}
    return found | ({("duty", "roster"): list(file.duty_roster)} if file.duty_roster else {})


def row_of(value: object) -> Row:
    """The value for `--json`; rights, which have no order of their own, always stand in the same one."""
    row: Row = plain(value)
    for contact in (row, *row.get("contacts", ())):
        if "rights" in contact:
            contact["rights"].sort()
    return row


def _changes(before: DirectoryFile, after: DirectoryFile) -> Iterator[Row]:
    """What changes, one row for each customer or agent, and one for the duty roster."""
    old, new = entries(before), entries(after)
    for kind, name in dict.fromkeys((*old, *new)):
        was, becomes = old.get((kind, name)), new.get((kind, name))
        if was != becomes:
            change = "added" if was is None else "removed" if becomes is None else "changed"
            yield {"change": change, "kind": kind, "name": name, "before": was, "after": becomes}


def _shared(file: DirectoryFile) -> Iterator[str]:
    """What two have, and only one can; who should be woken, but is nobody."""
    contacts = [(a, f"{c.name} of {c.customer}") for one in file.customers for c in one.contacts for a in c.addresses]
    agents = [(address, f"agent {agent.name}") for agent in file.agents for address in agent.addresses]
    yield from _twice("the address", [*contacts, *agents])
    yield from _twice("the domain", [(domain, one.name) for one in file.customers for domain in one.domains])
    yield from _twice("the card", [(card.id, one.name) for one in file.customers for card in one.cards])
    for name in sorted(set(file.duty_roster) - {agent.name for agent in file.agents}):
        yield f"{name} is on the duty roster, but is no agent (name one, or give a [duty] roster without {name})"


def _twice(what: str, held: Iterable[tuple[str, str]]) -> Iterator[str]:
    first: dict[str, str] = {}
    for key, holder in held:
        if key in first:
            yield f"{what} {key} belongs to {first[key]} and to {holder} (it can belong to one)"
        first.setdefault(key, holder)


def _changed_cards(before: DirectoryFile, after: DirectoryFile) -> Iterator[str]:
    """What was drawn on a card was drawn on that one."""
    stored = {(one.name, card.id): card for one in before.customers for card in one.cards}
    for customer in after.customers:
        for card in customer.cards:
            if stored.get((customer.name, card.id), card) != card:
                yield f"the card {card.id} of {customer.name} is not what it was (a card never changes: add another)"


def _owing(gone: Iterable[Customer]) -> Iterator[str]:
    """Who may still owe something, or be owed it."""
    for customer in gone:
        bought = any(not card.free for card in customer.cards)
        if bought or tickets.listed(customer=customer.name, limit=1):
            what = "cards" if bought else "tickets"
            yield f"{customer.name} has {what} (end its contracts: helpdeskd contracts end {customer.name} DATE)"


def _mixed(after: DirectoryFile, loaded: Loaded) -> Iterator[str]:
    """A statement is in one currency."""
    for customer in after.customers:
        currencies = sorted({tariff.currency for tariff in prices(customer, loaded.desk)})
        if len(currencies) > 1:
            yield f"{customer.name} has contracts in {' and '.join(currencies)} (make two customers of it)"


def _warnings(before: DirectoryFile, after: DirectoryFile, loaded: Loaded) -> list[str]:
    """About the customers that changed; raises Refused for one that is not in order."""
    try:
        told = [customer_advice(loaded, one) for one in after.customers if one not in before.customers]
    except ConfigErrors as broken:
        raise Refused(*(line.partition(": ")[2] for line in broken.errors)) from None
    return [line.partition(": ")[2] for lines in told for line in lines]

"""`helpdeskd directory apply|export`, and `helpdeskd agents`: the whole directory, from and to files.

`apply` shows the difference between what is stored and the file, then stores it, in one transaction. What the file does
not name stays, unless `--prune` is given; a CSV file knows no agents and prunes none. What was billed is never lost: a
customer keeps the cards that the file does not name, the contracts that have ended and the standby that has begun, and
by a CSV file also what it has no columns for; who has tickets or cards is not pruned. Where nothing is stored yet, the
directory of the configuration is what stands. What contacts changed by mail and the file undoes is warned of: the file
counts. `export` prints what `apply` reads. A file that is wrong, or does not fit what stays, changes nothing and is
told.
"""

import argparse
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from helpdeskd.cli.change import Refused, as_toml, entries, row_of, show, standing, store, warn
from helpdeskd.cli.common import add_config, emit, fail, now, opened, scratch, stored, with_config
from helpdeskd.cli.lookup import add_noun
from helpdeskd.config.advice import directory_advice, duty_advice
from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.config.load import Loaded
from helpdeskd.domain.contact_event import ContactAdded
from helpdeskd.domain.directory import Agent, Contract, Customer
from helpdeskd.storage import contacts, db

Named = TypeVar("Named", Customer, Agent)
TOML = ".toml"


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("directory", help="customers, contacts, contracts and agents, from and to files")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    apply = actions.add_parser("apply", help="show the difference to a TOML or CSV file, and store it")
    apply.add_argument("file", type=Path, metavar="FILE")
    apply.add_argument("--dry-run", action="store_true", help="only show the difference")
    apply.add_argument("--prune", action="store_true", help="remove what the file does not name")
    apply.set_defaults(run=with_config(_apply))
    export = actions.add_parser("export", help="print what is stored, as TOML")
    export.set_defaults(run=with_config(_export))
    for action in (apply, export):
        add_config(action)
    add_noun(subparsers, "agents", lambda known: map(row_of, known.agents()))


def _apply(args: argparse.Namespace, loaded: Loaded) -> int:
    wanted, advice = loaded.read_directory(args.file), directory_advice(loaded, args.file)
    place: AbstractContextManager[object] = scratch(loaded) if args.dry_run else opened(loaded)
    try:
        with place, db.transaction():
            before = standing(loaded)
            after = store(_becomes(args, before, wanted), before, loaded, dry=args.dry_run)
            undone = list(_undone(before, after))
    except Refused as refused:
        return max(fail(f"{args.file}: {line}") for line in refused.lines)
    show(args, before, after)
    warn([*undone, *advice, *duty_advice(loaded, after.agents, after.duty_roster)])
    return 0


def _undone(before: DirectoryFile, after: DirectoryFile) -> Iterator[str]:
    """What contacts changed by mail, and the file does not know of."""
    newest = {event.addresses[0]: event for event in contacts.changes()}
    for address, event in newest.items():
        stood, stands = (_has(file, event.customer, address) for file in (before, after))
        added = isinstance(event, ContactAdded)
        if (stood, stands) == (added, not added):
            did, comes = ("added", "goes") if added else ("removed", "comes back")
            told = f"{address}, {did} by {event.by} by mail, {comes} (directory export prints what stands)"
            yield f"customer {event.customer}: {told}"


def _has(file: DirectoryFile, customer: str, address: str) -> bool:
    people = (contact for one in file.customers if one.name == customer for contact in one.contacts)
    return any(address in contact.addresses for contact in people)


def _becomes(args: argparse.Namespace, before: DirectoryFile, wanted: DirectoryFile) -> DirectoryFile:
    """What the file makes of what stands."""
    stood, whole = _by_name(before.customers), args.file.suffix == TOML
    named = tuple(_kept(stood.get(one.name), one, whole) for one in wanted.customers)
    if not args.prune:
        return _merged(before, replace(wanted, customers=named))
    return replace(wanted if whole else before, customers=named)


def _kept(stood: Customer | None, wanted: Customer, whole: bool) -> Customer:
    """A customer as the file has it, with what it had before that no file takes away."""
    if stood is None:
        return wanted
    cards = {card.id: card for card in (*stood.cards, *wanted.cards)}
    contracts = wanted.contracts if whole else tuple(_filled(one, stood) for one in wanted.contracts)
    return replace(wanted, cards=tuple(cards.values()), contracts=_with_the_past(stood.contracts, contracts))


def _with_the_past(stood: Iterable[Contract], wanted: tuple[Contract, ...]) -> tuple[Contract, ...]:
    """The contracts of a file, with what stood of others: those that have ended, and agreed periods that have begun.

    What was billed under them stays billed; `contracts end` is how one ends.
    """
    at = now()
    kept = list[Contract]()
    named = {(one.plan, one.first_day): one for one in wanted}
    for old in stood:
        begun = tuple(period for period in old.standby if period.start <= at)
        new = named.get((old.plan, old.first_day))
        if new is None and (begun or old.last_day < at.date()):
            kept.append(old)
        elif new is not None:
            lost = tuple(period for period in begun if period not in new.standby)
            named[old.plan, old.first_day] = replace(new, standby=(*lost, *new.standby))
    return (*kept, *named.values())


def _filled(contract: Contract, stood: Customer) -> Contract:
    """A contract of a CSV file, with what stood beside these columns."""
    same = (one for one in stood.contracts if (one.plan, one.first_day) == (contract.plan, contract.first_day))
    old = next(same, contract)
    return replace(contract, standby=old.standby, inform_all=old.inform_all, duty_phone=old.duty_phone)


def _merged(before: DirectoryFile, wanted: DirectoryFile) -> DirectoryFile:
    """What stands, with what the file names in its place, new names last."""
    return DirectoryFile(
        tuple((_by_name(before.customers) | _by_name(wanted.customers)).values()),
        tuple((_by_name(before.agents) | _by_name(wanted.agents)).values()),
        wanted.duty_roster or before.duty_roster,
    )


def _by_name(people: Iterable[Named]) -> dict[str, Named]:
    return {one.name: one for one in people}


def _export(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        known = standing(loaded)
    if args.json:
        rows = ({"kind": kind, "name": name, "entry": entry} for (kind, name), entry in entries(known).items())
        emit(args, rows, str, dict)
    else:
        print(as_toml(known), end="")
    return 0

"""`helpdeskd directory apply|export`, and looking people up: `customers`, `contacts`, `contracts`, `agents`.

`apply` shows the difference between what is stored and the file, then stores it, in one transaction. What the file does
not name stays, unless `--prune` is given. A running daemon works with the new directory from the next mail on.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import TypeVar

from helpdeskd.cli.common import add_config, emit, fail, opened, with_config, with_desk
from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.config.directory_text import write_toml
from helpdeskd.config.load import Loaded
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.domain.directory import Agent, Customer
from helpdeskd.storage import db, directory
from helpdeskd.storage.codec import plain
from helpdeskd.storage.directory import StoredDirectory

Named = TypeVar("Named", Customer, Agent)


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact or contract with its customer, for looking up."""

    customer: str
    what: object


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("directory", help="customers, contacts, contracts and agents, from and to files")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    apply = actions.add_parser("apply", help="show the difference to a TOML or CSV file, and store it")
    apply.add_argument("file", type=Path)
    apply.add_argument("--dry-run", action="store_true", help="only show the difference")
    apply.add_argument("--prune", action="store_true", help="remove what the file does not name")
    apply.set_defaults(run=with_config(_apply))
    export = actions.add_parser("export", help="print what is stored, as TOML")
    export.set_defaults(run=with_desk(_export))
    for action in (apply, export):
        add_config(action)
    for name, rows in LOOKUPS.items():
        lookup = subparsers.add_parser(name, help=f"look up {name}")
        lookup.add_argument("word", nargs="?", default="", help="part of a name, title or address")
        lookup.set_defaults(run=with_desk(_look(rows)))
        add_config(lookup)


def _apply(args: argparse.Namespace, loaded: Loaded) -> int:
    try:
        wanted = loaded.read_directory(args.file)
    except ConfigErrors as broken:
        return max(fail(error) for error in broken.errors)
    with opened(loaded), db.transaction():
        stored = StoredDirectory()
        before = DirectoryFile(stored.customers(), stored.agents(), directory.duty_roster())
        after = wanted if args.prune else _merged(before, wanted)
        shared = _shared_addresses(after)
        if shared:
            return fail(f"{args.file}: {shared[0]} belongs to two people (remove it from one of them)")
        print(difference(before, after) or "nothing changes")
        if not args.dry_run:
            directory.replace(after.customers, after.agents, after.duty_roster)
    return 0


def difference(before: DirectoryFile, after: DirectoryFile) -> str:
    """What changes, as lines that go (-) and come (+)."""
    old, new = (write_toml(side.customers, side.agents).splitlines() for side in (before, after))
    return "\n".join(list(unified_diff(old, new, lineterm="", n=2))[2:])


def _merged(before: DirectoryFile, wanted: DirectoryFile) -> DirectoryFile:
    return replace(
        wanted,
        customers=_by_name(before.customers, wanted.customers),
        agents=_by_name(before.agents, wanted.agents),
        duty_roster=wanted.duty_roster or before.duty_roster,
    )


def _by_name(before: Iterable[Named], wanted: Iterable[Named]) -> tuple[Named, ...]:
    """What is stored, with what the file names in its place, new names last."""
    return tuple({**{one.name: one for one in before}, **{one.name: one for one in wanted}}.values())


def _shared_addresses(file: DirectoryFile) -> list[str]:
    addresses = [
        address for customer in file.customers for contact in customer.contacts for address in contact.addresses
    ]
    addresses += [address for agent in file.agents for address in agent.addresses]
    return sorted({address for address in addresses if addresses.count(address) > 1})


def _export(_args: argparse.Namespace, _loaded: Loaded) -> int:
    stored = StoredDirectory()
    print(write_toml(stored.customers(), stored.agents()), end="")
    return 0


def _look(rows: Callable[[StoredDirectory], Iterable[object]]) -> Callable[[argparse.Namespace, Loaded], int]:
    def run(args: argparse.Namespace, _loaded: Loaded) -> int:
        found = [row for row in rows(StoredDirectory()) if args.word.lower() in _line(row).lower()]
        emit(args, found, _line, plain)
        return 0 if found or not args.word else fail(f"nothing found for {args.word!r}")

    return run


def _line(row: object) -> str:
    """A row for people: its values, without names of fields."""
    match row:
        case Customer():
            return f"{row.name:12} {row.title} ({len(row.contacts)} contacts, {len(row.contracts)} contracts)"
        case Agent():
            return f"{row.name:12} {row.title} <{row.address}> level {row.level}, teams {', '.join(row.teams) or '-'}"
        case Entry():
            values = plain(row.what)
            return f"{row.customer:12} " + ", ".join(f"{k} {v}" for k, v in values.items() if v and k != "customer")
        case _:
            return str(row)


LOOKUPS: dict[str, Callable[[StoredDirectory], Iterable[object]]] = {
    "customers": lambda stored: stored.customers(),
    "contacts": lambda stored: (Entry(c.name, contact) for c in stored.customers() for contact in c.contacts),
    "contracts": lambda stored: (Entry(c.name, contract) for c in stored.customers() for contract in c.contracts),
    "agents": lambda stored: stored.agents(),
}

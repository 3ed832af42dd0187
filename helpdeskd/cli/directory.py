"""`helpdeskd directory apply|export`, and looking people up: `customers`, `contacts`, `contracts`, `agents`.

`apply` shows the difference between what is stored and the file, then stores it, in one transaction. What the file does
not name stays, unless `--prune` is given; a CSV file knows no agents and prunes none. Where nothing is stored yet, the
directory of the configuration is what stands. A running daemon works with the new directory from the next mail on.
`export` prints what `apply` reads. A file that is wrong, or does not fit what stays, changes nothing and is told.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from typing import Any, TypeVar

from helpdeskd.cli.common import Command, add_config, emit, fail, opened, scratch, stored, with_config
from helpdeskd.config.advice import duty_advice
from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.config.directory_text import write_toml
from helpdeskd.config.load import Loaded
from helpdeskd.config.written import toml
from helpdeskd.domain.directory import Agent, Customer
from helpdeskd.storage import db, directory
from helpdeskd.storage.codec import plain
from helpdeskd.storage.directory import StoredDirectory

Named = TypeVar("Named", Customer, Agent)
Row = dict[str, Any]
LIST = "list"


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
    for name, rows in LOOKUPS.items():
        lookup = subparsers.add_parser(name, help=f"look up {name}")
        lookup.add_argument("word", nargs="?", default=LIST, help=f"part of a name, title or address; {LIST} for all")
        lookup.set_defaults(run=with_config(_look(name, rows)))
        add_config(lookup)


def _apply(args: argparse.Namespace, loaded: Loaded) -> int:
    wanted = loaded.read_directory(args.file)
    place: AbstractContextManager[object] = scratch(loaded) if args.dry_run else opened(loaded)
    with place, db.transaction():
        before = _standing(loaded)
        after = _pruned(args.file, before, wanted) if args.prune else _merged(before, wanted)
        conflicts = list(_conflicts(after))
        if not conflicts and not args.dry_run:
            directory.replace(after.customers, after.agents, after.duty_roster)
    if conflicts:
        return max(fail(f"{args.file}: {conflict}") for conflict in conflicts)
    if args.json:
        emit(args, _changes(before, after), str, dict)
    else:
        print(_difference(before, after) or "nothing changes")
    for line in duty_advice(loaded, after.agents, after.duty_roster):
        fail(f"{line} [warning]")
    return 0


def _standing(loaded: Loaded) -> DirectoryFile:
    """What is stored. An empty store holds what the configuration itself holds, but not what it only names."""
    if directory.is_empty():
        inside = loaded.directory if not loaded.config.desk.directory else None
        return inside or DirectoryFile()
    known = StoredDirectory()
    return DirectoryFile(known.customers(), known.agents(), directory.duty_roster())


def _merged(before: DirectoryFile, wanted: DirectoryFile) -> DirectoryFile:
    """What stands, with what the file names in its place, new names last."""
    return DirectoryFile(
        tuple({**_by_name(before.customers), **_by_name(wanted.customers)}.values()),
        tuple({**_by_name(before.agents), **_by_name(wanted.agents)}.values()),
        wanted.duty_roster or before.duty_roster,
    )


def _pruned(file: Path, before: DirectoryFile, wanted: DirectoryFile) -> DirectoryFile:
    """What the file names, and of what it has no words for, what stands."""
    return wanted if file.suffix == ".toml" else replace(before, customers=wanted.customers)


def _by_name(people: Iterable[Named]) -> dict[str, Named]:
    return {one.name: one for one in people}


def _conflicts(file: DirectoryFile) -> Iterator[str]:
    """What holds between the file and what stays beside it; the file by itself was checked when it was read."""
    contacts = [(a, f"{c.name} of {c.customer}") for one in file.customers for c in one.contacts for a in c.addresses]
    agents = [(address, f"agent {agent.name}") for agent in file.agents for address in agent.addresses]
    yield from _twice("the address", [*contacts, *agents])
    yield from _twice("the domain", [(domain, one.name) for one in file.customers for domain in one.domains])
    for name in sorted(set(file.duty_roster) - {agent.name for agent in file.agents}):
        yield f"{name} is on the duty roster, but is no agent (name one, or give a [duty] roster without {name})"


def _twice(what: str, held: Iterable[tuple[str, str]]) -> Iterator[str]:
    first: dict[str, str] = {}
    for key, holder in held:
        if key in first:
            yield f"{what} {key} belongs to {first[key]} and to {holder} (it can belong to one)"
        first.setdefault(key, holder)


def _as_toml(file: DirectoryFile) -> str:
    roster = f"\n[duty]\nroster = {toml(file.duty_roster)}\n" if file.duty_roster else ""
    return write_toml(file.customers, file.agents) + roster


def _difference(before: DirectoryFile, after: DirectoryFile) -> str:
    """What changes, as lines that go (-) and come (+)."""
    old, new = (_as_toml(side).splitlines() for side in (before, after))
    return "\n".join(list(unified_diff(old, new, lineterm="", n=2))[2:])


def _changes(before: DirectoryFile, after: DirectoryFile) -> Iterator[Row]:
    """What changes, one row for each customer or agent, and one for the duty roster."""
    old, new = _entries(before), _entries(after)
    for kind, name in dict.fromkeys((*old, *new)):
        was, becomes = old.get((kind, name)), new.get((kind, name))
        if was != becomes:
            change = "added" if was is None else "removed" if becomes is None else "changed"
            yield {"change": change, "kind": kind, "name": name, "before": was, "after": becomes}


def _entries(file: DirectoryFile) -> Mapping[tuple[str, str], object]:
    entries: dict[tuple[str, str], object] = {("customer", one.name): _plain(one) for one in file.customers}
    entries |= {("agent", one.name): _plain(one) for one in file.agents}
    return entries | ({("duty", "roster"): list(file.duty_roster)} if file.duty_roster else {})


def _plain(value: object) -> Row:
    """The value for `--json`; rights, which have no order of their own, always stand in the same one."""
    row: Row = plain(value)
    for contact in (row, *row.get("contacts", ())):
        if "rights" in contact:
            contact["rights"].sort()
    return row


def _export(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        known = _standing(loaded)
    if args.json:
        rows = ({"kind": kind, "name": name, "entry": entry} for (kind, name), entry in _entries(known).items())
        emit(args, rows, str, dict)
    else:
        print(_as_toml(known), end="")
    return 0


def _look(name: str, rows: Callable[[StoredDirectory], Iterable[Row]]) -> Command:
    """A command that prints the rows in which a word stands."""

    def run(args: argparse.Namespace, loaded: Loaded) -> int:
        word = "" if args.word == LIST else args.word.casefold()
        with stored(loaded):
            found = [row for row in rows(StoredDirectory()) if word in json.dumps(row, ensure_ascii=False).casefold()]
        emit(args, found, _line, dict)
        return 0 if found or not word else fail(f"{name}: nothing is found for {args.word!r}")

    return run


def _line(row: Row) -> str:
    """A row for people: its values in their order, without what is empty."""
    return ", ".join(f"{name} {_words(value)}" for name, value in row.items() if value not in (None, "", [], False))


def _words(value: Any) -> str:
    if isinstance(value, list):
        return f"({len(value)})" if isinstance(value[0], dict) else " ".join(value)
    return str(value)


def _contacts(known: StoredDirectory) -> Iterator[Row]:
    return (_plain(contact) for customer in known.customers() for contact in customer.contacts)


def _contracts(known: StoredDirectory) -> Iterator[Row]:
    for customer in known.customers():
        yield from ({"customer": customer.name, **plain(contract)} for contract in customer.contracts)


LOOKUPS: dict[str, Callable[[StoredDirectory], Iterable[Row]]] = {
    "customers": lambda known: map(_plain, known.customers()),
    "contacts": _contacts,
    "contracts": _contracts,
    "agents": lambda known: map(_plain, known.agents()),
}

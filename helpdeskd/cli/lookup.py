"""Looking things of the directory up: `helpdeskd customers`, `contacts`, `contracts`, `cards`, `agents`.

`list [WORD]` prints the rows in which a word stands, or all; `list` itself may be left out (`helpdeskd contacts anna`,
see `cli.main`). Nothing found for a word makes the exit status 1.
"""

import argparse
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from helpdeskd.cli.common import Command, add_config, emit, fail, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.storage.directory import StoredDirectory

LIST = "list"
Row = dict[str, Any]
Rows = Callable[[StoredDirectory], Iterable[Row]]
Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_noun(subparsers: Actions, name: str, rows: Rows) -> Actions:
    """A command that looks up rows of that name; the place for its further actions."""
    parser = subparsers.add_parser(name, help=f"look up {name}" + ("" if name == "agents" else ", or change them"))
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    lookup = actions.add_parser(LIST, help=f"{name} in which a word stands, or all")
    lookup.add_argument("word", metavar="WORD", nargs="?", default=LIST, help="part of a name, title or address")
    lookup.set_defaults(run=with_config(_look(name, rows)))
    add_config(lookup)
    return actions


def add_action(actions: Actions, name: str, does: str, command: Command) -> argparse.ArgumentParser:
    """A further action of a noun."""
    action = actions.add_parser(name, help=does)
    action.set_defaults(run=with_config(command))
    add_config(action)
    return action


def _look(name: str, rows: Rows) -> Command:
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

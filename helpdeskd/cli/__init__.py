"""The command line: one module a command group, and the table that finds it (docs "Interfaces").

Exit status: 0 done, 1 the thing asked about is bad, 2 usage. Only the module of the command that is asked for is
imported, so that `helpdeskd parse` starts as fast as parsing alone. Errors go to standard error, one line each, never a
traceback for what a user can mend. Ctrl-C ends a command with 130; a reader that goes away (`| head`) ends it quietly.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from helpdeskd import __version__

COMMANDS = {
    "serve": "serve",
    "demo": "demo",
    "init": "init",
    "authorize": "authorize",
    "check": "check",
    "doctor": "doctor",
    "parse": "parse",
    "explain": "explain",
    "ingest": "ingest",
    "simulate": "simulate",
    "sla": "sla",
    "why": "tickets",
    "tickets": "tickets",
    "directory": "directory",
    "customers": "customers",
    "contacts": "contacts",
    "contracts": "contracts",
    "cards": "cards",
    "agents": "directory",
    "held": "held",
    "inbox": "inbox",
    "outbox": "outbox",
    "audit": "audit",
    "backup": "backup",
    "restore": "backup",
    "restored": "restored",
    "migrate": "migrate",
    "person": "person",
    "purge": "purge",
    "statement": "statement",
    "report": "report",
    "duty": "duty",
}
LOOKED_UP = ("customers", "contacts", "contracts", "cards", "agents")
ACTIONS = ("list", "add", "remove", "end", "changes", "-h", "--help")
USAGE = 2
INTERRUPTED = 130
VERSION = "--version"


class Parser(argparse.ArgumentParser):
    """Tells what is wrong with the usage in one line; the commands' parsers are of this class too."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (default: the process's) name; its exit status."""
    words = _with_action(list(sys.argv[1:] if arguments is None else arguments))
    try:
        args = _parser(words).parse_args(words)
        status = int(args.run(args))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _with_action(words: list[str]) -> list[str]:
    """`contacts anna` is `contacts list anna`."""
    is_noun, rest = words[:1] and words[0] in LOOKED_UP, words[1:]
    return [words[0], "list", *rest] if is_noun and (not rest or rest[0] not in ACTIONS) else words


def _parser(words: Sequence[str]) -> Parser:
    parser = Parser(prog="helpdeskd", description="A company's whole helpdesk, driven by e-mail.")
    parser.add_argument(VERSION, action="version", version=f"helpdeskd {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in _modules(words):
        import_module(f"helpdeskd.cli.{module}").add(subparsers)
    return parser


def _modules(words: Sequence[str]) -> list[str]:
    """The module of the command that stands first, or all of them for a help or an error."""
    first = next(iter(words), "")
    if first == VERSION:
        return []
    return [COMMANDS[first]] if first in COMMANDS else list(dict.fromkeys(COMMANDS.values()))

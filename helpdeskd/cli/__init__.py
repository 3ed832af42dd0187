"""The command line: one module a command group, and the table that finds it (spec "Interfaces that others build on").

Exit status: 0 done, 1 the thing asked about is bad, 2 usage. Only the module of the command that is asked for is
imported, so that `helpdeskd parse` starts as fast as parsing alone. Errors go to standard error, one line each, never a
traceback for what a user can mend.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from helpdeskd import __version__

COMMANDS = {
    "serve": "serve",
    "demo": "demo",
    "init": "init",
    "check": "check",
    "parse": "parse",
    "explain": "explain",
    "ingest": "ingest",
    "sla": "sla",
    "why": "tickets",
    "tickets": "tickets",
    "directory": "directory",
    "customers": "directory",
    "contacts": "directory",
    "contracts": "directory",
    "agents": "directory",
    "held": "held",
    "inbox": "inbox",
    "outbox": "outbox",
    "audit": "audit",
    "duty": "duty",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (default: the process's) name; its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="helpdeskd", description="A company's whole helpdesk, driven by e-mail.")
    parser.add_argument("--version", action="version", version=f"helpdeskd {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in _modules(words):
        import_module(f"helpdeskd.cli.{module}").add(subparsers)
    args = parser.parse_args(words)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _modules(words: Sequence[str]) -> list[str]:
    """The module of the command that stands first, or all of them for a help or an error."""
    command = next((word for word in words if not word.startswith("-")), "")
    return [COMMANDS[command]] if command in COMMANDS else list(dict.fromkeys(COMMANDS.values()))

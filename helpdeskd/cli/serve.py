"""`helpdeskd serve`: the daemon, in the foreground, until SIGTERM or Ctrl-C (docs "Operations").

It prints nothing but its log, on standard error. What keeps it from starting (configuration, templates, database, an
address in use, another daemon on the same folder) is told there, and the exit status is 1.
"""

import argparse
import asyncio

from helpdeskd.cli.common import fail
from helpdeskd.config.load import find
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon import heap
from helpdeskd.daemon.app import Supervisor
from helpdeskd.daemon.lifecycle import AlreadyRunning, open_standard_streams
from helpdeskd.daemon.office import CannotServe
from helpdeskd.mail.headers import UnsafeOutput
from helpdeskd.storage.db import StorageError

REFUSALS = (ConfigErrors, CannotServe, StorageError, AlreadyRunning, UnsafeOutput, OSError, ValueError)
"""Why the supervisor does not start, or cannot go on; each says it in words for people."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("serve", help="the daemon")
    parser.add_argument("--config", metavar="FILE", help="default: $HELPDESKD_CONFIG, else /etc/helpdeskd/config.toml")
    parser.set_defaults(run=_serve)


def _serve(args: argparse.Namespace) -> int:
    open_standard_streams()
    try:
        heap.give_back_large()
        asyncio.run(_run(args))
    except REFUSALS as refusal:
        return max(map(fail, str(refusal).splitlines()), default=1)
    return 0


async def _run(args: argparse.Namespace) -> None:
    await Supervisor(find(args)).run()

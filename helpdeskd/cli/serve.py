"""`helpdeskd serve`: the daemon."""

import argparse
import asyncio
import sys

from helpdeskd.config.load import find
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon.app import CannotStart, Supervisor
from helpdeskd.daemon.lifecycle import AlreadyRunning
from helpdeskd.mail.headers import UnsafeOutput
from helpdeskd.storage.db import StorageError


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("serve", help="the daemon")
    parser.add_argument("--config", metavar="FILE", help="default: $HELPDESKD_CONFIG, else /etc/helpdeskd/config.toml")
    parser.set_defaults(run=_serve)


def _serve(args: argparse.Namespace) -> int:
    try:
        asyncio.run(_run(args))
    except ConfigErrors as broken:
        print(*broken.errors, sep="\n", file=sys.stderr)
        return 1
    except (CannotStart, StorageError, AlreadyRunning, UnsafeOutput, OSError, ValueError) as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


async def _run(args: argparse.Namespace) -> None:
    await Supervisor(find(args)).run()

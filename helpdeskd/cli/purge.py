"""`helpdeskd purge`: take away what is kept long enough, by the table [retention] (docs/privacy.md).

The daemon does the same every day. `--dry-run` shows what would go and changes nothing. Nothing is purged while the
clock is more than a day from when the desk last looked at it: the exit status is 1 then, unless `--clock-is-right`
says that the desk was only down.
"""

import argparse
from dataclasses import asdict

from helpdeskd.cli.common import add_config, emit, fail, now, opened, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.daemon import retention
from helpdeskd.storage import leftovers
from helpdeskd.storage.retention import Purged, purge

ALL = 1_000_000_000


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("purge", help="take away what is kept long enough")
    parser.add_argument("--dry-run", action="store_true", help="only show what would go")
    parser.add_argument("--clock-is-right", action="store_true", help="the desk was down; its clock has not jumped")
    add_config(parser)
    parser.set_defaults(run=with_config(_purge))


def _purge(args: argparse.Namespace, loaded: Loaded) -> int:
    done = Purged()
    with stored(loaded, args.dry_run):
        why_not = retention.why_not(now())
        if why_not and not (args.clock_is_right or args.dry_run):
            return fail(f"purge: {why_not} (--clock-is-right if the desk was only down)")
        done = purge(loaded.config.retention.retention(), now(), ALL)
    if not args.dry_run:
        with opened(loaded):
            leftovers.clear()
    emit(args, [done], lambda done: _told(done, args.dry_run), asdict)
    return 0


def _told(done: Purged, dry: bool) -> str:
    went = "would go" if dry else "gone"
    return (
        f"{went}: {done.received} mails received, {done.attachments} with files, {done.sent} mails sent, "
        f"{done.strangers} senders of mails that became no ticket, {done.tickets} tickets' words and people, "
        f"{done.audit} rows of the audit record"
    )

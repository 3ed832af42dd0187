"""`helpdeskd outbox list|show|retry|drop`: the mails to send, and what came of them.

`show` writes the finished bytes of a mail to standard output. `retry` makes mails due now, which a running daemon sends
at once; `drop` never sends them. An id that cannot be treated so is told, and makes the exit status 1; the others are
done.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from helpdeskd.cli.common import Command, add_config, add_limit, emit, fail, iso, now, number, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.storage import outbox
from helpdeskd.storage.codec import plain
from helpdeskd.storage.outbox import Queued


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("outbox", help="mails to send, and what came of them")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the newest mails")
    listing.add_argument("--status", choices=["queued", "sending", "sent", "failed", "bounced", "dropped"])
    add_limit(listing)
    listing.set_defaults(run=with_config(_list))
    show = actions.add_parser("show", help="the finished bytes of one mail, on standard output")
    show.add_argument("id", type=number)
    show.set_defaults(run=with_config(_show))
    retry = actions.add_parser("retry", help="send these at once")
    retry.set_defaults(run=with_config(_each(outbox.retry, "is not there, or is sent or being sent")))
    drop = actions.add_parser("drop", help="never send these")
    drop.set_defaults(run=with_config(_each(outbox.drop, "is neither queued nor failed")))
    for action in (retry, drop):
        action.add_argument("id", type=number, nargs="+")
    for action in (listing, show, retry, drop):
        add_config(action)


def _plain(queued: Queued) -> dict[str, object]:
    values = dict(plain(queued))
    del values["content"]
    return values


def _line(queued: Queued, zone: ZoneInfo) -> str:
    state = queued.status + ("?" if queued.uncertain else "")
    about = f"{queued.reference or '-':10} {queued.notice} to {queued.recipient or 'a hook'}"
    reply = " ".join(queued.reply.split())
    return f"{queued.id:6} {iso(queued.created_at, zone)} {state:9} {about}" + (f" ({reply})" if reply else "")


def _list(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        rows = outbox.listed(args.status, args.limit)
    emit(args, rows, lambda row: _line(row, loaded.settings.zone), _plain)
    return 0


def _show(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        queued = outbox.get(args.id)
    if queued is None:
        return fail(f"outbox: there is no mail {args.id}")
    if args.json:
        emit(args, [queued], lambda row: _line(row, loaded.settings.zone), _plain)
    else:
        sys.stdout.buffer.write(queued.content)
    return 0


def _each(act: Callable[[int, datetime], bool], why_not: str) -> Command:
    """A command that does something to each id."""

    def run(args: argparse.Namespace, loaded: Loaded) -> int:
        with stored(loaded):
            bad = [number for number in args.id if not act(number, now())]
            done = [queued for number in args.id if number not in bad and (queued := outbox.get(number))]
        emit(args, done, lambda row: _line(row, loaded.settings.zone), _plain)
        return max((fail(f"outbox: mail {number} {why_not}") for number in bad), default=0)

    return run

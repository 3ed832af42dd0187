"""`helpdeskd inbox list|show|requeue`: the mails received and their fates."""

import argparse
import sys

from helpdeskd.cli.common import add_config, emit, fail, with_desk
from helpdeskd.config.load import Loaded
from helpdeskd.storage import inbox
from helpdeskd.storage.codec import plain
from helpdeskd.storage.inbox import Received


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("inbox", help="mails received, and what became of them")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the newest mails")
    listing.add_argument("--status", choices=["queued", "done", "held", "failed"])
    listing.add_argument("--limit", type=int, default=100)
    listing.set_defaults(run=with_desk(_list))
    show = actions.add_parser("show", help="the raw bytes of one mail, on standard output")
    show.add_argument("id", type=int)
    show.set_defaults(run=with_desk(_show))
    requeue = actions.add_parser("requeue", help="give a held or failed mail another turn")
    requeue.add_argument("id", type=int, nargs="+")
    requeue.set_defaults(run=with_desk(_requeue))
    for action in (listing, show, requeue):
        add_config(action)


def row(received: object) -> dict[str, object]:
    """A row for `--json`: without the raw bytes."""
    values = dict(plain(received))
    values.pop("raw")
    return {**values.pop("envelope"), **values}


def line(received: object) -> str:
    """A row for people."""
    assert isinstance(received, Received)
    fate = received.fate or received.status
    at = f"{received.envelope.received_at:%Y-%m-%d %H:%M}"
    about = f"{received.reference or '-':12} {received.sender}: {received.subject!r} ({received.reason})"
    return f"{received.id:6} {at} {fate:10} {about}"


def _list(args: argparse.Namespace, _loaded: Loaded) -> int:
    emit(args, inbox.listed(args.status, args.limit), line, row)
    return 0


def _show(args: argparse.Namespace, _loaded: Loaded) -> int:
    received = inbox.get(args.id)
    if received is None:
        return fail(f"inbox: there is no mail {args.id}")
    if args.json:
        emit(args, [received], line, row)
    else:
        sys.stdout.buffer.write(received.raw)
    return 0


def _requeue(args: argparse.Namespace, _loaded: Loaded) -> int:
    bad = [number for number in args.id if not inbox.requeue(number)]
    for number in bad:
        fail(f"inbox: mail {number} is neither held nor failed")
    return 1 if bad else 0

"""`helpdeskd outbox list|show|retry|drop`: the mails to send, and what came of them."""

import argparse
import sys
from collections.abc import Callable

from helpdeskd.cli.common import add_config, emit, fail, now, with_desk
from helpdeskd.config.load import Loaded
from helpdeskd.storage import outbox
from helpdeskd.storage.codec import plain
from helpdeskd.storage.outbox import Queued


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("outbox", help="mails to send, and what came of them")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the newest mails")
    listing.add_argument("--status", choices=["queued", "sending", "sent", "failed", "dropped"])
    listing.add_argument("--limit", type=int, default=100)
    listing.set_defaults(run=with_desk(_list))
    show = actions.add_parser("show", help="the finished bytes of one mail, on standard output")
    show.add_argument("id", type=int)
    show.set_defaults(run=with_desk(_show))
    retry = actions.add_parser("retry", help="send these at once")
    retry.add_argument("id", type=int, nargs="+")
    retry.set_defaults(run=with_desk(_each(lambda number: outbox.retry(number, now()), "is sent or being sent")))
    drop = actions.add_parser("drop", help="never send these")
    drop.add_argument("id", type=int, nargs="+")
    drop.set_defaults(run=with_desk(_each(lambda number: outbox.drop(number, now()), "is neither queued nor failed")))
    for action in (listing, show, retry, drop):
        add_config(action)


def row(queued: object) -> dict[str, object]:
    """A row for `--json`: without the bytes."""
    values = dict(plain(queued))
    values.pop("content")
    return values


def line(queued: object) -> str:
    """A row for people."""
    assert isinstance(queued, Queued)
    state = queued.status + ("?" if queued.uncertain else "")
    at = f"{queued.created_at:%Y-%m-%d %H:%M}"
    about = f"{queued.reference or '-':12} {queued.notice} to {queued.recipient or 'a hook'}"
    return f"{queued.id:6} {at} {state:9} {about} {queued.reply}"


def _list(args: argparse.Namespace, _loaded: Loaded) -> int:
    emit(args, outbox.listed(args.status, args.limit), line, row)
    return 0


def _show(args: argparse.Namespace, _loaded: Loaded) -> int:
    queued = outbox.get(args.id)
    if queued is None:
        return fail(f"outbox: there is no mail {args.id}")
    if args.json:
        emit(args, [queued], line, row)
    else:
        sys.stdout.buffer.write(queued.content)
    return 0


def _each(act: Callable[[int], bool], why_not: str) -> Callable[[argparse.Namespace, Loaded], int]:
    def run(args: argparse.Namespace, _loaded: Loaded) -> int:
        bad = [number for number in args.id if not act(number)]
        for number in bad:
            fail(f"outbox: mail {number} {why_not}")
        return 1 if bad else 0

    return run

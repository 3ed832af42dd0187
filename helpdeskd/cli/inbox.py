"""`helpdeskd inbox list|show|requeue`: the mails received and their fates.

`show` writes the raw bytes of a mail to standard output, as they came; `requeue` gives held or failed mails another
turn, and checks the sender of parked ones again, which a running daemon does at once. An unknown id is told, and makes
the exit status 1; the others are done.
"""

import argparse
import sys
from zoneinfo import ZoneInfo

from helpdeskd.cli.common import add_config, add_limit, emit, fail, iso, now, number, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.domain.happening import DESK
from helpdeskd.storage import audit_chain, inbox, unchecked
from helpdeskd.storage.codec import plain
from helpdeskd.storage.inbox import Received


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("inbox", help="mails received, and what became of them")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the newest mails")
    listing.add_argument("--status", choices=["queued", "done", "held", "failed"])
    add_limit(listing)
    listing.set_defaults(run=with_config(_list))
    show = actions.add_parser("show", help="the raw bytes of one mail, on standard output")
    show.add_argument("id", type=number)
    show.set_defaults(run=with_config(_show))
    requeue = actions.add_parser("requeue", help="give held, failed or parked mails another turn")
    requeue.add_argument("id", type=number, nargs="+")
    requeue.set_defaults(run=with_config(_requeue))
    for action in (listing, show, requeue):
        add_config(action)


def tell(args: argparse.Namespace, received: Received, zone: ZoneInfo) -> None:
    """Print what is known about a mail, without its raw bytes."""
    emit(args, [received], lambda row: _line(row, zone), _plain)


def _plain(received: Received) -> dict[str, object]:
    values = dict(plain(received))
    del values["raw"], values["sha256"]
    return {**values.pop("envelope"), **values}


def _line(received: Received, zone: ZoneInfo) -> str:
    at = iso(received.envelope.received_at, zone)
    about = f"{received.reference or '-':10} {received.sender or '-'}: {received.subject!r}"
    reason = f" ({received.reason})" if received.reason else ""
    return f"{received.id:6} {at} {received.fate or received.status:9} {about}{reason}"


def _list(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        rows = inbox.listed(args.status, args.limit)
    for row in rows:
        tell(args, row, loaded.settings.zone)
    return 0


def _show(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        received = inbox.get(args.id)
    if received is None:
        return fail(f"inbox: there is no mail {args.id}")
    if args.json:
        tell(args, received, loaded.settings.zone)
    else:
        sys.stdout.buffer.write(received.raw)
    if not received.is_whole:
        return fail(f"inbox: the stored bytes of mail {args.id} are not those that came (a backup may have them)")
    return 0


def _requeue(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        bad = [number for number in args.id if not (inbox.requeue(number) or unchecked.hurry(number, now()))]
        again = [received for number in args.id if number not in bad and (received := inbox.get(number))]
        for received in again:
            audit_chain.append("MailRequeued", now(), by=DESK, mail=received.id)
    for received in again:
        tell(args, received, loaded.settings.zone)
    return max(
        (fail(f"inbox: mail {number} is neither held, failed nor waiting for a check") for number in bad), default=0
    )

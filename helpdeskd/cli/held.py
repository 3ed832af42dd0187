"""`helpdeskd held list|accept|refuse`: mails that wait for a person's decision.

`accept` serves the mail as if its sender were proved and its contract in force, for the contact that it is from or the
one that `--as` names; `refuse` ends it without a word to an unproved sender.
"""

import argparse

from helpdeskd.cli.common import add_config, emit, fail, now, with_desk
from helpdeskd.cli.inbox import line, row
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.turn import decide
from helpdeskd.domain.address import normalise
from helpdeskd.mail.parse import parse
from helpdeskd.storage import inbox
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.inbox import Received


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("held", help="mails that wait for a person's decision")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what waits")
    listing.set_defaults(run=with_desk(_list))
    accept = actions.add_parser("accept", help="serve the mail")
    accept.add_argument("id", type=int)
    accept.add_argument("--as", dest="contact", metavar="ADDRESS", default="", help="the contact that it is served for")
    accept.set_defaults(run=with_desk(_accept))
    refuse = actions.add_parser("refuse", help="end it, without a word to the sender")
    refuse.add_argument("id", type=int)
    refuse.add_argument("reason")
    refuse.set_defaults(run=with_desk(_refuse))
    for action in (listing, accept, refuse):
        add_config(action)


def _list(args: argparse.Namespace, _loaded: Loaded) -> int:
    emit(args, inbox.listed("held", 1000), line, row)
    return 0


def _accept(args: argparse.Namespace, loaded: Loaded) -> int:
    received = _held(args.id)
    if received is None:
        return fail(f"held: mail {args.id} is not held")
    contact = normalise(args.contact or received.sender)
    if StoredDirectory().contact(contact) is None:
        return fail(f"held: {contact or 'the sender'} is no contact (--as ADDRESS names one)")
    outcome = decide(received, parse(received.raw), Office(loaded).post(), now(), accepted_for=contact)
    emit(args, [inbox.get(args.id)], line, row)
    return 0 if outcome.fate != "held" else 1


def _refuse(args: argparse.Namespace, _loaded: Loaded) -> int:
    received = _held(args.id)
    if received is None:
        return fail(f"held: mail {args.id} is not held")
    inbox.finish(args.id, "refused", args.reason, "", received.sender, received.subject, now())
    return 0


def _held(inbox_id: int) -> Received | None:
    received = inbox.get(inbox_id)
    return received if received is not None and received.status == "held" else None

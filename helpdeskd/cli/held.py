"""`helpdeskd held list|accept|refuse`: mails that wait for a person's decision.

`accept` serves the mail as if its sender were proved and its contract in force, for the contact that it is from or the
one that `--as` names; `refuse` ends it and tells the reason to a contact who was proved, and nothing to anybody else.
What becomes of the mail is printed. The exit status is 1 where the mail is not held, or nobody is known for whom it
could be served.
"""

import argparse

from helpdeskd.cli.common import add_config, add_limit, fail, now, number, stored, with_config
from helpdeskd.cli.inbox import tell
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.turn import decide, refuse
from helpdeskd.domain.address import normalise
from helpdeskd.mail.parse import parse
from helpdeskd.storage import inbox
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.inbox import Received


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("held", help="mails that wait for a person's decision")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what waits")
    add_limit(listing)
    listing.set_defaults(run=with_config(_list))
    accept = actions.add_parser("accept", help="serve the mail")
    accept.add_argument("id", type=number)
    accept.add_argument("--as", dest="contact", metavar="ADDRESS", default="", help="the contact that it is served for")
    accept.set_defaults(run=with_config(_accept))
    refusal = actions.add_parser("refuse", help="end it; only a proved contact is told")
    refusal.add_argument("id", type=number)
    refusal.add_argument("reason", nargs="+")
    refusal.set_defaults(run=with_config(_refuse))
    for action in (listing, accept, refusal):
        add_config(action)


def _list(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        rows = inbox.listed("held", args.limit)
    for row in rows:
        tell(args, row, loaded.settings.zone)
    return 0


def _accept(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        received = _held(args.id)
        if received is None:
            return fail(f"held: mail {args.id} is not held")
        contact = normalise(args.contact or received.sender)
        if StoredDirectory().contact(contact) is None:
            return fail(f"held: {contact or 'the sender'} is no contact (--as ADDRESS names one)")
        decide(received, parse(received.raw), Office(loaded).post(), now(), accepted_for=contact)
        return _told(args, loaded)


def _refuse(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        received = _held(args.id)
        if received is None:
            return fail(f"held: mail {args.id} is not held")
        refuse(received, parse(received.raw), " ".join(args.reason), Office(loaded).post(), now())
        return _told(args, loaded)


def _held(inbox_id: int) -> Received | None:
    received = inbox.get(inbox_id)
    return received if received is not None and received.status == "held" else None


def _told(args: argparse.Namespace, loaded: Loaded) -> int:
    """Print what became of the mail; 1 if it is still held."""
    received = inbox.get(args.id)
    assert received is not None
    tell(args, received, loaded.settings.zone)
    return int(received.status == "held")

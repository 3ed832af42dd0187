"""`helpdeskd held list|accept|refuse|blocked|unblock`: mails that wait for a person's decision, and blocked senders.

`accept` serves the mail as if its sender were proved and its contract in force, for the contact that it is from or the
one that `--as` names; `refuse` ends it and tells the reason to a contact who was proved, and nothing to anybody else.
What becomes of the mail is printed; one that would not be served for that contact stays held, and the reason is
printed. `blocked` lists the senders whom agents have blocked by mail (`/block`), `unblock` lets one write again. The
exit status is 1 where the mail is not held, nobody is known for whom it could be served, or the sender is not blocked.
"""

import argparse

from helpdeskd.cli.common import add_config, add_limit, emit, fail, iso, now, number, stored, with_config
from helpdeskd.cli.inbox import tell
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.holding import judged, settle
from helpdeskd.daemon.office import Office
from helpdeskd.domain.address import normalise
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.held_event import HeldAccepted, HeldRefused
from helpdeskd.storage import audit_chain, blocked, inbox
from helpdeskd.storage.codec import plain
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.inbox import Received
from helpdeskd.triage.orders.holding import UNSERVED


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
    blocked = actions.add_parser("blocked", help="senders whose mail is refused without a word")
    blocked.set_defaults(run=with_config(_blocked))
    unblock = actions.add_parser("unblock", help="let a sender write again")
    unblock.add_argument("address")
    unblock.set_defaults(run=with_config(_unblock))
    for action in (listing, accept, refusal, blocked, unblock):
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
        post, at = Office(loaded).post(), now()
        outcome = judged(args.id, contact, post, at)
        if outcome.fate in UNSERVED:
            return fail(f"held: mail {args.id} is not served for {contact} ({outcome.reason}); it stays held")
        settle(HeldAccepted(at, DESK, args.id, contact), post, at)
        return _told(args, loaded)


def _refuse(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        if _held(args.id) is None:
            return fail(f"held: mail {args.id} is not held")
        settle(HeldRefused(now(), DESK, args.id, " ".join(args.reason)), Office(loaded).post(), now())
        return _told(args, loaded)


def _blocked(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        rows = blocked.listed()
    zone = loaded.settings.zone
    emit(args, rows, lambda row: f"{row.address} {iso(row.at, zone)} {row.by}", plain)
    return 0


def _unblock(args: argparse.Namespace, loaded: Loaded) -> int:
    address = normalise(args.address)
    with stored(loaded):
        if not blocked.unblock(address):
            return fail(f"held: {args.address} is not blocked")
        audit_chain.append("SenderUnblocked", now(), by=DESK, address=address)
    return 0


def _held(inbox_id: int) -> Received | None:
    received = inbox.get(inbox_id)
    return received if received is not None and received.status == "held" else None


def _told(args: argparse.Namespace, loaded: Loaded) -> int:
    """Print what became of the mail; 1 if it is still held."""
    received = inbox.get(args.id)
    assert received is not None
    tell(args, received, loaded.settings.zone)
    return int(received.status == "held")

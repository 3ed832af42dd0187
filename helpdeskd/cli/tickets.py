"""`helpdeskd tickets list|show|search` and `helpdeskd why TICKET`: what a ticket is, what happened to it, and how that
came about.

`search` finds the tickets in whose reference, subject, people, texts or solution all of the words stand, and shows the
piece with most of them, each between brackets, and the solution (`storage.search`). `why` tells from what
was stored how the entitlement, each deadline, the charge, and the way of each mail to the ticket came about. In its
JSON money is a string with two decimals, and `charge` has no currency where the plan has no prices. An unknown ticket
makes the exit status 1.
"""

import argparse
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from helpdeskd.cli.charge import record
from helpdeskd.cli.common import add_config, add_limit, emit, fail, iso, stored, with_config
from helpdeskd.cli.sla import segment
from helpdeskd.config.load import Loaded
from helpdeskd.domain.charge import Charge, charge_of
from helpdeskd.domain.event import DutyPaged, DutyTaken, Event
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.policy import explain
from helpdeskd.policy.watch import history
from helpdeskd.storage import inbox, search, tickets
from helpdeskd.storage.codec import plain
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.inbox import Received

Story = list[tuple[Event, int | None]]


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("tickets", help="tickets and what happened to them")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the newest tickets")
    listing.set_defaults(run=with_config(_list))
    finding = actions.add_parser("search", help="the newest tickets in which all of the words stand")
    told = "a word, or the beginning of one; 'several words' in quotes stand in a row"
    finding.add_argument("words", metavar="WORD", nargs="+", help=told)
    finding.set_defaults(run=with_config(_search))
    show = actions.add_parser("show", help="one ticket with its story")
    show.set_defaults(run=with_config(_show))
    why = subparsers.add_parser("why", help="how entitlement, deadlines, charge and thread of a ticket came about")
    why.set_defaults(run=with_config(_why))
    for action in (listing, finding):
        action.add_argument("--status", choices=[status.value for status in Status])
        action.add_argument("--customer", metavar="NAME")
        add_limit(action)
    for action in (show, why):
        action.add_argument("ticket", help="its reference, such as HD-1042")
    for action in (listing, finding, show, why):
        add_config(action)


def _list(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        rows = tickets.listed(args.status, args.customer, args.limit)
    emit(args, rows, _line, plain)
    return 0


def _line(ticket: Ticket) -> str:
    about = f"{ticket.customer}: {ticket.subject!r}"
    return f"{ticket.reference:10} {ticket.status:10} {ticket.priority:8} {ticket.owner or '-':10} {about}"


def _search(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        found = search.find(args.words, args.status, args.customer, args.limit)
    zone = loaded.settings.zone
    emit(args, found, lambda it: _lines(it, zone), lambda it: plain(it.ticket) | {"snippet": it.snippet})
    return 0


def _lines(found: search.Found, zone: ZoneInfo) -> str:
    """A ticket that was found: what it is, when it was opened, where the words stand, and what solved it."""
    ticket, opened = found.ticket, found.ticket.opened_at.astimezone(zone)
    solution = f"solution: {' '.join(ticket.solution.split())}" if ticket.solution else ""
    head = f"{ticket.reference:10} {ticket.status:10} {opened:%Y-%m-%d} {ticket.customer}: {ticket.subject!r}"
    return "\n".join((head, *(f"           {line}" for line in (found.snippet, solution) if line)))


def _show(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        ticket = tickets.by_reference(args.ticket)
        story = tickets.events(ticket.id) if ticket else []
        page = explain.show(ticket, StoredDirectory(), loaded.settings.zone) if ticket else ""
    if ticket is None:
        return fail(f"tickets: there is no {args.ticket}")
    emit(args, [ticket], lambda _: page, lambda it: _whole(it, story))
    return 0


def _whole(ticket: Ticket, story: Story) -> dict[str, object]:
    events = [{"event": type(event).__name__, "mail": mail, **plain(event)} for event, mail in story]
    return {**plain(ticket), "events": events}


@dataclass(frozen=True, slots=True)
class _Known:
    """All that is stored of a ticket which says how it came to what it is."""

    ticket: Ticket
    plan: Plan
    targets: tuple[Target, ...]
    charge: Charge
    mails: list[Received]
    story: list[Event]


def _why(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        ticket = tickets.by_reference(args.ticket)
        known = _known(ticket, loaded) if ticket else None
    if known is None:
        return fail(f"why: there is no {args.ticket}")
    emit(args, [known], _reasons, _plain_reasons)
    return 0


def _known(ticket: Ticket, loaded: Loaded) -> _Known:
    plan = loaded.desk.plan_named(ticket.plan)
    charge = charge_of(ticket, plan, StoredDirectory())
    story = [event for event, _ in tickets.events(ticket.id)]
    return _Known(ticket, plan, tickets.targets(ticket.id), charge, _mails(ticket.id), story)


def _mails(ticket_id: int) -> list[Received]:
    """The mails that something on the ticket came of, in their order."""
    ids = dict.fromkeys(mail for _, mail in tickets.events(ticket_id) if mail is not None)
    return [received for received in map(inbox.get, ids) if received is not None]


def _way(mail: Received, zone: ZoneInfo) -> str:
    came = f"mail {mail.id} of {mail.sender or 'nobody'}, {iso(mail.envelope.received_at, zone)}"
    return f"{came}: {mail.fate} ({mail.reason})"


def _reasons(known: _Known) -> str:
    zone = known.plan.calendar.zone
    text = explain.why(known.ticket, known.targets, known.charge, known.plan, zone, history(known.story, zone))
    return "\n".join([text, "", *(_way(mail, zone) for mail in known.mails)])


def _plain_reasons(known: _Known) -> dict[str, Any]:
    ticket, plan, zone = known.ticket, known.plan, known.plan.calendar.zone
    return {
        "reference": ticket.reference,
        "entitlement": {
            "outcome": ticket.entitlement.decision.value,
            "reasons": [str(reason) for reason in ticket.entitlement.reasons],
        },
        "targets": [_target(target, ticket, plan, zone) for target in known.targets],
        "duty": [_woken(event, zone) for event in known.story if isinstance(event, DutyPaged | DutyTaken)],
        "charge": record(known.charge, zone),
        "thread": [
            {
                "mail": mail.id,
                "at": iso(mail.envelope.received_at, zone),
                "from": mail.sender,
                "fate": mail.fate,
                "reason": mail.reason,
            }
            for mail in known.mails
        ],
    }


def _woken(event: DutyPaged | DutyTaken, zone: ZoneInfo) -> dict[str, object]:
    step = event.step if isinstance(event, DutyPaged) else None
    return {"at": iso(event.at, zone), "event": type(event).__name__, "person": event.person, "step": step}


def _target(target: Target, ticket: Ticket, plan: Plan, zone: ZoneInfo) -> dict[str, object]:
    return {
        "target": target.kind.value,
        "promised": target.promised,
        "amount": str(target.amount),
        "start": iso(target.start, zone),
        "due": iso(target.due, zone),
        "met": iso(target.met_at, zone),
        "breached": iso(target.breached_at, zone),
        "timeline": [segment(part, zone) for part in explain.segments(target, ticket, plan)],
    }

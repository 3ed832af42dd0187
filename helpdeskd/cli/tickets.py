"""`helpdeskd tickets list|show` and `helpdeskd why TICKET`: what a ticket is, what happened to it, and how that came
about.
"""

import argparse
import json
from zoneinfo import ZoneInfo

from helpdeskd.cli.common import add_config, emit, fail, iso, with_desk
from helpdeskd.config.load import Loaded
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.policy import explain
from helpdeskd.storage import tickets
from helpdeskd.storage.codec import plain


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("tickets", help="tickets and what happened to them")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the newest tickets")
    listing.add_argument("--status", choices=[status.value for status in Status])
    listing.add_argument("--customer")
    listing.add_argument("--limit", type=int, default=100)
    listing.set_defaults(run=with_desk(_list))
    show = actions.add_parser("show", help="one ticket with its story")
    why = subparsers.add_parser("why", help="how entitlement and deadlines of a ticket came about")
    show.set_defaults(run=with_desk(_show))
    why.set_defaults(run=with_desk(_why))
    for action in (show, why):
        action.add_argument("ticket", help="its reference, such as HD-1042")
    for action in (listing, show, why):
        add_config(action)


def _line(ticket: object) -> str:
    assert isinstance(ticket, Ticket)
    about = f"{ticket.customer}: {ticket.subject!r}"
    return f"{ticket.reference:10} {ticket.status:10} {ticket.priority:8} {ticket.owner or '-':10} {about}"


def _list(args: argparse.Namespace, _loaded: Loaded) -> int:
    emit(args, tickets.listed(args.status, args.customer, args.limit), _line, plain)
    return 0


def _show(args: argparse.Namespace, loaded: Loaded) -> int:
    ticket = tickets.by_reference(args.ticket)
    if ticket is None:
        return fail(f"tickets: there is no {args.ticket}")
    story = tickets.events(ticket.id)
    if args.json:
        events = [{"event": type(event).__name__, "mail": mail, **plain(event)} for event, mail in story]
        print(json.dumps({**plain(ticket), "events": events}, ensure_ascii=False))
    else:
        print(explain.show(ticket, [event for event, _ in story], loaded.settings.zone))
    return 0


def _why(args: argparse.Namespace, loaded: Loaded) -> int:
    ticket = tickets.by_reference(args.ticket)
    if ticket is None:
        return fail(f"why: there is no {args.ticket}")
    plan = loaded.desk.plans.get(ticket.plan) or loaded.desk.plans[loaded.desk.plan]
    targets = tickets.targets(ticket.id)
    if args.json:
        print(json.dumps(_reasons(ticket, targets, plan), ensure_ascii=False))
    else:
        print(explain.why(ticket, targets, plan, plan.calendar.zone))
    return 0


def _reasons(ticket: Ticket, targets: tuple[Target, ...], plan: Plan) -> dict[str, object]:
    zone = plan.calendar.zone
    return {
        "reference": ticket.reference,
        "entitlement": {
            "outcome": ticket.entitlement.decision.value,
            "reasons": [str(reason) for reason in ticket.entitlement.reasons],
        },
        "targets": [_target(target, ticket, plan, zone) for target in targets],
    }


def _target(target: Target, ticket: Ticket, plan: Plan, zone: ZoneInfo) -> dict[str, object]:
    return {
        "target": target.kind.value,
        "promised": target.promised,
        "amount": str(target.amount),
        "start": iso(target.start, zone),
        "due": iso(target.due, zone),
        "met": iso(target.met_at, zone),
        "breached": iso(target.breached_at, zone),
        "timeline": [
            {"from": iso(s.start, zone), "to": iso(s.end, zone), "counted_minutes": s.counted_minutes, "why": s.why}
            for s in explain.segments(target, ticket, plan)
        ],
    }

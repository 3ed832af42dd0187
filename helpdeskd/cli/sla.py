"""`helpdeskd sla`: a deadline without a ticket: when is what due, and what was counted (docs "Interfaces").

In: a plan, a priority, when the request comes and in which times the resolution clock stands. Out: the targets that run
from the request itself, each with its amount, deadline and timeline; all times in the plan's zone. An unknown plan,
priority or agreement makes the exit status 1, a time that is none makes it 2. Nothing stored is asked.
"""

import argparse
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from helpdeskd.cli.common import add_config, emit, fail, in_zone, iso, moment, now, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.domain.plan import Plan, Priority, TargetRule
from helpdeskd.domain.target import Pause, Segment, TargetKind, deadline, timeline

PAUSED = "waiting"


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("sla", help="when a request of a priority would be due")
    parser.add_argument("--plan", help="the plan, by name (default: the desk's)")
    parser.add_argument("--priority", help="the priority (default: the plan's standard one)")
    parser.add_argument("--at", metavar="TIME", type=moment, help="when it comes, in the plan's zone (default: now)")
    parser.add_argument(
        "--pause", metavar="FROM/TO", type=_pause, action="append", default=[], help="the resolution clock stands"
    )
    parser.add_argument("--agreement", metavar="NAME", help="a named variant of the plan")
    add_config(parser)
    parser.set_defaults(run=with_config(_sla))


def _pause(text: str) -> tuple[datetime, datetime]:
    """FROM/TO, for argparse."""
    begin, _, end = text.partition("/")
    pause = moment(begin), moment(end)
    if pause[0].replace(tzinfo=None) >= pause[1].replace(tzinfo=None):
        raise argparse.ArgumentTypeError(f"the pause {text} ends before it begins")
    return pause


def _sla(args: argparse.Namespace, loaded: Loaded) -> int:
    plan = loaded.desk.plans.get(args.plan or loaded.desk.plan)
    if plan is None:
        return fail(f"sla: there is no plan {args.plan} (one of {', '.join(loaded.desk.plans)})")
    if args.agreement and args.agreement not in plan.agreements:
        known = f"one of {', '.join(plan.agreements)}" if plan.agreements else "it has none"
        return fail(f"sla: the plan {plan.name} has no agreement {args.agreement} ({known})")
    priority = plan.priority(args.priority or plan.standard)
    if priority is None:
        known = ", ".join(row.name for row in plan.priorities)
        return fail(f"sla: the plan {plan.name} has no priority {args.priority} (one of {known})")
    zone = plan.calendar.zone
    start = in_zone(args.at, zone) if args.at else now().replace(microsecond=0)
    pauses = tuple(Pause(in_zone(begin, zone), in_zone(end, zone), PAUSED) for begin, end in args.pause)
    emit(args, [_answer(plan, priority, start, pauses)], _text, dict)
    return 0


def _answer(plan: Plan, priority: Priority, start: datetime, pauses: tuple[Pause, ...]) -> dict[str, Any]:
    """Of the targets those that run from the request itself."""
    rules = [rule for rule in priority.targets if rule.kind is not TargetKind.NEXT_RESPONSE]
    return {
        "priority": priority.name,
        "start": iso(start, plan.calendar.zone),
        "targets": [_target(rule, start, plan, pauses) for rule in rules],
    }


def _target(rule: TargetRule, start: datetime, plan: Plan, pauses: tuple[Pause, ...]) -> dict[str, object]:
    zone = plan.calendar.zone
    counted = pauses if rule.kind is TargetKind.RESOLUTION else ()
    return {
        "target": rule.kind.value,
        "promised": rule.promised,
        "amount": str(rule.amount),
        "due": iso(deadline(start, rule.amount, plan.calendar, counted), zone),
        "timeline": [segment(part, zone) for part in timeline(start, rule.amount, plan.calendar, counted)],
    }


def segment(part: Segment, zone: ZoneInfo) -> dict[str, object]:
    """A line of a timeline as `--json` prints it."""
    return {
        "from": iso(part.start, zone),
        "to": iso(part.end, zone),
        "counted_minutes": part.counted_minutes,
        "why": part.why,
    }


def _text(answer: dict[str, Any]) -> str:
    lines = [f"priority {answer['priority']}, from {answer['start']}"]
    for target in answer["targets"]:
        goal = "" if target["promised"] else " (a goal, not promised)"
        lines += ["", f"{target['target']} within {target['amount']}{goal}: due {target['due']}"]
        lines += [f"  {s['from']} to {s['to']}  {s['counted_minutes']:5} min  {s['why']}" for s in target["timeline"]]
    return "\n".join(lines)

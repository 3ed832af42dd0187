"""`helpdeskd sla`: a deadline without a ticket: when is what due, and what was counted."""

import argparse
import json
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from helpdeskd.cli.common import add_config, fail, instant, iso, now, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.domain.plan import Plan, Priority, TargetRule
from helpdeskd.domain.target import Pause, TargetKind, deadline, timeline

PAUSED = "waiting"


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("sla", help="when a request of a priority would be due")
    parser.add_argument("--plan", help="the plan, by name (default: the desk's)")
    parser.add_argument("--priority", help="the priority (default: the plan's standard one)")
    parser.add_argument("--at", metavar="TIME", help="when the request comes, in the plan's zone (default: now)")
    parser.add_argument("--pause", metavar="FROM/TO", action="append", default=[], help="the resolution clock stands")
    parser.add_argument("--agreement", metavar="NAME", help="a named variant of the plan")
    add_config(parser)
    parser.set_defaults(run=with_config(_sla))


def _sla(args: argparse.Namespace, loaded: Loaded) -> int:
    plan = loaded.desk.plans.get(args.plan or loaded.desk.plan)
    if plan is None:
        return fail(f"sla: there is no plan {args.plan} (one of {', '.join(loaded.desk.plans)})")
    if args.agreement:
        return fail(f"sla: the plan {plan.name} has no agreement {args.agreement}")
    priority = plan.priority(args.priority or plan.standard)
    if priority is None:
        known = ", ".join(row.name for row in plan.priorities)
        return fail(f"sla: {plan.name} has no priority {args.priority} (one of {known})")
    try:
        start, pauses = _times(args, plan.calendar.zone)
    except (ValueError, OverflowError) as wrong:
        return fail(f"sla: {wrong} (a time is written as 2026-11-20T17:30, a pause as FROM/TO)")
    answer = {
        "priority": priority.name,
        "start": iso(start, plan.calendar.zone),
        "targets": [_target(rule, start, plan, pauses) for rule in _asked(priority)],
    }
    print(json.dumps(answer, ensure_ascii=False) if args.json else _text(answer))
    return 0


def _asked(priority: Priority) -> list[TargetRule]:
    """Targets that run from the request itself."""
    return [rule for rule in priority.targets if rule.kind is not TargetKind.NEXT_RESPONSE]


def _times(args: argparse.Namespace, zone: ZoneInfo) -> tuple[datetime, tuple[Pause, ...]]:
    start = instant(args.at, zone) if args.at else now().replace(microsecond=0)
    ends = (text.partition("/") for text in args.pause)
    return start, tuple(Pause(instant(a, zone), instant(b, zone), PAUSED) for a, _, b in ends)


def _target(rule: TargetRule, start: datetime, plan: Plan, pauses: tuple[Pause, ...]) -> dict[str, object]:
    zone = plan.calendar.zone
    counted = pauses if rule.kind is TargetKind.RESOLUTION else ()
    segments = timeline(start, rule.amount, plan.calendar, counted)
    return {
        "target": rule.kind.value,
        "promised": rule.promised,
        "amount": str(rule.amount),
        "due": iso(deadline(start, rule.amount, plan.calendar, counted), zone),
        "timeline": [
            {"from": iso(s.start, zone), "to": iso(s.end, zone), "counted_minutes": s.counted_minutes, "why": s.why}
            for s in segments
        ],
    }


def _text(answer: Mapping[str, object]) -> str:
    lines = [f"priority {answer['priority']}, from {answer['start']}"]
    targets = answer["targets"]
    assert isinstance(targets, list)
    for target in targets:
        goal = "" if target["promised"] else " (a goal, not promised)"
        lines += ["", f"{target['target']} within {target['amount']}{goal}: due {target['due']}"]
        lines += [f"  {s['from']} to {s['to']}  {s['counted_minutes']:5} min  {s['why']}" for s in target["timeline"]]
    return "\n".join(lines)

"""`helpdeskd duty who`: the people on duty, in the order in which they are paged."""

import argparse
import json

from helpdeskd.cli.common import add_config, fail, instant, iso, now, scratch, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.office import Office
from helpdeskd.domain.duty import order
from helpdeskd.storage import db


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("duty", help="who is on duty")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    who = actions.add_parser("who", help="the people on duty, step 1 first")
    who.add_argument("--at", metavar="TIME", help="default: now")
    who.set_defaults(run=with_config(_who))
    add_config(who)


def _who(args: argparse.Namespace, loaded: Loaded) -> int:
    zone = loaded.settings.zone
    try:
        at = instant(args.at, zone) if args.at else now()
    except ValueError as wrong:
        return fail(f"duty: {wrong} (a time is written as 2026-11-20T17:30)")
    with scratch(loaded) as stored, db.transaction():
        duty = Office(stored).post().desk.duty
    if duty is None:
        return fail("duty: nobody is ever on duty (the configuration has no [duty])")
    for step, person in enumerate(order(duty.roster, at), 1):
        after = int(duty.step.total_seconds() // 60) * (step - 1)
        told = {"at": iso(at, zone), "step": step, "person": person, "after_minutes": after}
        print(json.dumps(told) if args.json else f"step {step} after {after} min: {person}")
    return 0

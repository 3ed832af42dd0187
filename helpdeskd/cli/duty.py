"""`helpdeskd duty who`: the people on duty, in the order in which they are paged.

By the roster of the stored directory, else that of the configuration; `--at` is in the desk's zone unless it says
otherwise. The exit status is 1 where nobody is ever on duty.
"""

import argparse
from collections.abc import Iterator
from datetime import datetime

from helpdeskd.cli.common import add_config, emit, fail, in_zone, iso, moment, now, scratch, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.office import Office
from helpdeskd.domain.desk import Duty
from helpdeskd.domain.duty import order
from helpdeskd.storage import db


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("duty", help="who is on duty")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    who = actions.add_parser("who", help="the people on duty, step 1 first")
    who.add_argument("--at", metavar="TIME", type=moment, help="default: now")
    who.set_defaults(run=with_config(_who))
    add_config(who)


def _who(args: argparse.Namespace, loaded: Loaded) -> int:
    zone = loaded.settings.zone
    at = in_zone(args.at, zone) if args.at else now()
    with scratch(loaded) as desk, db.transaction():
        duty = Office(desk).post().desk.duty
    if duty is None:
        return fail("duty: nobody is ever on duty (the configuration has no [duty], or it names nobody)")
    rows = ({"at": iso(at, zone), **step} for step in _steps(duty, at))
    emit(args, rows, lambda row: f"step {row['step']} after {row['after_minutes']} min: {row['person']}", dict)
    return 0


def _steps(duty: Duty, at: datetime) -> Iterator[dict[str, object]]:
    minutes = int(duty.step.total_seconds() // 60)
    for step, person in enumerate(order(duty.roster, at)):
        yield {"step": step + 1, "person": person, "after_minutes": minutes * step}

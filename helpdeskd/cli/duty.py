"""`helpdeskd duty who|drill`: the people on duty, in the order in which they are paged; and pages for practice.

`who` goes by the roster of the stored directory, else that of the configuration, by the duty calendar as it was read
last, and by what agents have swapped; `--at` is in the desk's zone unless it says otherwise. The exit status is 1 where
nobody is ever on duty. `drill` wakes whoever is on duty now, or the one agent who is named, and the next of the roster
as in an emergency; the pages go out while a daemon runs. It tells the ticket that the drill is.
"""

import argparse
from collections.abc import Iterator
from datetime import datetime

from helpdeskd.cli.common import add_config, emit, fail, in_zone, iso, moment, now, scratch, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.daemon import drill
from helpdeskd.daemon.office import Office
from helpdeskd.domain.desk import Duty
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import order
from helpdeskd.domain.planned import meant
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import db
from helpdeskd.storage.directory import StoredDirectory


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("duty", help="who is on duty; pages for practice")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    who = actions.add_parser("who", help="the people on duty, step 1 first")
    who.add_argument("--at", metavar="TIME", type=moment, help="default: now")
    who.set_defaults(run=with_config(_who))
    practice = actions.add_parser("drill", help="page for practice, as in an emergency")
    practice.add_argument("person", metavar="PERSON", nargs="?", help="an agent, who alone is paged")
    practice.set_defaults(run=with_config(_drill))
    for action in (who, practice):
        add_config(action)


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


def _drill(args: argparse.Namespace, loaded: Loaded) -> int:
    try:
        with stored(loaded):
            person = _agent(args.person) if args.person else None
            ticket = drill.begin(Office(loaded).post(), now(), person)
    except drill.NoDrill as why:
        return fail(f"duty: {why}")
    emit(args, [ticket], lambda it: f"{it.reference}: {_paged(it)} is paged for practice", _plain)
    return 0


def _agent(words: str) -> Agent:
    agents = StoredDirectory().agents()
    found = meant(words, agents)
    if len(found) != 1:
        known = ", ".join(agent.name for agent in agents)
        raise drill.NoDrill(f'"{words}" names {"more than one" if found else "nobody"} (known: {known})')
    return found[0]


def _paged(ticket: Ticket) -> str:
    return ticket.emergency.person if ticket.emergency else ""


def _plain(ticket: Ticket) -> dict[str, object]:
    return {"ticket": ticket.reference, "person": _paged(ticket)}

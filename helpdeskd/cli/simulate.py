"""`helpdeskd simulate SCENARIO`: what the desk would do in the days of a scenario, played on a virtual clock.

On a desk of its own in a temporary folder, so nothing of the real one is read or changed. Without `--json` it prints
the story as a person would read it; with it, one object a line in order of virtual time, and at the end the tickets and
the statements of the months that ended. The same scenario and configuration always print the same. The exit status is 1
for a scenario, configuration or step that is broken; a step that cannot be played is told at the end, and the others
are played. `--replay` plays past mail in the place of a scenario (`cli.replay`).
"""

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from helpdeskd.cli import main, statement
from helpdeskd.cli.common import add_config, fail, iso, rehearsing, with_config
from helpdeskd.cli.progress import watched
from helpdeskd.cli.replay import add_options, replay
from helpdeskd.cli.story import story
from helpdeskd.config.load import Loaded
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.config.scenario import Do, Scenario, load_scenario
from helpdeskd.daemon import log
from helpdeskd.daemon.office import CannotServe
from helpdeskd.daemon.rehearsal import KEY, Billed, Done, Happened, MailIn, MailOut, News, Rehearsal, Standing
from helpdeskd.domain.charge import Charge
from helpdeskd.domain.event import DutyPaged
from helpdeskd.storage.codec import plain

CHANGES = ("directory", "customers", "contacts", "contracts", "cards")
Row = dict[str, Any]


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("simulate", help="what the desk would do in the days of a scenario")
    parser.add_argument("scenario", type=Path, nargs="?", metavar="SCENARIO", help="a file of mails and commands")
    add_options(parser)
    add_config(parser)
    parser.set_defaults(run=partial(_simulate, parser))


def _simulate(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    if bool(args.scenario) == bool(args.replay):
        parser.error("give either a SCENARIO or --replay PATH")
    if args.replay:
        return replay(args)
    if args.against or args.directory or args.proved:
        parser.error("--against, --directory and --proved are for --replay")
    try:
        scenario = load_scenario(args.scenario, Path(args.config) if args.config else None)
    except ConfigErrors as broken:
        return max(map(fail, broken.errors))
    args.config = scenario.config
    return with_config(partial(_play, scenario=scenario))(args)


def _play(args: argparse.Namespace, loaded: Loaded, scenario: Scenario) -> int:
    strange = [step for step in scenario.steps if isinstance(step.does, Do) and step.does.run[0] not in CHANGES]
    if strange:
        raise ConfigErrors([scenario.told(step, "run", f"is none of {', '.join(CHANGES)}") for step in strange])
    log.setup("error", KEY)
    with tempfile.TemporaryDirectory() as folder:
        try:
            rehearsal = Rehearsal(loaded, scenario, Path(folder), partial(_run, scenario.source.file.parent))
            _tell(rehearsal, scenario, partial(_json if args.json else story, zone=loaded.settings.zone))
        except CannotServe as broken:
            return max(map(fail, str(broken).splitlines()))
    return max(map(fail, rehearsal.faults), default=0)


def _tell(rehearsal: Rehearsal, scenario: Scenario, lines: Callable[[News], Iterable[str]]) -> None:
    """Play it, and print what happens as it happens."""
    for news in watched(rehearsal.play(), scenario):
        for line in lines(news):
            print(line)


def _run(folder: Path, words: Sequence[str], loaded: Loaded, now: datetime) -> tuple[int, str]:
    """Run a command of ours on the rehearsed desk, with files counted from the scenario's folder."""
    said = io.StringIO()
    with rehearsing(loaded, now), contextlib.chdir(folder), redirect_stdout(said), redirect_stderr(said):
        try:
            status = main(words)
        except SystemExit as end:
            status = int(end.code or 0)
    return status, said.getvalue().strip()


def _json(news: News, zone: ZoneInfo) -> Iterator[str]:
    return (json.dumps(row, ensure_ascii=False) for row in _rows(news, zone))


def _rows(news: News, zone: ZoneInfo) -> Iterator[Row]:
    """What `--json` prints of it (interfaces, "simulate")."""
    match news:
        case MailIn():
            yield _mail_in(news, zone)
        case MailOut():
            yield _mail_out(news, zone)
        case Happened():
            yield _event(news, zone)
            if isinstance(news.event, DutyPaged):
                yield _page(news.event, news, zone)
        case Standing():
            yield _standing(news, zone)
        case Billed():
            yield {"type": "statement", **statement.plain(news.statement, news.words)}
        case Done():
            return
        case _:
            assert_never(news)


def _mail_in(news: MailIn, zone: ZoneInfo) -> Row:
    row = news.received
    return {
        "at": iso(news.at, zone),
        "type": "mail-in",
        "id": news.id,
        "fate": row.fate,
        "reason": row.reason,
        "ticket": row.reference or None,
    }


def _page(event: DutyPaged, news: Happened, zone: ZoneInfo) -> Row:
    return {
        "at": iso(news.at, zone),
        "type": "page",
        "person": event.person,
        "step": event.step,
        "ticket": news.reference,
    }


def _mail_out(news: MailOut, zone: ZoneInfo) -> Row:
    row, message = news.row, news.message
    return {
        "at": iso(news.at, zone),
        "type": "mail-out",
        "to": row.recipient,
        "notice": row.notice,
        "ticket": row.reference or None,
        "subject": message.subject,
        "text": message.text,
        "automatic": row.automatic,
        "headers": dict(message.headers),
    }


def _event(news: Happened, zone: ZoneInfo) -> Row:
    """An event with its plain fields; the ticket that was opened is told at the end, as it has become."""
    fields = {name: value for name, value in plain(news.event).items() if name not in {"at", "ticket"}}
    name = type(news.event).__name__
    return {"at": iso(news.at, zone), "type": "event", "ticket": news.reference or None, "event": name, **fields}


def _standing(news: Standing, zone: ZoneInfo) -> Row:
    ticket, entitlement = news.ticket, news.ticket.entitlement
    return {
        "type": "ticket",
        "reference": ticket.reference,
        "opened_by": news.opened_by or None,
        "customer": ticket.customer or None,
        "status": ticket.status.value,
        "priority": ticket.priority,
        "owner": ticket.owner or None,
        "kind": ticket.kind,
        "entitlement": {
            "outcome": entitlement.decision.value,
            "reasons": [str(reason) for reason in entitlement.reasons],
        },
        "targets": [
            {
                "target": target.kind.value,
                "due": iso(target.due, zone),
                "met": iso(target.met_at, zone),
                "breached": iso(target.breached_at, zone),
            }
            for target in news.targets
        ],
        "minutes": _minutes(news.charge),
    }


def _minutes(charge: Charge) -> Row:
    settled = charge.bill.settlement.minutes if charge.bill else None
    return {
        "real": sum(entry.minutes for entry in charge.entries),
        "charged": settled.charged if settled else 0,
        "unapproved": settled.unapproved if settled else 0,
    }

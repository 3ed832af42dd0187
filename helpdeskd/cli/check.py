"""`helpdeskd check`: is the desk in order? Configuration, directory, files that they name, templates, this Python.

All errors and warnings at once, `FILE:LINE: key: what is wrong (what would be right)`, on standard error. Exit status 0
when there are no errors, 1 when there are; warnings (legal but unwise) change nothing. With `--json`, one object a line
on standard output: `{"level": "error"|"warning", "text"}`. Where a desk is stored, the people on duty are looked for in
its directory, and edited prices in what is booked; one that cannot be read is a warning. So they are in the duty
calendar: in its file as it is now, or in the feed as the desk has read it last. Changes nothing.
"""

import argparse
import json
import sys

from helpdeskd.cli.common import add_config, looked_at, now
from helpdeskd.config.advice import advice, duty_advice
from helpdeskd.config.credentials import credential
from helpdeskd.config.duty import DutyTable
from helpdeskd.config.files import file_problems
from helpdeskd.config.load import Loaded, find, load
from helpdeskd.config.oncall import BadCalendar
from helpdeskd.config.problems import ConfigErrors, Problem
from helpdeskd.daemon import oncall, prices
from helpdeskd.daemon.office import composer_of, signer
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.planned import DutyCalendar
from helpdeskd.mail.headers import UnsafeOutput
from helpdeskd.storage import db, directory, duty
from helpdeskd.storage.directory import StoredDirectory

IN_CALENDAR = ("duty", "calendar")


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("check", help="is the configuration in order: all errors at once, and warnings")
    add_config(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    file = find(args)
    try:
        errors, warnings = looked_over(load(file))
    except ConfigErrors as broken:
        errors, warnings = broken.errors, []
    for level, lines in (("error", errors), ("warning", warnings)):
        for line in lines:
            _tell(args, level, line)
    if not args.json and not errors:
        count = f", with {len(warnings)} warning{'s' if len(warnings) > 1 else ''}" if warnings else ""
        print(f"{file} is in order{count}")
    return 1 if errors else 0


def looked_over(loaded: Loaded) -> tuple[list[str], list[str]]:
    """Errors and warnings about a configuration that loads."""
    errors, warnings = file_problems(loaded)
    errors += _with_mails(loaded)
    if loaded.config.duty:
        wrong, unwise = _on_duty(loaded, loaded.config.duty)
        errors, warnings = [*errors, *wrong], [*warnings, *unwise]
    return errors, [*warnings, *advice(loaded), *_repriced(loaded)]


def _with_mails(loaded: Loaded) -> list[str]:
    """Errors in what its mails are made of: templates, the key that signs, and this interpreter."""
    errors: list[str] = []
    try:
        composer = composer_of(loaded)
        errors += composer.check_templates()
        composer.canary()
    except OSError as error:
        errors.append(f"the templates cannot be read: {error}")
    except UnsafeOutput as unsafe:
        errors.append(str(unsafe))
    dkim = loaded.config.mail.dkim
    try:
        # A credential can only be looked at where systemd gives it.
        if dkim and (dkim.key_file or credential(dkim.key_credential)):
            signer(loaded)
    except ConfigErrors as broken:
        errors += broken.errors
    return errors


def _repriced(loaded: Loaded) -> list[str]:
    """Warnings about edited prices of work that is booked."""
    try:
        if not (loaded.settings.state / db.FILE).exists():
            return []
        with looked_at(loaded, as_it_is=True):
            found = list(prices.repriced(loaded.desk))
    except (OSError, db.StorageError, db.Fault, ValueError, KeyError) as fault:
        return [f"whether prices of booked work were edited cannot be seen: {fault}"]
    return loaded.source.told(Problem(("plan", plan, "tariff"), line) for plan, line in found)


def _on_duty(loaded: Loaded, table: DutyTable) -> tuple[list[str], list[str]]:
    """Errors and warnings about a roster and a calendar that name people whom the directory does not have."""
    agents: tuple[Agent, ...] = ()
    calendar, warnings = DutyCalendar(), list[str]()
    try:
        if (loaded.settings.state / db.FILE).exists():
            with looked_at(loaded, as_it_is=True):
                agents, calendar = StoredDirectory().agents(), duty.calendar()
                warnings = duty_advice(loaded, agents, directory.duty_roster())
    except (OSError, db.StorageError, db.Unavailable) as fault:
        return [], [f"the stored directory cannot be read: {fault}"]
    try:
        if table.calendar and table.calendar.file:
            calendar = oncall.read(oncall.fetched(table.calendar), loaded, now())
    except BadCalendar as wrong:
        return loaded.source.told([Problem(IN_CALENDAR, str(wrong))]), warnings
    known = agents or (loaded.directory.agents if loaded.directory else ())
    told = oncall.unknown(calendar, known, loaded.settings.zone) if table.calendar and known else ()
    return [], [*warnings, *loaded.source.told(Problem(IN_CALENDAR, line) for line in told)]


def _tell(args: argparse.Namespace, level: str, line: str) -> None:
    if args.json:
        print(json.dumps({"level": level, "text": line}, ensure_ascii=False))
    else:
        print(line if level == "error" else f"{line} [warning]", file=sys.stderr)

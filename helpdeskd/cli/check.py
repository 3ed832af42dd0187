"""`helpdeskd check`: is the desk in order? Configuration, directory, files that they name, and templates.

All errors and warnings at once, `FILE:LINE: key: what is wrong (what would be right)`, on standard error. Exit status 0
when there are no errors, 1 when there are; warnings (legal but unwise) change nothing. With `--json`, one object a line
on standard output: `{"level": "error"|"warning", "text"}`. Where a desk is stored, the people on duty are looked for in
its directory; one that cannot be read is a warning. Changes nothing.
"""

import argparse
import json
import sys

from helpdeskd.cli.common import add_config, stored
from helpdeskd.config.advice import advice, duty_advice
from helpdeskd.config.files import file_problems
from helpdeskd.config.load import Loaded, find, load
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon.office import composer_of
from helpdeskd.storage import db, directory
from helpdeskd.storage.directory import StoredDirectory


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
    try:
        errors += composer_of(loaded).check_templates()
    except OSError as error:
        errors.append(f"the templates cannot be read: {error}")
    return errors, [*warnings, *advice(loaded), *_on_duty(loaded)]


def _on_duty(loaded: Loaded) -> list[str]:
    """Warnings about a roster that names people whom the stored directory does not have."""
    if loaded.config.duty is None:
        return []
    try:
        if not (loaded.settings.state / db.FILE).exists():
            return []
        with stored(loaded):
            return duty_advice(loaded, StoredDirectory().agents(), directory.duty_roster())
    except (OSError, db.StorageError, db.Unavailable) as fault:
        return [f"the stored directory cannot be read: {fault}"]


def _tell(args: argparse.Namespace, level: str, line: str) -> None:
    if args.json:
        print(json.dumps({"level": level, "text": line}, ensure_ascii=False))
    else:
        print(line if level == "error" else f"{line} [warning]", file=sys.stderr)

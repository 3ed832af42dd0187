"""`helpdeskd check`: is the desk in order? Configuration, directory, files that they name, and templates.

All errors and warnings at once, `FILE:LINE: key: what is wrong (what would be right)`, on standard error. Exit status 0
when there are no errors, 1 when there are; warnings (legal but unwise) change nothing. With `--json`, one object a line
on standard output: `{"level": "error"|"warning", "text"}`. Changes nothing.
"""

import argparse
import json
import sys

from helpdeskd.cli.common import add_config
from helpdeskd.config.advice import advice
from helpdeskd.config.files import file_problems
from helpdeskd.config.load import Loaded, find, load
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon.office import composer_of


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
        print(f"{file} is in order" + (f", with {len(warnings)} warnings" if warnings else ""))
    return 1 if errors else 0


def looked_over(loaded: Loaded) -> tuple[list[str], list[str]]:
    """Errors and warnings about a configuration that loads."""
    errors, warnings = file_problems(loaded)
    try:
        errors += composer_of(loaded).check_templates()
    except OSError as error:
        errors.append(f"the templates cannot be read: {error}")
    return errors, [*warnings, *advice(loaded)]


def _tell(args: argparse.Namespace, level: str, line: str) -> None:
    if args.json:
        print(json.dumps({"level": level, "text": line}, ensure_ascii=False))
    else:
        print(line if level == "error" else f"{line} [warning]", file=sys.stderr)

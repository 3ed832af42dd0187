"""`helpdeskd init [DIR]`: writes a small desk to begin with: configuration, directory, key and folders.

Prints what it made and what to do next. Exit status 1 where a file is there already or the folder cannot be written;
nothing is ever overwritten.
"""

import argparse
import json
from datetime import date
from pathlib import Path

from helpdeskd.cli.common import fail
from helpdeskd.config.init import CONFIG, write_desk


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("init", help="write a small desk to begin with")
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", type=Path, help="where; default: here")
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    try:
        made = write_desk(args.folder, date.today())
    except OSError as error:
        return fail(f"init: {error}")
    for path in made:
        print(json.dumps({"made": str(path)}) if args.json else f"made {path}")
    if not args.json:
        config = args.folder / CONFIG
        print(f"Next: helpdeskd check --config {config}, then helpdeskd serve --config {config}")
    return 0

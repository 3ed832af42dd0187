"""`helpdeskd audit`: accepted = done + queued + held + failed, and everything that must follow from it; 1 where it
differs.
"""

import argparse
import json

from helpdeskd.cli.common import add_config, with_desk
from helpdeskd.config.load import Loaded
from helpdeskd.storage import audit


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("audit", help="prove that no mail is lost and nothing was done twice")
    add_config(parser)
    parser.set_defaults(run=with_desk(_audit))


def _audit(args: argparse.Namespace, _loaded: Loaded) -> int:
    report = audit.audit()
    if args.json:
        print(
            json.dumps({"accepted": report.accepted, **report.inbox, "outbox": report.outbox, "faults": report.faults})
        )
    else:
        print(f"accepted {report.accepted} = " + " + ".join(f"{name} {n}" for name, n in report.inbox.items()))
        print("outbox: " + ", ".join(f"{name} {n}" for name, n in report.outbox.items()))
        print(*(f"FAULT {fault}" for fault in report.faults), sep="\n", end="\n" if report.faults else "")
    return 1 if report.faults else 0

"""`helpdeskd audit`: the proof that no mail is lost, nothing was done twice, and the ledger adds up.

Prints accepted = done + queued + held + failed, the outbox, and every fault that it finds; the exit status is 1 where
there is one. A damaged file is told before anything is counted in it. May be asked while the daemon runs, which waits
for it.
"""

import argparse

from helpdeskd.cli.common import add_config, emit, fail, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.storage import audit, db
from helpdeskd.storage.audit import Report


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("audit", help="prove that no mail is lost and nothing was done twice")
    add_config(parser)
    parser.set_defaults(run=with_config(_audit))


def _audit(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        state = db.quick_check()
        if state != "ok":
            return fail(f"audit: the database is damaged: {state} (restore a backup)")
        report = audit.audit()
    emit(args, [report], _text, _plain)
    return 1 if report.faults else 0


def _plain(report: Report) -> dict[str, object]:
    return {"accepted": report.accepted, **report.inbox, "outbox": report.outbox, "faults": report.faults}


def _text(report: Report) -> str:
    sums = " + ".join(f"{status} {count}" for status, count in report.inbox.items())
    out = ", ".join(f"{status} {count}" for status, count in report.outbox.items()) or "empty"
    lines = [f"accepted {report.accepted} = {sums}", f"outbox: {out}"]
    return "\n".join([*lines, *(f"fault: {fault}" for fault in report.faults)])

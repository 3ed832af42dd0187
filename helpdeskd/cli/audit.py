"""`helpdeskd audit`: the proof that no mail is lost, nothing was done twice, and the ledger adds up.

Prints accepted = done + queued + held + failed, the outbox, the hash of the newest row of the audit record, and every
fault that it finds; the exit status is 1 where there is one, and the daemon tells whom [alarms] names. A damaged file
is told before anything is counted in it.
May be asked while the daemon runs, which waits for it. `--objects` also asks the bucket whether it has each mail that
is in it, with all its bytes. `--log` prints the audit record itself instead: who changed
what, and when, the oldest first, each row with its hash.
"""

import argparse
import json
from zoneinfo import ZoneInfo

from helpdeskd.cli.common import add_config, emit, fail, iso, looked_at, now, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.daemon import alarms
from helpdeskd.daemon.tally import Raised
from helpdeskd.storage import audit, audit_chain, db, leftovers
from helpdeskd.storage.audit import Report
from helpdeskd.storage.audit_chain import Told
from helpdeskd.storage.codec import plain


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("audit", help="prove that no mail is lost and nothing was done twice")
    add_config(parser)
    parser.add_argument("--objects", action="store_true", help="look into the bucket too: is each object there?")
    parser.add_argument("--log", action="store_true", help="print the audit record: who changed what, and when")
    parser.set_defaults(run=with_config(_audit))


def _audit(args: argparse.Namespace, loaded: Loaded) -> int:
    if args.log:
        return _log(args, loaded)
    with looked_at(loaded):
        state = db.quick_check()
        if state != "ok":
            return fail(f"audit: the database is damaged: {state} (restore a backup)")
        report = audit.audit()
        kept = leftovers.stored() if args.objects else {}
    report.faults.extend(leftovers.missing(kept))
    if report.faults:
        with stored(loaded):
            alarms.keep(Raised("audit differs", "", report.faults[0]), loaded.settings.node.called, now())
    emit(args, [report], _text, _plain)
    return 1 if report.faults else 0


def _log(args: argparse.Namespace, loaded: Loaded) -> int:
    zone = loaded.settings.zone
    with looked_at(loaded):
        rows = list(audit_chain.listed())
    emit(args, rows, lambda row: _line(row, zone), lambda row: plain(row) | {"at": iso(row.at, zone)})
    return 0


def _line(row: Told, zone: ZoneInfo) -> str:
    told = {name: value for name, value in row.detail.items() if name not in {"by", audit_chain.REWRITTEN}}
    about = json.dumps(told)
    return f"{row.number:6} {iso(row.at, zone)} {row.what} by {row.detail.get('by', '?')} {about} {row.hash}"


def _plain(report: Report) -> dict[str, object]:
    return {
        "accepted": report.accepted,
        **report.inbox,
        "outbox": report.outbox,
        "head": report.head,
        "faults": report.faults,
    }


def _text(report: Report) -> str:
    sums = " + ".join(f"{status} {count}" for status, count in report.inbox.items())
    out = ", ".join(f"{status} {count}" for status, count in report.outbox.items()) or "empty"
    lines = [f"accepted {report.accepted} = {sums}", f"outbox: {out}", f"audit record: {report.head or 'empty'}"]
    return "\n".join([*lines, *(f"fault: {fault}" for fault in report.faults)])

"""`helpdeskd explain FILE`: the whole decision for one mail, without effect: each step with its reason, and the mails
that would go out. On the stored desk, or, where none is stored, on the directory that the configuration holds.
"""

import argparse
import json
from dataclasses import dataclass, replace
from datetime import datetime

from helpdeskd.cli.common import add_config, fail, instant, now, scratch, with_config
from helpdeskd.cli.ingest import file_envelope, mails
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.turn import decide
from helpdeskd.domain.address import normalise
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.parse import parse
from helpdeskd.storage import db, inbox, outbox
from helpdeskd.storage.codec import plain
from helpdeskd.triage.case import Outcome

PROVED = "explain"


@dataclass(frozen=True, slots=True)
class Explained:
    """What would become of a mail."""

    outcome: Outcome
    reference: str
    mails: tuple[outbox.Queued, ...]


class _Undo(Exception):
    """Ends the transaction without keeping anything."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("explain", help="what would become of a mail, and why; nothing is kept or sent")
    parser.add_argument("file", help="an .eml file, or - for standard input")
    parser.add_argument("--at", metavar="TIME", help="when it would come (default: now)")
    parser.add_argument("--to", metavar="ADDRESS", help="our address that it was sent to (default: as the mail says)")
    parser.add_argument("--proved", action="store_true", help="as if the sender were proved")
    add_config(parser)
    parser.set_defaults(run=with_config(_explain))


def _explain(args: argparse.Namespace, loaded: Loaded) -> int:
    try:
        raw = next(iter(mails(args.file)))
    except (OSError, StopIteration) as fault:
        return fail(f"{args.file}: {fault}")
    with scratch(loaded) as stored:
        explained = _rehearse(args, raw, stored)
    if args.json:
        print(json.dumps(_as_json(args.file, explained), ensure_ascii=False))
    else:
        print(_as_text(explained))
    return 1 if explained.outcome.fate in {"refused", "held"} else 0


def _rehearse(args: argparse.Namespace, raw: bytes, loaded: Loaded) -> Explained:
    """Take the turn of the mail and undo it."""
    at = instant(args.at, loaded.settings.zone) if args.at else now()
    envelope = replace(file_envelope(raw, loaded), received_at=at)
    if args.to:
        envelope = replace(envelope, forward_path=normalise(args.to))
    if args.proved:
        envelope = replace(envelope, login=PROVED)
    explained: list[Explained] = []
    try:
        with db.transaction():
            explained.append(_turn(envelope, raw, loaded, at))
            raise _Undo
    except _Undo:
        return explained[0]


def _turn(envelope: Envelope, raw: bytes, loaded: Loaded, at: datetime) -> Explained:
    last = max((row.id for row in outbox.listed(limit=1)), default=0)
    (number,) = inbox.put([envelope], raw)
    received = inbox.get(number)
    assert received is not None
    outcome = decide(received, parse(raw), Office(loaded).post(), at)
    decided = inbox.get(number)
    mails = (outbox.get(row.id) for row in reversed(outbox.listed()) if row.id > last)
    return Explained(outcome, decided.reference if decided else "", tuple(mail for mail in mails if mail))


def _as_json(file: str, explained: Explained) -> dict[str, object]:
    outcome = explained.outcome
    return {
        "file": file,
        "fate": outcome.fate,
        "reason": outcome.reason,
        "ticket": explained.reference or None,
        "steps": [plain(step) for step in outcome.steps],
        "mails": [_mail(row) for row in explained.mails],
    }


def _mail(row: outbox.Queued) -> dict[str, object]:
    message = parse(row.content)
    return {"to": row.recipient, "notice": row.notice, "subject": message.subject, "text": message.text}


def _as_text(explained: Explained) -> str:
    outcome = explained.outcome
    lines = [f"{step.name:12} {step.result}" + (f" ({step.why})" if step.why else "") for step in outcome.steps]
    lines += ["", f"{outcome.fate}: {outcome.reason} {explained.reference}".rstrip()]
    for row in explained.mails:
        told = _mail(row)
        lines += ["", f"--- {told['notice']} to {told['to']}: {told['subject']}", "", str(told["text"]).strip()]
    return "\n".join(lines)

"""`helpdeskd explain FILE`: the whole decision for one mail, without effect: each step with its reason, and the mails
that would go out. On the stored desk, or, where none is stored, on the directory that the configuration holds.

The mail takes its real turn in a transaction that is undone. Mails that are collected for a recipient's working time
are named, not shown. The exit status is 1 for a mail that would be held or refused, or that cannot be read.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from helpdeskd.cli import explain_proof
from helpdeskd.cli.common import add_config, emit, fail, in_zone, moment, now, scratch, with_config
from helpdeskd.cli.explain_proof import Checked
from helpdeskd.cli.ingest import file_envelope, mails
from helpdeskd.cli.mail_files import NoMail
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.letters import Post
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.turn import decide
from helpdeskd.domain.address import normalise
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.parse import parse
from helpdeskd.storage import db, inbox, outbox, reminders
from helpdeskd.storage.codec import plain
from helpdeskd.storage.outbox import Queued
from helpdeskd.storage.reminders import Collected
from helpdeskd.triage.authentication_results import Result
from helpdeskd.triage.case import Outcome

PROVED = "explain --proved"
FAR = datetime.max.replace(tzinfo=UTC)
ALL = 2**31


@dataclass(frozen=True, slots=True)
class Explained:
    """What would become of a mail: `sent` at once, `collected` with others in working time."""

    file: str
    came: Checked
    outcome: Outcome
    reference: str
    sent: tuple[Queued, ...]
    collected: tuple[Collected, ...]


class _Undo(Exception):
    """Ends the transaction without keeping anything."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("explain", help="what would become of a mail, and why; nothing is kept or sent")
    parser.add_argument("file", metavar="FILE", help="a mail as a file, or - for standard input")
    parser.add_argument("--at", metavar="TIME", type=moment, help="when it would come (default: now)")
    parser.add_argument("--to", metavar="ADDRESS", help="our address that it was sent to (default: as the mail says)")
    parser.add_argument("--proved", action="store_true", help="as if the sender were proved")
    explain_proof.add_options(parser)
    add_config(parser)
    parser.set_defaults(run=with_config(_explain))


def _explain(args: argparse.Namespace, loaded: Loaded) -> int:
    try:
        raw = next(mails(args.file), b"")
    except NoMail as fault:
        return fail(f"{args.file}: {fault}")
    if not raw:
        return fail(f"{args.file}: there is no mail in it")
    if args.to and not loaded.desk.is_ours(normalise(args.to)):
        return fail(f"explain: {args.to} is no address of the desk")
    try:
        came = _checked(args, raw, loaded)
    except ValueError as fault:
        return fail(f"explain: {fault}")
    with scratch(loaded) as desk:
        explained = _rehearse(args, came, raw, desk)
    emit(args, [explained], _text, _plain)
    return int(explained.outcome.fate in {"refused", "held"} or bool(came.parked))


def _checked(args: argparse.Namespace, raw: bytes, loaded: Loaded) -> Checked:
    """Before the database is opened, whose lock is not for waiting on the DNS."""
    envelope = _envelope(args, raw, loaded)
    return Checked(envelope) if args.proved else explain_proof.checked(envelope, raw, parse(raw), loaded)


def _envelope(args: argparse.Namespace, raw: bytes, loaded: Loaded) -> Envelope:
    found = explain_proof.as_it_came(args, file_envelope(raw, loaded))
    return replace(
        found,
        received_at=in_zone(args.at, loaded.settings.zone) if args.at else now(),
        forward_path=normalise(args.to) if args.to else found.forward_path,
        source="imap" if args.proved else found.source,
        account=PROVED if args.proved else found.account,
    )


def _believing(post: Post) -> Post:
    """The desk, which believes a mailbox of ours that `--proved` stands for."""
    trust = post.desk.trust
    return replace(post, desk=replace(post.desk, trust=replace(trust, accounts=trust.accounts | {PROVED})))


def _rehearse(args: argparse.Namespace, came: Checked, raw: bytes, loaded: Loaded) -> Explained:
    """Take the turn of the mail and undo it."""
    explained: list[Explained] = []
    try:
        with db.transaction():
            explained.append(_turn(args.file, came, raw, loaded))
            raise _Undo
    except _Undo:
        return explained[0]


def _turn(file: str, came: Checked, raw: bytes, loaded: Loaded) -> Explained:
    last = max((row.id for row in outbox.listed(limit=1)), default=0)
    for waiting in reminders.due(FAR, ALL):
        reminders.take(waiting, FAR)
    [number] = inbox.put([came.envelope], raw)
    received = inbox.get(number)
    assert received is not None
    outcome = decide(received, parse(raw), _believing(Office(loaded).post()), came.envelope.received_at)
    decided = inbox.get(number)
    assert decided is not None
    new = (outbox.get(row.id) for row in reversed(outbox.listed(limit=ALL)) if row.id > last)
    sent = tuple(row for row in new if row is not None)
    return Explained(file, came, outcome, decided.reference, sent, tuple(reminders.due(FAR, ALL)))


def _plain(explained: Explained) -> dict[str, Any]:
    outcome = explained.outcome
    return {
        "file": explained.file,
        "fate": outcome.fate,
        "reason": outcome.reason,
        "ticket": explained.reference or None,
        "results": [_result(result) for result in explained.came.results],
        "parked": explained.came.parked or None,
        "steps": [plain(step) for step in outcome.steps],
        "mails": [_mail(row) for row in explained.sent if row.channel == outbox.MAIL],
        "hooks": sum(row.channel != outbox.MAIL for row in explained.sent),
        "collected": [{"to": row.address, "notice": row.notice} for row in explained.collected],
    }


def _result(result: Result) -> dict[str, object]:
    return {"method": result.method, "verdict": result.verdict, **result.properties}


def _mail(row: Queued) -> dict[str, object]:
    message = parse(row.content)
    return {"to": row.recipient, "notice": row.notice, "subject": message.subject, "text": message.text}


def _text(explained: Explained) -> str:
    return "\n".join(_lines(_plain(explained)))


def _lines(told: dict[str, Any]) -> Iterator[str]:
    for step in told["steps"]:
        if step["name"] == "strength":
            yield from _proofs(told)
        yield f"{step['name']:12} {step['result']}" + (f" ({step['why']})" if step["why"] else "")
    yield from ("", f"{told['fate']} {told['ticket'] or ''}".rstrip() + f": {told['reason']}")
    for mail in told["mails"]:
        yield from ("", f"--- {mail['notice']} to {mail['to']}: {mail['subject']}", "", mail["text"].strip())
    if told["hooks"]:
        yield from ("", f"--- the duty hook would run {told['hooks']} time(s)")
    for later in told["collected"]:
        yield from ("", f"--- {later['notice']} to {later['to']}, collected for their working time")


def _proofs(told: dict[str, Any]) -> Iterator[str]:
    for result in told["results"]:
        of = ", ".join(f"{name}={value}" for name, value in result.items() if name not in {"method", "verdict"})
        yield f"{result['method']:12} {result['verdict'] or '-'}" + (f" ({of})" if of else "")
    if told["parked"]:
        yield f"{'check':12} later ({told['parked']}); the mail would be parked and checked again"

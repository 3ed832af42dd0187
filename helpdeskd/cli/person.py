"""`helpdeskd person export|erase ADDRESS`: what people may ask of whoever keeps data about them (docs/privacy.md).

`export` writes all that is stored about the person who has an address into a ZIP archive: record.json, and each mail
that they sent or were sent as it was; `--json` prints the same to standard output, one object a line. Internal notes
are left out, and counted on standard error for somebody to read. `erase` takes the person out of everything and prints
what changed and which words it sought: their addresses, their whole names in the directory, and what `--also` names.
It asks first on a terminal, and without one only does it with `--yes`; `--dry-run` changes nothing. Both may be used
while the daemon runs, and are told in the audit record.

The exit status is 1 for somebody of whom nothing is stored, an archive that is there already, an erasure that
something hinders, a word that means somebody else too, and an answer that is not yes.
"""

import argparse
import base64
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from helpdeskd.cli.change import warn
from helpdeskd.cli.common import add_config, done, emit, fail, now, opened, stored, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.domain.address import normalise
from helpdeskd.domain.happening import DESK
from helpdeskd.mail.parse import parse
from helpdeskd.storage import audit_chain, db, erase, export, leftovers, person
from helpdeskd.storage.codec import plain
from helpdeskd.storage.erase import Erasure
from helpdeskd.storage.export import Record
from helpdeskd.storage.inbox import Received
from helpdeskd.storage.objects import Unreachable
from helpdeskd.storage.person import SHORTEST_NAME, Person
from helpdeskd.triage.authenticate import authenticate
from helpdeskd.triage.case import Strength

TRIES = 5
PAUSE_SECONDS = 1.0


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("person", help="what is stored about a person: export it, erase it")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    exporting = actions.add_parser("export", help="all that is stored about a person, as a ZIP archive")
    exporting.add_argument("--output", type=Path, metavar="FILE", help="default: ADDRESS.zip")
    exporting.set_defaults(run=with_config(_export))
    erasing = actions.add_parser("erase", help="take a person out of everything")
    erasing.add_argument("--dry-run", action="store_true", help="only show what would change")
    erasing.add_argument(
        "--also", action="append", default=[], type=_word, metavar="WORD", help="what else means them, as they signed"
    )
    erasing.add_argument("--yes", action="store_true", help="do not ask")
    erasing.set_defaults(run=with_config(_erase))
    for action in (exporting, erasing):
        action.add_argument("address", metavar="ADDRESS", type=_address)
        add_config(action)


def _address(text: str) -> str:
    """A normalised address, for argparse."""
    if not (address := normalise(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no address (such as anna@bakery.example)")
    return address


def _word(text: str) -> str:
    """Words that mean a person, for argparse; a letter or two would be everywhere."""
    if len(word := " ".join(text.split())) < SHORTEST_NAME:
        raise argparse.ArgumentTypeError(f"{text!r} says too little to be sought (a whole name would be right)")
    return word


def _export(args: argparse.Namespace, loaded: Loaded) -> int:
    file = args.output or Path(f"{args.address.replace('/', '_')}.zip")
    if file.exists() and not args.json:
        return fail(f"person: {file} is there already (name another with --output)")
    with stored(loaded):
        who = person.known(args.address)
        records = list(export.collect(who, _proof(who, loaded)))
        notes = export.notes(who)
        if len(records) == 1:
            return fail(f"person: nothing is stored about {args.address}")
        audit_chain.append("PersonExported", now(), by=DESK, person=args.address)
    if args.json:
        emit(args, records, str, _plain)
    else:
        _write(file, records)
        emit(args, _summary(file, records), str, str)
    warn(f"{reference} has {count} internal notes, which are not in it" for reference, count in notes.items())
    if doubted := sum(record.values.get("proved") is False for record in records):
        warn([f"{doubted} mails bear their address, but were not proved to be theirs: read these before you send it"])
    return 0


def _proof(who: Person, loaded: Loaded) -> Callable[[Received], bool]:
    """Whether a mail was proved to be theirs, by whom the desk trusts now."""

    def is_proved(row: Received) -> bool:
        proof = authenticate(parse(row.raw), row.envelope, loaded.desk.trust)
        return proof.strength is not Strength.NONE and proof.address in who.addresses

    return is_proved


def _plain(record: Record) -> dict[str, Any]:
    raw = {"raw": base64.b64encode(record.raw).decode()} if record.raw else {}
    return {"kind": record.kind, **record.values, **raw}


def _write(file: Path, records: Sequence[Record]) -> None:
    """The archive, for nobody else to read."""
    told = [{"kind": record.kind, **record.values, **_named(record)} for record in records]
    opened_once = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened_once, "wb") as stream, ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr("record.json", json.dumps(told, ensure_ascii=False, indent=2))
        for record in records:
            if record.raw:
                archive.writestr(_named(record)["file"], record.raw)


def _named(record: Record) -> dict[str, str]:
    """Where the mail itself is."""
    return {"file": f"mails/{record.values['direction']}-{record.values['mail']}.eml"} if record.raw else {}


def _summary(file: Path, records: Sequence[Record]) -> Iterator[str]:
    kinds = dict.fromkeys(record.kind for record in records)
    counted = (f"{sum(record.kind == kind for record in records)} {kind}" for kind in kinds)
    yield f"{file}: {', '.join(counted)}"


def _erase(args: argparse.Namespace, loaded: Loaded) -> int:
    with stored(loaded):
        who = _who(args, loaded)
        if why_not := _why_not(args, who, loaded):
            return fail(f"person: {why_not}")
    with opened(loaded):
        found = erase.find(who)
        with db.transaction():
            hindered = list(erase.hindered(who, found))
        if hindered and not args.dry_run:
            return max(fail(f"person: {why}") for why in hindered)
        if not (args.dry_run or _is_agreed(args, who)):
            return fail("person: nothing was erased (--yes does it without asking)")
        erasure = _erased(args, loaded, found)
    emit(args, [erasure], lambda row: _told(row, args.dry_run), lambda row: plain(row) | {"hindered": hindered})
    warn([*hindered, *_warnings(who, erasure, loaded)])
    return 0


def _who(args: argparse.Namespace, loaded: Loaded) -> Person:
    ours = (loaded.desk.name, *(queue.name for queue in loaded.desk.queues), *loaded.desk.addresses)
    return person.known(args.address, args.also, ours)


def _why_not(args: argparse.Namespace, who: Person, loaded: Loaded) -> str:
    """Why that is nobody to be erased; "" for somebody."""
    if loaded.desk.is_ours(args.address):
        return f"{args.address} is an address of the desk"
    if clash := sorted(who.shared & set(args.also)):
        return f"{', '.join(clash)} means somebody else too (other words would be right)"
    nobody = next(islice(export.collect(who, _proof(who, loaded)), 1, None), None) is None
    return f"nothing is stored about {args.address}" if nobody else ""


def _is_agreed(args: argparse.Namespace, who: Person) -> bool:
    if args.yes or not sys.stdin.isatty():
        return bool(args.yes)
    question = f"This cannot be undone. Erase {', '.join(sorted(who.sought))}? [yes/no] "
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() == "yes"


def _erased(args: argparse.Namespace, loaded: Loaded, found: erase.Found) -> Erasure:
    """Erase, and clear the files; of a dry run nothing is left."""
    with done(args.dry_run):
        # Mail may have come since it was looked for.
        erasure = erase.erase(_who(args, loaded), found, now())
    if not args.dry_run:
        _clear()
    return erasure


def _clear() -> None:
    """Objects and old pages may still hold what is gone; a busy daemon is asked again. Raises Unavailable at last."""
    try:
        leftovers.clear()
    except Unreachable as fault:
        raise db.Unavailable(f"it is erased, but not yet in the bucket (a running desk does it): {fault}") from fault
    for _ in range(TRIES):
        with suppress(db.Unavailable):
            if db.compact():
                return
        time.sleep(PAUSE_SECONDS)
    raise db.Unavailable(
        "it is erased, but the file could not be cleared of old pages (busy: stop the daemon, do it again)"
    )


def _told(erasure: Erasure, dry: bool) -> str:
    begin = "would become" if dry else "is now"
    return (
        f"{begin} {erasure.pseudonym}: {erasure.tickets} tickets of theirs and {erasure.others} of others, "
        f"{erasure.received} mails received, {erasure.sent} mails sent, {erasure.rows} rows in which they were named\n"
        f"sought: {', '.join(erasure.sought)}"
    )


def _warnings(who: Person, erasure: Erasure, loaded: Loaded) -> Iterator[str]:
    if who.shared:
        yield f"not sought, because somebody else has it too: {', '.join(sorted(who.shared))}"
    for reference in erasure.unheard:
        yield f"{reference} is not closed, and nobody of the customer hears of it any more"
    for file in dict.fromkeys((loaded.source.file, loaded.directory_source.file)):
        text = file.read_text("utf-8", "replace").lower()
        if named := sorted(word for word in (*who.addresses, *who.names) if word.lower() in text):
            yield f"{file}: still names {', '.join(named)} (take it out: what applies the file brings it back)"

"""`helpdeskd parse FILE…`: what parsing makes of a mail.

Reads each file as one mail and prints what the desk would see in it, for a person or, with --json, as one JSON line a
file (docs "Interfaces"; null and empty lists where a mail says nothing). Nothing is stored, sent or looked up. A file
that cannot be read, or holds neither a header field nor text, is told as an error and makes the exit status 1; the
others are printed all the same.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpdeskd.domain.address import Mailbox
from helpdeskd.domain.message import Attachment, Bounce, Message
from helpdeskd.mail.parse import parse
from helpdeskd.triage.classify import Own, classify
from helpdeskd.triage.quoting import new_text


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command to the program's."""
    command = subparsers.add_parser("parse", help="what parsing makes of a mail")
    command.add_argument("--json", action="store_true", help="one JSON line a file")
    command.add_argument("files", nargs="+", metavar="FILE", help="a mail as it came over the wire")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints every file; 1 if one of them is no mail."""
    status = 0
    for file in args.files:
        row = _read(file)
        status = status or int("error" in row)
        print(json.dumps(row) if args.json else "\n".join(_page(row)))
    return status


def _read(file: str) -> dict[str, Any]:
    try:
        raw = Path(file).read_bytes()
    except OSError as fault:
        return {"file": file, "error": fault.strerror or "cannot be read"}
    message = parse(raw)
    if not message.headers and (not message.text or b"\0" in raw):
        return {"file": file, "error": "not a mail: it has no header field"}
    return {"file": file, **described(message)}


def described(message: Message) -> dict[str, Any]:
    """A message as the JSON object that `parse --json` prints (without "file")."""
    nature, reason = classify(message, None, Own())
    return {
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "subject": message.subject,
        "from": _mailbox(message.from_) if message.from_ else None,
        "to": [_mailbox(mailbox) for mailbox in message.to],
        "cc": [_mailbox(mailbox) for mailbox in message.cc],
        "date": message.date.isoformat() if message.date else None,
        "text": message.text,
        "new_text": new_text(message.text),
        "attachments": [_attachment(attachment) for attachment in message.attachments],
        "nature": str(nature),
        "nature_reason": reason,
        "bounce": _bounce(message.bounce) if message.bounce else None,
        "defects": [*message.defects, *filter(None, [message.from_defect])],
    }


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    return {"address": mailbox.address, "name": mailbox.name}


def _attachment(attachment: Attachment) -> dict[str, Any]:
    shown = {key: getattr(attachment, key) for key in ("name", "type", "size", "sha256", "inline")}
    return shown | ({"contains": list(attachment.contains)} if attachment.contains else {})


def _bounce(bounce: Bounce) -> dict[str, Any]:
    keys = ("address", "action", "status", "permanent", "bad_address")
    return {"recipients": [{key: getattr(recipient, key) for key in keys} for recipient in bounce.recipients]}


def _page(row: dict[str, Any]) -> Iterator[str]:
    """One file for a person: what is said in fields, then the text, with what is new in it marked off."""
    yield f"== {row['file']}"
    if "error" in row:
        yield f"not read: {row['error']}"
        return
    yield f"From:     {_person(row['from']) if row['from'] else '(nobody)'}"
    for title, people in (("To:", row["to"]), ("Cc:", row["cc"])):
        if people:
            yield f"{title:9} {', '.join(map(_person, people))}"
    yield f"Subject:  {row['subject']}"
    yield f"Date:     {row['date'] or '(none)'}"
    yield f"Nature:   {row['nature']} ({row['nature_reason']})"
    for failed in (row["bounce"] or {"recipients": []})["recipients"]:
        kind = "for good" if failed["permanent"] else "not yet"
        yield f"Failed:   {failed['address']} {kind} {failed['status']}".rstrip()
    for attachment in row["attachments"]:
        yield f"Attached: {attachment['name']} ({attachment['type']}, {attachment['size']} bytes)"
    for defect in row["defects"]:
        yield f"Defect:   {defect}"
    yield from ("", row["new_text"])
    if row["new_text"].strip() != row["text"].strip():
        yield from ("", "-- whole text --", row["text"])


def _person(mailbox: dict[str, str]) -> str:
    return str(Mailbox(mailbox["name"], mailbox["address"]))

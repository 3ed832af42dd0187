"""Raw bytes → Message. The door through which every mail is read, and it never raises.

Order: header block, From, addresses, tree, body, delivery report; each under the caps of `limits`, so that a
mebibyte of anything takes well under two seconds and at most ten times its size. A mail whose structure is over a cap,
or that finds a fault of ours, becomes a safe stub: the headers that could be read, a defect that says why, and the
whole mail as one attachment (spec "Parse"). The tree is read by offsets in `parts`, not by the standard library's
feed parser, which walks every line of an attachment in Python and, for short lines, takes more memory than the promise
allows. What a mail is worth is decided elsewhere: this reads only.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from helpdeskd.domain.address import Mailbox
from helpdeskd.domain.message import Message
from helpdeskd.mail import limits
from helpdeskd.mail.attachments import whole_mail
from helpdeskd.mail.body import read_body
from helpdeskd.mail.dsn import read_bounce
from helpdeskd.mail.fields import Field, Head, decoded, one_line, read_head
from helpdeskd.mail.parts import Part, read_tree
from helpdeskd.mail.sender import is_cut, read_from, read_mailboxes

_MESSAGE_ID = re.compile(r"<[^<>]{1,998}>")
_SINGLE = ("from", "subject", "message-id", "content-type", "content-transfer-encoding", "content-disposition")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPACE = re.compile(r"\s+")
_TRACE = ("authentication-results", "arc-", "received", "return-path", "delivered-to", "x-original-to")


def parse(raw: bytes) -> Message:
    """What `raw` says. Never raises; what could not be read is told in `defects`."""
    raw = _with_newlines(raw)
    head = Head((), 0)
    try:
        head = read_head(raw, 0, len(raw))
        tree = read_tree(raw, head)
        body = read_body(raw, tree)
        return _message(
            head,
            content_type=_content_type(tree),
            text=body.text,
            plain=body.plain,
            attachments=body.attachments,
            forwarded=body.forwarded,
            show=body.show,
            cut=body.cut,
            bounce=read_bounce(raw, tree, body.text),
            defects=body.defects,
        )
    except limits.OverLimit as limit:
        return _stub(raw, head, str(limit))
    except Exception as fault:
        return _stub(raw, head, f"could not be read ({type(fault).__name__})")


def author(raw: bytes) -> tuple[Mailbox | None, str]:
    """The `from_` and `from_defect` that `parse` would find, from the header block alone. Never raises."""
    try:
        raw = _with_newlines(raw)
        return read_from(read_head(raw, 0, len(raw)))
    except Exception as fault:
        return None, f"could not be read ({type(fault).__name__})"


def _message(head: Head, **body: Any) -> Message:
    author, from_defect = read_from(head)
    date = _date(head.first("date"))
    return Message(
        message_id=next(iter(_message_ids(head, "message-id")), ""),
        in_reply_to=next(iter(_message_ids(head, "in-reply-to")), ""),
        references=_message_ids(head, "references")[-limits.MAX_REFERENCES :],
        subject=one_line(decoded(head.first("subject"))),
        from_=author,
        from_defect=from_defect,
        to=_mailboxes(head, "to"),
        cc=_mailboxes(head, "cc"),
        date=date,
        headers=tuple((field.name, _shown(field)) for field in head.fields),
        defects=(*head.defects, *_doubts(head, date), *body.pop("defects", ())),
        **body,
    )


def _shown(field: Field) -> str:
    """The value of a field as text.

    What servers write into a trace field is never decoded: a sender's address stands in some of them, and an encoded
    word in it could say anything in the server's name. Nor does a server write control characters, which are shown.
    """
    if not field.key.startswith(_TRACE):
        return one_line(decoded(field.text))
    return one_line(field.text if field.text.isprintable() else _CONTROL.sub("?", field.text))


def _stub(raw: bytes, head: Head, reason: str) -> Message:
    """What is safe to say about a mail that was not read."""
    defects = (f"kept whole, not read: {reason}",)
    try:
        return _message(head, attachments=(whole_mail(raw),), defects=defects)
    except Exception:
        return Message(attachments=(whole_mail(raw),), defects=(*defects, "headers not read"))


def _with_newlines(raw: bytes) -> bytes:
    """Raw with line feeds (old Mac files have carriage returns alone) and without blank lines at its top."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    trimmed = raw.lstrip(b"\r\n") if raw[:1] in (b"\r", b"\n") else raw
    return trimmed.removeprefix(b"\xef\xbb\xbf")


def _content_type(tree: Part) -> str:
    """The top type; a report keeps what kind it is (RFC 6522)."""
    report = tree.parameters("content-type").get("report-type", "") if tree.type == "multipart/report" else ""
    return f"{tree.type}; report-type={one_line(report).lower()}" if report else tree.type


def _message_ids(head: Head, name: str) -> tuple[str, ...]:
    """The msg-ids of a field (RFC 5322 §3.6.4) in angle brackets; a lone word counts as one without brackets."""
    value = one_line(head.first(name))
    found = tuple(_SPACE.sub("", each) for each in _MESSAGE_ID.findall(value))
    if found or not value or " " in value or len(value) > limits.MAX_MESSAGE_ID:
        return found
    return (f"<{value.strip('<>')}>",) if value.strip("<>") else ()


def _mailboxes(head: Head, name: str) -> tuple[Mailbox, ...]:
    return tuple(mailbox for field in head.all(name)[:5] for mailbox in read_mailboxes(field))[: limits.MAX_ADDRESSES]


def _date(value: str) -> datetime | None:
    """The Date field, aware, or None; a date without a zone is read as UTC (RFC 5322 §3.3)."""
    try:
        date = parsedate_to_datetime(value[:200])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not 1970 <= date.year <= 9000:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _doubts(head: Head, date: datetime | None) -> Iterator[str]:
    """What is odd about the header fields and worth telling."""
    for name in _SINGLE:
        if len(head.all(name)) > 1:
            yield f"more than one {name} field: the first was read"
    for name in ("from", "to", "cc"):
        if any(is_cut(field) for field in head.all(name)):
            yield f"{name} field too long: the rest was not read"
    if date is None and head.first("date"):
        yield "date not understood"

"""The envelope of a mail that was read from a mailbox, and when it came, out of what the last server wrote on it.

In: raw, its INTERNALDATE and the mailbox's own address. Out: an Envelope. A mailbox does not say who a mail was for,
so the forward-path is the first address of ours in Delivered-To, X-Original-To, To and Cc, and the mailbox's own where
there is none; the reverse-path is that of Return-Path (RFC 5321 §4.4). None of this proves anything about the sender,
who can write such fields too: it only says for which of our addresses the mail counts. Reads the first 64 KiB of the
header block, in linear time, and never raises. `seems_from` reads mails of every way in.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from helpdeskd.domain.address import normalise
from helpdeskd.domain.message import Envelope

HEADER_BYTES = 64 * 1024
LONGEST_FROM = 998
YEARS = range(1970, 2100)
FORWARD_FIELDS = ("delivered-to", "x-original-to", "to", "cc")

_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_BETWEEN = re.compile(r'[\s<>,;:"()]+')


def envelope_of(raw: bytes, received_at: datetime, account: str, address: str, ours: Callable[[str], bool]) -> Envelope:
    """The envelope of `raw`; `received_at` is aware UTC, `ours` is asked about addresses as they are written."""
    fields = header_fields(raw)
    return Envelope(
        reverse_path=_reverse_path(fields),
        forward_path=next((found for found in _named(fields) if ours(found)), address),
        received_at=received_at,
        source="imap",
        account=account,
    )


def seems_from(raw: bytes) -> str:
    """Whose address the first From field seems to name, normalised; "" for none. Good for putting mails in order."""
    value = next((value for name, value in header_fields(raw) if name == "from"), "")
    words = reversed(_BETWEEN.split(value[:LONGEST_FROM]))
    return next(filter(None, map(normalise, words)), "")


def came_at(raw: bytes) -> datetime | None:
    """When a mail of the past arrived, aware UTC: as the topmost Received field with a date says, else the Date field.

    None where neither has a date that can be.
    """
    fields = header_fields(raw)
    stamps = [value.rpartition(";")[2] for name, value in fields if name == "received"]
    return next(filter(None, map(_instant, [*stamps, *(value for name, value in fields if name == "date")])), None)


def header_fields(raw: bytes) -> list[tuple[str, str]]:
    """The fields of a header block in their order: name in lower case, value unfolded, other than UTF-8 replaced."""
    block = _END.split(raw[:HEADER_BYTES], maxsplit=1)[0]
    pairs = (line.partition(b":") for line in _FOLD.sub(b"", block).split(b"\n"))
    return [(_text(name).lower(), _text(value)) for name, colon, value in pairs if colon]


def _instant(value: str) -> datetime | None:
    """A date-time (RFC 5322 §3.3); without a zone it is UTC."""
    try:
        at = parsedate_to_datetime(value[:200])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC) if at.year in YEARS else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace").strip()


def _named(fields: list[tuple[str, str]]) -> Iterator[str]:
    """Every address in the fields that name recipients, the most trustworthy field first."""
    for wanted in FORWARD_FIELDS:
        for name, value in fields:
            if name == wanted:
                yield from (word for word in _BETWEEN.split(value) if "@" in word and word.isprintable())


def _reverse_path(fields: list[tuple[str, str]]) -> str | None:
    """ "" for the null reverse-path, None where no Return-Path was written or it cannot be one."""
    value = next((value for name, value in fields if name == "return-path"), None)
    if value is None:
        return None
    path = value.removeprefix("<").removesuffix(">").strip()
    return path if path.isprintable() and " " not in path else None

"""A mail as its signers saw it: raw bytes → fields in their order and the body, for DKIM and ARC (RFC 6376 §3.4).

`read` is strict where mail.parse is kind: a header that two readers could take for different fields (a line that is no
field, a blank before the colon, a bare CR, NUL) or that is over our caps proves nothing, and gives None. So what
is verified here is what was read there. Nothing here takes time out of proportion, which the canonicalisation of dkimpy
does: a body of nothing but blanks takes it hours.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from helpdeskd.mail import limits

LONGEST_SIGNATURE = 8 * 1024
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+):")
_BARE = re.compile(rb"\r(?!\n)|\0")
_LONG_BLANK = re.compile(rb"\s{80}")
_EMPTY_LINES = tuple(b"\r\n" * count for count in (65536, 256, 1))

Field = tuple[bytes, bytes]


@dataclass(frozen=True)
class Source:
    """Fields as (name as written, value with its line ends), top first, and the body; all lines end with CRLF."""

    fields: tuple[Field, ...]
    body: bytes

    def all(self, name: bytes) -> tuple[Field, ...]:
        """Every field of that lower-case name, top first."""
        return tuple(field for field in self.fields if field[0].lower() == name)

    @cached_property
    def relaxed(self) -> bytes:
        """The body in relaxed canonicalisation (RFC 6376 §3.4.4)."""
        lines = _single_blanks(self.body if self.body.endswith(b"\r\n") else self.body + b"\r\n")
        trimmed = _without_empty_end(lines.replace(b" \r\n", b"\r\n"))
        return trimmed and trimmed + b"\r\n"

    @cached_property
    def hashes(self) -> dict[bytes, bytes]:
        """SHA-256 of the body by the name of its canonicalisation."""
        simple = _without_empty_end(self.body) + b"\r\n"
        return {b"simple": hashlib.sha256(simple).digest(), b"relaxed": hashlib.sha256(self.relaxed).digest()}


def read(raw: bytes) -> Source | None:
    """The mail's fields and body; None where its header is not one that everybody reads alike."""
    end = _END_OF_HEADER.search(raw, 0, limits.MAX_HEADER_BLOCK)
    if end is None and len(raw) > limits.MAX_HEADER_BLOCK:
        return None
    head = (raw[: end.start()] if end else raw).replace(b"\r\n", b"\n").removesuffix(b"\n")
    fields = None if _BARE.search(head) else _fields(head)
    if fields is None or len(fields) > limits.MAX_FIELDS:
        return None
    body = raw[end.end() :] if end else b""
    # By `replace`, because `sub` keeps an object for each line: twenty times the size of the mail.
    return Source(fields, body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def is_reasonable(value: bytes) -> bool:
    """Whether a signature's field is one that a signer writes: short, and without long runs of blanks."""
    return len(value) <= LONGEST_SIGNATURE and not _LONG_BLANK.search(value)


def _fields(head: bytes) -> tuple[Field, ...] | None:
    fields: list[tuple[bytes, list[bytes]]] = []
    for line in head.split(b"\n"):
        name = _FIELD.match(line)
        if name:
            fields.append((name[1], [line[name.end() :]]))
        elif fields and line[:1] in (b" ", b"\t"):
            fields[-1][1].append(line)
        else:
            return None
    return tuple((name, b"".join(line + b"\r\n" for line in lines)) for name, lines in fields)


def _single_blanks(text: bytes) -> bytes:
    """Each run of blanks and tabs as one blank; every pass halves the longest, without an object for each."""
    text = text.replace(b"\t", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text


def _without_empty_end(body: bytes) -> bytes:
    """The body without the line ends that it ends with, many at a time."""
    end = len(body)
    for empty in _EMPTY_LINES:
        while body.endswith(empty, 0, end):
            end -= len(empty)
    return body[:end]

"""The body of a mail of ours: text, HTML and attachments → MIME parts in bytes (RFC 2045–2047, 2183, 2231).

Built by hand: the `email` package takes milliseconds for a mail and folds headers by rules that senders can play
with. All bodies are quoted-printable or base64, so the result is 7-bit, has lines of at most 76 octets and CRLF only. A
boundary begins with `=_`, which neither encoding can contain, and is made from the Message-ID, so that a retry is
identical.

Only a few harmless types of attachments keep their type; a mail goes as a file, so that no client shows it as one.
`within_limit` says which attachments fit into a mail. Nothing here raises.
"""

import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from struct import Struct
from urllib.parse import quote

from helpdeskd.domain.message import Attachment, InBase64
from helpdeskd.mail import headers

LONGEST_FILE_NAME = 80
SAFE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "application/pdf", "text/plain"})
_ASCII = bytes(range(128))
_FOREIGN_SHARE = 6
"""Base64 makes 4 octets of 3, quoted-printable 3 of each that is not ASCII: equal where those are a sixth."""
_BASE64_BLOCK = 57_000
_LINES = Struct("76s" * 1000)
_WIDTH = re.compile(b".{1,76}")
"""A line of 76 letters holds 57 octets (RFC 2045 §6.8)."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A MIME entity: the lines of its content fields, and its body without the last line end; both in pieces.

    An attachment that came in lines of base64 is a piece as it is: so it is in memory once more, and not several times.
    """

    head: bytes
    body: tuple[bytes, ...]

    def whole(self, more: Sequence[tuple[str, str]] = ()) -> bytes:
        """All of it in bytes, with these fields above its own."""
        return b"".join((headers.fields(more), self.head, b"\r\n", *self.body))


def within_limit(attachments: Iterable[Attachment], room: int) -> tuple[list[Attachment], list[Attachment]]:
    """Those that go with a mail, first come first served, and those that would be more than `room` bytes."""
    taken: list[Attachment] = []
    left_out: list[Attachment] = []
    for attachment in attachments:
        fits = attachment.size <= room
        (taken if fits else left_out).append(attachment)
        room -= attachment.size if fits else 0
    return taken, left_out


def entity(text: str, html: str, attachments: Sequence[Attachment], message_id: str) -> Entity:
    """The whole content of a mail: both forms of the text, and the attachments after them."""
    boundary = f"=_{sha256(message_id.encode()).hexdigest()[:32]}"
    both = _multipart("alternative", f"{boundary}.a", (_text("plain", text), _text("html", html)))
    if not attachments:
        return both
    return _multipart("mixed", f"{boundary}.m", (both, *map(_attachment, attachments)))


def text_only(text: str) -> Entity:
    """The whole content of a mail that is nothing but plain text; its last line has its end too (RFC 5321 §2.3.8)."""
    part = _text("plain", text)
    return Entity(part.head, (*part.body, b"\r\n"))


def _multipart(kind: str, boundary: str, parts: Iterable[Entity]) -> Entity:
    opening = f"--{boundary}\r\n".encode()
    closing = f"--{boundary}--\r\n".encode()
    head = headers.fields([("Content-Type", f'multipart/{kind}; boundary="{boundary}"')])
    enclosed = ((opening, part.head, b"\r\n", *part.body, b"\r\n") for part in parts)
    return Entity(head, (*chain.from_iterable(enclosed), closing))


def _text(kind: str, text: str) -> Entity:
    """A text part; line ends of any sort become CRLF. Of its two encodings it is in the one that is shorter."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    in_base64 = len(lines.translate(None, _ASCII)) > len(lines) // _FOREIGN_SHARE
    coded = _base64(lines.replace(b"\n", b"\r\n")) if in_base64 else (_quoted_printable(lines),)
    encoding = "base64" if in_base64 else "quoted-printable"
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return Entity(head.encode(), tuple(coded))


def _quoted_printable(lines: bytes) -> bytes:
    return binascii.b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")


def _attachment(attachment: Attachment) -> Entity:
    mail = attachment.type.startswith("message/")
    name = attachment.name if not mail or attachment.name.lower().endswith(".eml") else f"{attachment.name}.eml"
    head = (
        ("Content-Type", attachment.type if attachment.type in SAFE_TYPES else "application/octet-stream"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f"attachment; {_file_name(name)}"),
    )
    kept = attachment.kept
    body = (kept.lines,) if isinstance(kept, InBase64) else tuple(_base64(kept))
    return Entity(headers.fields(head), body)


def _file_name(name: str) -> str:
    """A `filename` parameter: quoted where it is plain, else as RFC 2231 §4 has it. The end of a long name is kept."""
    short = headers.plain(name)[-LONGEST_FILE_NAME:].strip() or "attachment"
    if short.isascii() and "=?" not in short and not set(short) & set('"\\'):
        return f'filename="{short}"'
    return f"filename*=utf-8''{quote(short, safe='')}"


def _base64(content: bytes) -> Iterator[bytes]:
    """Block by block."""
    for begin in range(0, len(content), _BASE64_BLOCK):
        coded = binascii.b2a_base64(memoryview(content)[begin : begin + _BASE64_BLOCK], newline=False)
        whole = _LINES.unpack(coded) if len(coded) == _LINES.size else _WIDTH.findall(coded)
        end = b"\r\n" if begin + _BASE64_BLOCK < len(content) else b""
        yield b"\r\n".join(whole) + end

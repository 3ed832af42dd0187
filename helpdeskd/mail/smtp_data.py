"""Read a mail's content after DATA: by blocks, never by lines, and never more than its limits into memory.

In: the stream behind the 354 reply. Out: the mail's bytes with dots unstuffed (RFC 5321 §4.5.2), or the reply that
refuses it, given once the client has sent it all. Only CRLF.CRLF ends it; what the client pipelined behind stays in the
stream. A lone CR or LF is refused (SMTP smuggling, CVE-2023-51764) unless the listener repairs it. After a refusal the
rest is thrown away as it comes, and a client that goes on beyond DRAIN times the limit is cut off with 421. Raises
IncompleteReadError when the client is gone.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from helpdeskd.mail.smtp_settings import SmtpSettings

END = b"\r\n.\r\n"
DRAIN = 4
BLOCK = 256 * 1024

_STUFFED = re.compile(rb"\n\.")


@dataclass(frozen=True, slots=True)
class Refused:
    """A mail that is not taken, and what its client is told."""

    reply: str


TOO_BIG = Refused("552 5.3.4 The mail is larger than we take")
TOO_LONG_LINE = Refused("500 5.5.2 A line of the mail is too long")
NO_MEMORY = Refused("452 4.3.1 Too many mails at once, come again later")
BARE_NEWLINE = Refused("550 5.5.2 Lines end in CRLF; the mail has a lone CR or LF (RFC 5321 section 2.3.8)")
ABUSE = Refused("421 4.7.0 Far too much data")


class _Collected:
    """What has come of a mail so far; keeps nothing once the mail is refused."""

    def __init__(self, settings: SmtpSettings, take: Callable[[int], bool]) -> None:
        self._line_limit = settings.line_limit
        # A dot on a line of its own is sent as two: at worst four octets come for three.
        self._most = settings.max_size // 3 * 4 + 2 * len(END)
        self._take = take
        self._line = 0
        self.size = 0
        self.content = bytearray()
        self.refused: Refused | None = None

    def add(self, block: bytes) -> None:
        """Keep one block, or nothing more."""
        self.size += len(block)
        if self.refused is None:
            self.content += block
            self.refused = self._fault(len(block))
        if self.refused is not None:
            self.content.clear()

    def _fault(self, octets: int) -> Refused | None:
        if self.size > self._most:
            return TOO_BIG
        if self._line_too_long():
            return TOO_LONG_LINE
        return None if self._take(octets) else NO_MEMORY

    def _line_too_long(self) -> bool:
        """Hop from line end to line end, as far as the limit reaches each time."""
        reach = self._line_limit + 2
        while len(self.content) - self._line >= reach:
            end = self.content.rfind(b"\r\n", self._line, self._line + reach)
            if end < 0:
                return True
            self._line = end + 2
        return False


async def read_data(
    reader: asyncio.StreamReader, settings: SmtpSettings, take: Callable[[int], bool]
) -> bytes | Refused:
    """One mail from the stream. `take` is asked for room for so many octets before they are kept."""
    # The CRLF of the DATA command may be the first of CRLF.CRLF: it stands before what comes.
    collected, before, end = _Collected(settings, take), b"\r\n", -1
    while end < 0:
        if not (block := await reader.read(BLOCK)):
            raise asyncio.IncompleteReadError(b"", None)
        if (end := _end(before, block)) >= 0:
            reader._buffer[:0] = block[end:]  # type: ignore[attr-defined]
            block = block[:end]
        collected.add(block)
        before = (before + block[-len(END) :])[1 - len(END) :]
        if collected.size > DRAIN * settings.max_size + len(END):
            return ABUSE
    return collected.refused or _content(collected.content, settings)


def _end(before: bytes, block: bytes) -> int:
    """Where in a block the mail has ended, with the last octets before it; -1 for not yet."""
    across = (before + block[: len(END)]).find(END)
    if across >= 0:
        return across + len(END) - len(before)
    within = block.find(END) if b"." in block else -1  # in base64 there is none, and one octet is found at once
    return within + len(END) if within >= 0 else -1


def _content(wire: bytearray, settings: SmtpSettings) -> bytes | Refused:
    """The mail in what was sent up to CRLF.CRLF, or .CRLF where it is empty; `wire` is empty afterwards."""
    raw = bytes(memoryview(wire)[: -len(b".\r\n")])
    wire.clear()
    bare = _has_bare_newline(raw)
    if bare and not settings.allow_bare_newlines:
        return BARE_NEWLINE
    raw = raw.removeprefix(b".")
    if _STUFFED.search(raw, 0, raw.rfind(b".") + 1):
        raw = raw.replace(b"\r\n.", b"\r\n")
    if bare:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return TOO_BIG if len(raw) > settings.max_size else raw


def _has_bare_newline(raw: bytes) -> bool:
    """One octet is looked for many times faster than two, so: without CR, and with CRLF for each LF, is it the same?"""
    return raw.replace(b"\r", b"").replace(b"\n", b"\r\n") != raw

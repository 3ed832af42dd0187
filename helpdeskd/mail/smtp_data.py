"""Read a mail's content after DATA: by blocks, never by lines, and never more than its limits into memory.

In: the stream behind the 354 reply. Out: the mail's bytes with dots unstuffed (RFC 5321 §4.5.2), or the reply that
refuses it, given once the client has sent it all. Only CRLF.CRLF ends it; what the client pipelined behind stays in the
stream. A lone CR or LF is refused (SMTP smuggling, CVE-2023-51764) unless the listener repairs it. After a refusal the
rest is thrown away as it comes, and a client that goes on beyond DRAIN times the limit is cut off with 421. Raises
IncompleteReadError when the client is gone.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from helpdeskd.mail.smtp_settings import SmtpSettings

END = b"\r\n.\r\n"
DRAIN = 4


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
    # The CRLF of the DATA command may be the first of CRLF.CRLF: put it back in front of what has come since.
    reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]
    collected = _Collected(settings, take)
    ended = False
    while not ended:
        block, ended = await _block(reader)
        collected.add(block)
        if collected.size > DRAIN * settings.max_size + len(END):
            return ABUSE
    return collected.refused or _content(collected.content, settings)


async def _block(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """What has come, up to and with the end; else all but the octets that may be the beginning of the end."""
    try:
        return await reader.readuntil(END), True
    except asyncio.LimitOverrunError as overrun:
        return await reader.readexactly(overrun.consumed), False


def _content(wire: bytearray, settings: SmtpSettings) -> bytes | Refused:
    """The mail in what was sent from the CRLF before it to CRLF.CRLF behind it."""
    del wire[-len(b".\r\n") :]
    bare = _has_bare_newline(wire)
    if bare and not settings.allow_bare_newlines:
        return BARE_NEWLINE
    raw = wire.replace(b"\r\n.", b"\r\n")
    if bare:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    del raw[:2]
    return TOO_BIG if len(raw) > settings.max_size else bytes(raw)


def _has_bare_newline(wire: bytearray) -> bool:
    pairs = wire.count(b"\r\n")
    return wire.count(b"\r") != pairs or wire.count(b"\n") != pairs

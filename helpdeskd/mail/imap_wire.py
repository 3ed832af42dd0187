"""imapclient with checks on what is sent and what is read, from the first byte of a connection on.

imaplib joins text into commands unseen (CVE-2025-15366), reserves memory for any literal that a server announces, and
keeps all that a server says until its answer ends. So nothing but one line of printable ASCII is sent (ValueError), no
literal is read that is larger than any mail, and no answer goes on without end (IMAP4.abort). imaplib's trace, which
imapclient turns on, is turned off: it formats every line and shows secrets.
"""

import re
from imaplib import IMAP4
from typing import Any

from imapclient import IMAPClient
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

MOST_IN_AN_ANSWER = 64 * 1024 * 1024
"""Bytes between two things that we say: several times what is asked for at once, as a server's sizes are estimates."""
LINE_COSTS = 4096
"""Bytes that a line counts for beside its own: so much work, and a fair part of it memory."""

_ON_THE_WIRE = re.compile(rb"[\x20-\x7e]*(?:\r\n)?")


class GuardedClient(IMAPClient):  # type: ignore[misc]
    """An IMAPClient of a server that is not trusted; `largest` is the largest literal, in bytes."""

    def __init__(self, largest: int, **options: Any) -> None:
        self._largest = largest
        super().__init__(**options)
        self._imap.debug = 0

    def _create_IMAP4(self) -> IMAP4:
        where = (self.host, self.port)
        if self.ssl:
            return _GuardedTls(self._largest, *where, self.ssl_context, self._timeout.connect)
        return _GuardedPlain(self._largest, *where, self._timeout.connect)


class _Guarded:
    """The methods through which imaplib speaks with a server, and which it lets its users replace."""

    def __init__(self, largest: int, *arguments: Any) -> None:
        self._largest = largest
        self._most = self._left = max(MOST_IN_AN_ANSWER, largest)
        super().__init__(*arguments)

    def send(self, octets: bytes) -> None:
        if not _ON_THE_WIRE.fullmatch(octets):
            raise ValueError("a command for the IMAP server holds a character that no command may hold")
        self._left = self._most
        super().send(octets)  # type: ignore[misc]

    def read(self, size: int) -> bytes:
        if size > self._largest:
            raise IMAP4.abort(f"the server announces {size} bytes, more than the largest mail")
        return self._counted(super().read(size))  # type: ignore[misc]

    def readline(self) -> bytes:
        return self._counted(super().readline())  # type: ignore[misc]

    def _counted(self, octets: bytes) -> bytes:
        self._left -= len(octets) + LINE_COSTS
        if self._left < 0:
            raise IMAP4.abort("the server's answer has no end")
        return bytes(octets)


class _GuardedPlain(_Guarded, IMAP4WithTimeout):  # type: ignore[misc]
    pass


class _GuardedTls(_Guarded, IMAP4_TLS):  # type: ignore[misc]
    pass

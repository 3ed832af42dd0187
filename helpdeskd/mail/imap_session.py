"""One guarded connection to an IMAP server (RFC 3501), used by one thread.

In: the settings of a mailbox. Out: UIDs, sizes, dates and raw mails as bytes. The traps of the client library are
dealt with here and nowhere else: TLS is verified, every wait has a timeout, nothing but one line of printable ASCII
goes to the server (and nothing of a mail ever does, so a Message-ID cannot become a command), no literal over the
largest mail is read, IDLE on a dead connection is an error and not an endless "no news", and only UIDs name mails.
An access token that is refused is replaced once. Fails with `LoginRefused` when the server does not let us in, NoToken
where there is no token, OSError or imaplib's errors for everything else; then only `close` is left to call. `cut` may
be called from another thread and ends a wait within a second.
"""

import socket
import ssl
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from imaplib import IMAP4
from typing import Any

from imapclient import DELETED, SocketTimeout
from imapclient.exceptions import LoginError

from helpdeskd.mail.imap_settings import ImapSettings
from helpdeskd.mail.imap_wire import GuardedClient
from helpdeskd.mail.oauth import TokenSource, exchange
from helpdeskd.mail.tls import client_context

KEYWORD = b"$Helpdesk"
HEADER_BYTES = 64 * 1024
SPAN = 50_000
"""UIDs asked for in one SEARCH: its answer is one line, and imaplib reads no line over a million bytes."""

_CLOCK_SLACK = 0.05


class LoginRefused(Exception):
    """The server does not accept the user, password or token. Trying again soon locks the account."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder as it was selected. UIDs mean something within one `uidvalidity` only (RFC 3501 §2.3.1.1)."""

    uidvalidity: int
    exists: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail before it is fetched: its size in bytes as the server tells it (some estimate), INTERNALDATE in UTC."""

    size: int
    received_at: datetime


class Session:
    """A connection of one mailbox, from the first byte to `close`."""

    def __init__(self, settings: ImapSettings) -> None:
        self.settings = settings
        self._client = _connect(settings)

    @property
    def certificate(self) -> Mapping[str, Any]:
        """The server's certificate (`ssl.SSLSocket.getpeercert`); empty without TLS."""
        sock = self._client.socket()
        return (sock.getpeercert() or {}) if isinstance(sock, ssl.SSLSocket) else {}

    def login(self) -> None:
        """Log in, and make the folder for mail that is done. Raises LoginRefused."""
        if self.settings.token is not None:
            self._log_in_with(self.settings.token)
        else:
            self._log_in()
        done = self.settings.done_folder
        if done and not self._client.folder_exists(done):
            self._client.create_folder(done)
            self._client.subscribe_folder(done)

    def _log_in_with(self, token: TokenSource) -> None:
        """With a token, and once more with another, on a new connection, where the server refuses the first."""
        first = token("")
        try:
            self._log_in(first)
        except LoginRefused:
            another = token(first)
            if another == first:
                raise
            self.close()
            self._client = _connect(self.settings)
            self._log_in(another)

    def _log_in(self, token: str | None = None) -> None:
        try:
            self._authenticate(token)
        except LoginError as error:
            if isinstance(error.__context__, IMAP4.abort) or "[UNAVAILABLE]" in str(error):
                raise IMAP4.abort(str(error)) from error
            raise LoginRefused(f"{self.settings.user} is refused: {error}") from error

    def _authenticate(self, token: str | None) -> None:
        user, server = self.settings.user, (self.settings.host, self.settings.port)
        if token is not None:
            answers = iter(exchange(self.settings.mechanism, user, token, server))
            self._client.sasl_login(self.settings.mechanism, lambda _challenge: next(answers, b""))
        elif self.settings.password is not None and self._client.has_capability("AUTH=PLAIN"):
            self._client.plain_login(user, self.settings.password())
        elif self.settings.password is not None:
            self._client.login(user, self.settings.password())

    def select(self) -> Folder:
        """Select the folder, which also brings its news. Raises IMAP4.error where it gives no lasting UIDs."""
        answer = self._client.select_folder(self.settings.folder)
        if b"UIDVALIDITY" not in answer:
            raise IMAP4.error(f"{self.settings.folder} has no UIDVALIDITY: its mails cannot be told apart")
        return Folder(answer[b"UIDVALIDITY"], answer[b"EXISTS"], answer.get(b"UIDNEXT", 0))

    def uids(self, folder: Folder, first: int = 1, *, unmarked: bool = False) -> list[int]:
        """The UIDs from `first` on, ascending; `unmarked` leaves out those that carry our keyword."""
        unwanted = ["UNKEYWORD", KEYWORD.decode()] if unmarked else []
        found = [self._client.search(["UID", span, *unwanted]) for span in spans(folder, first)]
        return sorted({uid for uids in found for uid in uids if uid >= first})

    def listing(self, uids: Collection[int]) -> dict[int, Listed]:
        """Size and date of each; a UID that is missing from the answer has left the folder."""
        answer = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return {uid: _listed(answer[uid]) for uid in uids if b"RFC822.SIZE" in answer.get(uid, {})}

    def header(self, uid: int) -> bytes:
        """The header block of one mail, its first 64 KiB."""
        answer = self._client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{HEADER_BYTES}>"])
        return _body(answer.get(uid, {}), b"BODY[HEADER]<0>") or b""

    def raws(self, wanted: dict[int, Listed]) -> dict[int, bytes]:
        """The mails whole: those up to `part_bytes` at once, larger ones in parts. None is marked as \\Seen."""
        small = [uid for uid, listed in wanted.items() if listed.size <= self.settings.part_bytes]
        answer = self._client.fetch(small, ["BODY.PEEK[]"])
        bodies = {uid: _body(answer.get(uid, {}), b"BODY[]") for uid in small}
        bodies |= {uid: self._in_parts(uid, wanted[uid].size) for uid in wanted if uid not in bodies}
        return {uid: raw for uid in wanted if (raw := bodies[uid]) is not None}

    def _in_parts(self, uid: int, size: int) -> bytes | None:
        """One mail by parts, until the server has no more: the size that it told may be an estimate."""
        raw = bytearray()
        step = self.settings.part_bytes
        while len(raw) <= self.settings.max_size:
            answer = self._client.fetch([uid], [f"BODY.PEEK[]<{len(raw)}.{step}>"])
            part = _body(answer.get(uid, {}), b"BODY[]<%d>" % len(raw))
            if part is None:
                return None
            raw += part
            if not part or (len(part) < step and len(raw) >= size):
                return bytes(raw)
        raise IMAP4.error(f"mail {uid} is larger than the server said ({size} bytes)")

    @property
    def moves(self) -> bool:
        """Whether done mail leaves the folder: a done_folder, and a server that can take out single mails."""
        able = self._client.has_capability("MOVE") or self._client.has_capability("UIDPLUS")
        return bool(self.settings.done_folder) and able

    def file_away(self, uids: Collection[int]) -> None:
        """MOVE (RFC 6851), else COPY and UID EXPUNGE (RFC 4315), else our keyword. Never a bare EXPUNGE."""
        if not uids:
            return
        if not self.moves:
            self._client.add_flags(uids, [KEYWORD], silent=True)
        elif self._client.has_capability("MOVE"):
            self._client.move(uids, self.settings.done_folder)
        else:
            self._client.copy(uids, self.settings.done_folder)
            self._client.add_flags(uids, [DELETED], silent=True)
            self._client.uid_expunge(uids)

    @property
    def idles(self) -> bool:
        """Whether the server speaks IDLE (RFC 2177)."""
        return bool(self._client.has_capability("IDLE"))

    def idle(self, seconds: float) -> None:
        """Wait for news for at most so long. Raises ConnectionError when the connection is dead."""
        self._client.idle()
        if self._has_read_ahead():
            self._client.idle_done()
            return
        began = time.monotonic()
        news = self._client.idle_check(timeout=seconds)
        if not news and time.monotonic() - began < seconds - _CLOCK_SLACK:
            raise ConnectionError("the server has closed the connection")
        self._client.idle_done()

    def _has_read_ahead(self) -> bool:
        """Whether news came in one packet with the start of IDLE: it is in imaplib's buffer, where no poll sees it."""
        sock = self._client.socket()
        sock.setblocking(False)
        try:
            return bool(self._client._imap.readline())
        except OSError:
            return False
        finally:
            sock.settimeout(self.settings.timeout_seconds)

    def cut(self) -> None:
        """Break the connection from another thread; whoever reads from it gets an error at once.

        The plain socket is shut down, below TLS: SSLSocket's own shutdown takes the TLS state away from the thread
        that is using it.
        """
        with suppress(OSError):
            socket.socket.shutdown(self._client.socket(), socket.SHUT_RDWR)

    def close(self) -> None:
        """Drop the connection. LOGOUT would fail on a broken one, and there is nothing that it would save."""
        with suppress(OSError, IMAP4.error):
            self._client.shutdown()


def spans(folder: Folder, first: int) -> Iterable[str]:
    """UID ranges (RFC 3501 §9, sequence-set) that cover the folder from `first`, each answered within a line."""
    if folder.exists <= SPAN or not folder.uidnext:
        return (f"{first}:*",)
    return tuple(f"{start}:{start + SPAN - 1}" for start in range(first, folder.uidnext, SPAN))


def _connect(settings: ImapSettings) -> Any:
    """A client that is connected and, where the settings say so, encrypted and verified, but not logged in."""
    context = client_context(settings.ca_file)
    client = GuardedClient(
        settings.max_size + settings.part_bytes,
        host=settings.host,
        port=settings.port,
        ssl=settings.tls == "implicit",
        ssl_context=context,
        timeout=SocketTimeout(settings.timeout_seconds, settings.timeout_seconds),
    )
    client.normalise_times = False
    try:
        if settings.tls == "starttls":
            client.starttls(context)
    except BaseException:
        with suppress(OSError):  # a handshake that failed has closed the socket
            client.shutdown()
        raise
    return client


def _listed(answer: dict[bytes, Any]) -> Listed:
    size, received_at = answer[b"RFC822.SIZE"], answer.get(b"INTERNALDATE") or datetime.now(UTC)
    if not isinstance(size, int):
        raise IMAP4.abort("the server answers FETCH with a size that is none")
    return Listed(size, received_at.astimezone(UTC))


def _body(answer: dict[bytes, Any], key: bytes) -> bytes | None:
    """The octets of one item, NIL being empty; None where the answer lacks it, as for a mail that left the folder."""
    if key not in answer:
        return None
    value = answer[key]
    if not isinstance(value, bytes | None):
        raise IMAP4.abort("the server answers FETCH with something that is no mail")
    return value or b""

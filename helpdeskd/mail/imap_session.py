"""One guarded connection to an IMAP server (RFC 3501), used by one thread.

In: the settings of a mailbox. Out: UIDs, sizes, dates and raw mails as bytes. The traps of the client library are
dealt with here and nowhere else: TLS is verified, every wait has a timeout, nothing but one line of printable ASCII
goes to the server (and nothing of a mail ever does, so a Message-ID cannot become a command), no literal over the
largest mail is read, IDLE on a dead connection is an error and not an endless "no news", and only UIDs name mails.
Fails with `LoginRefused` when the server does not let us in, with OSError or imaplib's errors for everything else;
then `close` is the only thing left to call. `cut` may be called from another thread and ends a wait within a second.
"""

import re
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from imaplib import IMAP4
from typing import Any

from imapclient import DELETED, IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from helpdeskd.mail.imap_settings import ImapSettings

KEYWORD = b"$Helpdesk"
HEADER_BYTES = 64 * 1024
SPAN = 50_000
"""UIDs asked for in one SEARCH: its answer is one line, and imaplib reads no line over a million bytes."""

_ON_THE_WIRE = re.compile(rb"[\x20-\x7e]*(?:\r\n)?")
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

    def login(self) -> None:
        """Log in, and make the folder for mail that is done. Raises LoginRefused."""
        try:
            self._authenticate()
        except LoginError as error:
            if isinstance(error.__context__, IMAP4.abort) or "[UNAVAILABLE]" in str(error):
                raise IMAP4.abort(str(error)) from error
            raise LoginRefused(f"{self.settings.user} is refused: {error}") from error
        done = self.settings.done_folder
        if done and not self._client.folder_exists(done):
            self._client.create_folder(done)
            self._client.subscribe_folder(done)

    def _authenticate(self) -> None:
        user = self.settings.user
        if self.settings.token is not None:
            self._client.sasl_login(self.settings.mechanism, _bearer(self.settings, self.settings.token()))
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
        large = {uid: self._in_parts(uid, wanted[uid].size) for uid in wanted if uid not in bodies}
        return {uid: raw for uid in wanted if (raw := {**bodies, **large}[uid]) is not None}

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
    context = ssl.create_default_context(cafile=settings.ca_file)
    client = IMAPClient(
        settings.host,
        port=settings.port,
        ssl=settings.tls == "implicit",
        ssl_context=context,
        timeout=SocketTimeout(settings.timeout_seconds, settings.timeout_seconds),
    )
    client.normalise_times = False
    _guard(client, settings.max_size + settings.part_bytes)
    try:
        if settings.tls == "starttls":
            client.starttls(context)
    except BaseException:
        client.shutdown()
        raise
    return client


def _guard(client: Any, largest: int) -> None:
    """Put a check before the two methods that imaplib lets its users replace: what is sent, and what is read.

    imaplib joins text into commands unseen (CVE-2025-15366) and reserves memory for any literal that a server
    announces. Its trace is turned off, which imapclient turns on: it formats every line and shows secrets.
    """
    wire = client._imap
    send, read = wire.send, wire.read

    def checked_send(octets: bytes) -> None:
        if not _ON_THE_WIRE.fullmatch(octets):
            raise ValueError("a command for the IMAP server holds a character that no command may hold")
        send(octets)

    def checked_read(size: int) -> bytes:
        if size > largest:
            raise IMAP4.abort(f"the server announces {size} bytes, more than the largest mail")
        return bytes(read(size))

    wire.send, wire.read, wire.debug = checked_send, checked_read, 0


def _bearer(settings: ImapSettings, token: str) -> Callable[[bytes], bytes]:
    """The client's side of a token login: the token first, then the answer that a refusal is to be given.

    A refusal is a second challenge with its reason; RFC 7628 §3.2.3 answers it with %x01, XOAUTH2 with nothing.
    """
    if settings.mechanism == "OAUTHBEARER":
        user = settings.user.replace("=", "=3D").replace(",", "=2C")
        answers = [
            f"n,a={user},\x01host={settings.host}\x01port={settings.port}\x01auth=Bearer {token}\x01\x01",
            "\x01",
        ]
    else:
        answers = [f"user={settings.user}\x01auth=Bearer {token}\x01\x01", ""]
    return lambda _challenge: (answers.pop(0) if answers else "").encode()


def _listed(answer: dict[bytes, Any]) -> Listed:
    received_at = answer.get(b"INTERNALDATE") or datetime.now(UTC)
    return Listed(answer[b"RFC822.SIZE"], received_at.astimezone(UTC))


def _body(answer: dict[bytes, Any], key: bytes) -> bytes | None:
    """The octets of one item, NIL being empty; None where the answer lacks it, as for a mail that left the folder."""
    if key not in answer:
        return None
    value = answer[key]
    if not isinstance(value, bytes | None):
        raise IMAP4.abort("the server answers FETCH with something that is no mail")
    return value or b""

"""An IMAP server that follows a script: it answers, misbehaves, goes silent or hangs up at any command.

`with ScriptedImap({"UID FETCH": CUT}) as server:` listens on a free port of 127.0.0.1. A script maps a command to the
octets that are sent before its tagged OK, or to a function of the command's line that gives these. Octets that start
with NO or BAD are the tagged answer itself; those that end in CUT are followed by hanging up, those that end in
SILENCE by nothing. A list is for the first, second, … time, its last entry for all after. The client's answer to "+ "
is the command RESPONSE. What is not in the script goes well, for a folder with one mail. `commands` holds every line
that came, without its tag; `connections` counts clients. With `tls` it speaks TLS from the first byte, or, with what
`starttls` says in clear behind its OK, after STARTTLS.
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

CUT = b"\x00cut"
SILENCE = b"\x00silence"

Answer = bytes | Callable[[str], bytes]
Script = Mapping[str, Answer | list[Answer]]

MAIL = b"To: help@desk.example\r\nSubject: one\r\n\r\nbody\r\n"
CAPABILITY = b"* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS AUTH=PLAIN\r\n"
INTERNALDATE = b'INTERNALDATE "01-Feb-2026 10:00:00 +0100"'

_FETCH = re.compile(r"UID FETCH ([\d,]+) \((.*)\)")
_BODY = re.compile(r"BODY\.PEEK(\[(?:HEADER)?\])(?:<(\d+)\.(\d+)>)?")


def folder_of(mails: dict[int, bytes], uidvalidity: int = 7) -> Script:
    """The answers of a good server whose folder holds these mails by UID; it does not notice that they are moved."""
    return {
        "SELECT": b"* %d EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY %d] ok\r\n" % (len(mails), uidvalidity),
        "UID SEARCH": b"* SEARCH %s\r\n" % " ".join(map(str, mails)).encode(),
        "UID FETCH": lambda line: fetched(mails, line),
    }


def fetched(mails: dict[int, bytes], line: str) -> bytes:
    """The answer to a UID FETCH of sizes and dates, or of mails and parts of mails."""
    asked = _FETCH.fullmatch(line)
    assert asked, line
    uids = [uid for uid in map(int, asked[1].split(",")) if uid in mails]
    return b"".join(b"* %d FETCH (UID %d %s)\r\n" % (uid, uid, _item(mails[uid], asked[2])) for uid in uids)


def _item(raw: bytes, wanted: str) -> bytes:
    part = _BODY.fullmatch(wanted)
    if part is None:
        return b"RFC822.SIZE %d %s" % (len(raw), INTERNALDATE)
    section, start, length = part.groups()
    octets = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if section == "[HEADER]" else raw
    if start is None:
        return b"BODY%s {%d}\r\n%s" % (section.encode(), len(octets), octets)
    octets = octets[int(start) : int(start) + int(length)]
    return b"BODY%s<%s> {%d}\r\n%s" % (section.encode(), start.encode(), len(octets), octets)


GOES_WELL: Script = {
    "greeting": b"* OK hello\r\n",
    "CAPABILITY": CAPABILITY,
    "AUTHENTICATE": b"+ \r\n",
    "LIST": b'* LIST () "." "Processed"\r\n',
    "IDLE": b"+ idling\r\n",
    **folder_of({1: MAIL}),
}


class ScriptedImap:
    """The server. It serves each client in a thread of its own, until the end of the `with` block."""

    host = "127.0.0.1"

    def __init__(
        self, script: Script | None = None, tls: ssl.SSLContext | None = None, starttls: bytes | None = None
    ) -> None:
        self._tls, self._starttls = tls, starttls
        self._script = {**GOES_WELL, **(script or {})}
        self._times: dict[str, int] = {}
        self._begun = ""
        self._listener = socket.create_server((self.host, 0))
        self.port: int = self._listener.getsockname()[1]
        self.commands: list[str] = []
        self.connections = 0
        self._clients: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for open_socket in [self._listener, *self._clients]:
            with suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                self._clients.append(client)
                thread = threading.Thread(target=self._serve, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            if self._tls and self._starttls is None:
                client = self._secured(client)
            with client:
                going_on = self._send(client, self._answer("greeting", ""))
                while going_on:
                    client, going_on = self._converse(client)
        client.close()

    def _converse(self, client: socket.socket) -> tuple[socket.socket, bool]:
        """To the end, or to where TLS begins."""
        with client.makefile("rb") as lines:
            for octets in lines:
                tag, _, line = octets.decode().rstrip("\r\n").partition(" ")
                if not line:
                    tag, line = self._begun, f"response {tag}"
                self.commands.append(line)
                if line == "STARTTLS" and self._starttls is not None:
                    client.sendall(f"{tag} OK begin\r\n".encode() + self._starttls)
                    return self._secured(client), True
                if not self._execute(client, tag, line):
                    break
        return client, False

    def _secured(self, client: socket.socket) -> socket.socket:
        assert self._tls is not None
        secure = self._tls.wrap_socket(client, server_side=True)
        self._clients.append(secure)
        return secure

    def _execute(self, client: socket.socket, tag: str, line: str) -> bool:
        """Answer one line; False to hang up."""
        words = line.upper().split()
        name = " ".join(words[:2]) if words[0] == "UID" else words[0]
        answer = self._answer(name, line)
        if answer.startswith((b"NO", b"BAD")):
            return self._send(client, f"{tag} ".encode() + answer + b"\r\n")
        if answer.startswith(b"+ "):
            self._begun = tag
        elif not answer.endswith((CUT, SILENCE)):
            answer += f"{tag} OK done\r\n".encode()
        return self._send(client, answer)

    def _answer(self, name: str, line: str) -> bytes:
        answer = self._script.get(name, b"")
        if isinstance(answer, list):
            time = self._times[name] = self._times.get(name, -1) + 1
            answer = answer[min(time, len(answer) - 1)]
        return answer if isinstance(answer, bytes) else answer(line)

    def _send(self, client: socket.socket, answer: bytes) -> bool:
        client.sendall(answer.removesuffix(CUT).removesuffix(SILENCE))
        return not answer.endswith(CUT)

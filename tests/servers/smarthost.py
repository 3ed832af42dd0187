"""A mail server that follows a script: it answers, refuses or hangs up at whatever stage a test wants.

`async with Smarthost({"RCPT": "450 4.2.1 busy"}) as smarthost:` listens on a free port of 127.0.0.1. A script maps a
stage (greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, text, final dot, RSET) to a reply, to CUT (hang up instead of
answering), to SILENCE (never answer), or to a list of these for the first, second, … time; what is not in the script
goes well. A client that speaks LMTP is served too, with one recipient a mail. `accepted` holds what was answered 250 or
cut with CUT_AFTER_ACCEPTING, and `connections` counts clients.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

from helpdeskd.mail.smtp_intake import stop_accepting

CUT = "cut"
CUT_AFTER_ACCEPTING = "cut after accepting"
SILENCE = "silence"

GOES_WELL = {
    "greeting": "220 smarthost.example ESMTP",
    "STARTTLS": "220 2.0.0 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go ahead",
    "text": "",
    "final dot": "250 2.0.0 queued as 4711",
    "RSET": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}

Script = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Accepted:
    """A mail as it arrived: `mail` and `rcpt` are the commands, `raw` is without dot-stuffing."""

    mail: str
    rcpt: str
    raw: bytes
    secure: bool


@dataclass
class Smarthost:
    """`tls` makes STARTTLS available, with `implicit` from the first byte; `extensions` are announced besides.

    `at` is its port, 0 for a free one.
    """

    script: Script = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    extensions: tuple[str, ...] = ("8BITMIME", "SIZE 50000000")
    accepted: list[Accepted] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0
    at: int = 0

    async def __aenter__(self) -> "Smarthost":
        self.script = dict(self.script)
        self._clients: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._all_gone = asyncio.Event()
        self._spoken = asyncio.Condition()
        context = self.tls if self.implicit else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.at, ssl=context, limit=2**24)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Hang up on everybody and listen no more."""
        await stop_accepting([self._server])
        self._stopped = True
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def all_gone(self) -> None:
        """Wait until no client is connected."""
        await asyncio.wait_for(self._all_gone.wait(), 10)

    async def said(self, command: str) -> None:
        """Wait until a client has given that command."""
        async with asyncio.timeout(10), self._spoken:
            await self._spoken.wait_for(lambda: command in self.commands)

    async def heard(self, command: str) -> None:
        """Write down a client's command, and wake who waits for it."""
        self.commands.append(command)
        async with self._spoken:
            self._spoken.notify_all()

    async def hang_up(self) -> None:
        """Close every connection, as a server does with clients that say nothing for too long."""
        for client in self._clients:
            client.cancel()
        await self.all_gone()

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Not a coroutine: of a task that is cancelled before it begins, nothing would close the connection."""
        if self._stopped:
            # It was connecting while we stopped.
            writer.transport.abort()
            return
        self.connections += 1
        self.open_connections += 1
        self._all_gone.clear()
        task = asyncio.ensure_future(self._converse(reader, writer))
        self._clients.add(task)
        task.add_done_callback(lambda client: self._ended(client, writer))

    def _ended(self, client: asyncio.Task[None], writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        self._clients.discard(client)
        self.open_connections -= 1
        if not self.open_connections:
            self._all_gone.set()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            await _Session(self, reader, writer).run()

    def next_step(self, stage: str) -> str:
        """What the script says now, and goes well afterwards where it was a list that is used up."""
        step = self.script.get(stage, GOES_WELL.get(stage, "502 5.5.1 no such command"))
        if isinstance(step, list):
            return step.pop(0) if step else GOES_WELL.get(stage, "")
        return step


class _HungUp(ConnectionError):
    pass


class _Session:
    def __init__(self, smarthost: Smarthost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._smarthost = smarthost
        self._reader = reader
        self._writer = writer
        self._secure = smarthost.implicit
        self._mail = self._rcpt = ""

    async def run(self) -> None:
        await self._answer("greeting")
        while line := (await self._reader.readline()).decode().rstrip("\r\n"):
            await self._smarthost.heard(line)
            await self._obey(line)

    async def _obey(self, line: str) -> None:
        verb = line.partition(" ")[0].upper()
        if verb in {"EHLO", "LHLO"}:
            return await self._greet()
        if verb == "MAIL":
            self._mail = line
        if verb == "RCPT":
            self._rcpt = line
        reply = await self._answer(verb)
        while reply.startswith("334"):
            answer = await self._reader.readline()
            await self._smarthost.heard(answer.decode().rstrip("\r\n"))
            reply = await self._answer(verb)
        if verb == "STARTTLS" and reply.startswith("220"):
            await self._writer.start_tls(self._smarthost.tls)  # type: ignore[arg-type]
            self._secure = True
        if verb == "DATA" and reply.startswith("354"):
            await self._take_text()
        if verb == "QUIT":
            raise _HungUp
        return None

    async def _greet(self) -> None:
        if "EHLO" in self._smarthost.script:
            await self._answer("EHLO")
            return
        lines = ["smarthost.example", *self._smarthost.extensions]
        if self._smarthost.tls and not self._secure:
            lines.append("STARTTLS")
        if self._secure:
            lines.append("AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER")
        text = [f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines]
        await self._say("\r\n".join(text))

    async def _take_text(self) -> None:
        if self._smarthost.script.get("text") == CUT:
            await self._reader.readline()
            raise _HungUp
        lines: list[bytes] = []
        while (line := await self._reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        await self._smarthost.heard(".")
        accepted = Accepted(self._mail, self._rcpt, b"".join(lines), self._secure)
        step = self._smarthost.next_step("final dot")
        if step.startswith("250") or step == CUT_AFTER_ACCEPTING:
            self._smarthost.accepted.append(accepted)
        await self._play(step)

    async def _answer(self, stage: str) -> str:
        step = self._smarthost.next_step(stage)
        await self._play(step)
        return step

    async def _play(self, step: str) -> None:
        if step in (CUT, CUT_AFTER_ACCEPTING):
            raise _HungUp
        if step == SILENCE:
            await self._reader.read()
            raise _HungUp
        await self._say(step)

    async def _say(self, text: str) -> None:
        self._writer.write(text.encode() + b"\r\n")
        await self._writer.drain()
        if text.startswith("421"):
            raise _HungUp

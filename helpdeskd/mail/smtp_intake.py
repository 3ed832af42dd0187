"""The door for SMTP and LMTP: one Listener per address that takes mail.

In: sockets of our own, a Unix path, or listening sockets that systemd handed over. Out: `Accept`, once per mail (see
`smtp_settings`). Between them: `smtp_connection` (a connection's life and limits), `smtp_commands` and `lmtp` (what may
be said), `smtp_gate` (whom we take mail for), `smtp_data` (the content), `smtp_trace` (Received). A mail is answered
250 only once it is durable; a client that gets another answer, or none, keeps it and comes again. `drain` stops
accepting, lets transactions under way finish, and cuts off what is left after its time; commits are never cancelled.
Raises OSError where an address cannot be had.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpdeskd.mail.lmtp import LmtpSession
from helpdeskd.mail.smtp_commands import SmtpSession
from helpdeskd.mail.smtp_connection import Connection
from helpdeskd.mail.smtp_doorway import Doorway
from helpdeskd.mail.smtp_limits import Traffic
from helpdeskd.mail.smtp_settings import Accept, Intake, Recipients, Reserve, SmtpSettings

BACKLOG = 1024  # with fewer, a burst of connections makes good clients wait for a second SYN

Where = tuple[str, int] | Path | Sequence[socket.socket]


def utc_now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


def _nobody_hears(_client: str, _reply: str) -> None:
    """The default for `refused`."""


class Listener:
    """Takes mail at one address. `recipients` says whether an address is ours, `reserve` whether the disk has room.

    `refused` is told of each 4xx and 5xx reply: the client's address, and the reply.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        accept: Accept,
        recipients: Recipients,
        reserve: Reserve,
        now: Callable[[], datetime] = utc_now,
        refused: Callable[[str, str], None] = _nobody_hears,
    ) -> None:
        self._intake = Intake(settings, accept, recipients, reserve, now, refused)
        self._traffic = Traffic(settings)
        self._live: set[Connection] = set()
        self._handshakes: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []
        self._path: Path | None = None

    @property
    def ports(self) -> list[int]:
        """The TCP ports that are listened on."""
        names = [sock.getsockname() for server in self._servers for sock in server.sockets]
        return [name[1] for name in names if isinstance(name, tuple)]

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return self._traffic.connections

    async def open(self, where: Where) -> None:
        """Listen at (host, port), at a Unix path, or on sockets that are bound already; "" is every address we have."""
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # below it aiosmtpd logs everybody's addresses
        match where:
            case Path():
                self._path = where
                await self._serve(sock=_bind_path(where))
            case (str(), 25) if self._intake.settings.protocol == "lmtp":
                raise ValueError("LMTP may not be served on port 25 (RFC 2033 section 5)")
            case (str(host), int(port)):
                await self._serve(host=host or None, port=port)
            case _:
                for sock in where:
                    await self._serve(sock=sock)

    def use_tls(self, context: ssl.SSLContext) -> None:
        """A new certificate for connections from now on; the sockets stay open and lose no client."""
        self._intake = replace(self._intake, settings=replace(self._intake.settings, tls=context))

    async def drain(self, seconds: float) -> None:
        """Stop accepting; returns when all sessions and commits have ended, or after `seconds`."""
        await stop_accepting(self._servers)
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._traffic.closing = True
        for handshake in self._handshakes:
            handshake.cancel()
        for connection in list(self._live):
            connection.leave()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._all_ended()
        for connection in list(self._live):
            connection.abort()

    async def _all_ended(self) -> None:
        while self._live:
            await asyncio.wait([connection.lost for connection in self._live])
        if self._traffic.commits:
            await asyncio.wait(self._traffic.commits)

    async def _serve(self, **at: Any) -> None:
        """Accept at a host and port, or on a socket (create_server's `host` and `port`, or `sock`)."""
        self._servers.append(await asyncio.get_running_loop().create_server(self._session, **at, backlog=BACKLOG))

    def _session(self) -> asyncio.BaseProtocol:
        kind = SmtpSession if self._intake.settings.protocol == "smtp" else LmtpSession
        session = kind(self._intake, self._traffic, self._live)
        return Doorway(session, self._handshakes) if self._intake.settings.implicit_tls else session


async def stop_accepting(servers: Sequence[asyncio.Server]) -> None:
    """Close them; who is being accepted just then still gets a session.

    asyncio closes a server at once, and then forgets a connection that it has accepted and not yet given to anybody.
    """
    loop = asyncio.get_running_loop()
    for server in servers:
        for sock in server.sockets:
            loop.remove_reader(sock)
    for _ in ("the transport is made", "its protocol hears of it"):
        await asyncio.sleep(0)
    for server in servers:
        server.close()


def _bind_path(path: Path) -> socket.socket:
    """A Unix socket; one that a dead process has left behind gives way."""
    if path.is_socket():
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(path))
    except OSError:
        sock.close()
        raise
    return sock

"""The doorway of a listener whose clients begin with TLS: a client is counted before the handshake, not behind it.

asyncio's own TLS server tells of a connection once the handshake is done, so whoever never makes one costs memory for
as long as a handshake may take, and is in no limit. Here a connection has its place, or is closed, before anything is
read; its session begins with the handshake's end. A handshake that fails or takes too long ends the connection.
"""

import asyncio
import socket
from contextlib import suppress
from typing import cast

from helpdeskd.mail.smtp_connection import Connection
from helpdeskd.mail.smtp_limits import address_of

HANDSHAKE_SECONDS = 30


class Doorway(asyncio.Protocol):
    """Leads one connection to its session. `handshakes` holds what is under way, to be cancelled by the listener."""

    def __init__(self, session: Connection, handshakes: set[asyncio.Task[None]]) -> None:
        self._session, self._handshakes = session, handshakes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing is read here: a copy of the socket goes on, and is all that is left of the connection."""
        plain = cast(asyncio.Transport, transport)
        plain.pause_reading()
        if self._session.knock(address_of(transport.get_extra_info("peername"))):
            self._session.count_out()
            plain.abort()
            return
        client = transport.get_extra_info("socket").dup()
        plain.abort()
        handshake = asyncio.ensure_future(self._lead(client))
        self._handshakes.add(handshake)
        handshake.add_done_callback(self._handshakes.discard)

    async def _lead(self, client: socket.socket) -> None:
        loop, context = asyncio.get_running_loop(), self._session.intake.settings.tls
        try:
            with suppress(OSError):
                await loop.connect_accepted_socket(
                    lambda: self._session, client, ssl=context, ssl_handshake_timeout=HANDSHAKE_SECONDS
                )
        finally:
            if self._session.transport is None:
                self._session.count_out()

"""Hands finished bytes to the smarthost: one mail, one recipient, one answer (RFC 5321, spec "Out").

`Courier.deliver` takes an envelope and raw bytes and returns Sent, Later, Failed or Uncertain; nothing is raised for
what a server or the network does. Raw goes out as it is but for dot-stuffing; bytes that are not lines ended by CRLF
are refused, because a bare CR or LF lets a text smuggle a second mail.

It keeps one connection: opened when the first mail comes, opened again once if the server closed it meanwhile, closed
after a pause or a number of mails. A cancelled delivery closes the connection; its mail is then as uncertain as after
a crash.
"""

import asyncio

from helpdeskd.mail.delivery import Failed, Later, Result, SmarthostSettings
from helpdeskd.mail.smarthost_session import SmarthostSession, open_session


class Courier:
    """The one way out. Deliveries through one courier follow each other; it belongs to one event loop."""

    def __init__(self, settings: SmarthostSettings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._session: SmarthostSession | None = None
        self._mails = 0
        self._idle: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    async def deliver(self, sender: str, recipient: str, raw: bytes) -> Result:
        """Send raw to one recipient; `sender` is the reverse-path, "" for the null one."""
        if not raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n") or not raw.endswith(b"\r\n"):
            return Failed("not sent: a line of the mail does not end in CRLF", "5.6.0")
        async with self._lock:
            self._stop_idling()
            try:
                return await self._deliver(sender, recipient, raw)
            except BaseException:
                self._drop()
                raise
            finally:
                self._start_idling()

    async def close(self) -> None:
        """Take leave of the server, if there is a connection. The next delivery opens a new one."""
        async with self._lock:
            self._stop_idling()
            session, self._session = self._session, None
            if session is not None:
                await session.quit()

    async def _deliver(self, sender: str, recipient: str, raw: bytes) -> Result:
        kept = await self._kept()
        if kept is not None and (result := await self._transact(kept, sender, recipient, raw)):
            return result
        opened = await open_session(self._settings)
        if isinstance(opened, Later):
            return opened
        self._session, self._mails = opened, 0
        result = await self._transact(opened, sender, recipient, raw)
        return result or Later(f"{self._settings} was lost before the mail", "4.4.2")

    async def _transact(self, session: SmarthostSession, sender: str, recipient: str, raw: bytes) -> Result | None:
        self._mails += 1
        result = await session.transact(sender, recipient, raw)
        if result is None:
            self._drop()
        return result

    async def _kept(self) -> SmarthostSession | None:
        """The session of the last mail, if it is still good for another."""
        if self._session is not None and self._mails >= self._settings.mails_per_connection:
            await self._session.quit()
        if self._session is not None and not self._session.is_connected:
            self._drop()
        return self._session

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.abandon()

    def _start_idling(self) -> None:
        if self._session is not None:
            self._idle = asyncio.get_running_loop().call_later(self._settings.idle_seconds, self._idled)

    def _stop_idling(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _idled(self) -> None:
        self._closing = asyncio.ensure_future(self.close())

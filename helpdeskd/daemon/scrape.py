"""Where the figures are read: HTTP/1.1 with one page, /metrics, on a local port or a Unix socket.

In: GET or HEAD, at most `MOST` readers at a time, each with `SECONDS` for all of it; whoever is slower, talks longer
than `LONGEST` bytes or asks for something else gets no page. Nothing that a reader sends is kept, logged or passed on.
The page is made by `metrics`, which no reader can make work more often than it wants to. Raises OSError when the
address cannot be opened.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from helpdeskd.daemon.exposition import CONTENT_TYPE
from helpdeskd.mail.smtp_intake import Where, stop_accepting

PATH = "/metrics"
MOST, SECONDS, LONGEST = 16, 10.0, 8192
GROUP_MAY_READ = 0o660
Page = Callable[[], Awaitable[bytes]]


class Scrapes:
    """Serves `page` from `open` to `close`."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._readers: set[asyncio.StreamWriter] = set()

    async def open(self, where: Where) -> None:
        """Listen at a host and port, or at a path, for the owner and the group of the daemon."""
        match where:
            case Path():
                self._server = await asyncio.start_unix_server(self._serve, where, limit=LONGEST)
                where.chmod(GROUP_MAY_READ)
                self._path = where
            case (str(host), int(port)):
                self._server = await asyncio.start_server(self._serve, host, port, limit=LONGEST)

    async def close(self) -> None:
        """Serve nobody any more, at once."""
        if self._server is not None:
            await stop_accepting([self._server])
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        for writer in self._readers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._readers) >= MOST:
            writer.transport.abort()
            return
        self._readers.add(writer)
        try:
            async with asyncio.timeout(SECONDS):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._answer(request))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.transport.abort()
            self._readers.discard(writer)

    async def _answer(self, request: bytes) -> bytes:
        match request.partition(b"\r\n")[0].decode("latin-1").split():
            case ["GET" | "HEAD" as method, target, "HTTP/1.0" | "HTTP/1.1"] if target.partition("?")[0] == PATH:
                page = await self._page()
                head = _head(HTTPStatus.OK, CONTENT_TYPE, len(page))
                return head + page if method == "GET" else head
            case ["GET" | "HEAD", _, "HTTP/1.0" | "HTTP/1.1"]:
                return _head(HTTPStatus.NOT_FOUND)
            case [_, _, "HTTP/1.0" | "HTTP/1.1"]:
                return _head(HTTPStatus.METHOD_NOT_ALLOWED)
        return _head(HTTPStatus.BAD_REQUEST)


def _head(status: HTTPStatus, kind: str = "text/plain", length: int = 0) -> bytes:
    allowed = ["Allow: GET, HEAD"] if status is HTTPStatus.METHOD_NOT_ALLOWED else []
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", f"Content-Type: {kind}", f"Content-Length: {length}", *allowed]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()

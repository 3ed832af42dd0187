"""A smarthost that fails a part of what it is asked, at random: it keeps the Message-IDs it has taken, and no mail.

Of each stage it fails `share`: hangs up instead of a greeting, refuses a recipient for now, refuses after the final dot
for now, or takes the mail and hangs up without a word. `taken` counts by Message-ID what it has taken, `cut` how often
without a word; `steady` ends the failures.
"""

import asyncio
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from helpdeskd.mail.smtp_intake import stop_accepting

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
LARGEST = 1 << 26
REPLIES = {
    "EHLO": b"250-sink.example\r\n250 8BITMIME\r\n", "MAIL": b"250 ok\r\n", "RCPT": b"250 ok\r\n",
    "DATA": b"354 go on\r\n", "RSET": b"250 ok\r\n", "NOOP": b"250 ok\r\n", "QUIT": b"221 bye\r\n",
}  # fmt: skip
NOT_NOW = b"450 4.3.0 not now\r\n"


class ShakySink:
    """Listens on `port` as long as `shaky_sink` lasts."""

    def __init__(self, share: float, seed: int) -> None:
        self.taken: Counter[str] = Counter()
        self.cut: Counter[str] = Counter()
        self.failures = 0
        self._share, self._draw = share, random.Random(seed)

    def steady(self) -> None:
        self._share = 0.0

    def fails(self) -> bool:
        """Whether this time; a mail has four chances to fail."""
        failed = self._draw.random() < self._share / 4
        self.failures += failed
        return failed

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not self.fails():
                await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink.example ESMTP\r\n")
        while word := (await reader.readline())[:4].decode("ascii", "replace").upper():
            failed = word == "RCPT" and self.fails()
            writer.write(NOT_NOW if failed else REPLIES.get(word, b"502 no such command\r\n"))
            if word == "QUIT":
                return
            if word == "DATA":
                await writer.drain()
                writer.write(self._answer(await reader.readuntil(b"\r\n.\r\n")))
            await writer.drain()

    def _answer(self, raw: bytes) -> bytes:
        """Raises ConnectionError for none."""
        if self.fails():
            return NOT_NOW
        found = MESSAGE_ID.search(raw)
        assert found
        name = found[1].decode()
        self.taken[name] += 1
        if self.fails():
            self.cut[name] += 1
            raise ConnectionError
        return b"250 taken\r\n"


@contextmanager
def shaky_sink(share: float, seed: int = 1) -> Iterator[tuple[ShakySink, int]]:
    """In a thread of its own; with its port."""
    sink, loop = ShakySink(share, seed), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listening = asyncio.start_server(sink.serve, "127.0.0.1", 0, limit=LARGEST)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result(10)
    try:
        yield sink, server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(stop_accepting([server]), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        # Each has begun by now, and closes its connection when it is cancelled.
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
        loop.close()

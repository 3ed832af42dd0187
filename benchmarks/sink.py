"""A smarthost in a process of its own that takes everything and keeps nothing: `python -m benchmarks.sink`.

Writes its port as a line to standard output. For each line on its standard input it writes one JSON object: how many
mails it has taken, and when the first answer to each Message-ID came (of the clock that all processes share). It ends
with its standard input.
"""

import asyncio
import json
import re
import sys
import time

ANSWERS = re.compile(rb"^In-Reply-To:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
END = b"\r\n.\r\n"
GREETING = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 100000000\r\n"
REPLIES = {b"EHLO": GREETING, b"HELO": b"250 sink.example\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class Taken:
    """What has come so far."""

    def __init__(self) -> None:
        self.mails = 0
        self.answered: dict[str, float] = {}

    def add(self, raw: bytes) -> None:
        self.mails += 1
        if found := ANSWERS.search(raw):
            self.answered.setdefault(found[1].decode("ascii", "replace"), time.monotonic())


class Session(asyncio.Protocol):
    """Answers each line of a block at once, so that a client may send several."""

    def __init__(self, taken: Taken) -> None:
        self._taken, self._read, self._in_data, self._looked = taken, bytearray(), False, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._read += data
        while self._mail() if self._in_data else self._line():
            pass

    def _line(self) -> bool:
        line, end, rest = self._read.partition(b"\r\n")
        if not end:
            return False
        self._read = rest
        word = bytes(line[:4]).upper()
        self._in_data, self._looked = word == b"DATA", 0
        self._transport.write(REPLIES.get(word, b"250 ok\r\n"))
        if word == b"QUIT":
            self._transport.close()
        return True

    def _mail(self) -> bool:
        end = self._read.find(END, self._looked)
        if end < 0:
            self._looked = max(0, len(self._read) - len(END))
            return False
        self._taken.add(bytes(self._read[: end + 2]))
        self._read = self._read[end + len(END) :]
        self._in_data = False
        self._transport.write(b"250 taken\r\n")
        return True


async def main() -> None:
    """Serve and tell, until the end of standard input."""
    taken, loop = Taken(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(taken), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps({"mails": taken.mails, "answered": taken.answered}), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())

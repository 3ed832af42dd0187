"""A client in a process of its own that costs little: sends the mix, or other mails, to a listener of this machine.

    python -m benchmarks.client PORTS ROUNDS [--sessions N] [--kinds KINDS] [--run NAME] [--per-second R]

PORTS are shared by the sessions, ROUNDS are how many mails each round has (both with commas). Each session is a
connection that is kept, with commands in one block where the server takes that (RFC 2920), as a relay does. When all
sessions are greeted and the mails are made, a line is written to standard output; a line on standard input begins each
round, and at its end one JSON object is written: the seconds from the first MAIL FROM to the last 250, and for each
mail, by its Message-ID, the time of its final dot (of the clock that all processes share) and the seconds until it was
answered. Fails where a mail is not answered 250.
"""

import argparse
import json
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from threading import Lock

from benchmarks.mix import KINDS, SUPPORT, Mail, mails

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 120.0
Times = dict[str, tuple[float, float]]


class Session:
    """A kept connection. Raises OSError for any answer but the one that is right."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        self._replies = self._socket.makefile("rb")
        self._expect(b"220")
        self._socket.sendall(b"EHLO client.example\r\n")
        self._pipelining = b"PIPELINING" in self._expect(b"250")

    def send(self, mail: Mail) -> tuple[float, float]:
        """When its final dot went out, and the seconds until it was answered."""
        commands = b"MAIL FROM:<%b>\r\n" % mail.sender.encode(), b"RCPT TO:<%b>\r\n" % SUPPORT.encode(), b"DATA\r\n"
        if self._pipelining:
            self._socket.sendall(b"".join(commands))
        for command, code in zip(commands, (b"250", b"250", b"354"), strict=True):
            if not self._pipelining:
                self._socket.sendall(command)
            self._expect(code)
        for piece in mail.pieces:
            self._socket.sendall(piece)
        self._socket.sendall(b".\r\n")
        end = time.monotonic()
        self._expect(b"250")
        return end, time.monotonic() - end

    def close(self) -> None:
        self._socket.sendall(b"QUIT\r\n")
        self._expect(b"221")
        self._socket.close()

    def _expect(self, code: bytes) -> bytes:
        read = b""
        while True:
            line = self._replies.readline()
            read += line
            if line[3:4] != b"-":
                break
        if not line.startswith(code):
            raise OSError(f"answered {line!r}, not {code!r}")
        return read


class Source:
    """Hands out the mails in their order to all sessions, `per_second` at most (0: as fast as they are asked for)."""

    def __init__(self, made: list[Mail], per_second: float) -> None:
        self._mails, self._pause = iter(made), 1 / per_second if per_second else 0.0
        self._lock, self._next = Lock(), time.monotonic()

    def __iter__(self) -> Iterator[Mail]:
        while (mail := self._take()) is not None:
            yield mail

    def _take(self) -> Mail | None:
        with self._lock:
            self._next += self._pause
            if self._pause:
                time.sleep(max(0.0, self._next - time.monotonic()))
            return next(self._mails, None)


def main() -> None:
    """Connect, then send and tell, round by round, each at the word."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client", description="Send mails to a listener.")
    parser.add_argument("ports", type=_numbers)
    parser.add_argument("rounds", type=_numbers)
    parser.add_argument("--sessions", type=int, default=16)
    parser.add_argument("--kinds", choices=KINDS, default="mix")
    parser.add_argument("--run", default="a", help="stands in every Message-ID")
    parser.add_argument("--per-second", type=float, default=0.0)
    args = parser.parse_args()
    kinds = KINDS[args.kinds]
    rounds = [list(mails(count, kinds, run=f"{args.run}{place}")) for place, count in enumerate(args.rounds)]
    sessions = [Session(port) for port, _ in zip(cycle(args.ports), range(args.sessions), strict=False)]
    print("ready", flush=True)
    with ThreadPoolExecutor(args.sessions) as threads:
        for made in rounds:
            sys.stdin.readline()
            begin = time.monotonic()
            source = Source(made, args.per_second)
            several = list(threads.map(lambda session, source=source: _send_all(session, source), sessions))
            seconds = time.monotonic() - begin
            sent = {name: at for times in several for name, at in times.items()}
            print(json.dumps({"seconds": seconds, "sent": sent}), flush=True)
    for session in sessions:
        session.close()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _send_all(session: Session, source: Source) -> Times:
    return {mail.message_id: session.send(mail) for mail in source}


if __name__ == "__main__":
    main()

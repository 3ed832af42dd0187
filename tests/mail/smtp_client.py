"""A house that takes mail and remembers it, and a client that says exactly what it is told to say."""

import asyncio
import contextlib
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpdeskd.domain.message import Envelope
from helpdeskd.mail.smtp_intake import Listener
from helpdeskd.mail.smtp_settings import SmtpSettings
from helpdeskd.mail.smtp_trace import as_sent

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OURS = ("support@example.org", "sales@example.org", "søren@example.org")
MAIL = b"Subject: Printer\r\n\r\nIt is on fire.\r\n"


@dataclass
class House:
    """What a listener hands its mail to. `fault` is raised by commits; `gate` holds them back until it is set."""

    mails: list[tuple[Sequence[Envelope], bytes]] = field(default_factory=list)
    fault: Exception | None = None
    gate: asyncio.Event | None = None
    room: bool = True
    refusals: list[tuple[str, str]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, envelopes: Sequence[Envelope], raw: bytes) -> None:
        self.arrived.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        self.mails.append((envelopes, raw))

    def is_ours(self, address: str) -> bool:
        return address in OURS

    def has_room(self) -> bool:
        return self.room

    @property
    def contents(self) -> list[bytes]:
        """The mails as their senders sent them."""
        return [as_sent(raw) for _, raw in self.mails]

    def listener(self, **settings: Any) -> Listener:
        described = SmtpSettings(**{"hostname": "mx.example.org", "account": "front door", **settings})
        return Listener(
            described,
            self.accept,
            lambda address: self.is_ours(address),
            lambda: self.has_room(),
            lambda: NOW,
            lambda *told: self.refusals.append(told),
        )


class Client:
    """A raw connection. Replies are text without the last CRLF."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *lines: str) -> None:
        await self.send_raw("".join(f"{line}\r\n" for line in lines).encode())

    async def send_raw(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def reply(self) -> str:
        """One whole reply; "" when the server has closed."""
        lines = []
        while True:
            line = (await self.reader.readline()).decode().rstrip("\r\n")
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    async def say(self, line: str) -> str:
        await self.send(line)
        return await self.reply()

    async def say_all(self, *lines: str) -> list[str]:
        return [await self.say(line) for line in lines]

    async def begin(self, *recipients: str, greeting: str = "EHLO client.example") -> None:
        """Everything up to the 354 of DATA, for support@ if nobody is named."""
        commands = [greeting, "MAIL FROM:<anna@customer.example>"]
        commands += [f"RCPT TO:<{recipient}>" for recipient in recipients or OURS[:1]]
        for reply in await self.say_all(*commands):
            assert reply.startswith("250"), reply
        assert (await self.say("DATA")).startswith("354")

    async def deliver(self, content: bytes, *recipients: str, greeting: str = "EHLO client.example") -> str:
        """One mail with the given wire content (dots stuffed already); the first reply to it."""
        await self.begin(*recipients, greeting=greeting)
        await self.send_raw(content + b".\r\n")
        return await self.reply()

    async def last_replies(self) -> str:
        """All that still comes until the server closes, also where it resets the connection."""
        got = b""
        with contextlib.suppress(ConnectionError):
            while block := await self.reader.read(4096):
                got += block
        return got.decode()

    def reset(self) -> None:
        """Be gone at once, as after a crash (RST)."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def start_tls(self) -> None:
        await self.writer.start_tls(trusting_context())


@contextlib.asynccontextmanager
async def connected(listener: Listener, tls: ssl.SSLContext | None = None) -> AsyncIterator[Client]:
    """A client that has not read the greeting yet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.ports[0], ssl=tls)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def open_door(house: House, **settings: Any) -> AsyncIterator[Listener]:
    """A listener on a free port of the loopback."""
    listener = house.listener(**settings)
    await listener.open(("127.0.0.1", 0))
    try:
        yield listener
    finally:
        await listener.drain(1)


@contextlib.asynccontextmanager
async def greeted(house: House, **settings: Any) -> AsyncIterator[Client]:
    """A client that was greeted by a listener of its own."""
    async with open_door(house, **settings) as listener, connected(listener) as client:
        assert (await client.reply()).startswith("220 mx.example.org ")
        yield client


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something is so."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


def trusting_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def server_context(folder: Path, name: str = "mx.example.org") -> ssl.SSLContext:
    """A server's context with a new self-signed certificate."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", f"/CN={name}", "-days", "2", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context

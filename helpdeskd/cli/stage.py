"""The stage of the demo: mails as people's mail clients would write them, the smarthost that shows what goes out, and
the printing. Real SMTP on loopback both ways.
"""

import asyncio
import smtplib
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr

from helpdeskd.cli.scenes import Scene
from helpdeskd.domain.message import Envelope
from helpdeskd.domain.message import Message as Read
from helpdeskd.mail.parse import parse
from helpdeskd.mail.smtp_intake import Listener
from helpdeskd.mail.smtp_settings import SmtpSettings
from helpdeskd.storage.inbox import Received

WIDTH = 96
LINES = 14
TOKEN_SHOWN = 24
MARGIN = "      | "


@dataclass(frozen=True, slots=True)
class Seen:
    """A mail that the smarthost was handed."""

    envelope: Envelope
    raw: bytes
    message: Read


class Smarthost:
    """Takes every mail and shows it."""

    def __init__(self, screen: "Screen") -> None:
        self._screen = screen
        self.seen: list[Seen] = []

    async def open(self, port: int) -> Listener:
        settings = SmtpSettings("smarthost.desk.example", account="smarthost")
        listener = Listener(settings, self._accept, lambda _address: True, lambda: True)
        await listener.open(("127.0.0.1", port))
        return listener

    def newest(self, address: str) -> list[Seen]:
        """What was sent to an address, the newest first."""
        return [mail for mail in reversed(self.seen) if mail.envelope.forward_path == address]

    async def _accept(self, envelopes: Sequence[Envelope], raw: bytes) -> None:
        mail = Seen(envelopes[0], raw, parse(raw))
        self.seen.append(mail)
        self._screen.sent(mail)


class Screen:
    """What the onlooker sees."""

    def __init__(self, colour: bool | None = None) -> None:
        self._colour = sys.stdout.isatty() if colour is None else colour

    def title(self, at: datetime, text: str) -> None:
        print(f"\n{self._bright(f'{at:%A %H:%M}  {text}')}", flush=True)

    def received(self, forward_path: str, message: Read) -> None:
        """A mail that comes in."""
        sender = message.from_.address if message.from_ else "nobody"
        self._mail("IN ", f"{sender} to {_short(forward_path)}", message)

    def decided(self, row: Received) -> None:
        """What became of a mail that came in."""
        fate = f"{row.fate} {row.reference}".strip() + (f" ({row.reason})" if row.reason else "")
        print(f"      -> {fate}", flush=True)

    def sent(self, mail: Seen) -> None:
        """A mail that went out."""
        self._mail("OUT", f"to {mail.envelope.forward_path}", mail.message)

    def _mail(self, way: str, who: str, message: Read) -> None:
        print(f"  {self._bright(way)} {who}: {message.subject}", flush=True)
        lines = [line for part in message.text.strip().splitlines() for line in textwrap.wrap(part, WIDTH) or [""]]
        shown = lines[:LINES] + ([f"… {len(lines) - LINES} more lines"] if len(lines) > LINES else [])
        print(*(MARGIN + line for line in shown), sep="\n", flush=True)

    def _bright(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self._colour else text


def _short(address: str) -> str:
    """An address with its token cut short."""
    local, _, domain = address.partition("@")
    return f"{local[:TOKEN_SHOWN]}…@{domain}" if len(local) > TOKEN_SHOWN else address


def written(scene: Scene, at: datetime, answered: Seen | None) -> tuple[str, str, bytes]:
    """Reverse-path, forward-path and bytes of a scene's mail."""
    if scene.bounces:
        assert answered is not None
        return "", answered.envelope.reverse_path or "", _report(scene, at, answered)
    mail = _head(scene, at)
    to = scene.to
    if answered is not None:
        to = parseaddr(answered.message.header("Reply-To"))[1] or parseaddr(answered.message.header("From"))[1]
        _as_reply(mail, answered.message)
    mail["To"] = to
    quoted = "" if answered is None else _quote(answered.message)
    mail.set_content(scene.text + "\n" + quoted)
    return parseaddr(scene.sender)[1], to, mail.as_bytes()


async def hand_over(port: int, reverse_path: str, forward_path: str, raw: bytes) -> None:
    """Send a mail to the desk over SMTP."""
    await asyncio.to_thread(_smtp, port, reverse_path, forward_path, raw)


def _smtp(port: int, reverse_path: str, forward_path: str, raw: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail(reverse_path, [forward_path], raw)


def _head(scene: Scene, at: datetime) -> EmailMessage:
    mail = EmailMessage(SMTP)
    mail["From"] = scene.sender
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = make_msgid(domain=parseaddr(scene.sender)[1].partition("@")[2])
    if scene.subject:
        mail["Subject"] = scene.subject
    for name, value in scene.headers:
        mail[name] = value
    return mail


def _as_reply(mail: Message, original: Read) -> None:
    mail["Subject"] = f"Re: {original.subject.removeprefix('Re: ')}"
    mail["In-Reply-To"] = original.message_id
    mail["References"] = " ".join((*original.references, original.message_id))


def _quote(original: Read) -> str:
    sender = original.from_.name if original.from_ else ""
    lines = (f"> {line}".rstrip() for line in original.text.strip().splitlines())
    return "\n".join(("", f"On {original.header('Date')}, {sender} wrote:", "", *lines, ""))


def _report(scene: Scene, at: datetime, failed: Seen) -> bytes:
    """A delivery report (RFC 3464) about a mail of ours."""
    recipient = failed.envelope.forward_path
    head = (
        f"From: {scene.sender}\nTo: {failed.envelope.reverse_path}\nDate: {format_datetime(at)}\n"
        "Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=report"\n\n'
    )
    parts = (
        f"Content-Type: text/plain\n\n{scene.text}\n",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.bakery.example\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.2.2\n"
        "Diagnostic-Code: smtp; 552 5.2.2 mailbox full\n",
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: {failed.message.message_id}\n",
    )
    body = "".join(f"--=report\n{part}\n" for part in parts) + "--=report--\n"
    return (head + body).replace("\n", "\r\n").encode()

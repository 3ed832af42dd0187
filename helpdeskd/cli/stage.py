"""The stage of the demo: mails as people's mail clients would write them, the smarthost that takes what goes out, and
the printing. Real SMTP on loopback both ways.

What is shown of a mail is what a reader looks at: without quotes, our marker line, footers and empty lines, and not
more than a dozen lines: the first ones and the last.
"""

import asyncio
import re
import smtplib
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from itertools import takewhile

from helpdeskd.cli.scenes import Scene
from helpdeskd.domain.message import Envelope, Message
from helpdeskd.mail.parse import parse
from helpdeskd.mail.smtp_intake import Listener
from helpdeskd.mail.smtp_settings import SmtpSettings
from helpdeskd.storage.inbox import Received
from helpdeskd.triage.quoting import MARKER_TOKEN, new_text

WIDTH = 96
FIRST, LAST = 8, 3
TOKEN_SHOWN = 10
SMTP_SECONDS = 10
FOOTER = "---"
QUOTED_TWICE = re.compile(r"> ?>|> .* wrote:$")
OPENING = (
    "IN is a mail that comes to the desk, -> what becomes of it, OUT a mail that the desk sends. "
    "Shown without quotes and footers."
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A mail that the smarthost was handed."""

    envelope: Envelope
    message: Message


class Smarthost:
    """Takes every mail and keeps it, in the order in which they came."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    async def open(self, port: int) -> Listener:
        """Listen at a port of 127.0.0.1. Raises OSError."""
        settings = SmtpSettings("smarthost.desk.example", account="smarthost")
        listener = Listener(settings, self._accept, lambda _address: True, lambda: True)
        await listener.open(("127.0.0.1", port))
        return listener

    def newest(self, address: str) -> list[Seen]:
        """What was sent to an address, the newest first."""
        return [mail for mail in reversed(self.seen) if mail.envelope.forward_path == address]

    async def _accept(self, envelopes: Sequence[Envelope], raw: bytes) -> None:
        self.seen.append(Seen(envelopes[0], parse(raw)))


class Screen:
    """What the onlooker sees."""

    def __init__(self) -> None:
        self._bold = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
        self._last: list[str] = []

    def opening(self) -> None:
        print(OPENING, flush=True)

    def title(self, at: datetime, text: str) -> None:
        print(f"\n{self._bright(f'{at:%A %H:%M}  {text}')}", flush=True)

    def received(self, row: Received) -> None:
        """A mail that came in, and what became of it."""
        message = parse(row.raw)
        sender = message.from_.address if message.from_ else "nobody"
        self._mail("IN ", f"{sender} to {_short(row.envelope.forward_path)}", message, incoming(message))
        print(f"      -> {' '.join(filter(None, (row.fate, row.reference)))}: {row.reason}", flush=True)

    def sent(self, mail: Seen, notice: str) -> None:
        """A mail that went out; one that several people get is shown once."""
        lines = outgoing(mail.message)
        shown = ["(the same)"] if lines == self._last else lines
        self._mail("OUT", f"{notice} to {mail.envelope.forward_path}", mail.message, shown)
        self._last = lines

    def _mail(self, way: str, who: str, message: Message, lines: list[str]) -> None:
        print(f"  {self._bright(way)} {who}: {message.subject}", flush=True)
        print(*(f"      | {line}" for line in _short_of(lines)), sep="\n", flush=True)

    def _bright(self, text: str) -> str:
        return text.join(self._bold)


def incoming(message: Message) -> list[str]:
    """What a mail says that is new."""
    return list(_wrapped(new_text(message.text).splitlines()))


def outgoing(message: Message) -> list[str]:
    """What a mail of ours says, without marker line, footer, and what was quoted before."""
    body = takewhile(lambda line: line != FOOTER, message.text.strip().splitlines())
    return list(_wrapped(line for line in body if MARKER_TOKEN not in line and not QUOTED_TWICE.match(line)))


def _wrapped(lines: Sequence[str] | Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.strip(" >"):
            yield from textwrap.wrap(line, WIDTH, subsequent_indent="    ")


def _short_of(lines: list[str]) -> list[str]:
    left_out = len(lines) - FIRST - LAST
    return [*lines[:FIRST], f"… {left_out} lines", *lines[-LAST:]] if left_out > 1 else lines


def _short(address: str) -> str:
    """An address with its token cut short."""
    local, _, domain = address.partition("@")
    name, plus, token = local.partition("+")
    return f"{name}{plus}{token[:TOKEN_SHOWN]}…@{domain}" if len(token) > TOKEN_SHOWN else address


@dataclass(frozen=True, slots=True)
class Written:
    """A mail of somebody's, ready to be handed over."""

    reverse_path: str
    forward_path: str
    raw: bytes


def written(scene: Scene, at: datetime, answered: Seen | None) -> Written:
    """The mail of a scene."""
    if scene.bounces:
        assert answered is not None
        return Written("", answered.envelope.reverse_path or "", _report(scene, at, answered))
    mail, quoted = _head(scene, at), ""
    to = scene.to
    if answered is not None:
        to = parseaddr(answered.message.header("Reply-To"))[1] or parseaddr(answered.message.header("From"))[1]
        _as_reply(mail, answered.message)
        quoted = _quote(answered.message)
    mail["To"] = to
    mail.set_content(f"{scene.text}\n{quoted}")
    return Written(parseaddr(scene.sender)[1], to, mail.as_bytes())


async def hand_over(port: int, mail: Written) -> None:
    """Send a mail to the desk over SMTP. Raises OSError."""
    await asyncio.to_thread(_smtp, port, mail)


def _smtp(port: int, mail: Written) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=SMTP_SECONDS) as client:
        client.sendmail(mail.reverse_path, [mail.forward_path], mail.raw)


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


def _as_reply(mail: EmailMessage, original: Message) -> None:
    mail["Subject"] = f"Re: {original.subject.removeprefix('Re: ')}"
    mail["In-Reply-To"] = original.message_id
    mail["References"] = " ".join((*original.references, original.message_id))


def _quote(original: Message) -> str:
    sender = original.from_.name if original.from_ else ""
    lines = (f"> {line}".rstrip() for line in original.text.strip().splitlines())
    return "\n".join(("", f"On {original.header('Date')}, {sender} wrote:", "", *lines, ""))


def _report(scene: Scene, at: datetime, failed: Seen) -> bytes:
    """A delivery report (RFC 3464) about a mail of ours."""
    head = (
        f"From: {scene.sender}\nTo: {failed.envelope.reverse_path}\nDate: {format_datetime(at)}\n"
        "Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=report"\n\n'
    )
    parts = (
        f"Content-Type: text/plain\n\n{scene.text}\n",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.bakery.example\n\n"
        f"Final-Recipient: rfc822; {failed.envelope.forward_path}\nAction: failed\nStatus: 5.2.2\n"
        "Diagnostic-Code: smtp; 552 5.2.2 mailbox full\n",
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: {failed.message.message_id}\n",
    )
    body = "".join(f"--=report\n{part}\n" for part in parts) + "--=report--\n"
    return (head + body).replace("\n", "\r\n").encode()

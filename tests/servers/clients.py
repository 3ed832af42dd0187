"""Mail programs of people, as they are installed: mutt, swaks and Python's own library, each with a Dovecot mailbox.

A client `writes` a new mail and `answers` one of its mailbox; both go to the desk by SMTP as from the relay that it
trusts, with that relay's verdict on the sender. What stands in an answer above (or below) the quote is given, the rest
is the program's doing. mutt reads its mailbox by IMAP and is driven through a terminal, as a person would; the others
answer what was fetched. A program that is not installed is told loudly (`process.program`).
"""

import os
import pty
import smtplib
import subprocess
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path

from helpdeskd.domain.message import Message
from helpdeskd.mail.parse import parse
from tests.mail_client import answer
from tests.servers.dovecot import Dovecot
from tests.servers.process import program

PATIENCE_SECONDS = 60

MUTTRC = """
set realname="{name}" from="{address}" use_from hostname="{domain}"
set smtp_url="smtp://127.0.0.1:{smtp}/"
set imap_user="{user}" imap_pass="{password}"
set folder="imap://127.0.0.1:{imap}/" spoolfile="imap://127.0.0.1:{imap}/INBOX"
set ssl_starttls=no ssl_force_tls=no
set record="" postponed="" header_cache="" tmpdir="{folder}" editor="{folder}/editor"
set autoedit fast_reply include=yes reply_to=yes abort_unmodified=no abort_nosubject=no quit=yes delete=no
set charset=utf-8 send_charset=utf-8 sort=mailbox-order wait_key=no beep=no
my_hdr Authentication-Results: {escaped}
"""


class Client(ABC):
    """A person's mail program. `smtp` is the desk's port, `folder` one of the program's own."""

    def __init__(self, name: str, address: str, smtp: int, server: Dovecot, folder: Path) -> None:
        self.name, self.address, self.smtp = name, address, smtp
        self.domain = address.partition("@")[2]
        self.verdict = f"relay.test; dmarc=pass header.from={self.domain}"
        self.server, self.user = server, server.new_user()
        self.folder = folder / self.user
        self.folder.mkdir()

    def receives(self, *mails: bytes) -> None:
        """What a server puts into the mailbox."""
        self.server.deliver(self.user, *mails)

    def reads(self) -> Message:
        """The newest mail of the mailbox."""
        return parse(self.server.mails(self.user)[-1])

    @abstractmethod
    def writes(self, to: str, subject: str, text: str) -> None:
        """Send a new mail."""

    @abstractmethod
    def answers(self, text: str, below: bool = False) -> None:
        """Answer the newest mail, quoting it; the text stands above the quote, or `below`."""


class Mutt(Client):
    def __init__(self, name: str, address: str, smtp: int, server: Dovecot, folder: Path) -> None:
        super().__init__(name, address, smtp, server, folder)
        self._program = program("mutt", "mutt")
        self._settings = self.folder / "muttrc"
        verdict = self.verdict.replace(";", r"\;")  # which would end the line
        settings = MUTTRC.format(**vars(self), escaped=verdict, imap=server.port, password=server.password)
        self._settings.write_text(settings)

    def writes(self, to: str, subject: str, text: str) -> None:
        command = [self._program, "-n", "-F", str(self._settings), "-s", subject, "--", to]
        done = subprocess.run(command, input=text, text=True, capture_output=True, timeout=PATIENCE_SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr

    def answers(self, text: str, below: bool = False) -> None:
        (self.folder / "text").write_text(f"{text}\n\n")
        parts = '"$1" "{0}"' if below else '"{0}" "$1"'
        editor = self.folder / "editor"
        editor.write_text(f'#!/bin/sh\ncat {parts.format(self.folder / "text")} >"$1.new" && mv "$1.new" "$1"\n')
        editor.chmod(0o700)
        keys = 'push "<last-entry><reply><send-message><quit>"'
        _at_a_terminal([self._program, "-n", "-F", str(self._settings), "-e", keys])


class Swaks(Client):
    def writes(self, to: str, subject: str, text: str) -> None:
        self._send(to, subject, text)

    def answers(self, text: str, below: bool = False) -> None:
        read = self.reads()
        to, subject, whole = answered(read, text, below)
        self._send(to, subject, whole, f"In-Reply-To: {read.message_id}", f"References: {read.message_id}")

    def _send(self, to: str, subject: str, text: str, *headers: str) -> None:
        fields = (f"Authentication-Results: {self.verdict}", f"From: {self.name} <{self.address}>", *headers)
        command = [program("swaks", "swaks"), "--server", f"127.0.0.1:{self.smtp}", "--from", self.address, "--to", to]
        command += ["--header", f"Subject: {subject}", "--body", text]
        command += [word for field in fields for word in ("--header", field)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr


class Library(Client):
    """smtplib and email of the standard library."""

    def writes(self, to: str, subject: str, text: str) -> None:
        self._send(to, subject, text)

    def answers(self, text: str, below: bool = False) -> None:
        read = self.reads()
        self._send(*answered(read, text, below), read.message_id)

    def _send(self, to: str, subject: str, text: str, in_reply_to: str = "") -> None:
        mail = EmailMessage(SMTP)
        mail["Authentication-Results"] = self.verdict
        mail["From"], mail["To"], mail["Subject"] = f"{self.name} <{self.address}>", to, subject
        mail["Message-ID"] = make_msgid(domain=self.domain)
        if in_reply_to:
            mail["In-Reply-To"] = mail["References"] = in_reply_to
        mail.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=PATIENCE_SECONDS) as smtp:
            smtp.send_message(mail, self.address, [to])


def answered(read: Message, text: str, below: bool) -> tuple[str, str, str]:
    """To whom, under which subject, and the whole text of an answer."""
    to, subject, whole = answer(read, text)
    quote = whole.removeprefix(text).strip("\n")
    return to, subject, f"{quote}\n\n{text}\n" if below else whole


def _at_a_terminal(command: list[str]) -> None:
    """Run a program that wants a terminal, until it ends. Fails with what it had on its screen."""
    ours, its = pty.openpty()
    screen: list[bytes] = []
    settings = {**os.environ, "TERM": "xterm", "LANG": "C.UTF-8", "LINES": "40", "COLUMNS": "120"}
    process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=settings, start_new_session=True)
    os.close(its)
    reader = threading.Thread(target=_drain, args=(ours, screen), daemon=True)
    reader.start()
    try:
        status = process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        status = process.wait()
    reader.join(PATIENCE_SECONDS)
    os.close(ours)
    assert status == 0, b"".join(screen).decode(errors="replace")


def _drain(terminal: int, screen: list[bytes]) -> None:
    with suppress(OSError):  # so a terminal says that nobody is at its other end
        while some := os.read(terminal, 4096):
            screen.append(some)

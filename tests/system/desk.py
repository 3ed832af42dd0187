"""A desk as it runs in earnest: `helpdeskd serve` as a process of its own, with a service manager that we play.

`RunningDesk(folder)` writes a configuration, `start` returns at READY=1. Mail goes in by `send`, over SMTP as from the
relay that the desk trusts; what the desk knows is asked by its own commands with --json. Everything is waited for by
its condition. The desk's standard error is kept in `log`, and shown when something that is waited for does not come.
"""

import contextlib
import io
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from helpdeskd.cli import main
from helpdeskd.domain.message import Message
from helpdeskd.mail.parse import parse
from tests.servers.process import children, free_ports, until

ANNA = "anna@bakery.example"
PIET = "piet@desk.example"
SUPPORT = "support@desk.example"
PATIENCE_SECONDS = 30.0
START_SECONDS = 90.0
"""A start is the most work that a desk does at once, and several may start beside each other on a busy machine."""

CONFIG = """
[desk]
name = "Helpdesk"
domain = "desk.example"
prefix = "HD"
language = "en"
plan = "standard"

[calendar.office]
zone = "Europe/Amsterdam"
open = {{ mon-sun = ["00:00-24:00"] }}

[plan.standard]
standard = "normal"
[[plan.standard.priority]]
name = "normal"
response = "4 hours"

[[queue]]
name = "support"
addresses = ["support@desk.example"]
team = "support"

[[relay]]
authserv_id = "relay.test"
networks = ["127.0.0.1"]

[caps]
address_hour = 10000
address_day = 10000
desk_hour = 10000

[[smtp]]
name = "mx"
listen = "127.0.0.1:{smtp}"
{listener}

[[lmtp]]
name = "local"
listen = "127.0.0.1:{lmtp}"

[smarthost]
host = "127.0.0.1"
port = {smarthost}
tls = "none"

[state]
folder = "state"

[[agent]]
name = "piet"
title = "Piet Jansen"
addresses = ["piet@desk.example"]
teams = ["support"]
# Tests count mails, and run at any hour.
no_digest = true

[[customer]]
name = "bakery"
title = "Bakkerij de Vries B.V."
[[customer.contact]]
name = "Anna de Vries"
addresses = ["anna@bakery.example"]
[[customer.contract]]
plan = "standard"
first_day = 2020-01-01
last_day = 2099-12-31
{extra}
"""


class RunningDesk:
    """A desk in a folder. `listener` are more lines of its SMTP listener, `extra` more tables."""

    def __init__(self, folder: Path, *, smarthost: int = 9, listener: str = "", extra: str = "") -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.state = folder / "state"
        (self.smtp, self.lmtp), self.smarthost = free_ports(2), smarthost
        text = CONFIG.format(smtp=self.smtp, lmtp=self.lmtp, smarthost=smarthost, listener=listener, extra=extra)
        self.config.write_text(text)
        self._log = folder / "log"
        self._log.touch()
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._manager.bind(str(folder / "notify"))
        self.notices: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    # Life.

    def start(self, environment: Mapping[str, str] | None = None, command: Sequence[str] = (), **options: Any) -> None:
        """Start, and wait until it is ready. `command` stands before the desk's own."""
        self.launch(environment, command, **options)
        assert self.hears("READY=1", START_SECONDS), self.log

    def launch(self, environment: Mapping[str, str] | None = None, command: Sequence[str] = (), **options: Any) -> None:
        self._listen()
        self.notices.clear()
        notify = {"NOTIFY_SOCKET": str(self.folder / "notify")}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, sys.executable, "-m", "helpdeskd", "serve", "--config", str(self.config)],
                env={**os.environ, **notify, **(environment or {})},
                stderr=log,
                **options,
            )

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal that ends the desk; its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        """End, whatever became of it."""
        if self.process is not None and self.process.poll() is None:
            assert self.kill(signal.SIGTERM) == 0, self.log
        self._manager.close()

    def restart(self) -> None:
        """As the service manager does after a crash."""
        assert self.process is not None
        if self.process.poll() is None:
            self.kill(signal.SIGTERM)
        self.start()

    def reload(self) -> str:
        """SIGHUP, and what the log says of it."""
        assert self.process is not None
        before = len(self.log)
        self.process.send_signal(signal.SIGHUP)
        assert until(lambda: "stage=reloaded" in self.log[before:], PATIENCE_SECONDS), self.log
        return self.log[before:]

    def hears(self, text: str, seconds: float = PATIENCE_SECONDS) -> bool:
        """Whether the desk tells its service manager this, now or within the time."""

        def heard() -> bool:
            self._listen()
            assert self.process is not None
            return any(text in notice for notice in self.notices) or self.process.poll() is not None

        return until(heard, seconds) and any(text in notice for notice in self.notices)

    def _listen(self) -> None:
        """Take in what a desk of ours has told so far, also one that has ended."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.notices.append(self._manager.recv(4096).decode())

    @property
    def log(self) -> str:
        return self._log.read_text()

    def logs(self, text: str) -> None:
        """Wait until the log says this."""
        assert until(lambda: text in self.log, PATIENCE_SECONDS), self.log

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def worker_pid(self) -> int:
        """The process of the worker that there is now, waited for."""
        found: list[int] = []

        def there() -> bool:
            found[:] = [pid for pid in children(self.pid) if "helpdeskd.daemon.child" in command_line(pid)]
            return bool(found)

        assert until(there, PATIENCE_SECONDS), self.log
        return found[0]

    def change(self, old: str, new: str) -> None:
        """Edit the configuration."""
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    # Mail.

    def send(self, raw: bytes, sender: str = ANNA, to: str = SUPPORT) -> None:
        """Hand over a mail, once. Raises what smtplib raises."""
        hand_over(self.smtp, raw, sender, to)

    def send_until_taken(self, raw: bytes) -> None:
        """Hand over a mail as a mail server does: again and again until it is taken."""

        def taken() -> bool:
            try:
                self.send(raw)
            except (OSError, smtplib.SMTPException):
                return False
            return True

        assert until(taken, PATIENCE_SECONDS), self.log

    # What the desk says of itself.

    def ask(self, *words: str) -> list[dict[str, Any]]:
        """What a command prints with --json."""
        status, printed = self.run(*words, "--json")
        assert status == 0, printed
        return [json.loads(line) for line in printed.splitlines()]

    def run(self, *words: str) -> tuple[int, bytes]:
        """Exit status and output of a command."""
        out = io.TextIOWrapper(io.BytesIO(), "utf-8")
        with contextlib.redirect_stdout(out):
            status = main([*words, "--config", str(self.config)])
        out.flush()
        return status, out.buffer.getvalue()

    def inbox(self) -> list[dict[str, Any]]:
        """The mails received, the oldest first."""
        return self.ask("inbox", "list", "--limit", "10000")[::-1]

    def outbox(self) -> list[dict[str, Any]]:
        """The mails to send, the oldest first."""
        return self.ask("outbox", "list", "--limit", "10000")[::-1]

    def audit(self) -> dict[str, Any]:
        """The audit, which must find no fault."""
        (report,) = self.ask("audit")
        assert report["faults"] == []
        return report

    def decides(self, mails: int = 1, seconds: float = PATIENCE_SECONDS) -> list[dict[str, Any]]:
        """Wait until so many mails have a fate, and none waits for one."""
        self._comes_true(lambda: len(rows := self.inbox()) >= mails and all(row["fate"] for row in rows), seconds)
        return self.inbox()

    def sends(self, mails: int, seconds: float = PATIENCE_SECONDS) -> list[dict[str, Any]]:
        """Wait until so many mails have been sent, and none waits to be."""
        self._comes_true(
            lambda: len(rows := self.outbox()) >= mails and all(row["status"] == "sent" for row in rows), seconds
        )
        return self.outbox()

    def _comes_true(self, condition: Callable[[], object], seconds: float) -> None:
        if not until(condition, seconds):
            pytest.fail(f"not within {seconds:g} s: inbox {self.inbox()}, outbox {self.outbox()}, log:\n{self.log}")

    def written(self, outbox_id: int) -> Message:
        """A mail of the outbox, as its recipient reads it."""
        return parse(self.run("outbox", "show", str(outbox_id))[1])


def mail(number: int = 1, subject: str = "Printer", text: str = "It is on fire.", proved: bool = True) -> bytes:
    """A mail of Anna's, as the relay hands it on: with its proof of the sender, unless told otherwise."""
    made = EmailMessage(SMTP)
    if proved:
        made["Authentication-Results"] = "relay.test; dmarc=pass header.from=bakery.example"
    made["From"], made["To"], made["Subject"] = f"Anna de Vries <{ANNA}>", SUPPORT, f"{subject} {number}"
    made["Message-ID"] = f"<{number}@bakery.example>"
    made.set_content(f"{text}\n\n{number}\n")
    return made.as_bytes()


def hand_over(port: int, raw: bytes, sender: str = ANNA, to: str = SUPPORT, seconds: float = PATIENCE_SECONDS) -> None:
    """Send a mail to a server of this machine, which may take so long for each answer. Raises what smtplib raises."""
    with smtplib.SMTP("127.0.0.1", port, timeout=seconds) as client:
        client.sendmail(sender, [to], raw)


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def proportional_mib(pid: int) -> float:
    """The memory of a process; what several share is divided among them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

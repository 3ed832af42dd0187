"""The desk that is measured: `helpdeskd serve` as it runs in earnest, with 200 contacts, in a folder of its own.

`new_desk` makes one, and `serving` runs it from READY=1 on. Mail goes in by SMTP, and the relay that hands it over has
proved its senders; caps are so high that nothing is held back. What has become of mail is read in the database, by the
same questions with either engine. The desk's log stands in `log`.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw

from benchmarks.mix import CONTACTS, CUSTOMERS, PROOF, SUPPORT, Mail, sender
from benchmarks.processes import started
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import db, inbox
from helpdeskd.storage.engine import Where

READY_SECONDS = 60.0
PATIENCE_SECONDS = 600.0
FILLED_AT_ONCE = 64
UNDECIDED = "SELECT EXISTS (SELECT 1 FROM inbox WHERE status = 'queued')"
GOOD = "SELECT count(*) FROM inbox WHERE fate IN ('opened', 'added')"
DECIDED = "SELECT count(*) FROM inbox WHERE status != 'queued'"

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
resolution = "3 days"

[[queue]]
name = "support"
addresses = ["{support}"]
team = "support"

[[relay]]
authserv_id = "{proof}"
networks = ["127.0.0.1"]

[caps]
address_hour = 1000000
address_day = 1000000
desk_hour = 10000000
ticket_day = 1000000

[[smtp]]
name = "mx"
listen = "127.0.0.1:{port}"
max_connections_per_address = 200

[state]
folder = "state"

[[agent]]
name = "piet"
title = "Piet Jansen"
addresses = ["piet@desk.example"]
teams = ["support"]
no_digest = true
"""
SMARTHOST = """
[smarthost]
host = "127.0.0.1"
port = {port}
tls = "none"
"""
CUSTOMER = """
[[customer]]
name = "customer{number}"
title = "Customer {number}"
domains = ["customer{number}.example"]
[[customer.contract]]
plan = "standard"
first_day = 2020-01-01
last_day = 2099-12-31
"""
CONTACT = """
[[customer.contact]]
name = "Contact {number}"
addresses = ["{address}"]
"""


class Desk:
    """A desk in a folder; `smarthost` is the port of a sink, 0 for a desk that sends nothing. `extra`: more tables.

    `url` is that of the PostgreSQL database that an extra table names, "" for SQLite.
    """

    def __init__(self, folder: Path, smarthost: int = 0, extra: str = "", url: str = "") -> None:
        self.folder, self.state, self.log = folder, folder / "state", folder / "log"
        self.where = Where(self.state, url)
        self.port = free_port()
        self.config = folder / "config.toml"
        self.state.mkdir(mode=0o700, exist_ok=True)
        text = CONFIG.format(support=SUPPORT, proof=PROOF, port=self.port)
        text += SMARTHOST.format(port=smarthost) if smarthost else ""
        self.config.write_text(text + extra + directory(), "utf-8")

    @contextmanager
    def serving(self) -> Iterator["subprocess.Popen[bytes]"]:
        """The daemon, from READY=1 until the end of the block. Raises RuntimeError when it does not start."""
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
            name = str(self.folder / "notify")
            Path(name).unlink(missing_ok=True)
            manager.bind(name)
            command = [sys.executable, "-m", "helpdeskd", "serve", "--config", str(self.config)]
            with started(command, self.log, {"NOTIFY_SOCKET": name}) as process:
                self._await_ready(manager, process)
                yield process

    def _await_ready(self, manager: socket.socket, process: "subprocess.Popen[bytes]") -> None:
        manager.settimeout(0.2)
        end, notices = time.monotonic() + READY_SECONDS, b""
        while b"READY=1" not in notices:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the desk did not start: {self.complaint()}")
            with suppress(TimeoutError):
                notices += manager.recv(4096) + b"\n"

    def put(self, mails: Iterator[Mail]) -> int:
        """Fill the inbox of a desk that is not running, as a listener would; how many there were."""
        db.connect(self.where)
        try:
            count, block = 0, list[Mail]()
            for mail in mails:
                block.append(mail)
                if len(block) == FILLED_AT_ONCE:
                    count, block = count + _put(block), []
            return count + _put(block)
        finally:
            db.close()

    def ask(self, question: str) -> int:
        """The number that a query finds."""
        with self._asking(question) as number:
            return number()

    def until(self, question: str, answer: int = 0, pause: float = 0.01) -> float:
        """Wait until a query finds the answer; when. Raises RuntimeError when it does not come."""
        return self._wait(question, lambda found: found == answer, pause)[0]

    def reach(self, question: str, least: int) -> tuple[float, int]:
        """Wait until a query finds so much; when, and how much. Raises RuntimeError when it does not come."""
        return self._wait(question, lambda found: found >= least, 0.01)

    def _wait(self, question: str, holds: Callable[[int], bool], pause: float) -> tuple[float, int]:
        end = time.monotonic() + PATIENCE_SECONDS
        with self._asking(question) as number:
            while not holds(found := number()):
                if time.monotonic() > end:
                    raise RuntimeError(f"never: {question} ({found} now): {self.complaint()}")
                time.sleep(pause)
        return time.monotonic(), found

    def complaint(self) -> str:
        """The last that the log says."""
        return self.log.read_text("utf-8", "replace").strip().rpartition("\n")[2][-300:]

    def taken(self) -> int:
        """How many mails have got to a ticket so far."""
        return self.ask(GOOD) if self.where.url or (self.state / db.FILE).exists() else 0

    def check(self, mails: int) -> None:
        """All that was sent became tickets and answers on them. Raises RuntimeError otherwise: nothing was measured."""
        if (good := self.taken()) != mails:
            raise RuntimeError(f"{mails - good} of {mails} mails got to no ticket: {self.complaint()}")

    @contextmanager
    def _asking(self, question: str) -> Iterator[Callable[[], int]]:
        """Asks, each time that it is called."""
        with closing(self._reader()) as connection:
            yield lambda: int(next(iter(connection.execute(question)))[0])

    def _reader(self) -> Any:
        if self.where.url:
            return _postgres_reader(self.where.url)
        connection = apsw.Connection(str(self.state / db.FILE), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(10_000)
        return connection


def _postgres_reader(url: str) -> Any:
    import psycopg

    return psycopg.connect(url, autocommit=True)


def _put(mails: list[Mail]) -> int:
    now = datetime.now(UTC)
    with db.transaction():
        for mail in mails:
            envelope = Envelope(mail.sender, SUPPORT, now, "smtp", peer="127.0.0.1", account="mx")
            inbox.put([envelope], mail.raw)
    return len(mails)


def directory() -> str:
    """The customers and their contacts, as the configuration holds them."""
    customers = []
    for number in range(CUSTOMERS):
        contacts = [sender(number * CONTACTS + each) for each in range(CONTACTS)]
        told = "".join(CONTACT.format(number=each, address=address) for each, address in enumerate(contacts))
        customers.append(CUSTOMER.format(number=number) + told)
    return "".join(customers)


@contextmanager
def new_desk(parent: Path, smarthost: int = 0, extra: str = "", url: str = "") -> Iterator[Desk]:
    """A desk in a folder that is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="desk-", dir=parent))
    try:
        yield Desk(folder, smarthost, extra, url)
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

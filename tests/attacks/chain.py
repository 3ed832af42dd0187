"""A process in which a whole desk answers hostile mails, each in a fork of its own, and tells what it cost.

`Chain` starts it, `Chain.cost` gives it one mail of one sender. The desk is the World's: it has a ticket of Anna's and
a list of contacts that she asked for, so that every kind of sender has something to answer. A mail takes the worker's
way: parse, triage, policies, composing, one transaction. CPU seconds are of the fork alone, the peak of its memory is
what it needs beyond the desk at rest.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from email.utils import parseaddr
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from helpdeskd.storage import db, inbox
from tests.attacks import bombs
from tests.world import ANNA, PIET, STRANGER, World

MIB = 1 << 20
MOST_CPU = 60
ALERTS = '\n[[alert]]\nname = "nagios"\nlike = "nagios"\nsenders = ["nagios@monitor.desk.example"]\n'
SENDERS = ("new", "reply", "list", "agent", "behalf", "bounce", "stranger", "alert")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Cost:
    """CPU seconds, MiB, and what became of the mail; `unread` where it was kept whole for a fault of ours."""

    cpu: float
    memory: float
    fate: str
    strikes: int
    unread: bool


class Chain:
    """The process, as tests see it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.attacks.chain"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def cost(self, sender: str, kind: str, name: str, size: int = bombs.SIZE) -> Cost:
        """What a bomb of a kind (text, html, mail) costs that this sender has written."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([sender, kind, name, size]) + "\n")
        self._process.stdin.flush()
        return Cost(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate()


@dataclass(frozen=True)
class Desk:
    """A desk at rest; `ways` are the reverse path and the address by which each sender writes."""

    world: World
    ways: dict[str, tuple[str, str]]

    def cost(self, sender: str, kind: str, name: str, size: int) -> Cost:
        """In this process, which is a fork."""
        raw, (writer, to) = written(sender, kind, name, size), self.ways[sender]
        with TemporaryDirectory() as folder:
            shutil.copytree(self.world.state, Path(folder) / "state")
            db.connect(Path(folder) / "state")
            self.world.puts(raw, to, "" if sender == "bounce" else writer)
            at_rest, began = resident(), process_time()
            resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU))
            self.world.worker.work()
            cpu, peak = process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            with db.transaction():
                row = inbox.listed()[0]
            db.close()
        return Cost(cpu, (peak - at_rest) / MIB, row.fate, row.strikes, bool(FAULTS))


AUTHORS = {
    **dict.fromkeys(("new", "reply", "list"), ANNA),
    **dict.fromkeys(("agent", "behalf"), PIET),
    "bounce": "MAILER-DAEMON@mx.example",
    "stranger": STRANGER,
    "alert": "nagios@monitor.desk.example",
}
FAULTS: list[str] = []


def written(sender: str, kind: str, name: str, size: int) -> bytes:
    """A bomb below the fields that the relay and the writer put above it."""
    address = parseaddr(AUTHORS[sender])[1]
    proof = f"Authentication-Results: mx.desk.example; dmarc=pass header.from={address.partition('@')[2]}\n"
    head = f"Received: from mx.desk.example ([192.0.2.25]) by desk.example; x\n{proof}".encode()
    author = f"From: {address}\nTo: support@desk.example\nMessage-ID: <q@x.example>\n".encode()
    if kind == "mail":
        bomb = bombs.MAILS[name]()
        return head + (b"" if bomb.startswith(b"From:") else author) + bomb
    subject = "Undelivered Mail" if sender == "bounce" else "Printer"
    body = (bombs.TEXTS | bombs.HTML)[name].encode()[:size]
    fields = f"Subject: {subject}\nContent-Type: text/{kind}; charset=utf-8\n\n".replace("text/text", "text/plain")
    return head + author + fields.encode() + body


def resident() -> int:
    """The memory that this process has, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def at_rest(folder: Path) -> Desk:
    """A desk that has served a few mails, so that all that is loaded once is loaded."""
    world = World(folder, extra=ALERTS)
    with world:
        world.receives(ANNA, text="My printer hangs.")
        ack, told = world.last("anna"), world.last("piet")
        world.receives(ANNA, text="contacts")
        listed = world.last("anna")
    anna, piet, support = "anna@bakery.example", "piet@desk.example", "support@desk.example"
    ways = {
        "new": (anna, support),
        "reply": (anna, parseaddr(ack.header("Reply-To"))[1]),
        "list": (anna, parseaddr(listed.header("Reply-To"))[1]),
        "agent": (piet, parseaddr(told.header("Reply-To"))[1]),
        "behalf": (piet, support),
        "bounce": ("", ack.row.sender),
        "stranger": ("sam@elsewhere.example", support),
        "alert": ("nagios@monitor.desk.example", support),
    }
    return Desk(world, ways)


def in_a_fork(work: Callable[[], Cost]) -> Cost:
    """What `work` gives; a fork that dies has cost all that it may."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(asdict(work())).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        answer = told.read()
    os.waitpid(child, 0)
    return Cost(**json.loads(answer)) if answer else Cost(MOST_CPU, 0, "died", 0, True)


def main() -> None:
    """Answer requests until there are no more."""
    from helpdeskd.mail import parse

    stub = parse._stub

    def noticed(raw: bytes, head: parse.Head, reason: str) -> object:
        FAULTS.extend([reason] if "could not be read" in reason else [])
        return stub(raw, head, reason)

    parse._stub = noticed  # type: ignore[assignment]
    with TemporaryDirectory() as folder:
        desk = at_rest(Path(folder))
        for line in sys.stdin:
            request = json.loads(line)
            cost = in_a_fork(lambda request=request: desk.cost(*request))  # type: ignore[misc]
            print(json.dumps(asdict(cost)), flush=True)


if __name__ == "__main__":
    main()

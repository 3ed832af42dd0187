"""Other helpdesks on the same mails: mail in, ticket stored, answer made. SQLite, durable as each comes.

django-helpdesk reads a folder, as its `get_email` does, and Roundup a mailbox in one batch: the fastest ways that they
have, without SMTP, so that ours is measured with more to do. Each runs in an environment of its own below the cache
folder, made from PyPI when it is missing; with --quick only those are measured that are there. Starting them is not
counted; repetitions are one after the other on the same database, new for each row. Each reply must have found its
ticket, or nothing was measured.
"""

import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.harness import Plan, Row, Sample, Skipped, attempt, row
from benchmarks.mix import CONTACTS, CUSTOMERS, KINDS, Mail, mails, sender
from benchmarks.processes import Meter, started

DRIVERS = Path(__file__).parent / "peers"
INSTALL_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Peer:
    """What pip installs, the driver in `peers`, and what puts mails where it reads them."""

    name: str
    requirement: str
    driver: str
    lay: Callable[[Path, Iterable[Mail]], None]


def _as_files(folder: Path, several: Iterable[Mail]) -> None:
    (folder / "mails").mkdir(exist_ok=True)
    for number, mail in enumerate(several):
        (folder / "mails" / f"{number:06}").write_bytes(mail.raw)


def _as_mailbox(folder: Path, several: Iterable[Mail]) -> None:
    with open(folder / "mails", "wb") as mailbox:
        for mail in several:
            first = f"From {mail.sender} Mon Nov  2 09:14:00 2026\n".encode()
            mailbox.write(first + mail.raw.replace(b"\r\n", b"\n") + b"\n")


PEERS = (
    Peer("django-helpdesk", "django-helpdesk>=2.6,<3", "django_site.py", _as_files),
    Peer("Roundup", "roundup>=2.6,<3", "roundup_tracker.py", _as_mailbox),
)


def run(plan: Plan) -> Iterator[Row]:
    for name, count in {"mix": plan.of(300, 20), **plan.of({"plain": 400}, {})}.items():
        for peer in PEERS:
            yield attempt(f"{peer.name}, {name}", partial(_row, plan, peer, name, [count] * plan.of(3, 2)))


def _row(plan: Plan, peer: Peer, name: str, rounds: list[int]) -> Row:
    samples = _samples(plan, peer, _environment(plan, peer), name, rounds)
    return row(f"{peer.name}, {name}", samples, (f"mail to acknowledgement, {name}",))


def _environment(plan: Plan, peer: Peer) -> Path:
    """Its interpreter. Raises Skipped where it is not installed and may not be now, or cannot be."""
    folder = plan.cache / peer.name.lower()
    python, done = folder / "bin" / "python", folder / "installed"
    if done.exists():
        return python
    if plan.quick:
        raise Skipped("is not installed; without --quick it is, into an environment of its own")
    print(f"installing {peer.requirement} …", file=sys.stderr, flush=True)
    venv.create(folder, clear=True, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", peer.requirement]
    installed = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if installed.returncode:
        raise Skipped(f"cannot be installed: {installed.stderr.strip()[-300:]}")
    done.touch()
    return python


def _samples(plan: Plan, peer: Peer, python: Path, name: str, rounds: list[int]) -> list[Sample]:
    with tempfile.TemporaryDirectory(prefix="peer-", dir=plan.folder) as parent:
        folder = Path(parent)
        (folder / "contacts").write_text("\n".join(map(sender, range(CUSTOMERS * CONTACTS))))
        command = [str(python), str(DRIVERS / peer.driver), parent, str(python.parents[1])]
        with started(command, folder / "log", {"PYTHONDONTWRITEBYTECODE": "1"}) as process:
            _answer(process, folder)
            samples, tickets, sent = [], 0, 0
            for place, count in enumerate(rounds):
                peer.lay(folder, mails(count, KINDS[name], run=f"round{place}"))
                sample, told = _sample(process, folder, count)
                tickets, sent = tickets + -(-count // 2), sent + count
                if told != [b"%d" % tickets, b"%d" % sent]:
                    raise RuntimeError(f"made {told} of {sent} mails: {_complaint(folder)}")
                samples.append(sample)
        return samples


def _sample(process: "subprocess.Popen[bytes]", folder: Path, count: int) -> tuple[Sample, list[bytes]]:
    """And what it says that it has now: tickets, and mails on them."""
    assert process.stdin is not None
    with Meter(process.pid) as used:
        begin = time.monotonic()
        process.stdin.write(b"go\n")
        process.stdin.flush()
        told = _answer(process, folder).split()
        seconds = time.monotonic() - begin
    return Sample(count, seconds, used.cpu, used.mb), told


def _answer(process: "subprocess.Popen[bytes]", folder: Path) -> bytes:
    assert process.stdout is not None
    if line := process.stdout.readline():
        return line
    raise RuntimeError(f"ended: {_complaint(folder)}")


def _complaint(folder: Path) -> str:
    return (folder / "log").read_text("utf-8", "replace").strip()[-300:]

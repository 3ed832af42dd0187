"""Other helpdesks on the same mails: mail in, ticket stored, answer made. SQLite, durable as each comes.

django-helpdesk reads a folder, as its `get_email` does, and Roundup a mailbox in one batch: the fastest ways that they
have, without SMTP, so that ours is measured with more to do. Each runs in an environment of its own below the cache
folder, made from PyPI when it is missing; with --quick only those are measured that are there. Starting them is not
counted. A reply must have found its ticket, or nothing was measured.
"""

import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.harness import Plan, Row, Sample, Skipped, attempt, row
from benchmarks.mix import CONTACTS, CUSTOMERS, KINDS, Mail, mails, sender
from benchmarks.processes import Peak, cpu_seconds, started

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
    (folder / "mails").mkdir()
    for number, mail in enumerate(several):
        (folder / "mails" / f"{number:06}").write_bytes(mail.raw)


def _as_mailbox(folder: Path, several: Iterable[Mail]) -> None:
    with open(folder / "mails", "wb") as mailbox:
        for mail in several:
            first = f"From {mail.sender} Mon Nov  2 09:14:00 2026\n".encode()
            mailbox.write(first + mail.raw.replace(b"\r\n", b"\n") + b"\n")
    (folder / "contacts").write_text("\n".join(map(sender, range(CUSTOMERS * CONTACTS))))


PEERS = (
    Peer("django-helpdesk", "django-helpdesk>=2.6,<3", "django_site.py", _as_files),
    Peer("Roundup", "roundup>=2.6,<3", "roundup_tracker.py", _as_mailbox),
)


def run(plan: Plan) -> list[Row]:
    rows = []
    for name, count in {"mix": plan.of(300, 30), **plan.of({"plain": 400}, {})}.items():
        for peer in PEERS:
            several = partial(mails, count, KINDS[name])
            rows.append(attempt(f"{peer.name}, {name}", partial(_row, plan, peer, name, count, several)))
    return rows


def _row(plan: Plan, peer: Peer, name: str, count: int, several: Callable[[], Iterable[Mail]]) -> Row:
    python = _environment(plan, peer)
    samples = [_sample(plan, peer, python, count, several()) for _ in range(plan.of(3, 1))]
    return row(f"{peer.name}, {name}", samples)


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


def _sample(plan: Plan, peer: Peer, python: Path, count: int, several: Iterable[Mail]) -> Sample:
    with tempfile.TemporaryDirectory(prefix="peer-", dir=plan.folder) as name:
        folder = Path(name)
        peer.lay(folder, several)
        command = [str(python), str(DRIVERS / peer.driver), name]
        with started(command, folder / "log", {"PYTHONDONTWRITEBYTECODE": "1"}) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            if not process.stdout.readline():
                raise RuntimeError(f"did not start: {(folder / 'log').read_text()[-300:]}")
            before, begin = cpu_seconds(process.pid), time.monotonic()
            with Peak(process.pid) as peak:
                process.stdin.write(b"go\n")
                process.stdin.flush()
                told = process.stdout.readline().split()
            seconds, cpu = time.monotonic() - begin, cpu_seconds(process.pid) - before
        if told != [b"%d" % -(-count // 2), b"%d" % count]:
            raise RuntimeError(f"made {told} of {count} mails: {(folder / 'log').read_text()[-300:]}")
        return Sample(count, seconds, cpu, peak.mb)

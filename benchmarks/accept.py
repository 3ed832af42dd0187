"""Mail taken by SMTP, beside Postfix in the same run.

`accept 2 kB, N sessions` is Postfix's own load generator, smtp-source, with a new connection for each mail; `kept` with
connections that are kept. `accept mix` is our client with sixteen kept sessions. Ours answers 250 after the mail is
committed and synced; Postfix's smtpd after its queue file is, and then discards it. Both are measured in turn, so that
a slow minute hits both. CPU is of all processes of the server.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.harness import Plan, Row, Sample, Skipped, row, told
from benchmarks.mix import SUPPORT, sender
from benchmarks.processes import Peak, cpu_seconds, started
from benchmarks.servers import postfix
from benchmarks.traffic import client

Server = Callable[[], AbstractContextManager[tuple[int, int]]]
"""Runs one, and tells its port and the process at its head."""
Load = Callable[[int], float]
"""Sends to a port, and tells the seconds."""


def run(plan: Plan) -> list[Row]:
    rows = []
    for name, mails, load in _loads(plan):
        rows += _beside(plan, name, mails, load)
    return rows


def _loads(plan: Plan) -> Iterator[tuple[str, int, Load]]:
    count, mixed = plan.of(2000, 400), plan.of(600, 120)
    for sessions in plan.of((1, 4, 16, 64), (16,)):
        few = count // 2 if sessions == 1 else count
        yield f"2 kB, {sessions} sessions", few, partial(_source, few, sessions, ())
    if not plan.quick:
        yield "2 kB, 16 sessions, kept", count, partial(_source, count, 16, ("-d",))
    yield "mix, 16 sessions, kept", mixed, partial(_mix, mixed)


def _beside(plan: Plan, name: str, mails: int, load: Load) -> list[Row]:
    """Ours and Postfix, in turn; what does not run leaves the other."""
    servers: dict[str, Server] = {f"accept {name}": partial(intake, plan.folder), f"Postfix, {name}": postfix}
    samples: dict[str, list[Sample]] = {server: [] for server in servers}
    faults: dict[str, str] = {}
    for _ in range(plan.of(3, 1)):
        for server, serving in servers.items():
            try:
                samples[server].append(_sample(serving, mails, load))
            except Exception as fault:
                faults[server] = told(fault)
    ours, theirs = (
        row(server, taken) if (taken := samples[server]) else Row(server, fault=faults[server]) for server in servers
    )
    return [replace(ours, beside=(theirs.name,)), theirs]


def _sample(serving: Server, mails: int, load: Load) -> Sample:
    with serving() as (port, pid):
        before = cpu_seconds(pid)
        with Peak(pid) as peak:
            seconds = load(port)
        return Sample(mails, seconds, cpu_seconds(pid) - before, peak.mb)


def _source(mails: int, sessions: int, options: tuple[str, ...], port: int) -> float:
    """Seconds that smtp-source takes."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    program = shutil.which("smtp-source", path=path)
    if program is None:
        raise Skipped("smtp-source is not installed (apt install postfix)")
    words = ["-s", str(sessions), "-m", str(mails), "-l", "2000", "-f", sender(0), "-t", SUPPORT, *options]
    begin = time.monotonic()
    done = subprocess.run([program, *words, f"127.0.0.1:{port}"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"smtp-source: {done.stderr.strip()[-500:]}")
    return time.monotonic() - begin


def _mix(mails: int, port: int) -> float:
    with client(port, mails) as sending:
        sending.begin()
        return sending.result().seconds


@contextmanager
def intake(parent: Path) -> Iterator[tuple[int, int]]:
    """Our listener with a database behind it: its port and process."""
    state = tempfile.mkdtemp(prefix="intake-", dir=parent)
    with started([sys.executable, "-m", "benchmarks.intake_server", state]) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    shutil.rmtree(state)

"""Mail taken by SMTP, beside Postfix in the same run.

`accept 2 kB, N sessions` is Postfix's own load generator, smtp-source, with a new connection for each mail; `kept` with
connections that are kept. `accept mix` is our client with sixteen kept sessions. Ours answers 250 after the mail is
committed and synced; Postfix's smtpd after its queue file is, and then discards it. Both run, and are measured in turn,
so that a slow minute hits both. CPU is of all processes of the server.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.harness import Plan, Row, Sample, Skipped, row, told
from benchmarks.mix import SUPPORT, sender
from benchmarks.processes import Meter, started
from benchmarks.servers import postfix
from benchmarks.traffic import client

Server = AbstractContextManager[tuple[int, int]]
"""While it runs: its port, and the process at its head."""
Servers = Mapping[str, Callable[[], Server]]
"""What runs each, by the names of their rows."""
Load = Callable[[int, int], float]
"""Sends to a port, in the round of that number; tells the seconds."""


def run(plan: Plan) -> Iterator[Row]:
    for name, mails, load in loads(plan):
        servers: dict[str, Callable[[], Server]] = {
            f"accept {name}": partial(intake, plan.folder),
            f"Postfix, {name}": postfix,
        }
        yield from in_turn(servers, mails, load, plan.of(3, 2))


def loads(plan: Plan) -> Iterator[tuple[str, int, Load]]:
    """What they are called, how many mails they have, and what sends these."""
    count, mixed = plan.of(2000, 200), plan.of(600, 40)
    for sessions in plan.of((1, 4, 16, 64), (16,)):
        few = count // 2 if sessions == 1 else count
        yield f"2 kB, {sessions} sessions", few, partial(source, few, sessions)
    if not plan.quick:
        yield "2 kB, 16 sessions, kept", count, partial(source, count, 16, options=("-d",))
    yield "mix, 16 sessions, kept", mixed, partial(mix, mixed)


def in_turn(servers: Servers, mails: int, load: Load, rounds: int, besides: Sequence[int] = ()) -> Iterator[Row]:
    """A row for each server, beside the others; what does not run leaves them. `besides`: as of a Meter.

    A round more than is measured goes first, in which they start what they need and read their code.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in servers}
    faults: dict[str, str] = {}
    with ExitStack() as stack:
        running = {}
        for name, serving in servers.items():
            try:
                running[name] = stack.enter_context(serving())
            except Exception as fault:
                faults[name] = told(fault)
        for number in range(1 + rounds):
            for name, (port, pid) in running.items():
                try:
                    samples[name].append(_sample(Meter(pid, besides=besides), mails, partial(load, port, number)))
                except Exception as fault:
                    faults[name] = told(fault)
    for name, taken in samples.items():
        others = tuple(other for other in servers if other != name)
        yield row(name, taken[1:], others) if taken[1:] else Row(name, fault=faults[name])


def _sample(meter: Meter, mails: int, load: Callable[[], float]) -> Sample:
    with meter as used:
        seconds = load()
    return Sample(mails, seconds, used.cpu, used.mb, used.cpu_besides)


def source(mails: int, sessions: int, port: int, _round: int, options: tuple[str, ...] = ()) -> float:
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


def mix(mails: int, port: int, number: int) -> float:
    """Seconds that our client takes."""
    with client([port], [mails], "--run", f"round{number}") as sending:
        sending.begin()
        return sending.result().seconds


@contextmanager
def intake(parent: Path, url: str = "") -> Iterator[tuple[int, int]]:
    """Our listener with a database behind it: its port and process."""
    state = tempfile.mkdtemp(prefix="intake-", dir=parent)
    with started([sys.executable, "-m", "benchmarks.intake_server", state, *([url] if url else [])]) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    shutil.rmtree(state)

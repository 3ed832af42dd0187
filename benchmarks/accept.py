"""Mail taken by SMTP, beside Postfix in the same run.

`accept 2 kB, N sessions` is Postfix's own load generator, smtp-source, with a new connection for each mail; `kept` with
connections that are kept. `accept mix` is our client with kept sessions. Ours answers 250 after the mail is
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
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.harness import Plan, Row, Sample, Skipped, row, told
from benchmarks.mix import SUPPORT, sender
from benchmarks.processes import Meter, started
from benchmarks.servers import postfix
from benchmarks.traffic import client

ROUND_SECONDS = 120.0
"""A server that takes longer for a round has stopped moving."""
Server = AbstractContextManager[tuple[int, int]]
"""While it runs: its port, and the process at its head."""
Servers = Mapping[str, Callable[[], Server]]
"""What runs each, by the names with which their rows begin."""
Send = Callable[[], float]
"""Sends a round; tells the seconds."""


@dataclass(frozen=True, slots=True)
class Load:
    """So many mails in a round; `sending` makes what sends that many rounds to a port, one after the other."""

    name: str
    mails: int
    sending: Callable[[int, int], AbstractContextManager[Send]]


def run(plan: Plan) -> Iterator[Row]:
    servers: Servers = {"accept": partial(intake, plan.folder), "Postfix,": postfix}
    several = list(loads(plan))
    # What is still there of one load counts in the memory of the next, so they are started anew where there is time.
    for together in plan.of([[load] for load in several], [several]):
        yield from in_turn(servers, together, plan.of(3, 2))


def loads(plan: Plan) -> Iterator[Load]:
    """All that is sent."""
    count, mixed = plan.of(2000, 160), plan.of(600, 40)
    for sessions in plan.of((1, 4, 16, 64), (16,)):
        few = count // 2 if sessions == 1 else count
        yield Load(f"2 kB, {sessions} sessions", few, partial(source, few, sessions, ()))
    yield Load("2 kB, 16 sessions, kept", count, partial(source, count, 16, ("-d",)))
    for sessions in plan.of((1, 4, 64, 16), (16,)):
        few = mixed // 3 if sessions == 1 else mixed
        yield Load(f"mix, {sessions} sessions, kept", few, partial(mix, few, sessions))


def in_turn(servers: Servers, several: Sequence[Load], rounds: int, besides: Sequence[int] = ()) -> Iterator[Row]:
    """A row for each load and server, beside the others; what does not run leaves them. `besides`: as of a Meter."""
    with ExitStack() as stack:
        running, faults = {}, {}
        for name, serving in servers.items():
            try:
                running[name] = stack.enter_context(serving())
            except Exception as fault:
                faults[name] = told(fault)
        for load in several:
            for name in faults:
                yield Row(f"{name} {load.name}", fault=faults[name])
            yield from _rows(running, load, rounds, besides)


def _rows(running: Mapping[str, tuple[int, int]], load: Load, rounds: int, besides: Sequence[int]) -> Iterator[Row]:
    """A round more than is measured goes first, in which they start what they need and read their code."""
    samples: dict[str, list[Sample]] = {name: [] for name in running}
    faults: dict[str, str] = {}
    with ExitStack() as stack:
        senders = dict[str, Send]()
        for number in range(1 + rounds):
            for name, (port, pid) in running.items():
                try:
                    if number == 0:
                        senders[name] = stack.enter_context(load.sending(port, 1 + rounds))
                    samples[name].append(_sample(Meter(pid, besides=besides), load.mails, senders[name]))
                except Exception as fault:
                    faults.setdefault(name, told(fault))
    for name, taken in samples.items():
        others = tuple(f"{other} {load.name}" for other in running if other != name)
        title = f"{name} {load.name}"
        yield row(title, taken[1:], others) if taken[1:] else Row(title, fault=faults[name])


def _sample(meter: Meter, mails: int, send: Send) -> Sample:
    with meter as used:
        seconds = send()
    return Sample(mails, seconds, used.cpu, used.mb, used.cpu_besides)


@contextmanager
def source(mails: int, sessions: int, options: tuple[str, ...], port: int, _rounds: int) -> Iterator[Send]:
    """Sends by smtp-source, which ends after each round."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    program = shutil.which("smtp-source", path=path)
    if program is None:
        raise Skipped("smtp-source is not installed (apt install postfix)")
    words = ["-s", str(sessions), "-m", str(mails), "-l", "2000", "-f", sender(0), "-t", SUPPORT, *options]
    yield partial(_ran, [program, *words, f"127.0.0.1:{port}"])


def _ran(command: Sequence[str]) -> float:
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ROUND_SECONDS)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name}: {done.stderr.strip()[-500:]}")
    return time.monotonic() - begin


@contextmanager
def mix(mails: int, sessions: int, port: int, rounds: int) -> Iterator[Send]:
    """Sends by our client, which keeps its connections from round to round."""
    with client([port], [mails] * rounds, "--sessions", str(sessions)) as sending:

        def send() -> float:
            sending.begin()
            return sending.result().seconds

        yield send


@contextmanager
def intake(parent: Path, url: str = "") -> Iterator[tuple[int, int]]:
    """Our listener with a database behind it: its port and process."""
    state = tempfile.mkdtemp(prefix="intake-", dir=parent)
    with started([sys.executable, "-m", "benchmarks.intake_server", state, *([url] if url else [])]) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    shutil.rmtree(state)

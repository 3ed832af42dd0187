"""Starting, resting, and a mail of 33 MB.

`start to READY` is from the command until the service manager hears READY=1, of a desk that has run before; its CPU is
of one start. `memory at rest` is of all its processes when nothing comes: resident (MB), and in the note what it comes
to when what they share is divided among them. `a mail of 33 MB` comes while plain mails come from others, twenty a
second: `ms` is the longest that one of these waited for its 250, `p99 ms` the longest until its acknowledgement was at
the sink, MB the peak of all processes, and `ratio` that beside the size of the mail.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from benchmarks.desk import Desk, new_desk
from benchmarks.harness import Plan, Row, Sample, attempt, percentile, row
from benchmarks.pipeline import DELIVERED
from benchmarks.processes import MB, cpu_seconds, memory_mb, proportional_mb, settle
from benchmarks.profile_worker import decided
from benchmarks.rounds import WARM, Running, by_smtp
from benchmarks.traffic import Sink, client, sink

REST_SECONDS = 4.0
"""Besides, in case that it only waited for a core."""
PER_SECOND = 20
LARGEST = "SELECT max(size) FROM raw"
SMALL = ("--kinds", "plain", "--run", "small", "--sessions", "4", "--per-second", str(PER_SECOND))
HUGE = ("--kinds", "huge", "--run", "huge", "--sessions", "1")


def run(plan: Plan) -> Iterator[Row]:
    with sink() as smarthost, new_desk(plan.folder, smarthost.port) as desk:
        decided(desk)
        samples = list[Sample]()
        for _ in range(plan.of(4, 0)):
            with _started(desk, samples):
                pass
        with _started(desk, samples) as pid:
            took = [1000 * sample.seconds for sample in samples]
            yield replace(row("start to READY", samples), rate=None, ms=percentile(took, 0.5), p99_ms=max(took))
            yield attempt("memory at rest", partial(_rest, plan, pid))
            running = Running(desk, (desk.port,), (pid,))
            yield attempt("a mail of 33 MB", partial(_huge, plan, running, smarthost))


@contextmanager
def _started(desk: Desk, samples: list[Sample]) -> Iterator[int]:
    """A desk that runs; what its start took is added to the samples."""
    begin = time.monotonic()
    with desk.serving() as daemon:
        samples.append(Sample(1, time.monotonic() - begin, cpu_seconds(daemon.pid), memory_mb(daemon.pid)))
        yield daemon.pid


def _rest(plan: Plan, pid: int) -> Row:
    settle(pid)
    time.sleep(plan.of(REST_SECONDS, 0))
    shared = proportional_mb(pid)
    return Row("memory at rest", memory_mb=memory_mb(pid), note=f"{shared:.0f} MB, what is shared divided")


def _huge(plan: Plan, running: Running, smarthost: Sink) -> Row:
    desk, others, rounds = running.desk, plan.of(200, 20), plan.of(3, 1)
    by_smtp(running, "plain", [WARM], run="warm", until=DELIVERED)
    before, samples, times = desk.taken(), list[Sample](), dict[str, tuple[float, float]]()
    with client(running.ports, [others] * rounds, *SMALL) as small, client(running.ports, [1] * rounds, *HUGE) as huge:
        for _ in range(rounds):
            with running.meter() as used:
                begin = small.begin()
                huge.begin()
                huge.result()
                times |= small.result().times
                end = max(desk.until(question) for question in DELIVERED)
            samples.append(Sample(others + 1, end - begin, used.cpu, used.mb))
    desk.check(before + rounds * (others + 1))
    answered = smarthost.answered()
    accepted = max(waited for _, waited in times.values())
    acknowledged = max(answered[name] - dot for name, (dot, _) in times.items() if name in answered)
    made = row("a mail of 33 MB", samples)
    peak = max(sample.memory_mb for sample in samples)
    return replace(made, ms=1000 * accepted, p99_ms=1000 * acknowledged, ratio=peak * MB / desk.ask(LARGEST))

"""Whether a desk becomes slower as it fills: the sweep, the whole pipeline, audit and backup, on one desk that is
filled further.

`sweep, nothing due` and `sweep, 100 due` are one tick of the clock in one transaction, over so many tickets; at the
second, a hundred targets have come to a share of their time. `pipeline, mix, N tickets` is the whole daemon with a
sink, as in `pipeline`; its ratio is the processor time per mail to that at the first size. `audit` and `backup` are the
commands on a desk that is not running, and their rates mails looked at and copied. Filling counts for nothing but its
own row; a desk that was kept (`Plan.filled`) is copied instead.
"""

import io
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from benchmarks import kept
from benchmarks.desk import Desk, new_desk
from benchmarks.harness import Plan, Row, Sample, attempt, percentile, row
from benchmarks.pipeline import DELIVERED
from benchmarks.processes import memory_mb, ran
from benchmarks.rounds import Running, by_smtp
from benchmarks.traffic import sink
from helpdeskd.daemon.office import prepared
from helpdeskd.daemon.sweep import Sweep
from helpdeskd.storage import db
from helpdeskd.storage.tables import proxy

SIZES = (1_000, 100_000, 1_000_000)
NAMES = {1_000: "1 k tickets", 100_000: "100 k tickets", 1_000_000: "1 M tickets"}
SWEEPS = 30
DUE_SWEEPS = 3
AT_ONCE = 100
TICKETS = "SELECT count(*) FROM ticket"
TAKEN = "SELECT count(*) FROM inbox"
DUE = f"""
UPDATE target SET next_at = ?
WHERE id IN (SELECT min(id) FROM target WHERE next_at > ? GROUP BY ticket_id LIMIT {AT_ONCE})
"""
DROP = "UPDATE outbox SET status = 'dropped' WHERE status = 'queued'"
"""What the clock has made is not to be sent while others are measured."""


def run(plan: Plan) -> Iterator[Row]:
    with sink() as smarthost, new_desk(plan.folder, smarthost.port) as desk:
        for size in plan.of(SIZES, SIZES[:1]):
            yield attempt(_name("filled", size), partial(_filled, plan, desk, size))
            yield attempt(_name("sweep, nothing due", size), partial(_idle, desk, size))
            yield attempt(_name("sweep, 100 due", size), partial(_due, desk, size))
            yield attempt(_name("pipeline, mix", size), partial(_pipeline, plan, desk, size))
            if plan.quick:
                return
            yield attempt(_name("audit", size), partial(_commanded, desk, size, "audit"))
            yield attempt(_name("backup", size), partial(_backup, plan, desk, size))


def _name(subject: str, size: int) -> str:
    return f"{subject}, {NAMES[size]}"


def _first(subject: str) -> tuple[str, ...]:
    return (_name(subject, SIZES[0]),)


def _filled(plan: Plan, desk: Desk, size: int) -> Row:
    begin, before = time.monotonic(), desk.ask(TICKETS) if desk.taken() else 0
    cpu = time.process_time()
    made = kept.filled(desk, size, plan.filled)
    seconds, cpu = time.monotonic() - begin, time.process_time() - cpu
    note = f"{(desk.state / db.FILE).stat().st_size / 1e9:.2f} GB"
    if not made:
        return Row(_name("filled", size), ms=1000 * seconds, note=f"{note}, copied from {plan.filled}")
    return replace(row(_name("filled", size), [Sample(size - before, seconds, cpu)]), ms=1000 * seconds, note=note)


def _idle(desk: Desk, size: int) -> Row:
    with _swept(desk) as sweep:
        sweep()
        ticks = [sweep() for _ in range(SWEEPS)]
    return _of_ticks("sweep, nothing due", size, ticks)


def _due(desk: Desk, size: int) -> Row:
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    ticks = []
    with _swept(desk) as sweep:
        for _ in range(DUE_SWEEPS):
            proxy.execute_sql(DUE, (now, now))
            if (changed := proxy.execute_sql("SELECT changes()").fetchone()[0]) != AT_ONCE:
                raise RuntimeError(f"only {changed} targets can come due")
            ticks.append(sweep())
        proxy.execute_sql(DROP)
    return _of_ticks("sweep, 100 due", size, ticks)


def _of_ticks(subject: str, size: int, ticks: list[Sample]) -> Row:
    took = [1000 * tick.seconds for tick in ticks]
    made = row(_name(subject, size), ticks, _first(subject))
    return replace(made, measure="ms", ms=percentile(took, 0.5), p99_ms=percentile(took, 0.99))


@contextmanager
def _swept(desk: Desk) -> Iterator[Callable[[], Sample]]:
    """A tick of the clock over a desk that is not running."""
    office = prepared(desk.config)
    db.connect(desk.state)

    def tick() -> Sample:
        begin, cpu = time.perf_counter(), time.process_time()
        with db.transaction():
            sweep.run(datetime.now(UTC))
        return Sample(1, time.perf_counter() - begin, time.process_time() - cpu, memory_mb(os.getpid()))

    try:
        sweep = Sweep(office)
        with redirect_stderr(io.StringIO()):
            yield tick
    finally:
        db.close()


def _pipeline(plan: Plan, desk: Desk, size: int) -> Row:
    with desk.serving() as daemon:
        running = Running(desk, (desk.port,), (daemon.pid,))
        rounds = plan.of([400] * 3, [10] * 2)
        samples = by_smtp(running, "mix", rounds, run=f"of{size}", until=DELIVERED)
    return replace(row(_name("pipeline, mix", size), samples, _first("pipeline, mix")), measure="cpu_ms")


def _backup(plan: Plan, desk: Desk, size: int) -> Row:
    folder = plan.folder / "backup"
    try:
        made = _commanded(desk, size, "backup", str(folder))
        return replace(made, note=f"{sum(file.stat().st_size for file in folder.iterdir()) / 1e9:.2f} GB")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _commanded(desk: Desk, size: int, *words: str) -> Row:
    command = [sys.executable, "-m", "helpdeskd", *words, "--config", str(desk.config)]
    used = ran(command)
    sample = Sample(desk.ask(TAKEN), used.seconds, used.cpu, used.mb)
    made = row(_name(words[0], size), [sample], _first(words[0]))
    return replace(made, measure="cpu_ms", ms=1000 * used.seconds)

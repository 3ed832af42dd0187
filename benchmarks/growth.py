"""Whether a desk becomes slower as it fills: the sweep and the whole pipeline, on one desk that is filled further.

`sweep, nothing due` and `sweep, 100 due` are one tick of the clock in one transaction, over so many tickets; at the
second, a hundred targets have come to a share of their time. `pipeline, mix, N tickets` is the whole daemon with a
sink, as in `pipeline`; its ratio is the processor time per mail to that at the first size. Filling is not counted.
"""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from benchmarks.desk import Desk, new_desk
from benchmarks.fill import fill
from benchmarks.harness import Plan, Row, attempt, percentile, row
from benchmarks.pipeline import through
from benchmarks.traffic import sink
from helpdeskd.daemon.office import prepared
from helpdeskd.daemon.sweep import Sweep
from helpdeskd.storage import db
from helpdeskd.storage.tables import proxy

SIZES = (1_000, 100_000, 1_000_000)
NAMES = {1_000: "1 k tickets", 100_000: "100 k tickets", 1_000_000: "1 M tickets"}
SWEEPS = 30
DUE_SWEEPS = 3
DUE = """
UPDATE target SET next_at = ?
WHERE id IN (SELECT min(id) FROM target WHERE next_at > ? GROUP BY ticket_id LIMIT 100)
"""


def run(plan: Plan) -> list[Row]:
    rows: list[Row] = []
    with new_desk(plan.folder) as desk:
        for size in plan.of(SIZES, SIZES[:1]):
            fill(desk, size)
            subjects = (_idle, _due, partial(_pipeline, plan))
            rows += [attempt(NAMES[size], partial(subject, desk, NAMES[size])) for subject in subjects]
    return _compared(rows)


def _idle(desk: Desk, size: str) -> Row:
    with _swept(desk) as sweep:
        sweep()
        took = [1000 * sweep() for _ in range(SWEEPS)]
    return Row(f"sweep, nothing due, {size}", ms=percentile(took, 0.5), p99_ms=percentile(took, 0.99))


def _due(desk: Desk, size: str) -> Row:
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    took = []
    with _swept(desk) as sweep:
        for _ in range(DUE_SWEEPS):
            proxy.execute_sql(DUE, (now, now))
            took.append(1000 * sweep())
    return Row(f"sweep, 100 due, {size}", ms=percentile(took, 0.5), p99_ms=max(took))


@contextmanager
def _swept(desk: Desk) -> Iterator[Callable[[], float]]:
    """A tick of the clock over a desk that is not running: the seconds that it takes."""
    office = prepared(desk.config)
    db.connect(desk.state)

    def tick() -> float:
        begin = time.perf_counter()
        with db.transaction():
            sweep.run(datetime.now(UTC))
        return time.perf_counter() - begin

    try:
        sweep = Sweep(office)
        with redirect_stderr(io.StringIO()):
            yield tick
    finally:
        db.close()


def _pipeline(plan: Plan, desk: Desk, size: str) -> Row:
    samples = []
    for number in range(plan.of(3, 1)):
        with sink() as smarthost:
            again = Desk(desk.folder, smarthost.port)
            samples.append(through(again, "mix", plan.of(400, 60), f"{size.replace(' ', '')}.{number}"))
    return row(f"pipeline, mix, {size}", samples)


def _compared(rows: list[Row]) -> list[Row]:
    """The processor time per mail beside that of the first size."""
    first = next((each.cpu_ms for each in rows if each.cpu_ms), None)
    return [replace(each, ratio=each.cpu_ms / first) if each.cpu_ms and first else each for each in rows]

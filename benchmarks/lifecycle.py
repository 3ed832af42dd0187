"""Starting, resting, and a mail of 33 MB.

`start to READY` is from the command until the service manager hears READY=1, of a desk that has run before. `memory at
rest` is of all its processes when nothing comes: resident (MB), and in the note what it comes to when what they share
is divided among them. `a mail of 33 MB` comes while plain mails come from others, twenty a second: `ms` is the longest
that one of these waited for its 250, `p99 ms` the longest until its acknowledgement was at the sink, and MB the peak.
"""

import time
from functools import partial

from benchmarks.desk import UNDECIDED, Desk, new_desk
from benchmarks.harness import Plan, Row, attempt, spread
from benchmarks.pipeline import UNSENT
from benchmarks.processes import Peak, memory_mb, proportional_mb
from benchmarks.traffic import client, sink

REST_SECONDS = 4.0
"""So long everything that starts has started."""
PER_SECOND = 20


def run(plan: Plan) -> list[Row]:
    with new_desk(plan.folder) as desk:
        subjects = {"start to READY": _start, "memory at rest": _rest}
        rows = [attempt(name, partial(subject, plan, desk)) for name, subject in subjects.items()]
    return [*rows, attempt("a mail of 33 MB", partial(_huge, plan))]


def _start(plan: Plan, desk: Desk) -> Row:
    with desk.serving():
        pass
    took = []
    for _ in range(plan.of(5, 1)):
        begin = time.monotonic()
        with desk.serving():
            took.append(1000 * (time.monotonic() - begin))
    median, apart = spread(took)
    return Row("start to READY", ms=median, spread=apart)


def _rest(plan: Plan, desk: Desk) -> Row:
    with desk.serving() as daemon:
        time.sleep(plan.of(REST_SECONDS, REST_SECONDS / 2))
        shared = proportional_mb(daemon.pid)
        return Row("memory at rest", memory_mb=memory_mb(daemon.pid), note=f"{shared:.0f} MB, what is shared divided")


def _huge(plan: Plan) -> Row:
    others = plan.of(200, 40)
    pace = ["--kinds", "plain", "--sessions", "4", "--per-second", str(PER_SECOND)]
    one = ["--kinds", "huge", "--run", "huge", "--sessions", "1"]
    with sink() as smarthost, new_desk(plan.folder, smarthost.port) as desk, desk.serving() as daemon:
        with client(desk.port, others, *pace) as small, client(desk.port, 1, *one) as huge, Peak(daemon.pid) as peak:
            small.begin()
            huge.begin()
            huge.result()
            times = small.result().times
            desk.until(UNDECIDED)
            desk.until(UNSENT)
        desk.check(others + 1)
        answered = smarthost.answered()
    accepted = max(waited for _, waited in times.values())
    acknowledged = max(answered[name] - dot for name, (dot, _) in times.items() if name in answered)
    return Row("a mail of 33 MB", ms=1000 * accepted, p99_ms=1000 * acknowledged, memory_mb=peak.mb)

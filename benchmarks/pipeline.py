"""The whole daemon with a smarthost, delivery alone, and how long a sender waits for the acknowledgement.

`whole pipeline` is from the first MAIL FROM of sixteen sessions until a sink has taken the last mail that came of it,
those to agents too; the rate counts mails received. `delivery` is a desk started on a full outbox: from the first mail
that is sent to the last; the rate counts mails sent. `final dot to acknowledgement` is from the client's final dot to
the sink's taking the acknowledgement, at ten mails a second from four sessions.
"""

import time
from functools import partial

from benchmarks.desk import UNDECIDED, Desk, new_desk
from benchmarks.harness import Plan, Row, Sample, attempt, percentile, row
from benchmarks.mix import KINDS, mails
from benchmarks.processes import Peak, cpu_seconds
from benchmarks.traffic import client, sink

UNSENT = "SELECT EXISTS (SELECT 1 FROM outbox WHERE status = 'queued' OR status = 'sending')"
SENT = "SELECT count(*) FROM outbox WHERE status = 'sent'"
NONE_SENT = "SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE status = 'sent')"
PER_SECOND = 10


def run(plan: Plan) -> list[Row]:
    rows = []
    for name, count in {"mix": plan.of(600, 100), **plan.of({"plain": 1500}, {})}.items():
        rows.append(attempt(f"whole pipeline, {name}", partial(_pipeline, plan, name, count)))
        rows.append(attempt(f"delivery, {name}", partial(_delivery, plan, name, count)))
    return [*rows, attempt("final dot to acknowledgement", partial(_latency, plan, plan.of(600, 30)))]


def _pipeline(plan: Plan, name: str, count: int) -> Row:
    return row(f"whole pipeline, {name}", [_whole(plan, name, count) for _ in range(plan.of(3, 1))])


def _whole(plan: Plan, name: str, count: int) -> Sample:
    with sink() as smarthost, new_desk(plan.folder, smarthost.port) as desk:
        return through(desk, name, count)


def through(desk: Desk, name: str, count: int, run: str = "a") -> Sample:
    """Send mails through a desk that is not running yet, until all that comes of them is delivered."""
    before_it = desk.taken()
    with desk.serving() as daemon, client(desk.port, count, "--run", run, "--kinds", name) as sending:
        before = cpu_seconds(daemon.pid)
        with Peak(daemon.pid) as peak:
            begin = sending.begin()
            sending.result()
            desk.until(UNDECIDED)
            end = desk.until(UNSENT)
        desk.check(before_it + count)
        return Sample(count, end - begin, cpu_seconds(daemon.pid) - before, peak.mb)


def _delivery(plan: Plan, name: str, count: int) -> Row:
    return row(f"delivery, {name}", [_outbox_emptied(plan, name, count) for _ in range(plan.of(3, 1))])


def _outbox_emptied(plan: Plan, name: str, count: int) -> Sample:
    with sink() as smarthost, new_desk(plan.folder) as filling:
        filling.put(mails(count, KINDS[name]))
        with filling.serving():
            filling.until(UNDECIDED)
        filling.check(count)
        desk = Desk(filling.folder, smarthost.port)
        with desk.serving() as daemon:
            desk.until(NONE_SENT)
            begin, before, sent = time.monotonic(), cpu_seconds(daemon.pid), desk.ask(SENT)
            with Peak(daemon.pid) as peak:
                end = desk.until(UNSENT)
            return Sample(desk.ask(SENT) - sent, end - begin, cpu_seconds(daemon.pid) - before, peak.mb)


def _latency(plan: Plan, count: int) -> Row:
    pace = ["--per-second", str(PER_SECOND), "--sessions", "4"]
    with sink() as smarthost, new_desk(plan.folder, smarthost.port) as desk, desk.serving() as daemon:
        with client(desk.port, count, *pace) as sending, Peak(daemon.pid) as peak:
            before = cpu_seconds(daemon.pid)
            sending.begin()
            times = sending.result().times
            desk.until(UNDECIDED)
            desk.until(UNSENT)
            cpu = cpu_seconds(daemon.pid) - before
        answered = smarthost.answered()
    waits = [1000 * (answered[name] - dot) for name, (dot, _) in times.items() if name in answered]
    return Row(
        "final dot to acknowledgement", ms=percentile(waits, 0.5), p99_ms=percentile(waits, 0.99),
        cpu_ms=1000 * cpu / count, memory_mb=peak.mb, note=f"{len(waits)} of them, {PER_SECOND} mails a second",
    )  # fmt: skip

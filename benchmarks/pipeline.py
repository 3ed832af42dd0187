"""The whole daemon with a smarthost, delivery alone, and how long a sender waits for the acknowledgement.

`delivery` is a desk started on a full outbox: from the first mail that is sent to the last; the rate counts mails sent.
`whole pipeline` is from the first MAIL FROM of sixteen sessions until a sink has taken the last mail that came of it,
those to agents too; the rate counts mails received. `final dot to acknowledgement` is from the moment at which the
client has written a mail's final dot to that at which the sink has read that of its acknowledgement, at ten mails a
second of the mix from four sessions. All on one desk.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from benchmarks.desk import UNDECIDED, new_desk
from benchmarks.harness import Plan, Row, Sample, attempt, percentile, row, spread
from benchmarks.mix import KINDS, mails
from benchmarks.profile_worker import decided
from benchmarks.rounds import Running, by_smtp, laps
from benchmarks.traffic import Sink, client, sink

QUEUED = "SELECT count(*) FROM outbox WHERE status = 'queued'"
UNSENT = "SELECT EXISTS (SELECT 1 FROM outbox WHERE status = 'queued' OR status = 'sending')"
SENT = "SELECT count(*) FROM outbox WHERE status = 'sent'"
DELIVERED = (UNDECIDED, UNSENT)
WHOLE = "whole pipeline, {}"
LATENCY = "final dot to acknowledgement"
PER_SECOND = 10


def run(plan: Plan) -> Iterator[Row]:
    with sink() as smarthost, new_desk(plan.folder, smarthost.port) as desk:
        desk.put(mails(plan.of(1500, 50), KINDS["mix"], run="before"))
        decided(desk)
        waiting = desk.ask(QUEUED)
        with desk.serving() as daemon:
            running = Running(desk, (desk.port,), (daemon.pid,))
            yield attempt("delivery, mix", partial(_delivery, plan, running, waiting))
            for name, count in {"mix": plan.of(600, 40), **plan.of({"plain": 1500}, {})}.items():
                yield attempt(WHOLE.format(name), partial(_whole, running, name, [count] * plan.of(3, 2)))
            yield attempt(LATENCY, partial(_latency, running, smarthost, plan.of([200] * 3, [8] * 2)))


def _delivery(plan: Plan, running: Running, waiting: int) -> Row:
    parts = plan.of(3, 2)
    marks = [1, *(waiting * part // parts for part in range(1, parts + 1))]
    return row("delivery, mix", laps(running, SENT, marks), (WHOLE.format("mix"),))


def _whole(running: Running, name: str, rounds: list[int]) -> Row:
    return row(
        WHOLE.format(name),
        by_smtp(running, name, rounds, run=name, until=DELIVERED),
        (f"mail to acknowledgement, {name}",),
    )


def _latency(running: Running, smarthost: Sink, rounds: list[int]) -> Row:
    pace = ("--per-second", str(PER_SECOND), "--sessions", "4", "--run", "paced")
    medians, waits, used = list[float](), list[float](), []
    with client(running.ports, rounds, *pace) as sending:
        for _ in rounds:
            with running.meter() as meter:
                sending.begin()
                sent = sending.result()
                for question in DELIVERED:
                    running.desk.until(question)
            answered = smarthost.answered()
            took = [1000 * (answered[name] - dot) for name, (dot, _) in sent.times.items() if name in answered]
            medians.append(percentile(took, 0.5))
            waits += took
            used.append(Sample(len(sent.times), sent.seconds, meter.cpu, meter.mb))
    _, apart = spread(medians)
    return replace(
        row(LATENCY, used), ms=percentile(waits, 0.5), p99_ms=percentile(waits, 0.99), spread=apart,
        note=f"of {len(waits)} acknowledgements, {PER_SECOND} mails a second",
    )  # fmt: skip

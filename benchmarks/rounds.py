"""Repetitions on a desk that runs: what it costs to start it is in none of them.

`by_smtp` sends mail in rounds, each until all that is asked for has happened; a few mails go before, because a worker
that has just been started is still reading its code. `laps` watches how a running desk works off what waits for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.desk import UNDECIDED, Desk
from benchmarks.harness import Sample
from benchmarks.processes import Meter
from benchmarks.traffic import client

WARM = 24
"""Of three customers, so that each of two workers gets some."""
WARM_UP = ("--kinds", "plain", "--run", "warm")


@dataclass(frozen=True, slots=True)
class Running:
    """A desk that runs on one node or on several: where they listen, and their processes, besides the database's."""

    desk: Desk
    ports: tuple[int, ...]
    pids: tuple[int, ...]
    besides: tuple[int, ...] = ()

    def meter(self) -> Meter:
        return Meter(*self.pids, besides=self.besides)


def by_smtp(
    running: Running, kinds: str, rounds: Sequence[int], run: str = "a", until: Sequence[str] = (UNDECIDED,)
) -> list[Sample]:
    """Rounds of so many mails, each until every question has the answer 0. Raises RuntimeError where one is lost."""
    desk, samples = running.desk, list[Sample]()
    before = desk.taken()
    with client(running.ports, (WARM, *rounds), "--kinds", kinds, "--run", run) as sending:
        for count in (WARM, *rounds):
            with running.meter() as used:
                begin = sending.begin()
                sending.result()
                end = max(desk.until(question) for question in until)
            samples.append(Sample(count, end - begin, used.cpu, used.mb, used.cpu_besides))
    desk.check(before + WARM + sum(rounds))
    return samples[1:]


def laps(running: Running, question: str, marks: Sequence[int]) -> list[Sample]:
    """From mark to mark of what a query counts, which begins below the first of them."""
    samples = []
    begin, done = running.desk.reach(question, marks[0])
    for _, mark in pairwise(marks):
        with running.meter() as used:
            end, now = running.desk.reach(question, mark)
        samples.append(Sample(now - done, end - begin, used.cpu, used.mb, used.cpu_besides))
        begin, done = end, now
    return samples

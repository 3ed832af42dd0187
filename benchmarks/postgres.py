"""The same figures of a desk on PostgreSQL: one node as it comes, with a worker for each core; one with one worker, and
two of these on one database.

Each row stands beside SQLite's of the same run (`accept`, `turn`, `pipeline`), two nodes beside one worker. The nodes
share the sessions. The server runs on the same machine; its CPU counts (the note says how much of it that is), its
memory does not, because most of it is what all its processes share. The second node joins the first when that has been
measured.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from benchmarks import accept, pipeline, turn
from benchmarks.desk import UNDECIDED, Desk, new_desk
from benchmarks.harness import Plan, Row, Sample, attempt, row
from benchmarks.postgres_server import Server, postgres
from benchmarks.processes import settle
from benchmarks.rounds import Running, by_smtp
from benchmarks.traffic import sink

TABLES = """
[database]
url = "{url}"

[node]
name = "node{number}"
{workers}
"""
AS_IT_COMES, ALONE = "", "workers = 1"
KEYS = "token.key"


NODE, ONE, TWO = "PostgreSQL", "PostgreSQL, one worker", "PostgreSQL, two nodes"


def run(plan: Plan) -> Iterator[Row]:
    with postgres(plan.folder) as server:
        for load in list(accept.loads(plan))[plan.of(0, -1) :]:
            yield from _accept(plan, server, load)
        kinds = {"mix": [plan.of(600, 30)] * plan.of(3, 2), **plan.of({"plain": [1500] * 3}, {})}
        yield from _turns(plan, server, (NODE,), AS_IT_COMES, kinds)
        yield from _turns(plan, server, (ONE, TWO), ALONE, kinds)
        if plan.quick:
            return
        yield from _pipelines(plan, server, (NODE,), AS_IT_COMES)
        yield from _pipelines(plan, server, (ONE, TWO), ALONE)


def _accept(plan: Plan, server: Server, load: accept.Load) -> Iterator[Row]:
    servers = {f"{NODE}: accept": lambda: accept.intake(plan.folder, server.new())}
    for made in accept.in_turn(servers, [load], plan.of(3, 2), besides=(server.pid,)):
        yield replace(made, beside=(f"accept {load.name}",))


def _turns(
    plan: Plan, server: Server, layouts: Sequence[str], workers: str, kinds: Mapping[str, Sequence[int]]
) -> Iterator[Row]:
    for layout, running in _nodes(plan, server, layouts, workers):
        for name, rounds in kinds.items():
            title = turn.WHOLE.format(name)
            yield attempt(f"{layout}: {title}", partial(_row, running, layout, title, name, rounds, (UNDECIDED,)))


def _pipelines(plan: Plan, server: Server, layouts: Sequence[str], workers: str) -> Iterator[Row]:
    title, rounds = pipeline.WHOLE.format("mix"), [600] * 3
    with sink() as smarthost:
        for layout, running in _nodes(plan, server, layouts, workers, smarthost.port):
            measure = partial(_row, running, layout, title, "mix", rounds, pipeline.DELIVERED)
            yield attempt(f"{layout}: {title}", measure)


def _row(running: Running, layout: str, title: str, kinds: str, rounds: Sequence[int], until: Sequence[str]) -> Row:
    samples = by_smtp(running, kinds, rounds, run=f"{len(running.pids)}{kinds}", until=until)
    beside = f"{ONE}: {title}" if layout == TWO else title
    return row(f"{layout}: {title}", samples, (beside,), _note(samples))


def _note(samples: Sequence[Sample]) -> str:
    share = sum(sample.cpu_besides for sample in samples) / sum(sample.cpu for sample in samples)
    return f"{share:.0%} of the CPU is the server's"


def _nodes(
    plan: Plan, server: Server, layouts: Sequence[str], workers: str, smarthost: int = 0
) -> Iterator[tuple[str, Running]]:
    """One node more for each layout, on one database; all have the keys of the first."""
    url, desks, pids = server.new(), list[Desk](), list[int]()
    with ExitStack() as stack:
        for number, layout in enumerate(layouts):
            extra = TABLES.format(url=url, number=number, workers=workers)
            desk = stack.enter_context(new_desk(plan.folder, smarthost, extra, url))
            if desks:
                shutil.copy(desks[0].state / KEYS, desk.state)
            desks.append(desk)
            pids.append(stack.enter_context(desk.serving()).pid)
            settle(*pids)
            yield layout, Running(desks[0], tuple(each.port for each in desks), tuple(pids), (server.pid,))

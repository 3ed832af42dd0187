"""What is due where several nodes mind the clock: each of it once, by whichever node comes first (P7)."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.daemon.sweep import Sweep
from helpdeskd.storage import db
from helpdeskd.storage.claims import Leased
from helpdeskd.storage.tables import proxy
from tests.servers.postgres import fresh
from tests.world import BRAM, World

NODES = 3


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    url = fresh(tmp_path).url
    with World(tmp_path / "desk", extra=f'[database]\nurl = "{url}"\n[node]\nname = "one"\n') as world:
        yield world


def tick(world: World, started: threading.Barrier, alone: bool) -> None:
    """One tick of a node, on a connection of its own; all have begun to look before any of them does something."""
    sweep, claims, at_first = Sweep(world.office), Leased("any", 60.0), iter([started.wait])

    def run() -> None:
        db.epoch()
        for wait in at_first:
            wait()
        if not alone or claims.may_sweep():
            sweep.run(world.now)

    try:
        db.attempt(run)
    finally:
        proxy.close()


@pytest.mark.parametrize("alone", [True, False], ids=["with the lock of the clock", "and even without it"])
def test_ticks_of_several_nodes_at_once_tell_each_thing_once(world: World, alone: bool):
    world.receives(BRAM)
    world.clock.at += timedelta(days=3)
    started = threading.Barrier(NODES, timeout=30)
    with ThreadPoolExecutor(NODES) as threads:
        for ticked in [threads.submit(tick, world, started, alone) for _ in range(NODES)]:
            ticked.result(60)
    world.advance(minutes=1)
    warned = [mail.to for mail in world.sent(notice="target-warning")]
    assert warned
    assert sorted(warned) == sorted(set(warned))

"""The scheduler ticks, whatever the sweep does."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from helpdeskd.daemon import ticks as ticks_module
from helpdeskd.daemon.ticks import Ticks

Sweep = Callable[[], Awaitable[None]]


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks_module, "SWEEP_SECONDS", 0.05)


@pytest.fixture
async def ticking() -> AsyncIterator[Callable[[Sweep], Ticks]]:
    started: list[Ticks] = []

    def start(sweep: Sweep) -> Ticks:
        started.append(Ticks(sweep))
        started[-1].start()
        return started[-1]

    yield start
    for ticks in started:
        await ticks.stop(0.1)


async def test_it_sweeps_at_once_and_again_and_goes_on_after_a_fault(ticking: Callable[[Sweep], Ticks]):
    thrice = asyncio.Event()
    sweeps = 0

    async def sweep() -> None:
        nonlocal sweeps
        sweeps += 1
        if sweeps == 3:
            thrice.set()
        raise RuntimeError("the database is away")

    ticking(sweep)
    async with asyncio.timeout(10):
        await thrice.wait()


async def test_f28_a_sweep_that_hangs_is_not_begun_again_and_shows_in_the_age(ticking: Callable[[Sweep], Ticks]):
    begun, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def sweep() -> None:
        begun.release()
        await go_on.wait()

    ticks = ticking(sweep)
    async with asyncio.timeout(10):
        await begun.acquire()
        while ticks.age < 0.5:
            await asyncio.sleep(0.05)
        assert begun.locked()
        go_on.set()
        await begun.acquire()
    assert ticks.age < 0.5


async def test_a_stop_waits_for_the_sweep_that_works():
    begun, done = asyncio.Event(), asyncio.Event()

    async def sweep() -> None:
        begun.set()
        await asyncio.sleep(0.1)
        done.set()

    ticks = Ticks(sweep)
    ticks.start()
    await begun.wait()
    await ticks.stop(10)
    assert done.is_set()


async def test_a_stop_does_not_wait_for_ever():
    begun = asyncio.Event()

    async def sweep() -> None:
        begun.set()
        await asyncio.Event().wait()

    ticks = Ticks(sweep)
    ticks.start()
    await begun.wait()
    async with asyncio.timeout(10):
        await ticks.stop(0.05)


async def test_f06_ticks_that_a_clock_has_jumped_over_are_not_counted_one_by_one(ticking: Callable[[Sweep], Ticks]):
    """Three days have as many of these as eleven months have of real ones; they would take most of a minute."""
    swept = asyncio.Semaphore(0)

    async def sweep() -> None:
        swept.release()

    ticks = ticking(sweep)
    async with asyncio.timeout(10):
        await swept.acquire()
    ticks._scheduler.modify_job(ticks_module.SWEEP, next_run_time=datetime.now(UTC) - timedelta(days=3))
    before = time.process_time()
    await swept.acquire()
    await swept.acquire()
    assert time.process_time() - before < 2

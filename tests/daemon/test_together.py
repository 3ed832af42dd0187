"""Who waits together is stored together, and each hears what became of its own."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdeskd.daemon.together import MOST, MOST_BYTES, Together
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import arrivals, db, inbox
from helpdeskd.storage.arrivals import Arrival
from helpdeskd.storage.db import Unavailable
from helpdeskd.storage.door import Door

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KILLED = """
import asyncio, sys
from pathlib import Path
from helpdeskd.daemon.intake import Intake
from helpdeskd.storage.door import Door
from tests.daemon.test_together import envelope

async def main():
    state = Path(sys.argv[1])
    intake = Intake(Door(state), state, 0, 0, lambda: None)

    async def client(first):
        for number in range(first, 100_000, 8):
            await intake.accept([envelope()], b"Subject: %d\\r\\n\\r\\n" % number)
            print(number, flush=True)

    await asyncio.gather(*map(client, range(8)))

asyncio.run(main())
"""


def envelope(at: datetime = NOW) -> Envelope:
    return Envelope("anna@bakery.example", "support@desk.example", at)


def mail(number: int, at: datetime = NOW) -> Arrival:
    return arrivals.arrival([envelope(at)], b"Subject: %d\r\n\r\n" % number)


@dataclass
class Store:
    """Keeps numbers, group by group, as fast as it is let."""

    fault: Exception | None = None

    def __post_init__(self) -> None:
        self.groups: list[list[int]] = []
        self.free = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        await self.free.wait()
        self.groups.append(list(numbers))
        if self.fault is not None:
            raise self.fault
        return [-number for number in numbers]


async def begun(store: Store, numbers: Sequence[int], size: int = 1) -> list[asyncio.Future[int]]:
    """So many callers who wait."""
    together = Together(store, lambda _number: size)
    callers = [asyncio.ensure_future(together(number)) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    return callers


async def test_the_first_goes_at_once_and_those_that_come_meanwhile_go_together():
    store = Store()
    callers = await begun(store, range(5))
    store.free.set()
    assert await asyncio.gather(*callers) == [0, -1, -2, -3, -4]
    assert sorted(map(len, store.groups)) in ([1, 4], [5])


async def test_whoever_comes_after_a_rest_is_served_too():
    store = Store()
    store.free.set()
    together = Together(store, lambda _number: 1)
    assert [await together(number) for number in (1, 2)] == [-1, -2]
    assert store.groups == [[1], [2]]


@pytest.mark.parametrize(("size", "most"), [(1, MOST), (MOST_BYTES // 4, 4), (2 * MOST_BYTES, 1)])
async def test_a_group_has_limits(size: int, most: int):
    store = Store()
    callers = await begun(store, range(3 * MOST), size)
    store.free.set()
    await asyncio.gather(*callers)
    assert max(map(len, store.groups)) == most
    assert [number for group in store.groups for number in group] == list(range(3 * MOST))


async def test_where_the_database_is_not_available_all_are_told_and_nobody_tries_again():
    store = Store(Unavailable("the disk is full"))
    callers = await begun(store, range(5))
    store.free.set()
    assert {str(fault) for fault in await asyncio.gather(*callers, return_exceptions=True)} == {"the disk is full"}
    assert sorted(number for group in store.groups for number in group) == list(range(5))


async def test_a_caller_who_goes_away_costs_the_others_nothing():
    store = Store()
    callers = await begun(store, range(5))
    callers[0].cancel()
    callers[3].cancel()
    store.free.set()
    assert await asyncio.gather(callers[1], callers[2], callers[4]) == [-1, -2, -4]
    assert sorted(number for group in store.groups for number in group) == list(range(5))


def test_each_of_a_mixture_of_mails_has_its_own_result(tmp_path: Path):
    """`bad` mails cannot be stored, who `leaves` does not wait; each comes so many turns of the loop later."""
    numbers = count()

    @settings(deadline=None, max_examples=25)
    @given(st.lists(st.tuples(st.sampled_from(["good", "bad", "leaves"]), st.integers(0, 30)), max_size=24))
    def check(kinds: list[tuple[str, int]]) -> None:
        asyncio.run(mixture(door, [(next(numbers), *kind) for kind in kinds]))

    with closing(Door(tmp_path)) as door:
        check()


async def mixture(door: Door, mails: list[tuple[int, str, int]]) -> None:
    """Number, kind and turns of each mail."""

    async def store(group: Sequence[Arrival]) -> list[list[int]]:
        return await door(arrivals.put, group)

    together: Together[Arrival, list[int]] = Together(store, lambda mail: len(mail.raw))

    async def client(number: int, kind: str, turns: int) -> list[int]:
        for _ in range(turns):
            await asyncio.sleep(0)
        waits = asyncio.ensure_future(together(mail(number, NOW.replace(tzinfo=None) if kind == "bad" else NOW)))
        if kind == "leaves":
            await asyncio.sleep(0)
            waits.cancel()
        return await waits

    results = await asyncio.gather(*(client(*each) for each in mails), return_exceptions=True)
    stored = {row.id: row.raw for row in await door(inbox.next_queued, 10_000, 1 << 20, NOW)}
    assert len(stored) == len(set(stored.values()))
    for (number, kind, _), result in zip(mails, results, strict=True):
        assert (mail(number).raw in stored.values()) == (kind == "good") or kind == "leaves"
        match kind:
            case "good":
                assert isinstance(result, list)
                assert stored[result[0]] == mail(number).raw
            case "bad":
                assert isinstance(result, ValueError)
            case "leaves":
                assert isinstance(result, asyncio.CancelledError)


@pytest.mark.parametrize("answers", [1, 40])
def test_what_was_answered_is_there_after_a_kill(tmp_path: Path, answers: int):
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        answered = [int(process.stdout.readline()) for _ in range(answers)]
        process.kill()
        answered += [int(line) for line in process.stdout.read().split()]
    db.connect(tmp_path)
    stored = {row.raw for row in inbox.next_queued(100_000, 1 << 30, NOW)}
    db.close()
    assert {b"Subject: %d\r\n\r\n" % number for number in answered} <= stored

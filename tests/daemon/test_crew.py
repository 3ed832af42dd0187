"""The crew against stand-ins for the worker that die, hang or fall silent; the real one is in tests/system."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdeskd.daemon import crew as crew_module
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.crew import Crew
from helpdeskd.daemon.office import Office, prepared
from helpdeskd.daemon.wire import IO_ERROR
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import inbox
from helpdeskd.storage.db import StorageError
from helpdeskd.storage.door import Door
from tests.config.small_desk import SMALL

BEGIN = "import os, sys, time; print('begin 1 100', flush=True)"
DIES = f"{BEGIN}; os._exit(9)"
HANGS = f"{BEGIN}; time.sleep(600)"
SAYS_NOTHING = "import time; time.sleep(600)"
BREAKS = f"import sys; sys.exit({IO_ERROR})"
OBEYS = "import sys; print('idle', flush=True); sys.stdin.buffer.read()"

Start = Callable[[str], Crew]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    file = tmp_path / "config.toml"
    file.write_text(SMALL + '[state]\nfolder = "state"\n')
    return prepared(file)


@pytest.fixture
def door(office: Office) -> Iterator[Door]:
    """The database, with one mail in the inbox."""
    opened = Door(office.loaded.settings.state)
    envelope = Envelope("anna@bakery.example", "support@desk.example", datetime(2026, 11, 2, 9, tzinfo=UTC))
    opened.call(inbox.put, [envelope], b"Subject: Printer\r\n\r\nIt is on fire.\r\n")
    yield opened
    opened.close()


@pytest.fixture
async def start(office: Office, door: Door) -> AsyncIterator[Start]:
    """Starts a crew whose workers run this program."""
    running: list[tuple[Crew, asyncio.Task[None]]] = []

    def begin(program: str) -> Crew:
        crew = Crew(office, door, Clock(), lambda: None, (sys.executable, "-c", program))
        running.append((crew, asyncio.create_task(crew.run())))
        return crew

    yield begin
    for crew, task in running:
        crew.stop()
        task.cancel()
        await asyncio.wait([task])


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def strikes(door: Door) -> tuple[int, str]:
    row = await door(inbox.get, 1)
    assert row is not None
    return row.strikes, row.status


async def pid_other_than(crew: Crew, known: int | None) -> int:
    async def changed() -> bool:
        return crew.pid not in {None, known}

    await until(changed)
    assert crew.pid is not None
    return crew.pid


async def test_a_mail_over_which_three_workers_died_has_failed(start: Start, door: Door):
    start(DIES)

    async def failed() -> bool:
        return await strikes(door) == (3, "failed")

    await until(failed)


async def test_a_worker_that_hangs_over_a_mail_is_killed_and_the_mail_struck(start: Start, door: Door):
    start(HANGS)

    async def struck() -> bool:
        return await strikes(door) == (1, "queued")

    await until(struck)
    row = await door(inbox.get, 1)
    assert row is not None
    assert row.reason == "worker was killed by signal 9"


async def test_a_worker_that_says_nothing_is_replaced_and_no_mail_struck(
    start: Start, door: Door, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(crew_module, "SILENT_SECONDS", 0.3)
    crew = start(SAYS_NOTHING)
    first = await pid_other_than(crew, None)
    await pid_other_than(crew, first)
    assert await strikes(door) == (0, "queued")


async def test_a_worker_that_is_to_be_replaced_ends_by_itself_and_another_starts(start: Start, office: Office):
    crew = start(OBEYS)
    first = await pid_other_than(crew, None)
    crew.replace(office)
    await pid_other_than(crew, first)


async def test_each_of_several_workers_is_watched_for_itself(office: Office, door: Door, tmp_path: Path):
    told = tmp_path / "pids"
    tells = f"import os; open({str(told)!r}, 'a').write(f'{{os.getpid()}}\\n'); {OBEYS}"
    crew = Crew(office, door, Clock(), lambda: None, (sys.executable, "-c", tells), workers=2)
    running = asyncio.create_task(crew.run())

    async def started(workers: int) -> list[int]:
        await until(lambda: there(workers))
        return [int(pid) for pid in told.read_text().split()]

    async def there(workers: int) -> bool:
        return told.exists() and told.read_text().count("\n") == workers

    first, other = await started(2)
    os.kill(first, signal.SIGKILL)
    assert len(await started(3)) == 3
    os.kill(other, 0)
    crew.stop()
    async with asyncio.timeout(20):
        await running


async def test_an_io_error_of_a_worker_lets_nobody_go_on(office: Office, door: Door):
    crew = Crew(office, door, Clock(), lambda: None, (sys.executable, "-c", BREAKS))
    with pytest.raises(StorageError, match=r"I/O error"):
        await crew.run()

"""The supervisor in this process, with a clock that we set; as a process it is in tests/system."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.daemon.app import UNCLEAN, Supervisor
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.office import CannotServe
from helpdeskd.storage import duty
from tests.config.test_oncall import calendar
from tests.servers.process import until
from tests.servers.smarthost import Accepted, Smarthost
from tests.system.desk import PIET, RunningDesk, mail


@asynccontextmanager
async def serving(config: Path, after: timedelta = timedelta(0)) -> AsyncIterator[Supervisor]:
    """The daemon, with a clock that is so much ahead."""
    clock = Clock()
    clock.set(datetime.now(UTC) + after)
    supervisor, ready = Supervisor(config, clock), asyncio.Event()
    running = asyncio.create_task(supervisor.run(ready))
    await asyncio.wait([running, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
    yield supervisor
    supervisor.end()
    async with asyncio.timeout(30):
        await running


async def mails(smarthost: Smarthost, number: int) -> list[Accepted]:
    assert await asyncio.to_thread(until, lambda: len(smarthost.accepted) >= number, 30)
    return smarthost.accepted


@pytest.fixture
async def smarthost() -> AsyncIterator[Smarthost]:
    async with Smarthost() as running:
        yield running


@pytest.fixture
async def desk(tmp_path: Path, smarthost: Smarthost) -> AsyncIterator[RunningDesk]:
    """The configuration of a desk, and its client."""
    made = RunningDesk(tmp_path, smarthost=smarthost.port)
    yield made
    made.stop()


async def test_f28_what_became_due_while_the_desk_was_down_is_done_once(desk: RunningDesk, smarthost: Smarthost):
    """An acknowledgement and a notice for the agent; a day later the response is long overdue."""
    async with serving(desk.config):
        await asyncio.to_thread(desk.send, mail())
        await mails(smarthost, 2)
    async with serving(desk.config, timedelta(days=1)) as supervisor:
        told = (await mails(smarthost, 3))[2:]
        await supervisor.sweep()
    async with serving(desk.config, timedelta(days=1, minutes=1)) as supervisor:
        await supervisor.sweep()
        await asyncio.to_thread(desk.send, mail(2))
        await mails(smarthost, 5)
    assert [accepted.rcpt for accepted in told] == [f"RCPT TO:<{PIET}>"]
    assert len(smarthost.accepted) == 5
    desk.audit()


async def test_a_clean_end_leaves_no_mark_and_another_does(desk: RunningDesk):
    async with serving(desk.config):
        assert (desk.state / UNCLEAN).exists()
    assert not (desk.state / UNCLEAN).exists()
    with pytest.raises(CannotServe, match="I/O error"):
        async with serving(desk.config) as supervisor:
            supervisor.door.broken = True
    assert (desk.state / UNCLEAN).exists()


async def test_the_duty_calendar_is_read_at_the_start_and_another_one_after_a_reload(tmp_path: Path):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for name, who in (("first.ics", "Zoe"), ("second.ics", "Lee")):
        (tmp_path / name).write_bytes(calendar(f"DTSTART:{tomorrow:%Y%m%dT%H%M%SZ}\nDURATION:PT8H\nSUMMARY:{who}"))
    desk = RunningDesk(tmp_path, extra='[duty]\nroster = [1]\n[duty.calendar]\nfile = "first.ics"\n')
    async with serving(desk.config) as supervisor:
        assert await asyncio.to_thread(until, lambda: titles(supervisor) == ["Zoe"], 30)
        desk.config.write_text(desk.config.read_text().replace("first.ics", "second.ics"))
        assert await supervisor.reload()
        assert await asyncio.to_thread(until, lambda: titles(supervisor) == ["Lee"], 30)
    desk.stop()


def titles(supervisor: Supervisor) -> list[str]:
    """The events of the duty calendar that is stored."""
    return [event.title for event in supervisor.door.call(duty.calendar).events]


async def test_a_port_that_is_taken_is_told_and_nothing_is_left_running(desk: RunningDesk):
    taken = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", desk.lmtp)
    with pytest.raises(OSError, match="address already in use"):
        await Supervisor(desk.config).run()
    taken.close()
    async with serving(desk.config):
        pass

"""Listeners and mailboxes while the daemon runs; with real servers they are in tests/system."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.config.load import Settings
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.intake import Intake
from helpdeskd.daemon.ways_in import WaysIn
from helpdeskd.storage.door import Door
from tests.config.small_desk import SMALL, loaded
from tests.servers.process import free_port
from tests.servers.scripted_imap import CAPABILITY, CUT, ScriptedImap

LISTENER = '[[smtp]]\nname = "mx"\nlisten = "127.0.0.1:{}"\n'
MAILBOX = """
[[mailbox]]
name = "support"
host = "127.0.0.1"
port = {}
tls = "none"
user = "support"
address = "support@desk.example"
password_file = "password"
poll = "1 minute"
"""


@asynccontextmanager
async def opened(folder: Path, settings: Settings) -> AsyncIterator[WaysIn]:
    (folder / "password").write_text("secret\n")
    door = Door(folder)
    ways_in = WaysIn(Intake(door, folder, 0, 0, lambda: None), "support@desk.example".__eq__, Clock().now)
    try:
        await ways_in.open(settings, "desk.example")
        yield ways_in
    finally:
        await ways_in.close(10)
        door.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.05)


async def test_a_mailbox_that_is_not_read_lags_and_holds_up_nobody(tmp_path: Path):
    port = free_port()
    settings = loaded(tmp_path, SMALL + LISTENER.format(port) + MAILBOX.format(free_port())).settings
    async with opened(tmp_path, settings) as ways_in:
        await until(lambda: "Connection refused" in next(ways_in.mailboxes()).why)
        (box,) = ways_in.mailboxes()
        assert (box.name, box.late_after) == ("support", timedelta(minutes=3))
        await until(lambda: next(ways_in.mailboxes()).lag > box.lag)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()


async def test_a_mailbox_that_was_read_again_lags_no_more(tmp_path: Path):
    with ScriptedImap({"CAPABILITY": [CUT, CUT, CAPABILITY]}) as server:
        settings = loaded(tmp_path, SMALL + MAILBOX.format(server.port)).settings
        async with opened(tmp_path, settings) as ways_in:
            lags = [next(ways_in.mailboxes()).lag]

            def less() -> bool:
                lags.append(next(ways_in.mailboxes()).lag)
                return lags[-1] < max(lags)

            await until(less)


async def test_a_way_in_that_cannot_be_opened_is_told_and_the_others_are_closed(tmp_path: Path):
    first, taken = free_port(), await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    second = LISTENER.format(port).replace('"mx"', '"other"')
    settings = loaded(tmp_path, SMALL + LISTENER.format(first) + second).settings
    with pytest.raises(OSError, match="address already in use"):
        async with opened(tmp_path, settings):
            pass
    taken.close()
    with pytest.raises(OSError, match=r"[Cc]onnect"):
        await asyncio.open_connection("127.0.0.1", first)

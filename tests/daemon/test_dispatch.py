"""The outbox's way out against a scripted smarthost, with the real database."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.dispatch import Dispatch
from helpdeskd.daemon.office import Office, prepared
from helpdeskd.mail.delivery import RETRY, SmarthostSettings
from helpdeskd.storage import db, outbox
from helpdeskd.storage.db import Door
from helpdeskd.storage.outbox import Queued
from tests.config.small_desk import SMALL
from tests.servers.smarthost import SILENCE, Smarthost

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
CONTENT = b"From: support@desk.example\r\nTo: anna@bakery.example\r\nSubject: Hello\r\n\r\nHello.\r\n"


class Standing(Clock):
    """Always the same moment, until it is moved."""

    at = BEGIN

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def office(tmp_path: Path) -> Office:
    file = tmp_path / "config.toml"
    file.write_text(SMALL + '[state]\nfolder = "state"\n')
    return prepared(file)


@pytest.fixture
async def smarthost() -> AsyncIterator[Smarthost]:
    async with Smarthost() as running:
        yield running


@pytest.fixture
def door(office: Office, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.05)
    opened = Door(office.loaded.settings.state)
    yield opened
    opened.close()


def queued(number: int = 1, **values: object) -> Queued:
    row = Queued(
        id=number,
        channel=outbox.MAIL,
        message_id=f"<{number}@desk.example>",
        sender="support@desk.example",
        recipient="anna@bakery.example",
        notice="reply",
        reference="",
        automatic=False,
        to_agent=False,
        next_at=BEGIN,
        created_at=BEGIN,
        content=CONTENT,
    )
    return replace(row, **values)  # type: ignore[arg-type]


@asynccontextmanager
async def dispatching(
    door: Door, office: Office, smarthost: Smarthost, clock: Clock | None = None
) -> AsyncIterator[Dispatch]:
    settings = SmarthostSettings("127.0.0.1", smarthost.port, tls="none")
    dispatch = Dispatch(door, office, settings, clock or Standing())
    task = asyncio.create_task(dispatch.run())
    yield dispatch
    dispatch.stop()
    async with asyncio.timeout(20):
        await task


async def row_becomes(door: Door, true: Callable[[Queued], bool], number: int = 1) -> Queued:
    async with asyncio.timeout(20):
        while True:
            row = await door(outbox.get, number)
            if row is not None and true(row):
                return row
            await asyncio.sleep(0.02)


async def test_what_is_due_is_sent_in_its_order_and_what_is_not_due_waits(
    door: Door, office: Office, smarthost: Smarthost
):
    await door(outbox.queue, queued(1))
    await door(outbox.queue, queued(2, recipient="bram@bakery.example"))
    await door(outbox.queue, queued(3, next_at=BEGIN + timedelta(seconds=1)))
    async with dispatching(door, office, smarthost):
        await row_becomes(door, lambda row: row.status == "sent", 2)
    assert [mail.rcpt for mail in smarthost.accepted] == [
        "RCPT TO:<anna@bakery.example>",
        "RCPT TO:<bram@bakery.example>",
    ]
    assert (await door(outbox.counts)) == {"sent": 2, "queued": 1}


async def test_one_row_at_most_is_being_sent(door: Door, office: Office, smarthost: Smarthost):
    """So one at most is uncertain after a crash (P4)."""
    smarthost.script = {"final dot": SILENCE}
    for number in (1, 2, 3):
        await door(outbox.queue, queued(number))
    async with dispatching(door, office, smarthost):
        await smarthost.said(".")
        assert (await door(outbox.counts)) == {"sending": 1, "queued": 2}
        smarthost.script = {}
        await smarthost.hang_up()
        uncertain = await row_becomes(door, lambda row: row.uncertain)
        await row_becomes(door, lambda row: row.status == "sent", 3)
    assert (uncertain.status, uncertain.next_at) == ("queued", BEGIN + RETRY[0])


async def test_a_result_is_recorded_when_the_database_can_take_it_again(
    door: Door, office: Office, smarthost: Smarthost, caplog: pytest.LogCaptureFixture
):
    smarthost.script = {"final dot": SILENCE}
    await door(outbox.queue, queued())
    async with dispatching(door, office, smarthost):
        await smarthost.said(".")
        other = apsw.Connection(str(office.loaded.settings.state / db.FILE))
        other.execute("BEGIN EXCLUSIVE")
        await smarthost.hang_up()
        async with asyncio.timeout(20):
            while "database not available" not in caplog.text:
                await asyncio.sleep(0.02)
        other.close()
        await row_becomes(door, lambda row: row.uncertain and row.status == "queued")


async def test_a_mail_that_is_refused_for_good_has_failed_and_the_next_is_sent(
    door: Door, office: Office, smarthost: Smarthost
):
    smarthost.script = {"RCPT": ["550 5.1.1 no such user"]}
    await door(outbox.queue, queued(1))
    await door(outbox.queue, queued(2))
    async with dispatching(door, office, smarthost):
        await row_becomes(door, lambda row: row.status == "sent", 2)
    failed = await door(outbox.get, 1)
    assert failed is not None
    assert (failed.status, failed.reply) == ("failed", "550 5.1.1 no such user")


async def test_a_mail_is_given_up_after_five_days(door: Door, office: Office, smarthost: Smarthost):
    smarthost.script = {"RCPT": "450 4.2.1 busy"}
    clock = Standing()
    clock.at = BEGIN + timedelta(days=5)
    await door(outbox.queue, queued())
    async with dispatching(door, office, smarthost, clock):
        row = await row_becomes(door, lambda row: row.status == "failed")
    assert row.reply == "given up after 5 days: 450 4.2.1 busy"


async def test_a_mail_is_tried_once_more_within_its_five_days(door: Door, office: Office, smarthost: Smarthost):
    smarthost.script = {"RCPT": "450 4.2.1 busy"}
    clock = Standing()
    clock.at = BEGIN + timedelta(days=5) - RETRY[0]
    await door(outbox.queue, queued())
    async with dispatching(door, office, smarthost, clock):
        row = await row_becomes(door, lambda row: row.attempts == 1)
    assert (row.status, row.next_at) == ("queued", BEGIN + timedelta(days=5))


async def test_a_hook_is_run(door: Door, office: Office, smarthost: Smarthost, tmp_path: Path):
    told = tmp_path / "told"
    program = f"import sys, pathlib; pathlib.Path({str(told)!r}).write_text(sys.stdin.read())"
    order = {"argv": [sys.executable, "-c", program], "record": {"ticket": "HD-1001"}}
    await door(outbox.queue, outbox.hook(1, "", json.dumps(order).encode(), BEGIN))
    async with dispatching(door, office, smarthost):
        await row_becomes(door, lambda row: row.status == "sent")
    assert json.loads(told.read_text()) == {"ticket": "HD-1001"}

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
from helpdeskd.domain.ticket import Emergency, Status, Ticket
from helpdeskd.mail.delivery import RETRY, SmarthostSettings
from helpdeskd.storage import db, outbox, tickets
from helpdeskd.storage.door import Door
from helpdeskd.storage.outbox import Queued
from tests.config.small_desk import SMALL
from tests.servers.smarthost import SILENCE, Smarthost
from tests.storage.values import ticket

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
        other.set_busy_timeout(20_000)
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


def with_hook(office: Office, program: str) -> Office:
    """The same office with a [duty] whose command is a program in Python."""
    file = office.loaded.settings.file
    argv = json.dumps([sys.executable, "-c", program])
    file.write_text(file.read_text() + f'[duty]\nroster = ["piet"]\nhook = {argv}\n')
    return prepared(file)


def page(number: int = 1) -> Queued:
    return outbox.page(number, "hook", "hook", "", b'{"ticket": "HD-1001"}', BEGIN)


async def test_a_page_goes_by_its_channel(door: Door, office: Office, smarthost: Smarthost, tmp_path: Path):
    told = tmp_path / "told"
    program = f"import sys, pathlib; pathlib.Path({str(told)!r}).write_text(sys.stdin.read())"
    await door(outbox.queue, page())
    async with dispatching(door, with_hook(office, program), smarthost):
        await row_becomes(door, lambda row: row.status == "sent")
    assert json.loads(told.read_text()) == {"ticket": "HD-1001", "id": "hook-1"}
    assert smarthost.accepted == []


async def test_a_page_does_not_wait_for_a_smarthost_that_says_nothing(door: Door, office: Office, smarthost: Smarthost):
    smarthost.script = {"final dot": SILENCE}
    await door(outbox.queue, queued(1))
    async with dispatching(door, with_hook(office, "pass"), smarthost):
        await smarthost.said(".")
        await door(outbox.queue, page(2))
        await row_becomes(door, lambda row: row.status == "sent", 2)
        assert (await door(outbox.counts)) == {"sending": 1, "sent": 1}
        smarthost.script = {}
        await smarthost.hang_up()


async def test_a_short_mail_goes_to_the_smarthost(door: Door, office: Office, smarthost: Smarthost):
    await door(outbox.queue, queued(channel=outbox.SMS, recipient="316@sms.example"))
    async with dispatching(door, office, smarthost):
        await row_becomes(door, lambda row: row.status == "sent")
    assert [mail.rcpt for mail in smarthost.accepted] == ["RCPT TO:<316@sms.example>"]


@pytest.mark.parametrize(("status", "becomes"), [(75, "queued"), (1, "failed")])
async def test_a_page_that_is_not_sent_is_an_alarm_at_each_try(
    door: Door, office: Office, smarthost: Smarthost, caplog: pytest.LogCaptureFixture, status: int, becomes: str
):
    await door(outbox.queue, page())
    async with dispatching(door, with_hook(office, f"raise SystemExit({status})"), smarthost):
        await row_becomes(door, lambda row: row.attempts == 1 and row.status == becomes)
    assert 'stage=alarm what="page not sent" detail=" by hook: ' in caplog.text


def emergency(**changes: object) -> Ticket:
    """A ticket for which somebody was paged."""
    paged = Emergency(1, "piet", ("piet",), BEGIN)
    return replace(ticket(1), emergency=replace(paged, **changes))  # type: ignore[arg-type]


WAKES_FOR_NOTHING = (
    emergency(taken_by="ans"),
    emergency(released=True),
    replace(emergency(), status=Status.RESOLVED),
    replace(emergency(), status=Status.CLOSED),
)


@pytest.mark.parametrize("stands", WAKES_FOR_NOTHING)
async def test_a_page_of_an_emergency_that_is_in_hands_or_over_is_not_sent(
    door: Door, office: Office, smarthost: Smarthost, stands: Ticket
):
    """It may have waited for an hour, because the other side was away."""
    await door(tickets.save, stands)
    about = {"reference": stands.reference}
    await door(outbox.queue, queued(1, notice="duty-page", to_agent=True, **about))
    await door(outbox.queue, replace(page(2), **about))
    await door(outbox.queue, queued(3, notice="duty-taken", **about))
    async with dispatching(door, with_hook(office, "pass"), smarthost):
        for number in (1, 2):
            row = await row_becomes(door, lambda row: row.status == "dropped", number)
            assert row.reply == "the emergency is in hands"
        await row_becomes(door, lambda row: row.status == "sent", 3)
    assert len(smarthost.accepted) == 1


async def test_a_page_of_an_emergency_that_nobody_has_taken_is_sent_however_late(
    door: Door, office: Office, smarthost: Smarthost
):
    waits = emergency(next_at=None)
    await door(tickets.save, waits)
    await door(outbox.queue, queued(1, notice="duty-page", reference=waits.reference))
    async with dispatching(door, office, smarthost):
        await row_becomes(door, lambda row: row.status == "sent")

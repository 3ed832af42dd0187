"""The duty calendar: had from a file or a feed, read, stored, and kept when the next one is broken."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from helpdeskd.config.load import Loaded, load
from helpdeskd.config.oncall import BadCalendar
from helpdeskd.daemon import oncall
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.office import Office, settle_in
from helpdeskd.daemon.oncall import OnCall, fetched, read
from helpdeskd.domain.duty import order
from helpdeskd.storage import db, duty
from helpdeskd.storage.door import Door
from tests.config.small_desk import SMALL
from tests.config.test_oncall import calendar
from tests.servers.certificates import Authority
from tests.servers.web import Web

NOW = datetime(2026, 11, 23, 22, tzinfo=UTC)
AGENTS = """[[agent]]
name = "piet"
title = "Piet Jansen"
addresses = ["piet@desk.example"]
[[agent]]
name = "ans"
title = "Ans Smit"
addresses = ["ans@desk.example"]
"""
FILE = 'file = "duty.ics"\n'
NIGHT = "DTSTART:20261123T170000Z\nDTEND:20261124T073000Z\n"
ANS, ZOE = calendar(NIGHT + "SUMMARY:Ans Smit"), calendar(NIGHT + "SUMMARY:Zoe")


class Standing(Clock):
    def now(self) -> datetime:
        return NOW


def desk(folder: Path, where: str) -> Loaded:
    file = folder / "config.toml"
    state = '[state]\nfolder = "state"\n'
    file.write_text(f'{SMALL}{state}[duty]\nroster = ["piet", "ans"]\n[duty.calendar]\n{where}{AGENTS}')
    loaded = load(file)
    loaded.settings.state.mkdir(exist_ok=True)
    return loaded


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    (tmp_path / "state").mkdir()
    opened = Door(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def looking(door: Door, loaded: Loaded) -> AsyncIterator[OnCall]:
    """The supervisor's part, at work on a stored desk."""
    await door(settle_in, loaded, NOW)
    part = OnCall(door, loaded, Standing())
    task = asyncio.create_task(part.run())
    yield part
    part.stop()
    async with asyncio.timeout(30):
        await task


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.02)


def first(loaded: Loaded, at: datetime = NOW) -> str:
    """Who is step 1 by what is stored."""
    made = Office(loaded).post().desk.duty
    assert made is not None
    return order(made.roster, at)[0]


async def test_a_file_is_looked_at_at_once_and_who_is_in_it_is_on_duty(tmp_path: Path, door: Door) -> None:
    loaded = desk(tmp_path, FILE)
    async with looking(door, loaded):
        assert await door(first, loaded) == "piet"
        (tmp_path / "duty.ics").write_bytes(ANS)
    async with looking(door, loaded):
        await until(lambda: door.call(duty.version)[0] > 0)
        assert await door(first, loaded) == "ans"
        assert await door(first, loaded, NOW + timedelta(days=1)) == "piet"


async def test_a_calendar_that_is_broken_or_gone_leaves_the_last_one_and_is_an_alarm(
    tmp_path: Path, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    loaded, file = desk(tmp_path, FILE), tmp_path / "duty.ics"
    file.write_bytes(ANS)
    async with looking(door, loaded) as part:
        await until(lambda: door.call(duty.version)[0] > 0)
        file.write_bytes(ANS[:-30])
        part.replace(loaded)
        await until(lambda: "is no calendar that can be read" in caplog.text)
        file.unlink()
        part.replace(loaded)
        await until(lambda: "No such file or directory" in caplog.text)
    assert await door(first, loaded) == "ans"


async def test_an_event_that_means_nobody_is_an_alarm_once_and_the_roster_counts(
    tmp_path: Path, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    loaded = desk(tmp_path, FILE)
    (tmp_path / "duty.ics").write_bytes(ZOE)
    async with looking(door, loaded) as part:
        await until(lambda: "means no agent" in caplog.text)
        part.replace(loaded)
    assert caplog.text.count("means no agent") == 1
    assert '\\"Zoe\\" on 2026-11-23 means no agent' in caplog.text
    assert await door(first, loaded) == "piet"


async def test_without_a_calendar_what_was_stored_of_one_does_not_count(tmp_path: Path, door: Door) -> None:
    loaded = desk(tmp_path, FILE)
    (tmp_path / "duty.ics").write_bytes(ANS)
    async with looking(door, loaded):
        await until(lambda: door.call(duty.version)[0] > 0)
    without = tmp_path / "without.toml"
    without.write_text(loaded.settings.file.read_text().replace(f"[duty.calendar]\n{FILE}", ""))
    assert await door(first, load(without)) == "piet"


async def test_a_desk_that_settles_in_has_read_its_calendar_file(tmp_path: Path, door: Door) -> None:
    loaded = desk(tmp_path, FILE)
    (tmp_path / "duty.ics").write_bytes(ANS)
    await door(settle_in, loaded, NOW)
    assert await door(first, loaded) == "ans"


def table(folder: Path, where: str):  # type: ignore[no-untyped-def]
    found = desk(folder, where).config.duty
    assert found is not None
    return found.calendar


def feed(authority: Authority, link: str) -> str:
    return f'url = "{link}"\nca_file = "{authority.certificate}"\nnetworks = ["127.0.0.0/8"]\n'


def test_a_feed_is_fetched_over_tls(tmp_path: Path, authority: Authority) -> None:
    with Web(authority.issue("localhost"), [(200, {}, ANS)]) as web:
        assert fetched(table(tmp_path, feed(authority, web.link("/basic.ics")))) == ANS
    assert [(asked.method, asked.path) for asked in web.asked] == [("GET", "/basic.ics")]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((302, {"Location": "https://localhost/"}, b""), "the server answered 302 (redirects are not followed)"),
        ((404, {}, b"gone"), "the server answered 404 (redirects are not followed)"),
        ((200, {}, b"x" * ((4 << 20) + 1)), "cannot be read: the answer is larger than 4096 KiB"),
    ],
)
def test_a_feed_that_answers_otherwise_is_none(
    tmp_path: Path, authority: Authority, answer: tuple[int, dict[str, str], bytes], why: str
) -> None:
    with Web(authority.issue("localhost"), [answer]) as web, pytest.raises(BadCalendar) as refused:
        fetched(table(tmp_path, feed(authority, web.link())))
    assert str(refused.value) == why


def test_a_feed_whose_certificate_is_not_valid_is_none(tmp_path: Path, authority: Authority) -> None:
    with Web(authority.issue("other.example")) as web, pytest.raises(BadCalendar, match="cannot be read"):
        fetched(table(tmp_path, feed(authority, web.link())))
    assert web.asked == []


def test_a_file_that_is_too_large_is_none(tmp_path: Path) -> None:
    (tmp_path / "duty.ics").write_bytes(b"x" * (oncall.LARGEST + 1))
    with pytest.raises(BadCalendar, match="is larger than 4 MiB"):
        fetched(table(tmp_path, FILE))


def test_a_calendar_that_takes_too_long_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oncall, "READ_SECONDS", 0.01)
    with pytest.raises(BadCalendar, match="wants too much work"):
        read(ANS, desk(tmp_path, FILE), NOW)


def test_days_and_times_are_read_as_the_desk_means_them(tmp_path: Path) -> None:
    loaded = desk(tmp_path, FILE + 'handover = "08:30"\n')
    (event,) = read(calendar("DTSTART;VALUE=DATE:20261123\nSUMMARY:Ans"), loaded, NOW).events
    assert event.start == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def test_what_is_over_since_the_day_before_yesterday_is_left_out_and_a_year_ahead_is_there(tmp_path: Path) -> None:
    over, ahead = "DTSTART:20261121T170000Z\nDURATION:PT1H", "DTSTART:20271123T170000Z\nDURATION:PT1H"
    (event,) = read(calendar(over, ahead), desk(tmp_path, FILE), NOW).events
    assert event.start.year == 2027


async def test_a_database_that_is_locked_is_an_alarm_and_the_calendar_is_stored_at_the_next_look(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.05)
    loaded = desk(tmp_path, FILE)
    with closing(Door(tmp_path / "state")) as door:
        async with looking(door, loaded) as part:
            await until(lambda: "No such file" in caplog.text)
            (tmp_path / "duty.ics").write_bytes(ANS)
            other = apsw.Connection(str(tmp_path / "state" / db.FILE))
            other.set_busy_timeout(20_000)
            other.execute("BEGIN EXCLUSIVE")
            part.replace(loaded)
            await until(lambda: "database not available" in caplog.text)
            other.close()
            part.replace(loaded)
            await until(lambda: door.call(duty.version)[0] > 0)

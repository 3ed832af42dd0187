"""F06, F28: the clock of the machine is set forth and back, by hours and years, to 1970; and the machine sleeps.

Mail is served all the while, what is due is done once, in order and by no more mails than it needs, and nothing is
purged (tests/cli/test_purge.py). `libfaketime` sets the clock of a real daemon while it runs.
"""

import os
import re
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.engines import POSTGRES, SQLITE, on_postgres_in_the_soak
from tests.servers import postgres
from tests.servers.process import refuse, until
from tests.system.desk import PATIENCE_SECONDS, PIET, RunningDesk, mail
from tests.system.sink import Sink
from tests.world import ANNA, World

AHEAD = "+1y"
STEPS = ("+1h", "-1h", AHEAD, "-1y", "-5y", "+0")


class MovableClock:
    """The clock of a process that was started with `environment`."""

    def __init__(self, folder: Path) -> None:
        library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        if library is None:
            refuse("faketime is not installed: apt install faketime")
        self._file = folder / "clock"
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
        }
        self.set("+0")

    def set(self, offset: str) -> None:
        """So far from the true time."""
        new = self._file.with_suffix(".new")
        new.write_text(offset + "\n")
        new.rename(self._file)


@pytest.fixture
def clock(tmp_path: Path) -> MovableClock:
    return MovableClock(tmp_path)


@on_postgres_in_the_soak
def test_f06_f28_a_desk_whose_clock_jumps_and_which_sleeps_serves_on_and_tells_once(
    new_desk: Callable[..., RunningDesk], sink: Sink, clock: MovableClock
):
    desk = new_desk(smarthost=sink.port)
    desk.start(clock.environment)
    for number, step in enumerate(STEPS, start=1):
        clock.set(step)
        desk.send(mail(number))
        assert until(lambda number=number: len(sink.to("anna@bakery.example")) == number, PATIENCE_SECONDS), desk.log
        desk.sends(2 * number)
    assert Counter(row["fate"] for row in desk.decides(len(STEPS))) == {"opened": len(STEPS)}
    asleep = [desk.pid, desk.worker_pid]
    for pid in asleep:
        os.kill(pid, signal.SIGSTOP)
    clock.set("+6h")
    for pid in asleep:
        os.kill(pid, signal.SIGCONT)
    late = {f"Printer {number}" for number, step in enumerate(STEPS, start=1) if step != AHEAD}
    assert until(lambda: {ticket for ticket, _ in missed(sink)} == late, 2 * PATIENCE_SECONDS), desk.log
    desk.send(mail(99))
    assert len(desk.decides(len(STEPS) + 1)) == len(STEPS) + 1
    assert max(missed(sink).values()) == 1
    assert "Traceback" not in desk.log
    desk.audit()


def missed(sink: Sink) -> Counter[tuple[str, str]]:
    """The tickets whose response was missed, as the agent is told, each with how far."""
    told = " ".join(message.text for message in sink.to(PIET))
    return Counter(re.findall(r"Missed HD-\d+ (Printer \d+): First response, (\d+) %", told))


@pytest.mark.parametrize("there_and_back", ["2026-11-23 11:00", "2027-11-23 10:00", "1970-01-01 01:00"])
@pytest.mark.parametrize("engine", [SQLITE, pytest.param(POSTGRES, marks=pytest.mark.soak)])
def test_f06_a_clock_that_jumps_there_and_back_tells_nothing_twice(tmp_path: Path, there_and_back: str, engine: str):
    with World(tmp_path, postgres.table() if engine == POSTGRES else "") as world:
        jumps(world, there_and_back)


def jumps(world: World, there_and_back: str) -> None:
    world.receives(ANNA)
    for at in (there_and_back, "2026-11-23 10:05", there_and_back, "2026-11-23 15:00", "2026-11-23 10:10"):
        world.is_down_until(at)
    world.at("2026-11-23 18:00")
    warnings = [(mail.to, mail.text) for mail in world.sent(notice="target-warning")]
    lines = [(to, line) for to, text in warnings for line in text.splitlines() if "HD-1001" in line]
    assert {to for to, _ in lines} >= {"piet@desk.example", "ans@desk.example"}
    assert len(lines) == len(set(lines))


def test_f06_a_desk_that_boots_in_1970_serves_mail_and_is_not_flooded_when_the_clock_is_right(tmp_path: Path):
    with World(tmp_path, begin="1970-01-01 01:00") as world:
        for _ in range(5):
            assert world.receives(ANNA).fate in {"opened", "held", "refused"}
        before = len(world.mails)
        world.is_down_until("2026-11-23 10:00")
        world.advance(hours=1)
        caught_up = Counter(mail.to for mail in world.mails[before:])
        assert all(times <= 5 for times in caught_up.values()), caught_up
        assert world.receives(ANNA, subject="Now").fate == "opened"

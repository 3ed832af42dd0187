"""The process in which a duty calendar is read."""

import subprocess
import sys

from helpdeskd.domain.planned import DutyCalendar
from helpdeskd.storage.codec import load
from tests.config.test_oncall import calendar

CHILD = (sys.executable, "-m", "helpdeskd.daemon.calendar_child")
WORDS = ("2026-11-01T00:00:00+00:00", "2027-11-01T00:00:00+00:00", "Europe/Amsterdam", "09:00")


def ran(raw: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*CHILD, *WORDS], input=raw, capture_output=True, timeout=60)


def test_shifts_come_back_as_values() -> None:
    done = ran(calendar("DTSTART;VALUE=DATE:20261123\nSUMMARY:Ans"))
    (event,) = load(DutyCalendar, done.stdout.decode()).events
    assert (done.returncode, event.title, event.start.isoformat()) == (0, "Ans", "2026-11-23T08:00:00+00:00")


def test_what_cannot_be_read_is_said_in_one_line() -> None:
    done = ran(b"<html>")
    assert (done.returncode, done.stdout) == (1, b"")
    assert len(done.stderr.decode().splitlines()) == 1


def test_a_calendar_that_wants_too_much_work_ends_the_process_and_nothing_else() -> None:
    done = ran(calendar("DTSTART:20261101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY"))
    assert done.returncode != 0
    assert done.stdout == b""

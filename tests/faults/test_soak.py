"""An hour of the mix on a real desk, with a process killed every 20 seconds and a smarthost that fails a tenth.

`SOAK_SECONDS=600 python -m pytest -m soak tests/faults/test_soak.py -s` makes it shorter; `-s` shows a line a minute.
In the first half every process of the desk is among the victims; in the second the supervisor lives on, so that its
memory is seen over half the time.
"""

import contextlib
import os
import random
import signal
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import pytest

from benchmarks.desk import directory
from benchmarks.mix import Mail, mails
from helpdeskd.storage import db
from tests.faults.shaky_sink import ShakySink, shaky_sink
from tests.servers.process import until
from tests.system.desk import SUPPORT, RunningDesk, children, proportional_mib

SECONDS = float(os.environ.get("SOAK_SECONDS", "3600"))
KILL_EVERY = min(20.0, SECONDS / 12)
MAILS_A_SECOND = float(os.environ.get("SOAK_RATE", "8"))
SENDERS = 4
DRAIN_SECONDS = 1800.0
"""A mail that the smarthost refuses several times waits longer each time."""
SHARE = 0.1
GROWTH = 1.25
"""So much more memory at most in the end than in the middle."""
CAPS = "address_hour = 10000\naddress_day = 10000\ndesk_hour = 10000"
NO_CAPS = "address_hour = 10000000\naddress_day = 10000000\ndesk_hour = 10000000\nticket_day = 1000000"


@dataclass
class Course:
    """What has happened so far. `memory` is that of the supervisor, in MiB, at each kill of the second half."""

    sent: list[Mail] = field(default_factory=list)
    retries: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@pytest.mark.soak
def test_f01_an_hour_of_kills_under_the_mix_loses_nothing_repeats_nothing_and_leaks_nothing(tmp_path: Path):
    with shaky_sink(SHARE) as (sink, port):
        desk = RunningDesk(tmp_path, smarthost=port, extra=directory())
        desk.change(CAPS, NO_CAPS)
        desk.start()
        try:
            course = _run(desk)
            sink.steady()
            assert until(lambda: not _waiting(desk), DRAIN_SECONDS), _waiting(desk)
            _tell(course, sink)
            _assert_all_well(desk, course, sink)
        finally:
            desk.stop()


def _run(desk: RunningDesk) -> Course:
    """Send and kill until the time is over."""
    course, stream, one_at_a_time = Course(), mails(10**9), threading.Lock()
    threads = [threading.Thread(target=_send, args=(desk, course, stream, one_at_a_time)) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    try:
        _kill(desk, course)
    finally:
        course.over.set()
        for thread in threads:
            thread.join()
    return course


def _send(desk: RunningDesk, course: Course, stream: Iterator[Mail], one_at_a_time: threading.Lock) -> None:
    """As a mail server: each mail again and again until it is taken."""
    while not course.over.is_set():
        began = time.monotonic()
        with one_at_a_time:
            mail = next(stream)
        while not _taken(desk, mail):
            course.retries += 1
            time.sleep(0.2)
        course.sent.append(mail)
        course.over.wait(SENDERS / MAILS_A_SECOND - (time.monotonic() - began))


def _taken(desk: RunningDesk, mail: Mail) -> bool:
    try:
        desk.send(mail.raw, mail.sender, SUPPORT)
    except (OSError, smtplib.SMTPException):
        return False
    return True


def _kill(desk: RunningDesk, course: Course) -> None:
    draw, began, told = random.Random(1), time.monotonic(), 0.0
    while (passed := time.monotonic() - began) < SECONDS:
        time.sleep(KILL_EVERY * draw.uniform(0.5, 1.5))
        whom = draw.choice(["desk", "worker"]) if passed < SECONDS / 2 else "worker"
        _kill_one(desk, whom)
        course.kills[whom] += 1
        if passed > SECONDS / 2:
            course.memory.append(proportional_mib(desk.pid))
        if passed - told > 60:
            told = passed
            print(f"{passed:.0f} s: {len(course.sent)} sent, {course.kills}, {proportional_mib(desk.pid):.0f} MiB")


def _kill_one(desk: RunningDesk, whom: str) -> None:
    if whom == "desk":
        desk.kill()
        desk.restart()
        return
    assert until(lambda: children(desk.pid))
    for child in children(desk.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def _rows(desk: RunningDesk, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(apsw.Connection(str(desk.state / db.FILE), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        connection.set_busy_timeout(30_000)
        return list(connection.execute(query))


def _waiting(desk: RunningDesk) -> list[tuple[Any, ...]]:
    """What is not over yet, by status."""
    return _rows(
        desk,
        """
        SELECT 'inbox', status, count(*) FROM inbox WHERE status = 'queued' GROUP BY status
        UNION ALL
        SELECT 'outbox', status, count(*) FROM outbox WHERE status IN ('queued', 'sending') GROUP BY status""",
    )


def _assert_all_well(desk: RunningDesk, course: Course, sink: ShakySink) -> None:
    new = sum(not mail.answers for mail in course.sent)
    report = desk.audit()
    assert report["accepted"] == report["done"]
    assert dict(_rows(desk, "SELECT fate, count(*) FROM inbox WHERE fate <> 'duplicate' GROUP BY fate")) == {
        "opened": new, "added": len(course.sent) - new,
    }  # fmt: skip
    assert _rows(desk, "SELECT count(*), count(DISTINCT reference) FROM ticket") == [(new, new)]
    _assert_doubles_are_those_of_p4(desk, course, sink)
    _assert_flat(course.memory)


def _assert_doubles_are_those_of_p4(desk: RunningDesk, course: Course, sink: ShakySink) -> None:
    """One more copy for each answer that the smarthost withheld, and at most one for each time that the desk died."""
    rows = dict(_rows(desk, "SELECT message_id, uncertain FROM outbox"))
    assert set(sink.taken) == set(rows)
    doubled = {name for name, times in sink.taken.items() if times > 1}
    assert [name for name in doubled if not rows[name]] == []
    of_kills = {name: times - 1 - sink.cut[name] for name, times in sink.taken.items()}
    assert min(of_kills.values()) == 0
    assert sum(of_kills.values()) <= course.kills["desk"]


def _assert_flat(memory: list[float]) -> None:
    third = len(memory) // 3
    assert third, "it was not looked at often enough"
    assert sum(memory[-third:]) < GROWTH * sum(memory[:third]), memory


def _tell(course: Course, sink: ShakySink) -> None:
    again = sum(times > 1 for times in sink.taken.values())
    print(f"{len(course.sent)} mails taken ({course.retries} tries failed), {course.kills} killed")
    print(f"{len(sink.taken)} mails sent out, {sink.failures} failures of the smarthost, {again} came more than once")
    print(f"memory of the supervisor, MiB: {', '.join(f'{mib:.0f}' for mib in course.memory)}")

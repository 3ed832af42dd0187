"""F01 with a daemon that runs: it, or its worker, is killed at a named point, and what started it starts it again.

All stages in one process, and most points, are in test_f01_kill.py; kills at any mail in tests/system.
"""

import smtplib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from helpdeskd import failpoint
from tests.faults.engines import POSTGRES, SQLITE, WITHOUT_SCHEMA, on_postgres, sessions
from tests.faults.strace import injecting
from tests.servers.process import until
from tests.system.desk import ANNA, PATIENCE_SECONDS, RunningDesk, mail
from tests.system.sink import Sink

QUICK = [(SQLITE, ("smtp.answered", "worker.decided")), (POSTGRES, ("dispatch.claimed", "worker.taken"))]
"""The daemon dies first: of a life in which only its worker did, the desk goes on to the end."""
CALLS = ("pwrite64", "fdatasync", "sendto")
ELSEWHERE = ("imap.", "checker.", "sweep.", "worker.struck", "intake.stored")
"""Points that this desk, without a mailbox, a check, a wait or a poison, does not pass (test_f01_kill.py), nor the one
of a bucket (tests/system)."""
EACH = [
    (engine, point)
    for point in failpoint.POINTS
    if not point.startswith(ELSEWHERE)
    for engine in (SQLITE, WITHOUT_SCHEMA if point.startswith("schema.") else POSTGRES)
]


def armed(point: str, passing: int, mark: Path) -> dict[str, str]:
    return {failpoint.VARIABLE: f"{point}:{passing}:{mark}"}


@pytest.mark.parametrize(("new_desk", "points"), QUICK, indirect=["new_desk"], ids=[SQLITE, POSTGRES])
def test_f01_a_daemon_that_dies_at_a_point_or_whose_worker_does_goes_on(
    new_desk: Callable[..., RunningDesk], sink: Sink, tmp_path: Path, points: tuple[str, ...]
):
    killed_at(new_desk(smarthost=sink.port), sink, tmp_path, [(point, 1) for point in points])


@pytest.mark.soak
@pytest.mark.parametrize(("new_desk", "point"), EACH, indirect=["new_desk"])
def test_f01_a_daemon_that_dies_at_each_passing_of_a_point_goes_on(
    new_desk: Callable[..., RunningDesk], sink: Sink, tmp_path: Path, point: str
):
    killed_at(new_desk(smarthost=sink.port), sink, tmp_path, [(point, passing) for passing in range(1, 8)])


@pytest.mark.soak
@pytest.mark.parametrize("call", CALLS)
def test_f01_a_daemon_that_dies_at_a_call_of_the_system_goes_on(desk: RunningDesk, sink: Sink, call: str):
    for number in range(1, 16):
        with injecting(desk.pid, f"{call}:signal=KILL:when={number}"):
            hand_over_while_it_lives(desk, number)
        assert until(lambda number=number: is_taken_by_who_lives(desk, number), PATIENCE_SECONDS), desk.log
    is_served_once(desk, sink, set(range(1, 16)))


@pytest.mark.soak
@on_postgres
@pytest.mark.parametrize("call", CALLS)
def test_f01_a_server_of_the_database_that_dies_at_a_call_of_the_system_costs_nothing(
    desk: RunningDesk, sink: Sink, call: str
):
    """A session that is killed takes all others with it, and the server recovers from its log."""
    for number in range(1, 16):
        with injecting(sessions(desk), f"{call}:signal=KILL:when={number}"):
            hand_over_while_it_lives(desk, number)
        desk.send_until_taken(mail(number))
    is_served_once(desk, sink, set(range(1, 16)))


def killed_at(desk: RunningDesk, sink: Sink, folder: Path, points: list[tuple[str, int]]) -> None:
    """A life for each point, with a mail; a desk that goes on because its worker died is killed for the next one.

    It comes to rest before: a mail at which the worker dies in three lives would have its three strikes (P8).
    """
    for number, (point, passing) in enumerate(points, start=1):
        mark = folder / f"died {number}"
        if not has_ended(desk):
            desk.kill()
        desk.launch(armed(point, passing, mark))
        until(lambda: has_ended(desk) or desk.hears("READY=1", 0), PATIENCE_SECONDS)
        hand_over_while_it_lives(desk, number)
        assert until(lambda: has_ended(desk) or is_at_rest(desk), PATIENCE_SECONDS), desk.log
        if passing == 1 and not point.startswith("end."):
            assert mark.exists(), point
    # One that has lived so far would still die when it passes there often enough.
    if not has_ended(desk):
        desk.kill()
    desk.start()
    for number in range(1, len(points) + 1):
        desk.send_until_taken(mail(number))
    is_served_once(desk, sink, set(range(1, len(points) + 1)))


def is_taken_by_who_lives(desk: RunningDesk, number: int) -> bool:
    """Hand it over once more, to a desk that is started again if it has died."""
    if has_ended(desk):
        desk.start()
    try:
        desk.send(mail(number))
    except (OSError, smtplib.SMTPException):
        return False
    return True


def has_ended(desk: RunningDesk) -> bool:
    return desk.process is None or desk.process.poll() is not None


def hand_over_while_it_lives(desk: RunningDesk, number: int) -> None:
    try:
        desk.send(mail(number))
    except OSError:
        return


def is_at_rest(desk: RunningDesk) -> bool:
    """Whether all was decided and sent that it has taken."""
    rows = desk.outbox()
    return bool(rows) and {row["status"] for row in rows} == {"sent"} and all(row["fate"] for row in desk.inbox())


def is_served_once(desk: RunningDesk, sink: Sink, mails: set[int]) -> None:
    assert until(lambda: all(row["fate"] for row in desk.inbox()), PATIENCE_SECONDS), desk.log
    opened = Counter(row["subject"] for row in desk.inbox() if row["fate"] == "opened")
    assert opened == {f"Printer {number}": 1 for number in mails}
    rows = desk.sends(2 * len(mails))
    arrived = Counter(message.message_id for _, message in sink.mails)
    assert set(arrived) == {row["message_id"] for row in rows}
    uncertain = {row["message_id"] for row in rows if row["uncertain"]}
    assert {message_id for message_id, times in arrived.items() if times > 1} <= uncertain
    assert len({message.subject for message in sink.to(ANNA)}) == len(mails)
    desk.audit()

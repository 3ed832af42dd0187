"""F03: the disk says that it could not sync (EIO). Nothing is taken that is not safe, the desk stops, and the next
start checks the database; after a failed sync, the next one may lie.
"""

import smtplib

import pytest

from tests.faults.engines import on_postgres, sessions
from tests.faults.strace import injecting
from tests.servers.process import until
from tests.system.desk import PATIENCE_SECONDS, RunningDesk, mail
from tests.system.sink import Sink

MAILS = 20
"""More than there can be before the sync that fails."""


def test_f03_a_failed_fsync_stops_the_daemon_and_the_next_start_checks(desk: RunningDesk, sink: Sink):
    with injecting(desk.pid, "fdatasync:error=EIO:when=1"):
        assert taken_until_one_is_refused(desk, 1) == []
        stops(desk)
    desk.start()
    assert "STATUS=checking the database" in desk.notices[0]
    goes_on(desk, sink, [])


@pytest.mark.soak
@pytest.mark.parametrize("whose", ["desk", "worker"])
def test_f03_a_failed_fsync_at_any_commit_loses_nothing_that_was_taken(desk: RunningDesk, sink: Sink, whose: str):
    """The n-th sync of a process fails; that of a checkpoint, which SQLite makes again, need not stop it."""
    taken: list[int] = []
    stopped = 0
    for number in range(1, 13):
        with injecting({"desk": desk.pid, "worker": desk.worker_pid}[whose], f"fdatasync:error=EIO:when={number}"):
            taken += taken_until_one_is_refused(desk, 100 * number)
            assert until(lambda: has_ended(desk) or is_all_sent(desk), PATIENCE_SECONDS), desk.log
            if has_ended(desk):
                stops(desk)
                stopped += 1
            else:
                desk.kill()
        desk.start()
    assert stopped >= 2
    goes_on(desk, sink, taken)


@on_postgres
def test_f03_a_failed_fsync_of_the_server_loses_nothing_that_was_taken(desk: RunningDesk, sink: Sink):
    """The server ends all sessions and recovers from its log, which has what was synced."""
    with injecting(sessions(desk), "fdatasync:error=EIO:when=1"):
        assert taken_until_one_is_refused(desk, 1) == []
    goes_on(desk, sink, [])


def taken_until_one_is_refused(desk: RunningDesk, first: int) -> list[int]:
    """As a mail server does: what is answered 250 was taken, what is answered otherwise was not."""
    for number in range(first, first + MAILS):
        try:
            desk.send(mail(number))
        except (OSError, smtplib.SMTPException) as answer:
            is_for_now(answer)
            return list(range(first, number))
    return list(range(first, first + MAILS))


def is_for_now(answer: Exception) -> None:
    if isinstance(answer, smtplib.SMTPResponseException):
        assert 400 <= answer.smtp_code < 500


def has_ended(desk: RunningDesk) -> bool:
    assert desk.process is not None
    return desk.process.poll() is not None


def is_all_sent(desk: RunningDesk) -> bool:
    return all(row["fate"] for row in desk.inbox()) and {row["status"] for row in desk.outbox()} <= {"sent"}


def stops(desk: RunningDesk) -> None:
    assert until(lambda: has_ended(desk), PATIENCE_SECONDS), desk.log
    assert desk.process is not None
    assert desk.process.returncode == 1
    assert "I/O error" in desk.log


def goes_on(desk: RunningDesk, sink: Sink, taken: list[int]) -> None:
    """All that was taken opened its ticket, and so does the next."""
    desk.send_until_taken(mail(9999))
    rows = desk.decides()
    opened = [row["subject"] for row in rows if row["fate"] == "opened"]
    assert {f"Printer {number}" for number in (*taken, 9999)} <= set(opened)
    assert len(opened) == len(set(opened))
    assert until(lambda: is_all_sent(desk), PATIENCE_SECONDS), desk.log
    desk.audit()

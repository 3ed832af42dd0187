"""F01 with a daemon that runs: it, or its worker, is killed at a named point, and what started it starts it again.

All stages in one process, and most points, are in test_f01_kill.py; kills at any mail in tests/system.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from helpdeskd import failpoint
from tests.faults.strace import injecting
from tests.servers.process import until
from tests.system.desk import ANNA, PATIENCE_SECONDS, RunningDesk, mail
from tests.system.sink import Sink

QUICK = ("smtp.answered", "worker.decided")
CALLS = ("pwrite64", "fdatasync", "sendto")


def armed(point: str, passing: int, mark: Path) -> dict[str, str]:
    return {failpoint.VARIABLE: f"{point}:{passing}:{mark}"}


def test_f01_a_daemon_that_dies_at_a_point_or_whose_worker_does_goes_on(
    new_desk: Callable[..., RunningDesk], sink: Sink, tmp_path: Path
):
    killed_at(new_desk(smarthost=sink.port), sink, tmp_path, [(point, 1) for point in QUICK])


@pytest.mark.soak
@pytest.mark.parametrize("point", [p for p in failpoint.POINTS if not p.startswith(("imap.", "checker.", "sweep."))])
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
        if desk.process is not None and desk.process.poll() is not None:
            desk.start()
        desk.send_until_taken(mail(number))
    is_served_once(desk, sink, set(range(1, 16)))


def killed_at(desk: RunningDesk, sink: Sink, folder: Path, points: list[tuple[str, int]]) -> None:
    for number, (point, passing) in enumerate(points, start=1):
        mark = folder / f"died {number}"
        desk.launch(armed(point, passing, mark))
        until(lambda mark=mark: mark.exists() or desk.hears("READY=1", 0), PATIENCE_SECONDS)
        hand_over_while_it_lives(desk, number)
        until(lambda mark=mark: mark.exists() or is_at_rest(desk), PATIENCE_SECONDS)
        desk.kill()
        if passing == 1 and not point.startswith("end."):
            assert mark.exists(), point
    desk.start()
    for number in range(1, len(points) + 1):
        desk.send_until_taken(mail(number))
    is_served_once(desk, sink, set(range(1, len(points) + 1)))


def hand_over_while_it_lives(desk: RunningDesk, number: int) -> None:
    try:
        desk.send(mail(number))
    except OSError:
        return


def is_at_rest(desk: RunningDesk) -> bool:
    """Whether all was decided and sent that it has taken."""
    assert desk.process is not None
    if desk.process.poll() is not None:
        return True
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

"""Killed at any mail, the desk loses none, answers none twice but for P4's window, and goes on."""

import contextlib
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpdeskd.daemon.wire import NO_MEMORY
from tests.servers.process import until
from tests.system.desk import ANNA, PATIENCE_SECONDS, RunningDesk, mail, processor_seconds
from tests.system.sink import Sink

MAILS = 100
LARGE = "A long line of a log that somebody attached in full.\n" * 60_000


@pytest.mark.parametrize("whom", ["worker", "desk"])
def test_f01_no_kill_in_the_middle_of_a_hundred_mails_costs_or_repeats_any(desk: RunningDesk, sink: Sink, whom: str):
    survives(desk, sink, killing(desk, whom), at=(3, 20, 41, 60, 97))


@pytest.mark.soak
@pytest.mark.parametrize(("whom", "every"), [("worker", 5), ("desk", 1)])
def test_f01_no_kill_at_any_of_a_hundred_mails_costs_or_repeats_any(
    desk: RunningDesk, sink: Sink, whom: str, every: int
):
    """A worker that dies too often is started anew after a pause only, so it is killed at every fifth mail."""
    survives(desk, sink, killing(desk, whom), at=range(1, MAILS, every))


def killing(desk: RunningDesk, whom: str) -> Callable[[], None]:
    def kill_worker() -> None:
        with contextlib.suppress(ProcessLookupError):  # it has just ended by the last kill
            os.kill(desk.worker_pid, signal.SIGKILL)

    def kill_desk() -> None:
        desk.kill()
        desk.restart()

    return {"worker": kill_worker, "desk": kill_desk}[whom]


def survives(desk: RunningDesk, sink: Sink, kill: Callable[[], None], at: Iterable[int]) -> None:
    """A mail server hands over a hundred mails, and comes again with each until it is taken."""
    taken: list[int] = []

    def hand_over() -> None:
        for number in range(1, MAILS + 1):
            desk.send_until_taken(mail(number))
            taken.append(number)

    with ThreadPoolExecutor(1) as thread:
        client = thread.submit(hand_over)
        for number in at:
            assert until(lambda number=number: len(taken) >= number or client.done(), PATIENCE_SECONDS)
            kill()
        client.result()
    fates = Counter(row["fate"] for row in desk.decides(MAILS, seconds=90))
    assert fates["opened"] == MAILS
    assert set(fates) <= {"opened", "duplicate"}
    rows = desk.sends(2 * MAILS, seconds=90)
    assert Counter(row["notice"] for row in rows) == {"ticket-received": MAILS, "agent-new": MAILS}
    assert_sent_once(sink, rows)
    report = desk.audit()
    assert report["accepted"] == report["done"] == sum(fates.values())


def assert_sent_once(sink: Sink, rows: list[dict[str, object]]) -> None:
    """Every row arrived; twice only where its row says that this may be."""
    arrived = Counter(message.message_id for _, message in sink.mails)
    assert set(arrived) == {row["message_id"] for row in rows}
    uncertain = {row["message_id"] for row in rows if row["uncertain"]}
    assert {message_id for message_id, times in arrived.items() if times > 1} <= uncertain
    subjects = {message.subject.partition("] ")[2] for message in sink.to(ANNA)}
    assert subjects == {f"Printer {number}" for number in range(1, MAILS + 1)}


def test_f20_a_worker_that_hangs_over_a_mail_is_replaced_and_the_mail_gets_a_strike(desk: RunningDesk):
    """The mail takes the worker a second of work; it is frozen in the middle of that."""
    desk.send(mail(1))
    desk.decides(1)
    frozen = desk.worker_pid
    os.kill(frozen, signal.SIGSTOP)
    before = processor_seconds(frozen)
    desk.send(mail(2, text=LARGE * 6))
    os.kill(frozen, signal.SIGCONT)
    assert until(lambda: processor_seconds(frozen) > before + 0.2, PATIENCE_SECONDS)
    os.kill(frozen, signal.SIGSTOP)
    row = desk.decides(2, seconds=60)[-1]
    assert (row["fate"], row["strikes"]) == ("opened", 1)
    assert "was killed by signal 9" in desk.log
    assert desk.worker_pid != frozen


def test_f20_a_mail_that_needs_too_much_memory_costs_itself_after_three_strikes(
    new_desk: Callable[..., RunningDesk], sink: Sink
):
    desk = new_desk(smarthost=sink.port, extra='[limits]\nworker_memory = "130 MiB"')
    desk.start()
    desk.send(mail(1, text=LARGE * 4))
    desk.send(mail(2))
    poison, innocent = desk.decides(2, seconds=60)
    assert (poison["fate"], poison["strikes"]) == ("failed", 3)
    assert poison["reason"] == f"worker ended with {NO_MEMORY}"
    assert (innocent["fate"], innocent["strikes"]) == ("opened", 0)
    assert desk.log.index("inbox=2 fate=opened") < desk.log.index("inbox=1 failed=1")
    assert desk.audit()["failed"] == 1
    assert desk.run("inbox", "show", "1")[1].endswith(mail(1, text=LARGE * 4))


def test_f27_a_second_daemon_on_the_same_desk_is_refused(desk: RunningDesk):
    first = desk.process
    desk.launch()
    assert desk.process is not None
    assert desk.process.wait(PATIENCE_SECONDS) == 1
    assert f"another helpdeskd (process {first.pid}) uses" in desk.log
    assert "Traceback" not in desk.log
    desk.process = first
    desk.send(mail())
    desk.decides()

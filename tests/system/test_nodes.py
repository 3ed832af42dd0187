"""Nodes of one desk on one PostgreSQL, as processes: killed, stopped for longer than a lease, with roles of their own.

The database that goes away: tests/faults/test_f09_server.py, tests/faults/test_f09_failover.py.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.engines import locked_table, somebody_waits, where_of
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import fresh
from tests.servers.process import until
from tests.servers.smarthost import SILENCE
from tests.system.desk import ANNA, PATIENCE_SECONDS, RunningDesk, mail
from tests.system.nodes import Nodes, all_is_done_once, all_is_done_once_and_in_order
from tests.system.sink import Sink
from tests.system.test_desk_mail import MAILBOX, from_provider

LEASE = 3


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    """None yet, on a database of their own."""
    made = Nodes(tmp_path, fresh(tmp_path).url, LEASE)
    yield made
    made.stop()


def test_two_nodes_read_one_mailbox_and_when_one_is_killed_the_other_does_it_all(
    nodes: Nodes, sink: Sink, dovecot: Dovecot
):
    user = dovecot.new_user()
    deliver(dovecot, user, range(1, 7))
    killed, other = pair = [reading(nodes, sink, dovecot, user) for _ in range(2)]
    for number in range(7, 11):
        pair[number % 2].send_until_taken(mail(number))
    for pid in (killed.worker_pid, killed.pid):
        os.kill(pid, signal.SIGKILL)
    deliver(dovecot, user, range(11, 15))
    other.send(mail(15))
    all_is_done_once(other, sink, 15)
    assert until(lambda: not dovecot.mails(user), PATIENCE_SECONDS), other.log
    assert sorted(dovecot.mails(user, "Processed")) == sorted(in_the_mailbox((*range(1, 7), *range(11, 15))))


def reading(nodes: Nodes, sink: Sink, dovecot: Dovecot, user: str) -> RunningDesk:
    """A node that reads a mailbox too."""
    desk = nodes.make(smarthost=sink.port, extra=MAILBOX.format(server=dovecot, user=user))
    (desk.folder / "password").write_text(f"{dovecot.password}\n")
    desk.start()
    return desk


def deliver(dovecot: Dovecot, user: str, numbers: Sequence[int]) -> None:
    dovecot.deliver(user, *in_the_mailbox(numbers))


def in_the_mailbox(numbers: Sequence[int]) -> list[bytes]:
    return [from_provider(mail(number, proved=False)) for number in numbers]


@pytest.mark.soak
def test_no_kill_of_one_node_after_the_other_costs_or_repeats_anything(nodes: Nodes, sink: Sink):
    survives_kills(nodes, sink, mails=100, at=range(5, 100, 10))


def survives_kills(nodes: Nodes, sink: Sink, mails: int, at: Sequence[int]) -> None:
    """Two nodes take mails in turn, and are killed in turn after so many of them."""
    pair = [nodes.start("workers = 2", smarthost=sink.port), nodes.start(smarthost=sink.port)]
    taken: list[int] = []

    def hand_over() -> None:
        for number in range(1, mails + 1):
            pair[number % 2].send_until_taken(mail(number))
            taken.append(number)

    with ThreadPoolExecutor(1) as thread:
        client = thread.submit(hand_over)
        for turn, number in enumerate(at):
            assert until(lambda number=number: len(taken) >= number or client.done(), PATIENCE_SECONDS)
            kill(pair[turn % 2], whole=turn % 3 != 1)
        client.result()
    all_is_done_once_and_in_order(pair[0], sink, mails)


def kill(desk: RunningDesk, whole: bool) -> None:
    """A node, which is started again as a service manager does, or one of its workers."""
    if whole:
        desk.kill()
        desk.restart()
    else:
        os.kill(desk.worker_pid, signal.SIGKILL)


def test_what_a_stopped_node_had_in_hand_is_done_by_the_other_and_by_nobody_twice(nodes: Nodes, sink: Sink):
    """The first node is frozen while the smarthost keeps it waiting with one mail, and its worker is about to write
    what it decides over another.
    """
    one = nodes.start(smarthost=sink.port)
    sink.play({"final dot": SILENCE})
    one.send(mail(1))
    assert until(lambda: any(row["status"] == "sending" for row in one.outbox()), PATIENCE_SECONDS)
    with locked_table(where_of(one), "customer", "ACCESS EXCLUSIVE") as hand:
        one.send(mail(2))
        somebody_waits(hand)
        frozen = [one.pid, one.worker_pid]
        signal_to(frozen, signal.SIGSTOP)
    sink.play({})
    other = nodes.start(smarthost=sink.port)
    other.send(mail(3))
    other.decides(3, seconds=60)
    rows = other.sends(6, seconds=60)
    assert [row["uncertain"] for row in rows].count(True) == 1
    signal_to(frozen, signal.SIGCONT)
    one.send(mail(4))
    rows = one.sends(8, seconds=60)
    assert [row["uncertain"] for row in rows].count(True) == 1
    all_is_done_once_and_in_order(one, sink, 4)
    assert [row["strikes"] for row in one.inbox()] == [0] * 4
    assert len(sink.to(ANNA)) == 4


def signal_to(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, number)


@pytest.mark.soak
def test_a_node_that_is_stopped_in_the_middle_of_a_turn_keeps_a_customer_for_a_minute_and_decides_nothing(
    nodes: Nodes, sink: Sink
):
    """Its transaction is open, until the server ends it."""
    one = nodes.start(smarthost=sink.port)
    with locked_table(where_of(one), "ticket") as hand:
        one.send(mail(1))
        somebody_waits(hand)
        frozen = [one.pid, one.worker_pid]
        signal_to(frozen, signal.SIGSTOP)
    other = nodes.start(smarthost=sink.port)
    other.send(mail(2))
    other.decides(2, seconds=180)
    signal_to(frozen, signal.SIGCONT)
    one.send(mail(3))
    all_is_done_once_and_in_order(one, sink, 3)
    assert [row["strikes"] for row in one.inbox()] == [0] * 3


def test_each_node_does_only_what_its_roles_say(nodes: Nodes, sink: Sink):
    doors = nodes.start('roles = ["intake", "delivery"]', smarthost=sink.port)
    worker = nodes.start('roles = ["worker", "clock"]', smarthost=sink.port)
    with pytest.raises(ConnectionRefusedError):
        worker.send(mail(1))
    doors.send(mail(1))
    doors.sends(2)
    for stage, does, does_not in (("received", doors, worker), ("decided", worker, doors), ("sent", doors, worker)):
        assert f"stage={stage}" in does.log
        assert f"stage={stage}" not in does_not.log

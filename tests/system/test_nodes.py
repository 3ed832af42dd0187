"""Nodes of one desk on one PostgreSQL, as processes: killed, stopped for longer than a lease, cut from the database."""

import os
import shutil
import signal
import smtplib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers.postgres import fresh, new_server
from tests.servers.process import until
from tests.servers.proxy import COMMITTED, Proxy
from tests.servers.smarthost import SILENCE
from tests.system.desk import ANNA, PATIENCE_SECONDS, RunningDesk, mail
from tests.system.nodes import Nodes
from tests.system.sink import Sink

LEASE = 3


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    """None yet, on a database of their own."""
    made = Nodes(tmp_path, fresh(tmp_path).url, LEASE)
    yield made
    made.stop()


def test_two_nodes_share_the_work_and_a_killed_one_costs_and_repeats_nothing(nodes: Nodes, sink: Sink):
    survives_kills(nodes, sink, mails=12, at=(3, 6, 9))


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
    assert_all_is_done_once(pair[0], sink, mails)


def kill(desk: RunningDesk, whole: bool) -> None:
    """A node, which is started again as a service manager does, or one of its workers."""
    if whole:
        desk.kill()
        desk.restart()
    else:
        os.kill(desk.worker_pid, signal.SIGKILL)


def assert_all_is_done_once(desk: RunningDesk, sink: Sink, mails: int) -> None:
    """Each mail has one ticket, in their order, and each notice arrived, twice only where P4 says so."""
    rows = desk.decides(mails, seconds=90)
    opened = [row for row in rows if row["fate"] == "opened"]
    assert [row["subject"] for row in opened] == [f"Printer {number}" for number in range(1, mails + 1)]
    # A mail over which a worker was killed has a strike, and goes behind the others (P8).
    references = [int(row["reference"].partition("-")[2]) for row in opened if not row["strikes"]]
    assert references == sorted(references)
    sent = desk.sends(2 * mails, seconds=90)
    assert Counter(row["notice"] for row in sent) == {"ticket-received": mails, "agent-new": mails}
    arrived = Counter(message.message_id for _, message in sink.mails)
    assert set(arrived) == {row["message_id"] for row in sent}
    uncertain = {row["message_id"] for row in sent if row["uncertain"]}
    assert {message_id for message_id, times in arrived.items() if times > 1} <= uncertain
    report = desk.audit()
    assert report["accepted"] == report["done"] == len(rows)


def test_what_a_stopped_node_had_in_hand_is_done_by_the_other_and_by_nobody_twice(nodes: Nodes, sink: Sink):
    """The first node is frozen, with its worker, while the smarthost keeps it waiting."""
    one = nodes.start(smarthost=sink.port)
    sink.play({"final dot": SILENCE})
    one.send(mail(1))
    assert until(lambda: any(row["status"] == "sending" for row in one.outbox()), PATIENCE_SECONDS)
    other = nodes.start(smarthost=sink.port)
    frozen = [one.pid, one.worker_pid]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    sink.play({})
    other.send(mail(2))
    other.decides(2)
    rows = other.sends(4, seconds=60)
    assert [row["uncertain"] for row in rows].count(True) == 1
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)
    one.send(mail(3))
    rows = one.sends(6, seconds=60)
    assert [row["uncertain"] for row in rows].count(True) == 1
    assert_all_is_done_once(one, sink, 3)
    assert len(sink.to(ANNA)) == 3


def test_each_node_does_only_what_its_roles_say_and_signs_as_the_others_do(nodes: Nodes, sink: Sink):
    one = nodes.start('roles = ["intake"]', smarthost=sink.port)
    one.send(mail(1))
    stranger = nodes.make()
    (stranger.state / "token.key").unlink()
    stranger.launch()
    worker = nodes.start('roles = ["worker", "clock"]', smarthost=sink.port)
    with pytest.raises(ConnectionRefusedError):
        worker.send(mail(2))
    one.decides(1)
    assert {row["status"] for row in one.outbox()} == {"queued"}
    nodes.start('roles = ["delivery"]', smarthost=sink.port)
    one.sends(2)
    assert "stage=decided" in worker.log
    assert "stage=decided" not in one.log
    assert stranger.process is not None
    assert stranger.process.wait(PATIENCE_SECONDS) == 1
    assert "give every node the same state.token_key_file" in stranger.log
    assert "Traceback" not in stranger.log


def test_the_database_may_go_and_come_back_and_commits_of_which_nobody_hears_are_not_done_again(
    tmp_path: Path, sink: Sink
):
    """F09: it is stopped; then the connection is cut when it has committed, at one commit after the other."""
    server = new_server()
    server.execute("CREATE DATABASE desk")
    proxy = Proxy(server.folder / ".s.PGSQL.5432")
    nodes = Nodes(tmp_path, f"postgresql://{server.user}@127.0.0.1:{proxy.port}/desk", LEASE)
    try:
        desk = nodes.start(smarthost=sink.port)
        server.stop()
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            desk.send(mail(1))
        assert refused.value.smtp_code // 100 == 4
        server.start()
        for number in range(1, 7):
            proxy.cut_when(COMMITTED, after=number)
            desk.send_until_taken(mail(number))
            assert until(lambda number=number: proxy.cuts >= number, PATIENCE_SECONDS), desk.log
        assert_all_is_done_once(desk, sink, 6)
    finally:
        nodes.stop()
        proxy.close()
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)

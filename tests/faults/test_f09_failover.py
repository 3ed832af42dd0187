"""F09: the database is gone for good, and its standby takes over. What was answered 250 is on the standby.

A primary and a standby that it waits for (`synchronous_standby_names`), and a desk whose url names both. All processes
of the primary are killed while mail comes, the standby is promoted, and the desk goes on by itself.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers.postgres import REPLICATED, Server, new_server, standby_of
from tests.servers.process import until
from tests.system.desk import PATIENCE_SECONDS, RunningDesk, mail
from tests.system.nodes import Nodes, all_is_done_once
from tests.system.sink import Sink

LEASE = 3
WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
LOST, MAILS = 3, 40
"""Of so many primaries, one after the other, each among so many mails, in the long form."""


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    """The one that takes writes, and its standby, which has what anybody was told is committed."""
    made = [new_server(REPLICATED)]
    try:
        made[0].execute("CREATE DATABASE desk")
        made.append(standby_of(made[0]))
        made[0].wait_for_standby()
        yield made
    finally:
        for server in made:
            server.remove()


def test_f09_a_primary_that_is_killed_costs_nothing_once_its_standby_is_promoted(
    tmp_path: Path, servers: list[Server], sink: Sink
):
    nodes = Nodes(tmp_path, url_of(servers), LEASE)
    try:
        desk = nodes.start(smarthost=sink.port)
        while_mail_comes([desk], 8, lambda: fails_over(servers))
        all_is_done_once(desk, sink, 8)
    finally:
        nodes.stop()


@pytest.mark.soak
def test_f09_primaries_that_are_killed_one_after_the_other_cost_two_nodes_nothing(
    tmp_path: Path, servers: list[Server], sink: Sink
):
    """Each primary that was lost comes back as the standby of the one that took over."""
    nodes = Nodes(tmp_path, url_of(servers), LEASE)
    try:
        pair = [nodes.start("workers = 2", smarthost=sink.port) for _ in range(2)]
        for number in range(LOST):
            while_mail_comes(pair, MAILS, lambda: fails_over(servers), first=MAILS * number + 1)
            all_is_done_once(pair[0], sink, MAILS * (number + 1))
            servers.pop(0).remove()
            servers.append(standby_of(servers[0]))
            servers[0].wait_for_standby()
            for desk in pair:
                desk.change("host=", f"host={servers[1].folder},")
                desk.restart()
    finally:
        nodes.stop()


@pytest.mark.soak
def test_f09_while_no_standby_is_left_nobody_is_told_250_until_none_is_asked_for(
    tmp_path: Path, servers: list[Server], sink: Sink
):
    nodes = Nodes(tmp_path, url_of(servers), LEASE)
    primary, standby = servers
    try:
        desk = nodes.start(smarthost=sink.port)
        standby.kill()
        with ThreadPoolExecutor(1) as client:
            sending = client.submit(desk.send, mail(1))
            assert until(lambda: primary.asked(WAITS), PATIENCE_SECONDS)
            assert not sending.done()
            primary.execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
            sending.result(PATIENCE_SECONDS)
        all_is_done_once(desk, sink, 1)
    finally:
        nodes.stop()


def url_of(servers: list[Server]) -> str:
    hosts = ",".join(str(server.folder) for server in servers)
    return f"postgresql://{servers[0].user}@/desk?host={hosts}"


def while_mail_comes(desks: list[RunningDesk], mails: int, what: Callable[[], None], first: int = 1) -> None:
    """A mail server hands over mails, to one node after the other, and it happens when half of them are taken."""
    taken: list[int] = []

    def hand_over() -> None:
        for number in range(first, first + mails):
            desks[number % len(desks)].send_until_taken(mail(number))
            taken.append(number)

    with ThreadPoolExecutor(1) as thread:
        client = thread.submit(hand_over)
        assert until(lambda: len(taken) >= mails // 2 or client.done(), PATIENCE_SECONDS)
        what()
        client.result()


def fails_over(servers: list[Server]) -> None:
    servers[0].kill()
    servers[1].promote()

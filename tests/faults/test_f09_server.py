"""F09: the server of the database crashes in the middle of a mail, and connections are cut at commits of which nobody
hears. (Its standby takes over: test_f09_failover.py.)
"""

import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.engines import locked_table, somebody_waits, where_of
from tests.servers.postgres import Server, new_server
from tests.servers.process import until
from tests.servers.proxy import COMMITTED, Proxy
from tests.system.desk import PATIENCE_SECONDS, RunningDesk, mail
from tests.system.nodes import Nodes, all_is_done_once
from tests.system.sink import Sink

WRITTEN = ("inbox", "ticket", "outbox")
"""Tables, in which a mail leaves its first trace when it comes, is decided, and is answered."""
CUTS = 6


@pytest.fixture
def server() -> Iterator[Server]:
    made = new_server()
    made.execute("CREATE DATABASE desk")
    yield made
    made.remove()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    made = Proxy(server.folder / ".s.PGSQL.5432")
    yield made
    made.close()


@pytest.fixture
def desk(server: Server, proxy: Proxy, tmp_path: Path, sink: Sink) -> Iterator[RunningDesk]:
    """It runs, and reaches its database through the proxy."""
    nodes = Nodes(tmp_path, f"postgresql://{server.user}@127.0.0.1:{proxy.port}/desk")
    yield nodes.start(smarthost=sink.port)
    nodes.stop()


def test_f09_a_server_that_crashes_in_a_transaction_or_is_cut_off_at_a_commit_costs_and_repeats_nothing(
    desk: RunningDesk, server: Server, proxy: Proxy, sink: Sink
):
    for number, table in enumerate(WRITTEN, start=1):
        crashes_while_it_is_written(desk, server, table, number)
    for number in range(1, CUTS + 1):
        proxy.cut_when(COMMITTED, after=number)
        desk.send_until_taken(mail(len(WRITTEN) + number))
        assert until(lambda number=number: proxy.cuts >= number, PATIENCE_SECONDS), desk.log
    all_is_done_once(desk, sink, len(WRITTEN) + CUTS)


@pytest.mark.soak
def test_f09_no_commit_of_which_nobody_hears_is_lost_or_made_again(
    desk: RunningDesk, server: Server, proxy: Proxy, sink: Sink
):
    """The n-th commit after a mail was taken, until a mail is through before it; by then it is one of the clock's."""
    for number in range(1, 31):
        proxy.cut_when(COMMITTED, after=number - 1)
        desk.send_until_taken(mail(number))
        assert until(lambda number=number: proxy.cuts >= number, PATIENCE_SECONDS), desk.log
    all_is_done_once(desk, sink, 30)


def crashes_while_it_is_written(desk: RunningDesk, server: Server, table: str, number: int) -> None:
    """The transaction that writes to this table is open when the server goes."""
    with ThreadPoolExecutor(1) as client:
        with locked_table(where_of(desk), table) as other:
            sending = client.submit(desk.send, mail(number))
            somebody_waits(other)
            server.stop()
        if table == "inbox":
            with pytest.raises((smtplib.SMTPResponseException, OSError)) as refused:
                sending.result(PATIENCE_SECONDS)
            assert refused.value.smtp_code == 451
        else:
            sending.result(PATIENCE_SECONDS)
    server.start()
    desk.send_until_taken(mail(number))

"""F18: more connections than there is room for: than the desk has descriptors, than it serves, ten thousand at once.

It neither spins nor grows, and a good client is served when there is a place. Slow ones are in tests/attacks.
"""

import contextlib
import multiprocessing
import resource
import socket
import time
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from tests.servers.process import refuse, until
from tests.system.desk import PATIENCE_SECONDS, RunningDesk, mail, processor_seconds, proportional_mib
from tests.system.sink import Sink

SPARE = 12
PATIENCE = 0.2
"""Seconds for a connection, which the system makes of its own accord while it has places."""
FLOOD = 60
MANY = 10_000
MOST_MIB = 200
LOOKED_AT_SECONDS = 2.0


@contextlib.contextmanager
def connected(port: int, count: int) -> Iterator[list[socket.socket]]:
    """So many clients that say nothing, or fewer where the other side takes no more."""
    clients: list[socket.socket] = []
    try:
        for _ in range(count):
            with contextlib.suppress(OSError):
                clients.append(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
        yield clients
    finally:
        for client in clients:
            client.close()


def test_f18_without_a_descriptor_for_another_client_the_desk_waits_and_does_not_spin(desk: RunningDesk, sink: Sink):
    desk.send(mail(1))
    desk.sends(2)
    _, most = resource.prlimit(desk.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(desk.pid, resource.RLIMIT_NOFILE, (highest_descriptor(desk.pid) + SPARE, most))
    with connected(desk.smtp, FLOOD):
        before, began = processor_seconds(desk.pid), time.monotonic()
        assert until(lambda: time.monotonic() - began > LOOKED_AT_SECONDS, PATIENCE_SECONDS)
        assert processor_seconds(desk.pid) - before < (time.monotonic() - began) / 2
        assert desk.process is not None
        assert desk.process.poll() is None, desk.log
    desk.send_until_taken(mail(2))
    assert [row["fate"] for row in desk.decides(2)] == ["opened", "opened"]
    desk.sends(4)
    desk.audit()


def highest_descriptor(pid: int) -> int:
    return max(int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir())


def hold(port: int, count: int, held: Event, let_go: Event) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with connected(port, count):
        held.set()
        let_go.wait(600)


@pytest.mark.soak
def test_f18_ten_thousand_connections_cost_little_memory_and_a_good_client_is_served_after_them(
    new_desk: Callable[..., RunningDesk], sink: Sink
):
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < MANY:
        refuse(f"no process may have {MANY} connections here")
    desk = new_desk(smarthost=sink.port)
    desk.start()
    desk.send(mail(1))
    desk.sends(2)
    spawning = multiprocessing.get_context("spawn")
    let_go, holding = spawning.Event(), [spawning.Event(), spawning.Event()]
    holders = [spawning.Process(target=hold, args=(desk.smtp, MANY // 2, held, let_go)) for held in holding]
    for holder in holders:
        holder.start()
    assert all(held.wait(300) for held in holding)
    assert proportional_mib(desk.pid) < MOST_MIB
    assert desk.hears("WATCHDOG=1")
    let_go.set()
    for holder in holders:
        holder.join(60)
    desk.send_until_taken(mail(2))
    assert [row["fate"] for row in desk.decides(2)] == ["opened", "opened"]
    assert proportional_mib(desk.pid) < MOST_MIB
    desk.audit()

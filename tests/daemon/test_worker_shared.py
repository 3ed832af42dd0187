"""Workers in this process that share a PostgreSQL: one is first, the other tries again, and no mail is to blame."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest

from helpdeskd.daemon import worker as worker_module
from helpdeskd.daemon.worker import InHand, Worker
from helpdeskd.storage import db, inbox
from helpdeskd.storage.claims import Leased
from helpdeskd.storage.inbox import Received
from helpdeskd.storage.tables import proxy
from tests.bills import costs
from tests.mail_client import answer, thread
from tests.servers.postgres import fresh
from tests.world import ANNA, ANS, PIET, Sent, World

GIJS = "Gijs Groen <gijs@garage.example>"
HANS = "Hans Hout <hans@garage.example>"
CARD = 5 * 60


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    url = fresh(tmp_path).url
    with World(tmp_path / "desk", extra=f'[database]\nurl = "{url}"\n[node]\nname = "one"\n') as world:
        yield world


def worker(world: World, node: str, in_hand: InHand | None = None) -> Worker:
    return Worker(world.office, world.clock, in_hand or (lambda _: nullcontext()), Leased(node, 60.0))


def rows() -> list[Received]:
    with db.transaction():
        return inbox.listed()[::-1]


def all_at_once(*works: Worker) -> None:
    """One batch of each, on a connection of its own."""

    def run(one: Worker) -> None:
        try:
            one.work()
        finally:
            proxy.close()

    with ThreadPoolExecutor(len(works)) as threads:
        for done in [threads.submit(run, one) for one in works]:
            done.result(60)


class Gate:
    """Holds up each of several workers at its first decision, until all are there: in the middle of a transaction."""

    def __init__(self, workers: int) -> None:
        self._all = threading.Barrier(workers, timeout=30)
        self._seen = threading.local()

    def __call__(self, _row: Received) -> AbstractContextManager[None]:
        return self._held_up()

    @contextmanager
    def _held_up(self) -> Iterator[None]:
        self._seen.times = getattr(self._seen, "times", 0) + 1
        if self._seen.times == 2:  # the first is the parsing
            self._all.wait()
        yield


@pytest.fixture
def booked(world: World) -> World:
    """Piet and Ans have each booked four agreed hours on tickets of their own; the card has five. All of it waits."""
    for subject in ("Printer", "Screen"):
        world.receives(HANS, subject=subject)
    for reference in ("HD-1001", "HD-1002"):
        world.replies(PIET, told(world, "piet", reference), "/estimate 4h")
        world.replies(GIJS, world.last("gijs", "approval-request"), "ok")
    for agent, name, reference in ((PIET, "piet", "HD-1001"), (ANS, "ans", "HD-1002")):
        page = told(world, name, reference)
        to, subject, text = answer(page.message, "/time 4h")
        world.puts(world.written(agent, to, subject, text, **thread(page.message)), to, agent)
    return world


def told(world: World, name: str, reference: str) -> Sent:
    """The newest mail to somebody about that ticket."""
    return next(mail for mail in reversed(world.sent(name)) if mail.reference == reference)


def charged(world: World) -> tuple[int, int]:
    """Minutes that the two tickets cost, and those that nobody has approved."""
    minutes = [costs(world, reference).settlement.minutes for reference in ("HD-1001", "HD-1002")]
    assert sum(each.real for each in minutes) == 2 * 4 * 60
    return sum(each.charged for each in minutes), sum(each.unapproved for each in minutes)


@pytest.mark.parametrize("known", [True, False], ids=["in one conversation", "in none"])
def test_two_agents_who_book_the_last_hours_at_once_charge_no_more_than_there_are(
    booked: World, known: bool, monkeypatch: pytest.MonkeyPatch
):
    """Where the headers do not say that it is one customer's money, the database does (P13)."""
    monkeypatch.setattr(worker_module, "BATCH", 1)
    first, second = (row.id for row in rows() if row.status == "queued")
    with db.transaction():
        for number, key in ((first, "one"), (second, "one" if known else "other")):
            proxy.execute_sql("UPDATE inbox SET keys = ? WHERE id = ?", (key, number))
    gate = Gate(1 if known else 2)
    all_at_once(worker(booked, "one", gate), worker(booked, "other", gate))
    while worker(booked, "one").work():
        pass
    assert [(row.fate, row.strikes) for row in rows()][-2:] == [("commands", 0)] * 2
    assert charged(booked) == (CARD, 2 * 4 * 60 - CARD)


def test_a_worker_that_lost_its_claim_while_it_read_decides_nothing(world: World):
    put(world, "Printer"), put(world, "Screen")
    other = worker(world, "other")

    @contextmanager
    def interrupted(row: Received) -> Iterator[None]:
        yield
        if row.id == 2 and not done:
            done.append(row.id)
            with db.transaction():
                Leased("one", 60).begin()
            other.work()

    done: list[int] = []
    worker(world, "one", interrupted).work()
    assert done
    assert [row.fate for row in rows()] == ["opened"] * 2
    assert len(world.tickets()) == 2


def test_a_mail_that_loses_to_others_again_and_again_gets_no_strike_and_is_decided_later(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    number = put(world, "Printer")
    monkeypatch.setattr(worker_module, "BACK_OFF_SECONDS", 0.0)

    @contextmanager
    def disturbed(_row: Received) -> Iterator[None]:
        in_thread(lambda: proxy.execute_sql("UPDATE inbox SET reason = reason || 'x' WHERE id = ?", (number,)))
        yield

    pauses: list[float] = []
    monkeypatch.setattr(db.time, "sleep", pauses.append)
    worker(world, "one", disturbed).work()
    assert len(pauses) >= db.TRIES - 1
    assert 0 < pauses[0] < pauses[db.TRIES - 2]
    assert [(row.status, row.strikes) for row in rows()] == [("queued", 0)]
    assert len(rows()[0].reason) > db.TRIES
    worker(world, "one").work()
    assert [(row.fate, row.strikes) for row in rows()] == [("opened", 0)]


def put(world: World, subject: str) -> int:
    return world.puts(world.written(ANNA, "support@desk.example", subject, "Hello."), "support@desk.example", "anna@x")


def in_thread(work: Callable[[], object]) -> None:
    """The same on a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            proxy.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)

"""The worker in this process: batches, strikes, and two workers at once; as a process it is in tests/system."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from shutil import copytree

import pytest

from helpdeskd.daemon import worker
from helpdeskd.daemon.office import Office, shipped
from helpdeskd.daemon.wire import LENGTH_BYTES
from helpdeskd.daemon.worker import Orders, Worker
from helpdeskd.mail.compose import Composer
from helpdeskd.storage import db, inbox, objects, tickets
from helpdeskd.storage.inbox import Received
from helpdeskd.storage.tables import Raw
from tests.world import ANNA, World

SUPPORT = "support@desk.example"
BOOM = "Subject: {{ subject }}\n\n{{ 1 // (0 if 'boom' in subject else 1) }}\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        yield world


def put(world: World, subject: str) -> int:
    return world.puts(world.written(ANNA, SUPPORT, subject, "Hello."), SUPPORT, "anna@bakery.example")


def rows() -> list[Received]:
    with db.transaction():
        return inbox.listed()[::-1]


def test_what_two_workers_took_at_once_is_decided_once(world: World):
    """The other one is faster: it decides the batch while the first still reads."""
    other = Worker(world.office, world.clock, lambda _: nullcontext())

    @contextmanager
    def interrupted(_row: Received) -> Iterator[None]:
        other.work()
        yield

    for number in range(3):
        put(world, f"Printer {number}")
    Worker(world.office, world.clock, interrupted).work()
    assert [row.fate for row in rows()] == ["opened"] * 3
    with db.transaction():
        assert len(tickets.listed()) == 3


def test_one_bad_mail_of_a_batch_costs_itself_only(tmp_path: Path):
    templates = tmp_path / "templates"
    copytree(str(shipped("templates")), templates)
    (templates / "nl/ticket-received.md.j2").write_text(BOOM)
    with World(tmp_path / "desk") as world:
        world.office.composer = Composer([templates], "en")
        for subject in ("Printer", "boom", "Screen"):
            put(world, subject)
        assert world.worker.work() == 3
        assert [(row.fate, row.strikes) for row in rows()] == [("opened", 0), ("", 1), ("opened", 0)]
        while world.worker.work():
            pass
        bad = rows()[1]
        assert (bad.status, bad.strikes) == ("failed", 3)
        assert "ticket-received.md.j2:3: " in bad.reason


def test_a_mail_is_in_hand_until_its_strike_is_written_and_no_longer(world: World, capfd: pytest.CaptureFixture[str]):
    put(world, "Printer")
    with db.transaction():
        came = Raw.get().content
        Raw.update(content=b"flipped").execute()
    assert Worker(world.office, world.clock, worker._in_hand).work() == 1
    assert rows()[0].strikes == 1
    said = [line.partition(" ")[0] for line in capfd.readouterr().out.splitlines()]
    assert (said[0], said[-1]) == ("begin", "end")
    with db.transaction():
        Raw.update(content=came).execute()
    world.works()


@pytest.mark.parametrize("fault", [db.Unavailable("locked"), objects.Wanted("an object")], ids=repr)
def test_a_mail_is_not_in_hand_while_the_worker_waits_for_what_is_not_its_fault(
    world: World, fault: Exception, capfd: pytest.CaptureFixture[str]
):
    put(world, "Printer")
    with pytest.raises(type(fault)), worker._in_hand(rows()[0]):
        raise fault
    assert capfd.readouterr().out.splitlines()[-1] == "end 1"
    world.works()


def test_the_office_comes_first_and_then_lines(world: World):
    reading, writing = os.pipe()
    orders = Orders(reading)
    packed = world.office.packed()
    with os.fdopen(writing, "wb") as supervisor:
        supervisor.write(len(packed).to_bytes(LENGTH_BYTES) + packed + b"clock 3.5\nwa")
        supervisor.flush()
        assert orders.office().loaded == world.office.loaded
        assert orders.heard(1) == ["clock 3.5"]
        supervisor.write(b"ke\n")
        supervisor.flush()
        assert orders.heard(1) == ["wake"]
        assert not orders.ended
    orders.heard(1)
    os.close(reading)
    assert orders.ended


def test_a_supervisor_that_is_gone_before_it_said_anything_is_noticed():
    reading, writing = os.pipe()
    os.close(writing)
    with pytest.raises(EOFError):
        Orders(reading).office()
    os.close(reading)


def test_an_office_in_another_process_writes_the_same(world: World):
    assert Office.unpacked(world.office.packed()).mark == world.office.mark

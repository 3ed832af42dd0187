"""A desk is the same on the other engine: moved by `migrate`, and by a backup that is put back."""

import shutil
from itertools import count
from pathlib import Path

import pytest

from helpdeskd.cli import main
from helpdeskd.storage import audit, counter, db, search, tickets
from helpdeskd.storage.copy import copied
from helpdeskd.storage.engine import StorageError, Where
from tests.cli.program import Program, program
from tests.servers import postgres
from tests.world import ANNA, BRAM, PIET, STRANGER, World

_numbers = count(1)


@pytest.fixture
def helpdeskd(capfd: pytest.CaptureFixture[str]) -> Program:
    return program(capfd)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A desk on SQLite on which something has happened, and that was restored once, so that its numbers have jumped."""
    with World(tmp_path / "desk") as played:
        played.receives(ANNA, text="The spooler hangs: \N{SNOWMAN} and \\u0041.")
        played.receives(STRANGER)
        played.replies(PIET, played.last("piet", "agent-new"), "/take\n/time 20m\nTry again, please.")
    assert main(["restored", "--config", str(tmp_path / "desk" / "config.toml")]) == 0
    played.reopens()
    played.receives(BRAM)
    db.close()
    return played


def empty() -> str:
    """The URL of a new database."""
    name = f"moved_{next(_numbers)}"
    postgres.the_server().execute(f"CREATE DATABASE {name}")
    return postgres.the_server().url(name)


def told(where: Where) -> tuple[object, ...]:
    """What a desk says of itself."""
    db.connect(where)
    with db.transaction():
        found = [found.ticket.reference for found in search.find(["spooler"])]
        report, listed = audit.audit(), tickets.listed()
        numbers = {name: counter.last(name) for name in ("ticket", "outbox", "person", "position")}
        marks = db.epoch()
    db.close()
    assert report.faults == []
    return report, listed, found, numbers, marks


def test_a_desk_that_moves_to_postgres_and_back_is_the_same(world: World, tmp_path: Path) -> None:
    here, there, back = Where(world.state), Where(world.state, empty()), Where(tmp_path / "back")
    back.state.mkdir()
    shares: list[float] = []
    assert copied(here, there, shares.append)["ticket"] == 2
    assert shares == sorted(shares)
    copied(there, back, shares.append)
    assert told(here) == told(there) == told(back)


def test_the_desk_goes_on_with_the_next_numbers(world: World) -> None:
    there = Where(world.state, empty())
    copied(Where(world.state), there, lambda _: None)
    db.connect(there)
    world.receives(BRAM, subject="Something else")
    assert [ticket.reference for ticket in world.tickets()] == ["HD-2003", "HD-2002", "HD-1001"]
    assert world.audit() == []
    db.close()


def test_what_is_not_empty_is_left_alone(world: World) -> None:
    there = Where(world.state, empty())
    copied(Where(world.state), there, lambda _: None)
    before = told(there)
    with pytest.raises(StorageError, match="is not empty"):
        copied(Where(world.state), there, lambda _: None)
    assert told(there) == before


def test_migrate_moves_a_desk_and_says_what_to_write(helpdeskd: Program, world: World) -> None:
    url = empty()
    ran = helpdeskd("migrate", "--to", url, "--config", world.folder / "config.toml")
    assert (ran.status, ran.err) == (0, "")
    assert "[database]" in ran.out
    assert told(Where(world.state, url)) == told(Where(world.state))
    again = helpdeskd("migrate", "--to", url, "--config", world.folder / "config.toml")
    assert (again.status, "is not empty" in again.complaint) == (1, True)


def test_a_backup_of_either_is_put_back_on_the_other(helpdeskd: Program, world: World, tmp_path: Path) -> None:
    config = world.folder / "config.toml"
    on_sqlite = config.read_text()
    assert helpdeskd("backup", tmp_path / "one", "--config", config).status == 0
    config.write_text(f'{on_sqlite}\n[database]\nurl = "{empty()}"\n')
    assert helpdeskd("restore", tmp_path / "one", "--config", config).status == 0
    listed = helpdeskd("tickets", "list", "--config", config)
    assert listed.status == 0
    assert helpdeskd("restore", tmp_path / "one", "--config", config).complaint.count("is not empty") == 1
    assert helpdeskd("backup", tmp_path / "two", "--config", config).status == 0
    config.write_text(on_sqlite)
    shutil.rmtree(world.state)
    assert helpdeskd("restore", tmp_path / "two", "--config", config).status == 0
    assert helpdeskd("tickets", "list", "--config", config).out == listed.out
    assert helpdeskd("audit", "--config", config).status == 0

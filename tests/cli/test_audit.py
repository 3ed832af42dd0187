"""`helpdeskd audit` proves that every mail is accounted for, and notices when one is not."""

from pathlib import Path

import apsw
import pytest

from helpdeskd.storage import alarms, db
from tests.cli.program import Program
from tests.world import ANNA, STRANGER, World


@pytest.fixture
def story(world: World) -> World:
    with world:
        world.receives(ANNA)
        world.receives(STRANGER)
    return world


def break_by(story: World, statement: str) -> None:
    connection = apsw.Connection(str(story.state / "helpdeskd.db"))
    connection.execute(statement)
    connection.close()


def test_all_is_well(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("audit")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "accepted 2 = done 1 + queued 0 + held 1 + failed 0"


def test_all_is_well_in_json(helpdeskd: Program, story: World) -> None:
    [told] = helpdeskd("audit", "--json").rows
    assert told["accepted"] == told["done"] + told["queued"] + told["held"] + told["failed"] == 2
    assert told["outbox"]["sent"] > 0
    assert told["faults"] == []


def test_a_mail_that_vanished_is_noticed(helpdeskd: Program, story: World) -> None:
    break_by(story, "DELETE FROM inbox WHERE id = 2")
    ran = helpdeskd("audit")
    assert ran.status == 1
    assert "fault: 2 mails were accepted, but 1 are there" in ran.out.splitlines()
    [told] = helpdeskd("audit", "--json").rows
    assert told["faults"] == ["2 mails were accepted, but 1 are there"]


def test_a_fault_is_an_alarm_that_the_daemon_tells(helpdeskd: Program, story: World) -> None:
    def known() -> list[tuple[str, str]]:
        story.reopens()
        with db.transaction():
            found = [(one.what, one.detail) for one in alarms.read().known]
        db.close()
        return found

    helpdeskd("audit")
    assert known() == []
    break_by(story, "DELETE FROM inbox WHERE id = 2")
    helpdeskd("audit")
    assert known() == [("audit differs", "2 mails were accepted, but 1 are there")]


def test_a_ticket_that_vanished_is_noticed(helpdeskd: Program, story: World) -> None:
    break_by(story, "DELETE FROM ticket")
    ran = helpdeskd("audit")
    assert ran.status == 1
    assert "fault: mail 1 has the fate opened, but no ticket" in ran.out


def test_a_damaged_page_is_noticed(helpdeskd: Program, story: World, config: Path) -> None:
    break_by(story, "PRAGMA wal_checkpoint(TRUNCATE)")
    file = story.state / "helpdeskd.db"
    content = bytearray(file.read_bytes())
    content[4096 * 8 : 4096 * 20] = b"\xff" * 4096 * 12
    file.write_bytes(content)
    ran = helpdeskd("audit")
    assert ran.status == 1
    assert ran.complaint.startswith("audit: the database is damaged: ")

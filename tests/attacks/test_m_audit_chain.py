"""M07: entries are never edited, only reversed, and the audit record tells of every change by a chain that holds."""

from pathlib import Path

import apsw
import pytest

from helpdeskd.storage import audit_chain, db, ledger
from helpdeskd.storage.audit import audit
from helpdeskd.storage.tables import proxy
from tests.cli.program import Program, program
from tests.world import CONFIG, PIET, World

DORA = "Dora Dekker <dora@dentist.example>"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.read_text())
    monkeypatch.setenv("HELPDESKD_CONFIG", str(file))
    return file


@pytest.fixture
def world(config: Path) -> World:
    """Work was booked, approved, taken back in part, and billed."""
    world = World(config.parent)
    with world:
        world.receives(DORA)
        world.replies(PIET, world.last("piet"), "/estimate 3h")
        world.replies(DORA, world.last("dora", "approval-request"), "approve")
        world.replies(PIET, world.last("piet"), "/time 40m\nDone.")
        world.replies(PIET, world.last("piet"), "/time -10m\nToo much.")
        world.at("2026-12-02 09:00")
    return world


@pytest.fixture
def helpdeskd(capfd: pytest.CaptureFixture[str]) -> Program:
    return program(capfd)


def opened(world: World) -> apsw.Connection:
    return apsw.Connection(str(world.state / "helpdeskd.db"))


def without_triggers(world: World, *statements: str) -> None:
    """As somebody does who has the file in their hands."""
    connection = opened(world)
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET minutes = 10",
        "UPDATE entry SET state = json_set(state, '$.minutes', 10)",
        "UPDATE entry SET state = json_set(state, '$.start', '2026-10-01T08:00:00Z')",
        "UPDATE entry SET ticket_id = 7",
        "DELETE FROM entry",
        "UPDATE approval SET minutes = 600",
        "UPDATE approval SET state = json_set(state, '$.cents', 1)",
        "DELETE FROM approval",
        "UPDATE statement SET state = json_set(state, '$.lines[0].amount', 1)",
        "UPDATE statement SET state = json_set(state, '$.vat_rate', '0')",
        "UPDATE statement SET month = '2026-10'",
        "DELETE FROM statement",
        "UPDATE audit SET what = 'Nothing' WHERE number = 1",
        "UPDATE audit SET seal = '' WHERE number = 1",
    ],
)
def test_m07_the_database_refuses_to_edit_or_remove_what_was_booked_or_billed(world: World, statement: str) -> None:
    connection = opened(world)
    assert connection.execute("SELECT count(*) FROM entry, approval, statement").fetchone() != (0,)
    with pytest.raises(apsw.ConstraintError, match="never"):
        connection.execute(statement)
    connection.close()


def test_m07_a_booking_is_corrected_by_an_entry_that_names_what_it_takes_back(world: World) -> None:
    db.connect(world.state)
    first, back = ledger.entries(1)
    db.close()
    assert (first.minutes, back.minutes, back.reverses) == (40, -10, first.id)


def test_m07_the_chain_verifies_and_its_newest_hash_is_told(helpdeskd: Program, world: World) -> None:
    ran = helpdeskd("audit", "--json")
    assert ran.status == 0
    [told] = ran.rows
    rows = helpdeskd("audit", "--log", "--json").rows
    assert told["head"] == rows[-1]["hash"]
    done = [row["what"] for row in rows if row["what"] != "DirectoryChanged"]
    assert done[:3] == ["EstimateApproved", "TimeBooked", "TimeBooked"]
    assert set(done[3:]) == {"StatementIssued"}


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE audit SET detail = replace(detail, '40', '10') WHERE what = 'TimeBooked'",
            "does not say what it said",
        ),
        ("UPDATE audit SET detail = 'spoilt' WHERE number = 3", "row 3 of the audit record does not say what it said"),
        ("UPDATE audit SET at = '2026-01-01T00:00:00.000000Z' WHERE number = 2", "row 2 of the audit record does not"),
        ("UPDATE audit SET what = 'Nothing' WHERE number = 1", "row 1 of the audit record does not follow"),
        ("DELETE FROM audit WHERE number = 2", "row 2 of the audit record is missing"),
        ("DELETE FROM audit WHERE number = 1", "row 1 of the audit record is missing"),
        ("DELETE FROM audit WHERE number > 4", "but it ends with row 4"),
        (
            "UPDATE audit SET (salt, detail, seal) = (SELECT salt, detail, seal FROM audit WHERE number = 1)"
            " WHERE number = 2",
            "row 2 of the audit record does not follow",
        ),
    ],
)
def test_m07_the_first_row_that_was_changed_is_named(
    helpdeskd: Program, world: World, statement: str, fault: str
) -> None:
    without_triggers(world, statement)
    ran = helpdeskd("audit")
    assert ran.status == 1
    assert fault in ran.out


def test_m07_an_entry_that_was_edited_with_its_event_is_found_by_the_chain(helpdeskd: Program, world: World) -> None:
    without_triggers(
        world,
        "UPDATE entry SET minutes = 90, state = json_set(state, '$.minutes', 90) WHERE number = 1",
        "UPDATE event SET state = json_set(state, '$.entry.minutes', 90)"
        " WHERE type = 'TimeBooked' AND state ->> '$.entry.id' = 1",
    )
    ran = helpdeskd("audit")
    assert ran.status == 1
    assert "entry 1 of HD-1001 has 90 min, but the audit record has 40 min" in ran.out


def test_m07_rows_that_were_written_anew_and_told_still_hold_and_others_do_not(world: World) -> None:
    db.connect(world.state)
    with db.transaction():
        seals = audit_chain.rewrite(lambda detail: detail.replace("Dora", "person-1").replace("dora@", "person-1@"))
        assert seals
        assert any("does not say what it said" in fault for fault in audit().faults)
        audit_chain.append("PersonErased", world.now, rewritten=seals)
        assert audit().faults == []
        proxy.execute_sql("UPDATE audit SET detail = replace(detail, 'person-1', 'person-2')")
        assert any("does not say what it said" in fault for fault in audit().faults)
    db.close()


def test_m07_what_is_too_old_is_cut_off_and_the_rest_of_the_chain_still_holds(world: World) -> None:
    db.connect(world.state)
    with db.transaction():
        newest = [row.number for row in audit_chain.listed()][-1]
        audit_chain.append("Purged", world.now, cut=audit_chain.cut(world.now))
        assert [row.number for row in audit_chain.listed()] == [newest, newest + 1]
        assert audit().faults == []
        proxy.execute_sql("DELETE FROM audit")
        assert "but it ends with row 0" in audit().faults[0]
    db.close()


def test_m07_who_changed_the_directory_and_what_is_told(helpdeskd: Program, world: World) -> None:
    assert helpdeskd("contacts", "add", "dentist", "New Nurse <nurse@dentist.example>", "open,spend").status == 0
    assert helpdeskd("cards", "add", "garage", "2h", "160.00").status == 0
    contact, card = helpdeskd("audit", "--log", "--json").rows[-2:]
    assert contact["detail"]["customer"] == "dentist"
    [new] = contact["detail"]["new"]["contacts"]
    assert (new["addresses"], new["rights"]) == (["nurse@dentist.example"], ["open", "spend"])
    assert contact["detail"]["old"] == {"contacts": []}
    assert card["detail"]["new"]["cards"][0]["minutes"] == 120

"""An erasure and an export on PostgreSQL: what is taken out is in no row of any table."""

from zipfile import ZipFile

from helpdeskd.daemon.database import where
from helpdeskd.storage import db, retention
from helpdeskd.storage.tables import proxy
from tests.cli.planted import ADDRESS, CLINIC, SOUGHT, leave_traces
from tests.cli.program import Program
from tests.servers import postgres
from tests.world import World, local


def found(world: World) -> set[str]:
    """Which of the planted strings stand in a row, as text or as bytes."""
    db.connect(where(world.office.loaded.settings))
    tables = [name for name in proxy.get_tables() if name != "schema_migration"]
    rows = [row for name in tables for row in proxy.execute_sql(f'SELECT * FROM "{name}"').fetchall()]
    db.close()
    texts = [cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for row in rows for cell in row]
    return {sought for sought in SOUGHT if any(sought in text for text in texts)}


def test_after_an_erasure_no_planted_string_is_in_any_row(helpdeskd: Program, world: World) -> None:
    world.extra, world.digests = postgres.table() + CLINIC, True
    with world:
        leave_traces(world)
    assert found(world) >= {"planted02"}
    exported = world.folder / "export.zip"
    assert helpdeskd("person", "export", ADDRESS, "--output", str(exported)).status == 0
    with ZipFile(exported) as export:
        assert any(ADDRESS in export.read(name).decode("utf-8", "replace") for name in export.namelist())
    ran = helpdeskd("person", "erase", ADDRESS, "--yes")
    assert ran.status == 0, ran.err
    assert found(world) == set()
    assert helpdeskd("audit").status == 0
    assert helpdeskd("tickets", "search", "planted02").out == ""


def test_the_retention_takes_what_is_too_old(helpdeskd: Program, world: World) -> None:
    world.extra, world.digests = postgres.table() + CLINIC, True
    with world:
        leave_traces(world)
    db.connect(where(world.office.loaded.settings))
    with db.transaction():
        done = retention.purge(world.office.loaded.config.retention.retention(), local("2046-11-23 10:00"), 100)
    db.close()
    assert min(done.received, done.attachments, done.sent, done.strangers, done.tickets, done.audit) > 0
    assert helpdeskd("audit").status == 0
    assert "planted02" not in found(world)

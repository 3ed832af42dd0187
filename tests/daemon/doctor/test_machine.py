"""The doctor looks at the database, the disk and the clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.config.load import Loaded, load
from helpdeskd.daemon.doctor.finding import Finding, Level
from helpdeskd.daemon.doctor.machine import bucket, clock, database, disk, file_system
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import db, inbox, objects
from tests.config.small_desk import SMALL, loaded
from tests.servers import s3
from tests.servers.process import free_port

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def desk(folder: Path, more: str = "") -> Loaded:
    """A desk whose state folder is there and empty."""
    (folder / "state").mkdir()
    return loaded(folder, f'{SMALL}[state]\nfolder = "state"\n{more}')


def stored(of: Loaded, *received_at: datetime) -> Loaded:
    """The same, with mails that came at those times."""
    db.connect(of.settings.state)
    for at in received_at:
        with db.transaction():
            inbox.put([Envelope("anna@bakery.example", "support@desk.example", at)], at.isoformat().encode())
    db.close()
    return of


def levels(findings: list[Finding]) -> list[Level]:
    return [finding.level for finding in findings]


def test_a_desk_that_was_never_started_has_no_database_and_none_is_made(tmp_path: Path) -> None:
    of = desk(tmp_path)
    [found] = database(of, NOW)
    assert (found.level, "helpdeskd serve makes it" in found.text) == (Level.WARNING, True)
    assert list(of.settings.state.iterdir()) == []


def test_a_database_that_is_in_order_is_said_to_be(tmp_path: Path) -> None:
    [found] = database(stored(desk(tmp_path)), NOW)
    assert (found.level, "pages in order" in found.text) == (Level.OK, True)


def test_the_bucket_is_tried_and_one_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    of = desk(tmp_path, s3.table(s3.fresh(), tmp_path))
    try:
        assert levels([*bucket(of, NOW)]) == [Level.OK]
        of.settings.file.write_text(of.settings.file.read_text().replace(str(s3.the_server().port), str(free_port())))
        assert levels([*bucket(load(of.settings.file), NOW)]) == [Level.ERROR]
    finally:
        objects.use(None, "")


def test_a_damaged_database_is_an_error_and_not_a_traceback(tmp_path: Path) -> None:
    of = stored(desk(tmp_path), NOW)
    file = of.settings.state / db.FILE
    content = bytearray(file.read_bytes())
    content[4096 : 3 * 4096] = b"\xff" * 2 * 4096
    file.write_bytes(content)
    [found] = database(of, NOW)
    assert (found.level, "backup" in found.text) == (Level.ERROR, True)


@pytest.mark.parametrize(("reserve", "level"), [("1 MiB", Level.OK), ("99999 GiB", Level.ERROR)], ids=["room", "full"])
def test_a_disk_without_room_for_mail_is_an_error(tmp_path: Path, reserve: str, level: Level) -> None:
    found = list(disk(desk(tmp_path, f'[limits]\ndisk_reserve = "{reserve}"\n'), NOW))
    assert levels(found) == [level]
    assert "MiB free" in found[0].text


def test_the_file_system_is_that_of_the_nearest_mount_above(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda / ext4 rw 0 0\nfiler:/x {tmp_path} nfs4 rw 0 0\nx {tmp_path}/state/deeper xfs rw 0 0\n"
    )
    assert file_system(tmp_path / "state", mounts) == "nfs4"
    assert file_system(Path("/"), mounts) == "ext4"
    assert file_system(tmp_path, tmp_path / "missing") == ""


def test_a_clock_behind_the_newest_mail_is_an_error(tmp_path: Path) -> None:
    of = stored(desk(tmp_path), NOW - timedelta(days=1), NOW + timedelta(hours=1))
    assert Level.ERROR in levels(list(clock(of, NOW)))
    assert Level.ERROR not in levels(list(clock(of, NOW + timedelta(hours=1))))


def test_the_clock_of_a_desk_without_mail_is_compared_with_nothing(tmp_path: Path) -> None:
    of = desk(tmp_path)
    assert Level.ERROR not in levels([*clock(of, NOW), *clock(stored(of), NOW)])

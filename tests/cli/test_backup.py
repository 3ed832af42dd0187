"""`helpdeskd backup` and `restore`: what was copied comes back whole, or not at all, and begins anew."""

import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from helpdeskd.cli import main
from helpdeskd.daemon.lifecycle import StateLock
from helpdeskd.storage import audit, db, outbox, tickets
from tests.cli.program import Program
from tests.world import ANNA, BRAM, EVE, PIET, STRANGER, World

ACTS = ("os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.chmod", "shutil.copyfile", "fcntl.flock")
WRITES = os.O_WRONLY | os.O_RDWR


@pytest.fixture
def story(world: World) -> World:
    with world:
        world.receives(ANNA)
        world.receives(STRANGER)
        world.replies(PIET, world.last("piet", "agent-new"), "/take\nTry again, please.")
    return world


@pytest.fixture
def made(helpdeskd: Program, story: World, tmp_path: Path) -> Path:
    """A backup of the story."""
    folder = tmp_path / "backups" / "monday"
    assert helpdeskd("backup", folder).status == 0
    return folder


def play_on(world: World) -> None:
    """More happens after the backup."""
    db.connect(world.state)
    world.receives(EVE, subject="After the backup")
    db.close()


def references(state: Path) -> list[str]:
    """The tickets of a desk, which adds up."""
    db.connect(state)
    with db.transaction():
        found = [ticket.reference for ticket in tickets.listed()]
        assert audit.audit().faults == []
    db.close()
    return found


def test_a_desk_comes_back_in_an_empty_folder(helpdeskd: Program, made: Path, story: World) -> None:
    before = helpdeskd("tickets", "list").out
    key = (story.state / "token.key").read_bytes()
    shutil.rmtree(story.state)
    ran = helpdeskd("restore", made)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "reply addresses sent before count no more; the next ticket is HD-2002"
    assert helpdeskd("tickets", "list").out == before
    assert helpdeskd("audit").status == 0
    assert (story.state / "token.key").read_bytes() == key
    assert sorted(file.name for file in story.state.iterdir() if "lock" not in file.name) == [
        "helpdeskd.db",
        "token.key",
    ]


def test_a_backup_tells_what_is_in_it_and_what_is_not(helpdeskd: Program, story: World, tmp_path: Path) -> None:
    [told] = helpdeskd("backup", tmp_path / "b", "--json").rows
    assert told["not_in_it"] == [str(tmp_path / "config.toml")]
    assert (told["rows"]["inbox"], told["rows"]["ticket"]) == (3, 1)
    assert told["bytes"] == sum(file.stat().st_size for file in (tmp_path / "b").iterdir())


def test_only_its_owner_can_read_a_backup_and_what_was_restored(helpdeskd: Program, made: Path, story: World) -> None:
    assert helpdeskd("restore", made).status == 0
    files = [made, *made.iterdir(), story.state / db.FILE]
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files} == {0}


def test_sha256sum_checks_a_backup_too(made: Path) -> None:
    assert os.spawnlp(os.P_WAIT, "sh", "sh", "-c", f"cd {made} && sha256sum --check --strict --quiet SHA256SUMS") == 0


def test_a_backup_is_never_written_over(helpdeskd: Program, made: Path) -> None:
    before = {file.name: file.read_bytes() for file in made.iterdir()}
    ran = helpdeskd("backup", made)
    assert (ran.status, "no backup is written over" in ran.complaint) == (1, True)
    assert {file.name: file.read_bytes() for file in made.iterdir()} == before


def test_without_a_desk_there_is_no_backup(helpdeskd: Program, config: Path, tmp_path: Path) -> None:
    assert helpdeskd("backup", tmp_path / "b").complaint.startswith("helpdeskd: no desk is stored in ")
    assert not (tmp_path / "b").exists()


def test_a_damaged_database_makes_no_backup(helpdeskd: Program, story: World, tmp_path: Path) -> None:
    content = bytearray((story.state / db.FILE).read_bytes())
    content[4096 * 8 : 4096 * 20] = b"\xff" * 4096 * 12
    (story.state / db.FILE).write_bytes(content)
    ran = helpdeskd("backup", tmp_path / "b")
    assert ran.status == 1
    assert "damaged" in ran.complaint or "malformed" in ran.complaint
    assert [file for file in tmp_path.iterdir() if file.name.startswith("b")] == []


@pytest.mark.parametrize("name", ["helpdeskd.db", "token.key", "manifest.json", "SHA256SUMS"])
def test_a_flipped_bit_anywhere_is_found_and_nothing_is_restored(
    helpdeskd: Program, made: Path, story: World, name: str
) -> None:
    play_on(story)
    content, before = (made / name).read_bytes(), references(story.state)
    step = max(1, len(content) // 12)
    for place in range(0, len(content), step):
        spoilt = bytearray(content)
        spoilt[place] ^= 1 << place % 8
        (made / name).write_bytes(spoilt)
        ran = helpdeskd("restore", made)
        assert (ran.status, ran.complaint.startswith(f"helpdeskd: {made}")) == (1, True), place
    assert references(story.state) == before


def test_a_missing_file_is_found(helpdeskd: Program, made: Path) -> None:
    (made / "token.key").unlink()
    assert helpdeskd("restore", made).complaint == f"helpdeskd: {made}/token.key: is missing"


def test_what_is_no_backup_is_told(helpdeskd: Program, story: World, tmp_path: Path) -> None:
    assert "is no backup" in helpdeskd("restore", tmp_path / "none").complaint
    assert "is no backup" in helpdeskd("restore", story.state).complaint


def test_a_backup_of_a_newer_version_is_refused(helpdeskd: Program, made: Path, story: World) -> None:
    with closing(apsw.Connection(str(story.state / db.FILE))) as newer:
        newer.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")
    assert helpdeskd("backup", made.with_name("newer")).status == 0
    shutil.rmtree(story.state)
    assert "a newer helpdeskd would be right" in helpdeskd("restore", made.with_name("newer")).complaint
    assert not (story.state / db.FILE).exists()
    assert helpdeskd("restore", made).status == 0


def test_no_restore_while_a_daemon_runs(helpdeskd: Program, made: Path, story: World) -> None:
    with StateLock(story.state):
        assert "another helpdeskd" in helpdeskd("restore", made).complaint


def test_no_restore_while_a_command_uses_the_database(helpdeskd: Program, made: Path, story: World) -> None:
    with closing(apsw.Connection(str(story.state / db.FILE))) as other:
        other.execute("SELECT * FROM meta")
        assert "another command uses it" in helpdeskd("restore", made).complaint
    assert helpdeskd("restore", made).status == 0


def test_the_old_database_is_kept_beside_the_new_one(helpdeskd: Program, made: Path, story: World) -> None:
    play_on(story)
    before = references(story.state)
    [told] = helpdeskd("restore", made, "--json").rows
    assert references(story.state) == before[1:]
    kept = story.state / "kept"
    kept.mkdir()
    Path(told["kept"]).rename(kept / db.FILE)
    assert references(kept) == before


def test_the_log_of_writes_of_a_damaged_database_is_not_read_into_the_new_one(
    helpdeskd: Program, made: Path, story: World
) -> None:
    """As after a kill: a log of writes is there, and the database cannot be opened."""
    db.connect(story.state)
    story.receives(EVE, subject="After the backup")
    crashed = shutil.copytree(story.state, story.folder / "crashed")
    db.close()
    shutil.rmtree(story.state)
    crashed.rename(story.state)
    (story.state / db.FILE).write_bytes(b"no database" * 40_000)
    assert (story.state / f"{db.FILE}-wal").stat().st_size > 0
    ran = helpdeskd("restore", made, "--json")
    assert ran.status == 0
    assert Path(ran.rows[0]["kept"]).exists()
    assert helpdeskd("audit").status == 0
    assert references(story.state) == ["HD-1001"]


def test_a_newer_refresh_token_stays_and_a_missing_one_comes_back(helpdeskd: Program, made: Path, story: World) -> None:
    for name in ("one", "two"):
        (story.state / f"oauth-{name}.sealed").write_text("old")
    assert helpdeskd("backup", made.with_name("tuesday")).status == 0
    (story.state / "oauth-one.sealed").write_text("new")
    (story.state / "oauth-two.sealed").unlink()
    assert helpdeskd("restore", made.with_name("tuesday")).status == 0
    assert [(story.state / f"oauth-{name}.sealed").read_text() for name in ("one", "two")] == ["new", "old"]


def test_a22_what_was_sent_before_counts_no_more(helpdeskd: Program, made: Path, story: World) -> None:
    assert helpdeskd("restore", made).status == 0
    story.reopens()
    before = story.ticket()
    answered = story.replies(PIET, story.last("piet", "agent-new"), "/resolve\nDone.")
    assert answered.reason.startswith("nothing was done: this needs your own reply address")
    assert story.ticket() == before
    assert story.receives(EVE, subject="Other").reference == "HD-2002"
    assert story.audit() == []
    db.close()


def test_mail_that_was_to_be_sent_is_held_back_and_sent_once_when_somebody_says_so(
    helpdeskd: Program, story: World, tmp_path: Path
) -> None:
    db.connect(story.state)
    story._send = lambda: None  # type: ignore[method-assign]  # the smarthost is away
    story.receives(BRAM, subject="In between")
    db.close()
    assert helpdeskd("backup", tmp_path / "b").status == 0
    ran = helpdeskd("restore", tmp_path / "b")
    waiting = helpdeskd("outbox", "list", "--status", "failed", "--json").rows
    assert len(waiting) > 1
    assert f"{len(waiting)} mails are held back" in ran.err
    assert all(row["uncertain"] for row in waiting)
    db.connect(story.state)
    with db.transaction():
        assert outbox.claim(story.now, 100) == []
    db.close()
    assert helpdeskd("outbox", "retry", waiting[0]["id"]).status == 0
    db.connect(story.state)
    with db.transaction():
        assert [row.message_id for row in outbox.claim(story.now.replace(year=2099), 100)] == [waiting[0]["message_id"]]
    db.close()


# Killed anywhere.


def killed_at(number: int, *words: object) -> bool:
    """Run a command in a process that kills itself at its n-th change of a file; False when it was done before."""
    child = os.fork()
    if child == 0:
        left = iter(range(number - 1, -1, -1))

        def act(event: str, arguments: tuple[Any, ...]) -> None:
            if (event in ACTS or (event == "open" and arguments[2] & WRITES)) and next(left, 0) == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(act)
        os._exit(main([str(word) for word in words]))
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def kills(*words: object, tried: Callable[[], object]) -> Iterator[int]:
    """Each change at which the command can be killed; `tried` looks at what is there then."""
    number = 0
    while killed_at(number + 1, *words):
        number += 1
        tried()
        yield number


def test_a_backup_that_is_killed_anywhere_is_none_and_the_next_one_is(
    helpdeskd: Program, story: World, tmp_path: Path
) -> None:
    folder = tmp_path / "backups" / "b"

    def tried() -> None:
        if folder.exists():
            assert helpdeskd("restore", folder).status == 0
            shutil.rmtree(folder)

    assert len(list(kills("backup", folder, tried=tried))) > 10
    assert helpdeskd("restore", folder).status == 0
    assert [file.name for file in folder.parent.iterdir()] == ["b"]


def test_a_restore_that_is_killed_anywhere_leaves_the_old_desk_or_the_new_one(
    helpdeskd: Program, made: Path, story: World
) -> None:
    play_on(story)
    new, old = references(story.state)[1:], references(story.state)
    began = shutil.copytree(story.state, story.folder / "began")
    found: list[list[str]] = []

    def tried() -> None:
        found.append(references(story.state))
        assert helpdeskd("restore", made).status == 0
        assert references(story.state) == new
        shutil.rmtree(story.state)
        shutil.copytree(began, story.state)

    assert len(list(kills("restore", made, tried=tried))) > 10
    assert {tuple(each) for each in found} == {tuple(old), tuple(new)}
    assert references(story.state) == new

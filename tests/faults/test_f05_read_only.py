"""F05: the file system becomes read-only while the desk runs, as ext4 does after an error of the disk.

Mail is its sender's still; the desk stops, because its next write cannot be trusted, and says what is wrong whenever it
is started; it serves again when it may write.
"""

import os
import smtplib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.faults.engines import end_sessions, on_postgres, where_of
from tests.faults.strace import injecting
from tests.servers import postgres
from tests.servers.process import refuse
from tests.system.desk import PATIENCE_SECONDS, RunningDesk, mail
from tests.system.sink import Sink

MEBIBYTE = 1 << 20


def test_f05_a_desk_that_may_not_write_takes_no_mail_and_stops(desk: RunningDesk):
    """By the answer that the system gives on such a file system, where no disk can be made."""
    with injecting(desk.pid, "pwrite64:error=EROFS"):
        is_not_taken(desk, 1)
    desk.start()
    desk.send(mail(1))
    assert {row["fate"] for row in desk.decides()} <= {"opened", "duplicate"}
    desk.audit()


@on_postgres
def test_f05_a_server_that_takes_no_writes_refuses_mail_for_now_until_it_does(desk: RunningDesk, sink: Sink):
    """As a primary that has become a standby."""
    change = f"ALTER DATABASE {conninfo_to_dict(where_of(desk).url)['dbname']}"
    postgres.the_server().execute(f"{change} SET default_transaction_read_only = on")
    end_sessions(desk)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            desk.send(mail(1))
        assert (refused.value.smtp_code, refused.value.smtp_error[:5]) == (451, b"4.3.0")
    postgres.the_server().execute(f"{change} RESET default_transaction_read_only")
    desk.send_until_taken(mail(1))
    assert [(row["fate"], row["strikes"]) for row in desk.decides()] == [("opened", 0)]
    desk.sends(2)
    desk.audit()


class Disk:
    """A file with an ext4 file system, mounted where the desk keeps its state."""

    def __init__(self, file: Path, at: Path) -> None:
        self._file, self._at = file, at
        with file.open("wb") as image:
            image.truncate(32 * MEBIBYTE)
        at.mkdir()
        self._run("mkfs.ext4", "-q", file)

    def mount(self) -> None:
        self._run("mount", "-o", "loop,errors=remount-ro", self._file, self._at)

    def fail(self) -> None:
        """An error of the disk: what is open for writing cannot be written from now on."""
        device = self._run("findmnt", "--noheadings", "--output", "SOURCE", self._at).strip()
        Path(f"/sys/fs/ext4/{Path(device).name}/trigger_fs_error").write_text("a test\n")

    def mend(self) -> None:
        self.unmount()
        subprocess.run(["e2fsck", "-fy", self._file], capture_output=True, check=False)
        self.mount()

    def unmount(self) -> None:
        self._run("umount", self._at)

    def _run(self, *command: object) -> str:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        if done.returncode:
            refuse(f"no disk can be made here: {done.stderr.strip()}")
        return done.stdout


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if os.geteuid() != 0:
        refuse("only root can mount a disk")
    made = Disk(tmp_path / "disk", tmp_path / "state")
    made.mount()
    yield made
    made.unmount()


@pytest.mark.soak
def test_f05_a_disk_that_becomes_read_only_costs_nothing_that_was_taken(
    disk: Disk, new_desk: Callable[..., RunningDesk], sink: Sink
):
    desk = new_desk(smarthost=sink.port, extra='[limits]\ndisk_reserve = "1 MiB"')
    for name in ("mx", "local"):
        desk.change(f'name = "{name}"', f'name = "{name}"\nmax_size = "1 MiB"')
    desk.start()
    desk.send(mail(1))
    desk.sends(2)
    disk.fail()
    is_not_taken(desk, 2)
    desk.launch()
    assert desk.process is not None
    assert desk.process.wait(PATIENCE_SECONDS) == 1
    assert "Read-only file system" in desk.log
    assert "Traceback" not in desk.log
    disk.mend()
    desk.start()
    assert "STATUS=checking the database" in desk.notices[0]
    desk.send(mail(2))
    desk.sends(4)
    assert desk.audit()["accepted"] >= 2
    desk.stop()


def is_not_taken(desk: RunningDesk, number: int) -> None:
    with pytest.raises((OSError, smtplib.SMTPException)) as refused:
        desk.send(mail(number))
    if isinstance(refused.value, smtplib.SMTPResponseException):
        assert 400 <= refused.value.smtp_code < 500
    assert desk.process is not None
    assert desk.process.wait(PATIENCE_SECONDS) == 1
    assert "I/O error" in desk.log

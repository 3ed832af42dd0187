"""F04 with PostgreSQL: the disk of the server has no room. Senders are told to come again, nothing gets a strike, and
the desk goes on by itself when there is room. (The disk of a desk with SQLite: tests/system/test_desk_trouble.py.)
"""

import os
import smtplib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import postgres
from tests.servers.process import refuse
from tests.system.desk import RunningDesk, mail
from tests.system.sink import Sink

LARGE = "A line of text.\n" * 50_000


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of 48 MiB, the server's."""
    if os.geteuid() != 0:
        refuse("only root can mount a small disk")
    server = postgres.the_server()
    at = postgres.folder_of(server.user)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=48m,uid={server.user},mode=700", "tmpfs", at], check=True)
    server.execute(f"CREATE TABLESPACE small LOCATION '{at}'")
    yield at
    server.execute("DROP DATABASE small WITH (FORCE)", "DROP TABLESPACE small")
    subprocess.run(["umount", "--lazy", at], check=True)
    at.rmdir()


def test_f04_a_server_without_room_refuses_mail_for_now_and_serves_again_when_there_is_some(
    disk: Path, new_desk: Callable[..., RunningDesk], sink: Sink
):
    url = postgres.fresh(Path(), "TABLESPACE small", name="small").url
    desk = new_desk(smarthost=sink.port, extra=f'[database]\nurl = "{url}"\n[node]\nworkers = 1')
    desk.start()
    desk.send(mail(1))
    desk.sends(2)
    fill(disk)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        desk.send(mail(2, text=LARGE))
    assert (refused.value.smtp_code, refused.value.smtp_error[:5]) == (452, b"4.3.1"), desk.log
    (disk / "filler").unlink()
    desk.send_until_taken(mail(2, text=LARGE))
    assert [(row["fate"], row["strikes"]) for row in desk.decides(2)] == [("opened", 0)] * 2
    desk.sends(4)
    assert desk.audit()["accepted"] == 2


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb") as filler:
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        filler.write(bytes(free))

"""Trouble around the desk: a full disk, a smarthost that is away, refuses or hangs up."""

import contextlib
import os
import resource
import smtplib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.process import free_port, refuse, until
from tests.servers.smarthost import CUT_AFTER_ACCEPTING
from tests.system.desk import ANNA, PATIENCE_SECONDS, PIET, RunningDesk, mail
from tests.system.sink import Sink, serving

LEAST_FILE = 50_000
LITTLE_RESERVE = '[limits]\ndisk_reserve = "1 MiB"'


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MiB where the desk keeps its state."""
    if os.geteuid() != 0:
        refuse("only root can mount a small disk")
    state = tmp_path / "state"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", state], check=True)
    yield state
    subprocess.run(["umount", "--lazy", state], check=True)


def test_f04_a_full_disk_refuses_mail_for_now_and_serves_again_when_there_is_room(
    small_disk: Path, new_desk: Callable[..., RunningDesk], sink: Sink
):
    desk = with_small_mails(new_desk, sink)
    desk.send(mail(1))
    desk.sends(2)
    fill(small_disk, leave=1_000_000)
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        desk.send(mail(2))
    assert (refused.value.smtp_code, refused.value.smtp_error[:5]) == (452, b"4.3.1")
    (small_disk / "filler").unlink()
    desk.send(mail(2))
    assert [row["fate"] for row in desk.decides(2)] == ["opened", "opened"]
    desk.sends(4)
    assert desk.audit()["accepted"] == 2


def test_f04_a_disk_that_fills_while_a_mail_comes_keeps_nothing_of_it(
    small_disk: Path, new_desk: Callable[..., RunningDesk], sink: Sink
):
    desk = with_small_mails(new_desk, sink)
    large = mail(1, text="A line of text.\n" * 50_000)
    with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=PATIENCE_SECONDS) as client:
        client.ehlo()
        client.mail(ANNA)
        client.rcpt("support@desk.example")
        fill(small_disk, leave=0)
        code, text = client.data(large)
        assert (code, text[:5]) == (452, b"4.3.1"), desk.log
        assert desk.process.poll() is None, desk.log
        (small_disk / "filler").unlink()
        client.sendmail(ANNA, ["support@desk.example"], large)
    assert [row["fate"] for row in desk.decides()] == ["opened"]
    desk.sends(2)
    assert desk.audit()["accepted"] == 1


@pytest.mark.parametrize("whose", ["desk", "worker"])
def test_f04_after_an_io_error_the_desk_stops_and_the_next_start_checks_the_database(desk: RunningDesk, whose: str):
    """A limit on the size of files makes writes fail that should not."""
    desk.send(mail(1))
    desk.sends(2)
    limited = {"desk": desk.pid, "worker": desk.worker_pid}[whose]
    resource.prlimit(limited, resource.RLIMIT_FSIZE, (LEAST_FILE, LEAST_FILE))
    with contextlib.suppress(smtplib.SMTPDataError):
        desk.send(mail(2, text="A line of text.\n" * 10_000))
    assert desk.process.wait(PATIENCE_SECONDS) == 1
    assert "I/O error" in desk.log
    desk.start()
    assert "STATUS=checking the database" in desk.notices[0]
    desk.send_until_taken(mail(2, text="A line of text.\n" * 10_000))
    assert {(row["subject"], row["fate"]) for row in desk.decides(2)} >= {("Printer 2", "opened")}
    desk.sends(4)
    desk.audit()


def with_small_mails(new_desk: Callable[..., RunningDesk], sink: Sink) -> RunningDesk:
    """A desk that runs, and takes mails of at most 1 MiB while the disk has room for one and a half."""
    desk = new_desk(smarthost=sink.port, extra=LITTLE_RESERVE)
    for name in ("mx", "local"):
        desk.change(f'name = "{name}"', f'name = "{name}"\nmax_size = "1 MiB"')
    desk.start()
    return desk


def fill(disk: Path, leave: int) -> None:
    with (disk / "filler").open("wb") as filler:
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        filler.write(bytes(max(0, free - leave)))


def test_f14_mail_waits_for_a_smarthost_that_is_away(new_desk: Callable[..., RunningDesk]):
    port = free_port()
    desk = new_desk(smarthost=port)
    desk.start()
    desk.send(mail())
    assert until(lambda: [row["attempts"] for row in desk.outbox()] == [1, 1], PATIENCE_SECONDS), desk.log
    assert {(row["status"], row["uncertain"]) for row in desk.outbox()} == {("queued", False)}
    with serving(port=port) as sink:
        desk.run("outbox", "retry", "1", "2")
        desk.sends(2)
        assert sorted(recipient for recipient, _ in sink.mails) == [ANNA, PIET]


def test_f15_the_agents_are_told_of_a_mail_that_was_refused_for_good(desk: RunningDesk, sink: Sink):
    sink.play({"RCPT": ["550 5.1.1 no such user"]})
    desk.send(mail())
    assert until(lambda: len(desk.outbox()) == 3, PATIENCE_SECONDS), desk.log
    assert until(lambda: len(sink.to(PIET)) == 2, PATIENCE_SECONDS), desk.log
    refused = desk.outbox()[0]
    assert (refused["recipient"], refused["status"], refused["reply"]) == (ANNA, "failed", "550 5.1.1 no such user")
    assert "550 5.1.1 no such user" in sink.to(PIET)[1].text
    assert desk.audit()["outbox"] == {"failed": 1, "sent": 2}


def test_f16_a_mail_cut_off_after_its_final_dot_is_uncertain_and_comes_again_as_the_same(desk: RunningDesk, sink: Sink):
    sink.play({"final dot": [CUT_AFTER_ACCEPTING]})
    desk.send(mail())
    assert until(lambda: any(row["uncertain"] for row in desk.outbox()), PATIENCE_SECONDS), desk.log
    (row,) = [row for row in desk.outbox() if row["uncertain"]]
    assert row["status"] == "queued"
    desk.run("outbox", "retry", str(row["id"]))
    desk.sends(2)
    again = [message.message_id for recipient, message in sink.mails if recipient == row["recipient"]]
    assert again == [row["message_id"]] * 2

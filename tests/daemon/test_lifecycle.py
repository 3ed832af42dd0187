"""The daemon and its service manager, played by sockets, pipes and child processes of the test."""

import fcntl
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.daemon.lifecycle import AlreadyRunning, ErrorStream, StateLock, notify, watchdog_seconds

HOLD = """
import sys
from pathlib import Path
from helpdeskd.daemon.lifecycle import StateLock
with StateLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

TAKE_SOCKETS = """
import json, os
from helpdeskd.daemon.lifecycle import inherited_sockets
taken = {name: [(s.getsockname(), s.get_inheritable()) for s in many] for name, many in inherited_sockets().items()}
left = [name for name in os.environ if name.startswith("LISTEN_")]
print(json.dumps({"taken": taken, "left": left, "again": len(inherited_sockets())}))
"""


# Readiness and watchdog.


@pytest.mark.parametrize("kind", ["a path", "abstract"])
def test_the_service_manager_hears_what_it_is_told(tmp_path: Path, monkeypatch, kind):
    address = str(tmp_path / "notify") if kind == "a path" else f"\0helpdeskd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", address.replace("\0", "@"))
        notify("READY=1\nSTATUS=3 mails wait")
        assert manager.recv(100) == b"READY=1\nSTATUS=3 mails wait"


def test_without_a_service_manager_nothing_is_told_and_nothing_fails(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify("READY=1")


def test_the_watchdog_is_fed_twice_in_its_time(monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    assert watchdog_seconds() == 30
    monkeypatch.delenv("WATCHDOG_PID")
    assert watchdog_seconds() == 30


@pytest.mark.parametrize(("limit", "pid"), [("", ""), ("60000000", "1"), ("0", None), ("soon", None)])
def test_a_watchdog_that_is_not_ours_is_not_fed(monkeypatch, limit, pid):
    monkeypatch.setenv("WATCHDOG_USEC", limit)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid is None else pid)
    assert watchdog_seconds() is None


# Sockets of systemd.


@pytest.fixture
def listening() -> Iterator[list[socket.socket]]:
    """Two listening sockets whose descriptors are out of the way of 3 and 4."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        high = [socket.socket(fileno=fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 10)) for low in (one, two)]
        yield high
        for duplicate in high:
            duplicate.close()


def take_sockets(listening: list[socket.socket], count: str, names: str, pid: str = "$$") -> dict:
    """Start a child as systemd does, with the sockets as descriptors 3 and 4, and ask what it took."""
    given = " ".join(f"{3 + n}<&{given.fileno()}" for n, given in enumerate(listening))
    variables = f"LISTEN_PID={pid} LISTEN_FDS={count} LISTEN_FDNAMES={names}"
    command = ["bash", "-c", f'export {variables}; exec "$0" -c "$1" {given}', sys.executable, TAKE_SOCKETS]
    high = [given.fileno() for given in listening]
    child = subprocess.run(command, pass_fds=high, capture_output=True, check=True, timeout=30)
    return json.loads(child.stdout)


def test_sockets_are_taken_by_their_names_once_and_for_no_child(listening):
    one, two = ([list(given.getsockname()), False] for given in listening)
    answer = take_sockets(listening, "2", "smtp:lmtp")
    assert answer == {"taken": {"smtp": [one], "lmtp": [two]}, "left": [], "again": 0}


def test_two_sockets_of_one_unit_share_its_name(listening):
    one, two = ([list(given.getsockname()), False] for given in listening)
    assert take_sockets(listening, "2", "smtp:smtp")["taken"] == {"smtp": [one, two]}


def test_a_socket_without_a_name_is_called_unknown(listening):
    assert list(take_sockets(listening, "1", "")["taken"]) == ["unknown"]


@pytest.mark.parametrize(("count", "pid"), [("2", "1"), ("two", "$$"), ("", "$$")])
def test_sockets_that_were_meant_for_another_process_are_left_alone(listening, count, pid):
    assert take_sockets(listening, count, "smtp:lmtp", pid) == {"taken": {}, "left": [], "again": 0}


# One daemon per state directory.


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen]:
    """Another process that holds the lock of the state directory."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_second_daemon_is_told_which_process_runs_already(tmp_path: Path, holder):
    with pytest.raises(AlreadyRunning, match=rf"another helpdeskd \(process {holder.pid}\) uses .*: stop it first"):
        StateLock(tmp_path).__enter__()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_ends_with_its_process_however_it_ends(tmp_path: Path, holder, how):
    holder.send_signal(how)
    holder.wait(timeout=30)
    with StateLock(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_lock_that_was_given_back_can_be_taken_again(tmp_path: Path):
    for _ in range(2):
        with StateLock(tmp_path):
            assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


# Standard error.


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The reading and the writing end of what stands for standard error."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def record(text: str, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("helpdeskd", level, __file__, 1, text, None, None)


def test_a_line_is_written_as_it_is_for_a_person(pipe):
    ErrorStream(pipe[1]).emit(record("stage=started"))
    assert os.read(pipe[0], 100) == b"stage=started\n"


@pytest.mark.parametrize(("level", "mark"), [(10, "<7>"), (20, "<6>"), (30, "<4>"), (40, "<3>"), (50, "<2>")])
def test_a_line_for_the_journal_says_how_bad_it_is(pipe, monkeypatch, level, mark):
    status = os.fstat(pipe[1])
    monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
    ErrorStream(pipe[1]).emit(record("stage=started", level))
    assert os.read(pipe[0], 100).decode() == f"{mark}stage=started\n"


def test_a_stream_that_is_not_the_journals_gets_no_marks(pipe, monkeypatch):
    monkeypatch.setenv("JOURNAL_STREAM", "1:1")
    ErrorStream(pipe[1]).emit(record("stage=started"))
    assert os.read(pipe[0], 100) == b"stage=started\n"


def test_one_record_is_one_line_of_at_most_4000_bytes(pipe):
    ErrorStream(pipe[1]).emit(record("a\r\n<2>b\x1b[2J\u2028c" + "é" * 4000))
    line = os.read(pipe[0], 8192)
    assert line.startswith(b"a  <2>b [2J c\xc3\xa9")
    assert (line.count(b"\n"), len(line)) == (1, 4001)


def test_f24_lines_that_nobody_reads_are_dropped_and_counted(pipe):
    stream = ErrorStream(pipe[1])
    lines = 100
    for _ in range(lines):
        stream.emit(record("x" * 3000))
    kept = 0
    os.set_blocking(pipe[0], False)
    while kept < lines and _read(pipe[0]):
        kept += 1
    stream.emit(record("stage=started"))
    stream.emit(record("stage=stopped"))
    assert 0 < kept < lines
    assert os.read(pipe[0], 200).decode() == f"stage=started lines_dropped={lines - kept}\nstage=stopped\n"


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 3001)
    except BlockingIOError:
        return b""


def test_f24_a_reader_that_has_gone_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    ErrorStream(writing).emit(record("stage=started"))
    os.close(writing)

"""B04: what brought the library down (facts 1 to 5), against the whole daemon: streams without end and their cost."""

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.servers.process import until
from tests.system.desk import ANNA, PATIENCE_SECONDS, SUPPORT, RunningDesk, mail
from tests.system.sink import serving

MIB = 1024**2
MOST_GROWTH = 32 * MIB
BEGUN = f"EHLO client.example\r\nMAIL FROM:<{ANNA}>\r\n"
DATA = f"{BEGUN}RCPT TO:<{SUPPORT}>\r\nDATA\r\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A daemon that has taken its first mail, so that all that it needs is in memory."""
    with serving() as sink:
        running = RunningDesk(tmp_path_factory.mktemp("desk"), smarthost=sink.port)
        running.start()
        running.send(mail())
        running.sends(2)
        yield running
        running.stop()


@contextmanager
def little_memory(desk: RunningDesk) -> Iterator[None]:
    """Fails where the daemon has grown, at any moment of the block."""
    Path(f"/proc/{desk.pid}/clear_refs").write_text("5")
    before = memory(desk, "VmRSS")
    yield
    assert memory(desk, "VmHWM") - before < MOST_GROWTH


def memory(desk: RunningDesk, name: str) -> int:
    """Bytes of a line of proc(5), status."""
    lines = Path(f"/proc/{desk.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def pour(desk: RunningDesk, beginning: str, block: bytes, times: int) -> str:
    """Send so much as fast as it goes, reading what comes, until the desk has hung up; its last words."""
    with socket.create_connection(("127.0.0.1", desk.smtp), PATIENCE_SECONDS) as client:
        said = b""
        with suppress(ConnectionError):
            client.sendall(beginning.encode())
            for _ in range(times):
                client.sendall(block)
                said = (said + received(client))[-4096:]
        client.settimeout(PATIENCE_SECONDS)
        with suppress(ConnectionError):
            while got := client.recv(65536):
                said = (said + got)[-4096:]
    return said.decode()


def received(client: socket.socket) -> bytes:
    """What has come meanwhile, so that neither side waits for the other."""
    return client.recv(65536) if select.select([client], [], [], 0)[0] else b""


def test_b04_one_endless_line_in_a_mail_costs_no_memory_and_is_cut_off(desk: RunningDesk):
    with little_memory(desk):
        assert "421 4.7.0 Far too much data" in pour(desk, DATA, b"x" * MIB, 300)


def test_b04_a_mail_of_a_million_lines_is_taken_and_costs_little(desk: RunningDesk):
    with little_memory(desk):
        desk.send(mail(2) + b"\r\n" * 10**6)


def test_b04_an_endless_command_line_is_cut_off(desk: RunningDesk):
    with little_memory(desk):
        pour(desk, "", b"x" * MIB, 100)
    desk.logs("421 4.7.0 A command line without end")


@pytest.mark.parametrize(
    ("beginning", "line", "code"),
    [
        ("", "NOOP", "421 4.7.0 Too many commands"),
        (BEGUN, f"RCPT TO:<{SUPPORT}>", "421 4.7.0 Too many commands"),
        (BEGUN, "RCPT TO:<nobody@desk.example>", "421 4.7.0 Too many errors"),
        ("", "MAIL FROM:<a@b.example>", "421 4.7.0 Too many errors"),
        (BEGUN, "STARTTLS", "421 4.7.0 Too many errors"),
        ("", "BDAT 1000000000", "421 4.7.0 Too many errors"),
    ],
)
def test_b04_a_million_commands_end_the_session_early(desk: RunningDesk, beginning: str, line: str, code: str):
    before = desk.log.count(code)
    with little_memory(desk):
        pour(desk, beginning, f"{line}\r\n".encode() * 10_000, 100)
    assert until(lambda: desk.log.count(code) == before + 1)


def test_b04_a_client_that_is_gone_right_after_its_final_dot_has_its_mail_taken_once(desk: RunningDesk):
    raw = mail(4711)
    with (
        socket.create_connection(("127.0.0.1", desk.smtp), PATIENCE_SECONDS) as client,
        client.makefile("rb") as replies,
    ):
        client.sendall(DATA.encode())
        while not replies.readline().startswith(b"354"):
            pass
        client.sendall(raw + b".\r\n")
    assert until(lambda: subjects(desk).count("Printer 4711") == 1, PATIENCE_SECONDS), desk.log
    desk.send(raw)
    desk.send(mail(4712))
    assert until(lambda: "Printer 4712" in subjects(desk), PATIENCE_SECONDS), desk.log
    assert subjects(desk).count("Printer 4711") == 1
    desk.audit()


def subjects(desk: RunningDesk) -> list[str]:
    return [row["subject"] for row in desk.inbox() if row["fate"]]


@pytest.mark.soak
def test_b04_a_gigabyte_in_endless_lines_from_many_connections_costs_no_memory(desk: RunningDesk):
    with little_memory(desk):
        for _ in range(5):
            assert "421 4.7.0 Far too much data" in pour(desk, DATA, b"x" * MIB, 300)

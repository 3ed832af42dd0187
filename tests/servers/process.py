"""What the test servers share: a missing program is told loudly, ports are free, a start is waited for.

A server that is not installed skips its tests on a developer's machine, with the command that installs it, and fails
them where the environment has CI=true: there, a skipped test would be a promise that nobody checks.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

START_SECONDS = 20.0
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.02, 0.5


def program(name: str, package: str) -> str:
    """The path of an installed program, also where /usr/sbin is not in PATH."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        refuse(f"{name} is not installed: apt install {package}")
    return str(found)


def refuse(reason: str) -> None:
    """Fail in CI, skip elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    (port,) = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """So many of them, all different."""
    with contextlib.ExitStack() as open_together:
        listeners = [open_together.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(listener.getsockname()[1]) for listener in listeners]


def await_greeting(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when a server greets on the port. Fails with its log where it ends or does not start."""

    def greets() -> bool:
        if process.poll() is not None:
            pytest.fail(f"the server ended at its start:\n{log.read_text()}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0) as client:
                return bool(client.recv(1))
        except OSError:
            return False

    if not until(greets, START_SECONDS):
        pytest.fail(f"the server did not start within {START_SECONDS:g} s:\n{log.read_text()}")


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, tasks.read_text().split())
    return found


def until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether a condition came true within the time. One that takes long to look at is looked at less often."""
    end = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        if true():
            return True
        if (now := time.monotonic()) > end:
            return False
        time.sleep(min(LONGEST_PAUSE_SECONDS, max(PAUSE_SECONDS, 4 * (now - began))))

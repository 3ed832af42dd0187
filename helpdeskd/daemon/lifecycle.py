"""The daemon and what started it: readiness and watchdog, sockets, one daemon per state directory, standard error.

systemd's side of the protocols is in sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3) and sd-daemon(3). Without
systemd everything here does nothing, so the daemon runs the same from a shell. A message that cannot be delivered to
the service manager is lost and no error. `StateLock` is a flock(2) that ends with the process, however it ends.
"""

import contextlib
import fcntl
import logging
import os
import select
import socket
from pathlib import Path
from types import TracebackType

FIRST_INHERITED = 3
ERROR = 2
"""The number of standard error, the highest of the three."""
LINE_LENGTH = 4000
"""A pipe that can be written to takes 4096 bytes without blocking (PIPE_BUF)."""

PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""Levels and the syslog priorities by which the journal knows them."""


def notify(text: str) -> None:
    """Tell the service manager: READY=1, RELOADING=1, STOPPING=1, WATCHDOG=1, STATUS=…, one per line."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    # Without a descriptor for it, too.
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as told:
        told.connect("\0" + path[1:] if path.startswith("@") else path)
        told.send(text.encode())


def watchdog_seconds() -> float | None:
    """The pause between two WATCHDOG=1, half of what the manager waits; None if it does not watch this process."""
    limit = os.environ.get("WATCHDOG_USEC", "")
    watched = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not limit.isdigit() or watched != str(os.getpid()):
        return None
    return int(limit) / 1_000_000 / 2 or None


def inherited_sockets() -> dict[str, list[socket.socket]]:
    """The listening sockets that were handed to this process, by their FileDescriptorName; once, and for no child."""
    pid, count, names = (os.environ.pop(name, "") for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"))
    sockets: dict[str, list[socket.socket]] = {}
    if pid != str(os.getpid()) or not count.isdigit():
        return sockets
    known = names.split(":") if names else []
    for number in range(int(count)):
        inherited = socket.socket(fileno=FIRST_INHERITED + number)
        inherited.set_inheritable(False)
        inherited.setblocking(False)
        sockets.setdefault(known[number] if number < len(known) else "unknown", []).append(inherited)
    return sockets


def open_standard_streams() -> None:
    """Give /dev/null to those of standard input, output and error that were closed when we were started.

    To be called before anything is opened: a file or a connection of ours would get their numbers, and our log.
    """
    while (lowest := os.open(os.devnull, os.O_RDWR)) <= ERROR:
        os.set_inheritable(lowest, True)
    os.close(lowest)


class AlreadyRunning(Exception):
    """Another daemon uses the state directory; the text is for people."""


class StateLock:
    """Held while a daemon uses a state directory. A forked child would hold it on: start children with exec.

    :raises AlreadyRunning: another process holds it.
    :raises OSError: the directory cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._descriptor = -1

    def __enter__(self) -> "StateLock":
        self._descriptor = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 20).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            text = f"another helpdeskd (process {holder or 'unknown'}) uses {self._directory}: stop it first"
            raise AlreadyRunning(text) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)


class ErrorStream(logging.Handler):
    """Log lines on standard error, with the journal's priority in front if that is where it goes.

    It never blocks and never raises: while nobody reads, lines are dropped, and counted in the next one that passes.
    """

    def __init__(self, descriptor: int = 2) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._to_journal = _is_journal(descriptor)
        self._ready = select.poll()
        self._ready.register(descriptor, select.POLLOUT)
        self._dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self._line(record)
            if self._ready.poll(0) != [(self._descriptor, select.POLLOUT)]:
                raise BlockingIOError
            os.write(self._descriptor, line)
            self._dropped = 0
        except Exception:
            self._dropped += 1

    def _line(self, record: logging.LogRecord) -> bytes:
        priority = next((number for level, number in PRIORITIES if record.levelno >= level), 7)
        before = f"<{priority}>" if self._to_journal else ""
        after = f" lines_dropped={self._dropped}" if self._dropped else ""
        text = self.format(record)
        if not text.isprintable():
            text = "".join(c if c.isprintable() else " " for c in text)
        return f"{before}{text}".encode("utf-8", "replace")[:LINE_LENGTH] + after.encode() + b"\n"


def _is_journal(descriptor: int) -> bool:
    """Is this the stream that JOURNAL_STREAM speaks of (systemd.exec(5))?"""
    status = os.fstat(descriptor)
    return os.environ.get("JOURNAL_STREAM", "") == f"{status.st_dev}:{status.st_ino}"

"""Processes that are measured: started apart, watched through /proc, and always ended.

`started` runs a child in a session of its own, so that Ctrl-C reaches us first and we end it. `cpu_seconds` and
`memory_mb` count processes with all that are below them, those that have ended too; `Meter` counts both for a while,
and looks at the memory twenty times a second. `ran` runs a command to its end, and tells what it has used.
"""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK_SECONDS = 0.05
END_SECONDS = 20.0
QUIET_SECONDS, QUIET_CPU_SECONDS = 0.5, 0.03
MB = 1e6


@contextmanager
def started(
    command: Sequence[str], log: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A child with a pipe as its standard output; what it complains of goes to `log`. At the end all of it is ended."""
    with open(log or os.devnull, "ab") as errors:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors if log else None,
            env={**os.environ, **(environment or {})}, start_new_session=True,
        )  # fmt: skip
    try:
        yield child
    finally:
        end(child)


def end(child: "subprocess.Popen[bytes]") -> None:
    """Ask it to end, and kill it and all that it has started when it does not."""
    with suppress(subprocess.TimeoutExpired):
        child.terminate()
        child.wait(END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for parent in found:
        with suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def cpu_seconds(*pids: int) -> float:
    """The processor time that processes and all below them have used, with what their ended children used."""
    return sum(_cpu_ticks(one) for pid in pids for one in tree(pid)) / TICK


def _cpu_ticks(pid: int) -> int:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15]))
    return 0


def settle(*pids: int) -> None:
    """Wait until they have nothing to do, as after a start."""
    before = -QUIET_CPU_SECONDS
    while (now := cpu_seconds(*pids)) - before >= QUIET_CPU_SECONDS:
        before = now
        time.sleep(QUIET_SECONDS)


def memory_mb(*pids: int) -> float:
    """The resident memory of processes and all below them; what they share counts for each."""
    return sum(_resident(one) for pid in pids for one in tree(pid)) / MB


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0


def proportional_mb(pid: int) -> float:
    """The same with what several share divided among them (PSS)."""
    return sum(_proportional(one) for one in tree(pid)) / MB


def _proportional(pid: int) -> int:
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 0


class Meter:
    """What processes and all below them use while the block runs: seconds of `cpu`, and their most memory (`mb`).

    `besides` are those whose time counts and whose memory does not: a database server's is mostly shared.
    """

    def __init__(self, *pids: int, besides: Sequence[int] = ()) -> None:
        self._pids, self._besides, self._over = pids, besides, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.cpu = self.cpu_besides = 0.0
        self.mb = memory_mb(*pids)

    def __enter__(self) -> "Meter":
        self._before = cpu_seconds(*self._pids), cpu_seconds(*self._besides)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        own, besides = self._before
        self.cpu_besides = cpu_seconds(*self._besides) - besides
        self.cpu = cpu_seconds(*self._pids) - own + self.cpu_besides

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self.mb = max(self.mb, memory_mb(*self._pids))


@dataclass(frozen=True, slots=True)
class Used:
    """Of a command that has ended: seconds of the clock and of the processor, and its most memory."""

    seconds: float
    cpu: float
    mb: float


def ran(command: Sequence[str]) -> Used:
    """Run it. Raises RuntimeError, with what it has said, when it fails."""
    with tempfile.TemporaryFile() as said:
        begin = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begin
        if child.returncode:
            said.seek(0)
            raise RuntimeError(f"{command[-1]}: {said.read().decode('utf-8', 'replace').strip()[-300:]}")
    return Used(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / MB)

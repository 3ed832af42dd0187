"""Processes that are measured: started apart, watched through /proc, and always ended.

`Process` is a child in a session of its own, so that Ctrl-C reaches us first and we end it. `cpu_seconds` and
`memory_mb` count it with all processes below it, those that have ended too; `Peak` looks at the memory twenty times a
second.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK_SECONDS = 0.05
END_SECONDS = 20.0
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


def cpu_seconds(pid: int) -> float:
    """The processor time that a process and all below it have used, with what their ended children used."""
    return sum(_cpu_ticks(one) for one in tree(pid)) / TICK


def _cpu_ticks(pid: int) -> int:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15]))
    return 0


def memory_mb(pid: int) -> float:
    """The resident memory of a process and all below it; what they share counts for each."""
    return sum(_resident(one) for one in tree(pid)) / MB


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


class Peak:
    """The most memory (`mb`) that a process and all below it have had while the block ran."""

    def __init__(self, pid: int) -> None:
        self._pid, self._over = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.mb = memory_mb(pid)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self.mb = max(self.mb, memory_mb(self._pid))

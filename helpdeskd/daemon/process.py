"""What this process uses, by the names that Prometheus has for it: read from /proc, left out where there is none."""

import os
import resource
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from helpdeskd.daemon.exposition import Family, Sample

SELF = Path("/proc/self")
TICK = os.sysconf("SC_CLK_TCK")
BEGAN = 19
"""Where /proc/PID/stat has the start in ticks since boot, counted from behind the name (proc(5))."""


def figures() -> Iterator[Family]:
    """Processor time, memory, files, start."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield _family("cpu_seconds_total", "counter", "Processor time.", used.ru_utime + used.ru_stime)
    try:
        pages = int((SELF / "statm").read_text().split()[1])
        files = sum(1 for _ in (SELF / "fd").iterdir())
        began = _began()
    except OSError:
        return
    yield _family("resident_memory_bytes", "gauge", "Memory in use.", pages * resource.getpagesize())
    yield _family("open_fds", "gauge", "Open files.", files)
    yield _family("start_time_seconds", "gauge", "When it started, since 1970.", began)


@cache
def _began() -> float:
    """Counted back from now once: the file that says when the machine was started is hidden from the daemon."""
    since_boot = int((SELF / "stat").read_text().rpartition(")")[2].split()[BEGAN]) / TICK
    return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot)


def _family(name: str, kind: str, says: str, value: float) -> Family:
    return Family(f"process_{name}", kind, says, (Sample(value),))

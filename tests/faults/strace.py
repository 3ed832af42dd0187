"""strace on the processes of a running desk: what they say to the system, and faults in its answers.

`injecting(pid, "fdatasync:error=EIO")` lets calls of a process that runs fail, or of several, or kills it at one;
`recorded(pid, …)` writes its calls down. `calls` reads such a record. strace counts (`when=`) in each thread for
itself.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import program, refuse

PATIENCE_SECONDS = 30.0
_CALL = re.compile(r"(\d+) +(?:(\w+)\((\d+)?(?:<(.*?)>)?(.*?)|<\.\.\. (\w+) resumed>(.*))( <unfinished \.\.\.>)?\n")


@dataclass(frozen=True)
class Call:
    """A call by a thread, as it ended; `rest` is what was said besides the descriptor, and the answer."""

    thread: int
    name: str
    descriptor: int
    path: str
    rest: str


@contextmanager
def injecting(pid: int | list[int], fault: str) -> Iterator[None]:
    """`fault` is what strace takes behind `inject=`; the process may end of it."""
    with _attached(pid, ["-e", f"trace={fault.partition(':')[0]}", "-e", f"inject={fault}"]):
        yield


@contextmanager
def recorded(pid: int | list[int], names: str, record: Path) -> Iterator[None]:
    """Write down the calls of these names, with the paths of their descriptors; of several processes in one order."""
    with _attached(pid, ["-y", "-s", "16", "-e", f"trace={names}", "-o", str(record)]):
        yield


@contextmanager
def _attached(pid: int | list[int], options: list[str]) -> Iterator[None]:
    pids = pid if isinstance(pid, list) else [pid]
    command = [program("strace", "strace"), "-f", *(word for each in pids for word in ("-p", str(each))), *options]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    try:
        for told in (tracer.stderr.readline() for _ in pids):
            if "attached" not in told:
                refuse(f"strace may not look at a process here: {told.strip()}")
        yield
    finally:
        # Told to end, strace waits for ever for a process that has ended.
        (tracer.kill if any(map(has_ended, pids)) else tracer.terminate)()
        tracer.communicate(timeout=PATIENCE_SECONDS)


def has_ended(pid: int) -> bool:
    """Whether nothing is left of a process but its exit status, for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] in "ZX"
    except FileNotFoundError:
        return True


def calls(record: Path) -> Iterator[Call]:
    """The calls that ended, in the order in which they did."""
    begun: dict[int, Call] = {}
    for line in record.read_text().splitlines(keepends=True):
        if (found := _CALL.fullmatch(line)) is None:
            continue
        thread, name, descriptor, path, rest, resumed, end, unfinished = found.groups()
        if resumed:
            call = begun.pop(int(thread))
            yield Call(call.thread, call.name, call.descriptor, call.path, call.rest + end)
            continue
        call = Call(int(thread), name, int(descriptor or -1), path or "", rest)
        if unfinished:
            begun[call.thread] = call
        else:
            yield call


def threads(pid: int) -> set[int]:
    """Of a process, by the numbers that strace uses."""
    return {int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()}

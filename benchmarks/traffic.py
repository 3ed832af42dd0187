"""Both ends of the wire, in processes of their own: client (`benchmarks.client`) and sink (`benchmarks.sink`)."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from benchmarks.processes import started


@dataclass(frozen=True, slots=True)
class Sent:
    """`times` are by Message-ID: when the final dot went out, and the seconds until it was answered."""

    seconds: float
    times: dict[str, tuple[float, float]]


class Client:
    """Connected, with its mails made."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._in, self._out = _pipes(process)
        if not self._out.readline():
            raise RuntimeError("the client could not connect (its complaint stands above)")

    def begin(self) -> float:
        """Let it send the next round; when."""
        self._in.write(b"go\n")
        self._in.flush()
        return time.monotonic()

    def result(self) -> Sent:
        """Wait until all of the round is sent. Raises RuntimeError when something was not taken."""
        told = self._out.readline()
        if not told:
            raise RuntimeError("a mail was not taken (the client's complaint stands above)")
        result = json.loads(told)
        return Sent(result["seconds"], result["sent"])


class Sink:
    """Listens on `port`."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._in, self._out = _pipes(process)
        self.port = int(self._out.readline())

    def answered(self) -> dict[str, float]:
        """When the first answer to each Message-ID came, so far."""
        self._in.write(b"tell\n")
        self._in.flush()
        answered: dict[str, float] = json.loads(self._out.readline())["answered"]
        return answered


@contextmanager
def client(ports: Sequence[int], rounds: Sequence[int], *words: str) -> Iterator[Client]:
    """A client of listeners; `words` as `python -m benchmarks.client` takes them."""
    lists = (",".join(map(str, numbers)) for numbers in (ports, rounds))
    with started([sys.executable, "-m", "benchmarks.client", *lists, *words]) as process:
        yield Client(process)


@contextmanager
def sink() -> Iterator[Sink]:
    """A smarthost."""
    with started([sys.executable, "-m", "benchmarks.sink"]) as process:
        yield Sink(process)


def _pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout

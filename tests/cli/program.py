"""The program as a user calls it: in this process, on a configuration of the test's own, or as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helpdeskd.cli import main

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "helpdeskd")


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON Lines that it printed."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The one line that it said on standard error, having printed nothing."""
        assert self.out == ""
        [line] = self.err.splitlines()
        return line


Program = Callable[..., Ran]


def program(capfd: pytest.CaptureFixture[str]) -> Program:
    """Runs a command in this process."""

    def run(*words: object) -> Ran:
        capfd.readouterr()
        try:
            status = main([str(word) for word in words])
        except SystemExit as ended:
            status = int(ended.code or 0)
        told = capfd.readouterr()
        return Ran(status, told.out, told.err)

    return run


def in_a_process(*words: object, stdin: bytes = b"", config: Path | None = None) -> Ran:
    """Runs a command as a process of its own; `config` is given by the environment."""
    environment = {**os.environ, **({"HELPDESKD_CONFIG": str(config)} if config else {})}
    done = subprocess.run(
        [*PROGRAM, *map(str, words)], input=stdin, capture_output=True, cwd=ROOT, env=environment, timeout=60
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

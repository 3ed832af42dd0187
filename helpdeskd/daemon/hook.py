"""Runs a command hook: the operator's own program, told of a page or an event as JSON on its standard input.

In: argv from the configuration (no shell reads it), a record of texts, a time limit. Out: a delivery's result. Exit
status 0 is Sent; 75 (EX_TEMPFAIL of sysexits.h) and a timeout are Later; anything else is Failed with the first line
of standard error. The program gets a bare environment and its own process group, which is killed when the time is
up or the run is cancelled. Nothing of a mail is ever part of argv.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from typing import IO

from helpdeskd.mail.delivery import Failed, Later, Result, Sent

TEMPORARY_FAILURE = 75
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
FIRST_LINE = 500


async def run(argv: tuple[str, ...], record: Mapping[str, str], timeout_seconds: float) -> Result:
    """Run a hook to its end.

    Standard error goes to a file and not to a pipe, so a child that outlives the hook cannot make us wait for it.
    """
    with tempfile.TemporaryFile() as errors:
        try:
            process = _start(argv, errors)
        except (FileNotFoundError, PermissionError) as error:
            return Failed(f"{argv[0]} cannot be run: {error.strerror}")
        except OSError as error:
            return Later(f"{argv[0]} could not be started: {error.strerror}")
        told = json.dumps(dict(record)).encode()
        waiting = asyncio.ensure_future(asyncio.to_thread(_wait, process, told, timeout_seconds))
        try:
            ended = await asyncio.shield(waiting)
        except asyncio.CancelledError:
            _kill(process)
            await waiting
            raise
        if not ended:
            return Later(f"{argv[0]} took longer than {timeout_seconds:g} seconds")
        return _result(argv[0], process.returncode, errors)


def _start(argv: tuple[str, ...], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """Not asyncio's way to start a process: cancelled at the wrong moment, that one loses the process."""
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        env=ENVIRONMENT,
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], told: bytes, seconds: float) -> bool:
    """Tell it, in a thread, and wait; False if its time was up and it was killed."""
    with process:
        try:
            process.communicate(told, timeout=seconds)
        except subprocess.TimeoutExpired:
            _kill(process)
            return False
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the hook and its children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _result(name: str, status: int, errors: IO[bytes]) -> Result:
    if status == 0:
        return Sent(f"{name} is done")
    errors.seek(0)
    line = errors.read(FIRST_LINE).decode("utf-8", "replace").strip().partition("\n")[0]
    said = "".join(c if c.isprintable() else " " for c in line) or "it said nothing"
    text = f"{name} ended with status {status}: {said}"
    return Later(text) if status == TEMPORARY_FAILURE else Failed(text)

"""How fast this machine's desk is: `python -m benchmarks [--json]`, half a minute.

Measured with the project's own parts, for mails of 2.5 kB, 14 kB, 200 kB and 2 MB: `parse`, the milliseconds from raw
to Message (median), and `accept`, the mails a second that a listener takes from 16 kept sessions and answers 250, which
is after each was committed and synced to a database in a temporary folder (TMPDIR chooses the disk). The client runs on
the same cores. `loop` is how long a fixed loop of Python takes: machines and minutes differ, so compare figures only
beside it.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.loop import loop_ms
from benchmarks.mails import mails
from helpdeskd.daemon.intake import Intake
from helpdeskd.mail.parse import parse
from helpdeskd.mail.smtp_intake import Listener
from helpdeskd.mail.smtp_settings import SmtpSettings
from helpdeskd.storage.door import Door

SESSIONS = 16
PARSE_SECONDS = 1.5
ACCEPTED = {"plain": 1500, "html": 1000, "photo": 300, "archive": 60}
MAX_SIZE = 50 * 1024 * 1024


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure this machine's desk.")
    parser.add_argument("--json", action="store_true", help="one object instead of the table")
    as_json = parser.parse_args().json
    loop = loop_ms()
    figures = {name: _figures(name, raw) for name, raw in mails().items()}
    print(json.dumps({"loop_ms": loop, "mails": figures}, indent=2) if as_json else _table(loop, figures))


def _figures(name: str, raw: bytes) -> dict[str, float]:
    return {
        "bytes": len(raw),
        "parse_ms": _parse(raw),
        "accept_per_second": asyncio.run(_accept(raw, ACCEPTED[name])),
    }


def _parse(raw: bytes) -> float:
    """Milliseconds to read one mail: the median of as many as fit into the time."""
    took = []
    end = time.perf_counter() + PARSE_SECONDS
    while (begin := time.perf_counter()) < end:
        parse(raw)
        took.append(time.perf_counter() - begin)
    return round(1000 * statistics.median(took), 3)


async def _accept(raw: bytes, count: int) -> float:
    """Mails a second that a listener with a database behind it accepts."""
    with tempfile.TemporaryDirectory(prefix="helpdeskd-bench-") as folder:
        door = Door(Path(folder))
        intake = Intake(door, Path(folder), MAX_SIZE, reserve=0, wake=lambda: None)
        settings = SmtpSettings("desk.example", domains=frozenset({"desk.example"}), max_size=MAX_SIZE)
        listener = Listener(settings, intake.accept, {"support@desk.example"}.__contains__, intake.has_room)
        await listener.open(("127.0.0.1", 0))
        try:
            return round(count / await _send(listener.ports[0], raw, count), 1)
        finally:
            await listener.drain(5)
            door.close()


async def _send(port: int, raw: bytes, count: int) -> float:
    """Seconds from the first MAIL FROM to the last 250."""
    command = [sys.executable, "-m", "benchmarks.sender", str(port), str(SESSIONS), str(count)]
    sender = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert sender.stdin is not None
    assert sender.stdout is not None
    sender.stdin.write(raw)
    sender.stdin.close()
    await sender.stdout.readline()
    begin = time.perf_counter()
    if await sender.wait():
        raise SystemExit("the client failed: see above")
    return time.perf_counter() - begin


def _table(loop: float, figures: dict[str, dict[str, float]]) -> str:
    lines = [f"{'mail':<10}{'bytes':>10}{'parse ms':>12}{'accept/s':>12}"]
    for name, row in figures.items():
        lines.append(f"{name:<10}{row['bytes']:>10}{row['parse_ms']:>12.3f}{row['accept_per_second']:>12.1f}")
    return "\n".join([*lines, f"loop {loop} ms"])


if __name__ == "__main__":
    main()

"""How fast this machine's desk is: `python -m benchmarks [--quick] [--json] [--only NAME …]` (docs/speed.md).

Each subject is measured after the other; one that fails, or that cannot run here, says why and stops no other. Without
--quick it takes 45 minutes, and the peers are installed first, each into an environment of its own below the cache
folder. All files are in a temporary folder (TMPDIR chooses the disk), and everything that was started is ended, also on
Ctrl-C. Each row, and the seconds that it took, is told to standard error as soon as it is there. `loop` is how long a
fixed loop of Python takes: machines and minutes differ, so compare within one run.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks import accept, beside, growth, imap, lifecycle, pipeline, postgres, turn
from benchmarks.harness import Plan, Row, told, with_ratios
from benchmarks.loop import loop_ms
from benchmarks.table import table

Subject = Callable[[Plan], Iterable[Row]]
SUBJECTS: tuple[tuple[str, Subject], ...] = (
    ("accept", accept.run),
    ("turn", turn.run),
    ("peers", beside.run),
    ("pipeline", pipeline.run),
    ("postgres", postgres.run),
    ("imap", imap.run),
    ("lifecycle", lifecycle.run),
    ("growth", growth.run),
)


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures were measured on, and in how many `seconds`; `load` is how many processes wanted a core in the
    last minute.
    """

    cores: int
    loop_ms: float
    loop_ms_after: float
    load: float
    seconds: float


CACHE = Path(__file__).parents[1] / ".venv-peers"


def main() -> int:
    """Measure, and print a table or JSON. The exit status is 1 when nothing was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure this machine's desk.")
    names = [name for name, _ in SUBJECTS]
    parser.add_argument("--quick", action="store_true", help="less of everything, in under a minute")
    parser.add_argument("--json", action="store_true", help="one object instead of the table")
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument(
        "--filled", type=Path, metavar="FOLDER", help="keep desks that were filled there, for later runs"
    )
    args = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode
    before, begin = loop_ms(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="helpdeskd-bench-") as folder:
        Path(folder).chmod(0o755)
        rows = measured(Plan(Path(folder), CACHE, args.quick, args.filled), args.only or _usual(args.quick))
    took = time.monotonic() - begin
    machine = Machine(os.cpu_count() or 1, before, loop_ms(), os.getloadavg()[0], round(took, 1))
    if args.json:
        print(json.dumps({"machine": asdict(machine), "rows": list(map(asdict, rows))}, indent=2))
    else:
        print(table(rows))
        said = f"{machine.cores} cores, loop {machine.loop_ms} to {machine.loop_ms_after} ms, load {machine.load:.1f}"
        print(f"{said}, {machine.seconds:.0f} s in all")
    return 0 if any(not row.fault for row in rows) else 1


def _usual(quick: bool) -> list[str]:
    """The subjects that are measured unless others are asked for."""
    return [name for name, _ in SUBJECTS if not (quick and name == "postgres")]


def measured(plan: Plan, names: list[str]) -> list[Row]:
    """The rows of these subjects, those measured until Ctrl-C."""
    rows: list[Row] = []
    try:
        for name, run in SUBJECTS:
            if name in names:
                print(f"{name} …", file=sys.stderr, flush=True)
                rows.extend(_told(_timed(name, run, plan)))
    except KeyboardInterrupt:
        rows.append(Row("interrupted", fault="what comes after this was not measured"))
    return with_ratios(rows)


def _told(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        said = f"NOT MEASURED: {row.fault}" if row.fault else f"{row.took:.1f} s"
        print(f"  {row.name}: {said}", file=sys.stderr, flush=True)
        yield row


def _timed(name: str, run: Subject, plan: Plan) -> Iterator[Row]:
    """The rows of a subject, each with the seconds since the one before; what stops it is a row too."""
    begin = time.monotonic()
    try:
        for row in run(plan):
            yield replace(row, took=round(time.monotonic() - begin, 1))
            begin = time.monotonic()
    except Exception as fault:
        yield Row(name, fault=told(fault))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())

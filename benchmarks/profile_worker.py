"""Where a worker's time goes: `python -m benchmarks.profile_worker [--mails N] [--plain] [--save FILE]`.

Fills the inbox of a desk with the mix, or with plain mails, and decides them in this process with the worker's own
code: once for the processor milliseconds per mail, and, on another desk, once under the profiler, whose functions are
printed by the time in each alone; `--save` writes all of it for pstats. `loop` is how long a fixed loop of Python
takes: machines and minutes differ.
"""

import argparse
import contextlib
import cProfile
import io
import pstats
import tempfile
import time
from pathlib import Path

from benchmarks.desk import Desk, new_desk
from benchmarks.loop import loop_ms
from benchmarks.mix import KINDS, mails
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.office import prepared, settle_in
from helpdeskd.daemon.worker import Worker
from helpdeskd.storage import db

SHOWN = 45


def main() -> None:
    """Fill, decide, tell; twice."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_worker", description="Profile the worker.")
    parser.add_argument("--mails", type=int, default=300, metavar="N", help="how many (default: 300)")
    parser.add_argument("--plain", action="store_true", help="the plain mails only")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the profile there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="helpdeskd-bench-") as folder:
        for profile in (None, cProfile.Profile()):
            with new_desk(Path(folder)) as desk:
                desk.put(mails(args.mails, KINDS["plain" if args.plain else "mix"]))
                took = decided(desk, profile)
            if profile is None:
                print(f"{1000 * took / args.mails:.2f} ms of processor time a mail; loop {loop_ms()} ms")
            else:
                pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)
                _save(profile, args.save)


def _save(profile: cProfile.Profile, file: Path | None) -> None:
    if file is not None:
        profile.dump_stats(file)


def decided(desk: Desk, profile: cProfile.Profile | None = None) -> float:
    """Processor seconds to decide all that waits; the log of the desk is not shown."""
    office, clock = prepared(desk.config), Clock()
    db.connect(desk.state)
    try:
        with db.transaction():
            settle_in(office.loaded, clock.now())
        worker = Worker(office, clock, lambda _: contextlib.nullcontext())
        with contextlib.redirect_stderr(io.StringIO()), profile or contextlib.nullcontext():
            begin = time.process_time()
            while worker.work():
                pass
            return time.process_time() - begin
    finally:
        db.close()


if __name__ == "__main__":
    main()

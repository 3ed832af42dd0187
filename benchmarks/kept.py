"""Full desks that are kept from run to run, because filling one with a million tickets takes minutes.

FOLDER/PATTERN/TICKETS is the state folder of a desk that is not running; PATTERN changes with the schema, the
settings of SQLite and what `fill` writes. One that was filled so long ago that its dates are no longer those of the
last weeks is made anew.
"""

import hashlib
import shutil
import time
from pathlib import Path

from benchmarks import fill
from benchmarks.desk import Desk
from helpdeskd.storage.sqlite import PRAGMAS, Database

FRESH_SECONDS = 20 * 86_400


def filled(desk: Desk, tickets: int, folder: Path | None) -> bool:
    """Fill a desk that is not running up to so many tickets; False where one that was kept took its place."""
    kept = folder and folder / _pattern() / str(tickets)
    if kept and kept.is_dir() and time.time() - kept.stat().st_mtime < FRESH_SECONDS:
        shutil.rmtree(desk.state)
        shutil.copytree(kept, desk.state)
        return False
    fill.fill(desk, tickets)
    if kept:
        _keep(desk.state, kept)
    return True


def _pattern() -> str:
    newest = max(file.name for file in Database.migrations.glob("0*.py"))
    return hashlib.sha256(f"{newest} {PRAGMAS}".encode() + Path(fill.__file__).read_bytes()).hexdigest()[:12]


def _keep(state: Path, kept: Path) -> None:
    """It has its name when it is whole."""
    draft = kept.with_name(f"{kept.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(state, draft)
    draft.rename(kept)
    kept.touch()

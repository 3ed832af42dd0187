"""What the commands share: the configuration, the stored desk, times and numbers as people type them, and printing.

A command is a function of its arguments and the loaded configuration that returns the exit status; `with_config` makes
it one that argparse can call. Everything that a user can mend (a broken configuration, a missing or damaged database, a
file that cannot be read) is raised by whoever meets it and told here, one line each, with the status 1.

`stored` holds the database's write lock, for which a running daemon waits: read within it, print after it. Within
`rehearsing`, commands work on the desk that this thread has open already, at the time of a story.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from helpdeskd.config.load import Loaded, find, load
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon.database import where
from helpdeskd.daemon.office import settle_in, with_state
from helpdeskd.storage import db

T = TypeVar("T")
Command = Callable[[argparse.Namespace, Loaded], int]
LARGEST = 2**63 - 1
YEARS = range(1970, 2200)
_rehearsed: ContextVar[tuple[Loaded, datetime] | None] = ContextVar("rehearsed", default=None)


def add_config(parser: argparse.ArgumentParser) -> None:
    """`--config` and `--json`, which every command has."""
    parser.add_argument("--config", metavar="FILE", help="default: $HELPDESKD_CONFIG, else /etc/helpdeskd/config.toml")
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")


def add_limit(parser: argparse.ArgumentParser) -> None:
    """`--limit`, which every list of the newest has."""
    parser.add_argument("--limit", type=number, default=100, metavar="N", help="at most so many (default: 100)")


def with_config(command: Command) -> Callable[[argparse.Namespace], int]:
    """The command with its configuration loaded, and what can go wrong told."""

    def run(args: argparse.Namespace) -> int:
        try:
            rehearsed = _rehearsed.get()
            return command(args, rehearsed[0] if rehearsed else load(find(args)))
        except ConfigErrors as broken:
            return max(map(fail, broken.errors))
        except BrokenPipeError:
            raise
        except OSError as fault:
            return fail(f"{fault.filename or 'helpdeskd'}: {fault.strerror or fault}")
        except (db.StorageError, db.Unavailable) as fault:
            return fail(f"helpdeskd: {fault}")
        except db.Fault as fault:
            if not db.is_broken(fault):
                raise
            return fail(f"helpdeskd: the database is damaged: {fault} (restore a backup)")

    return run


@contextmanager
def rehearsing(loaded: Loaded, at: datetime) -> Iterator[None]:
    """Commands that are run within it work on this desk, whose database is open in this thread, `at` (aware UTC)."""
    token = _rehearsed.set((loaded, at))
    try:
        yield
    finally:
        _rehearsed.reset(token)


@contextmanager
def opened(loaded: Loaded, as_it_is: bool = False) -> Iterator[None]:
    """The database of the configuration, made if it is not there, or `as_it_is`. Raises StorageError or OSError."""
    if _rehearsed.get():
        yield
        return
    loaded.settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    db.connect(where(loaded.settings), as_it_is)
    try:
        yield
    finally:
        db.close()


class _Undone(Exception):
    """Takes a dry run back."""


@contextmanager
def done(dry_run: bool = False) -> Iterator[None]:
    """One transaction on the database that is open; of a dry run nothing is left."""
    with suppress(_Undone), db.transaction():
        yield
        if dry_run:
            raise _Undone


@contextmanager
def stored(loaded: Loaded, dry_run: bool = False) -> Iterator[None]:
    """The stored desk in one transaction: kept when it ends, undone when it raises, and after a dry run.

    Raises StorageError without one.
    """
    _refuse_without(loaded)
    with opened(loaded), done(dry_run):
        yield


@contextmanager
def looked_at(loaded: Loaded, as_it_is: bool = False) -> Iterator[None]:
    """The stored desk at one instant, for however long it takes to read. Raises StorageError without one, or for one of
    an older version that is to be left `as_it_is`.
    """
    _refuse_without(loaded)
    with opened(loaded, as_it_is), db.snapshot():
        yield


@contextmanager
def scratch(loaded: Loaded) -> Iterator[Loaded]:
    """The stored desk if there is one, else a temporary one with the directory that the configuration holds."""
    if _is_stored(loaded):
        with opened(loaded):
            yield loaded
        return
    with tempfile.TemporaryDirectory() as folder:
        temporary = with_state(loaded, Path(folder))
        with opened(temporary):
            with db.transaction():
                settle_in(loaded, now())
            yield temporary


def _refuse_without(loaded: Loaded) -> None:
    if not _is_stored(loaded):
        state = loaded.settings.state
        raise db.StorageError(f"no desk is stored in {state} (helpdeskd serve or directory apply makes one)")


def _is_stored(loaded: Loaded) -> bool:
    """A database server has a desk of its own accord: its schema is made when somebody comes first."""
    return bool(loaded.settings.database.url) or (loaded.settings.state / db.FILE).exists()


def emit(args: argparse.Namespace, rows: Iterable[T], line: Callable[[T], str], plain: Callable[[T], object]) -> None:
    """Print each row: as a line for people, or as JSON of what `plain` makes of it."""
    for row in rows:
        print(json.dumps(plain(row), ensure_ascii=False) if args.json else line(row))


def fail(text: str) -> int:
    """Say what is bad, in one line on standard error; the status for it."""
    print(*text.splitlines(), file=sys.stderr)
    return 1


def now() -> datetime:
    """Aware UTC."""
    rehearsed = _rehearsed.get()
    return rehearsed[1] if rehearsed else datetime.now(UTC)


def number(text: str) -> int:
    """An id or a limit, for argparse. Raises ValueError."""
    value = int(text)
    if not 1 <= value <= LARGEST:
        raise ValueError(text)
    return value


def moment(text: str) -> datetime:
    """A time as people type it, for argparse: ISO 8601; without an offset it is naive."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time (write it as 2026-11-20T17:30)") from None
    _within(at.year)
    return at


def day(text: str) -> date:
    """A local day as people type it, for argparse."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day (write it as 2026-11-20)") from None
    _within(found.year)
    return found


def _within(year: int) -> None:
    if year not in YEARS:
        raise argparse.ArgumentTypeError(f"the year {year} is out of bounds ({YEARS[0]} to {YEARS[-1]})")


def in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """A `moment` as aware UTC: in `zone` unless it said otherwise."""
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def iso(at: datetime | None, zone: ZoneInfo) -> str | None:
    """ISO 8601 with offset, to the second."""
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None

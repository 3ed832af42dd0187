"""What the commands share: the configuration, the database, and ways to print."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from helpdeskd.config.load import Loaded, find, load
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon.office import settle_in, with_state
from helpdeskd.storage import db

Printer = Callable[[object], str]


def add_config(parser: argparse.ArgumentParser) -> None:
    """`--config` and `--json`, which every command has."""
    parser.add_argument("--config", metavar="FILE", help="default: $HELPDESKD_CONFIG, else /etc/helpdeskd/config.toml")
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")


def with_config(command: Callable[[argparse.Namespace, Loaded], int]) -> Callable[[argparse.Namespace], int]:
    """A command that needs the configuration: its errors are printed, and the status is 1."""

    def run(args: argparse.Namespace) -> int:
        try:
            loaded = load(find(args))
        except ConfigErrors as broken:
            print(*broken.errors, sep="\n", file=sys.stderr)
            return 1
        return command(args, loaded)

    return run


def with_desk(command: Callable[[argparse.Namespace, Loaded], int]) -> Callable[[argparse.Namespace], int]:
    """A command on the stored desk, inside one transaction: kept when it ends, undone when it raises."""

    def run(args: argparse.Namespace, loaded: Loaded) -> int:
        if not (loaded.settings.state / db.FILE).exists():
            return fail(
                f"{loaded.settings.state}: no desk is stored here (helpdeskd serve, or directory apply, makes one)"
            )
        try:
            with opened(loaded), db.transaction():
                return command(args, loaded)
        except db.StorageError as fault:
            return fail(str(fault))

    return with_config(run)


@contextmanager
def opened(loaded: Loaded) -> Iterator[None]:
    """The database of the configuration, made if it is not there."""
    loaded.settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    db.connect(loaded.settings.state)
    try:
        yield
    finally:
        db.close()


@contextmanager
def scratch(loaded: Loaded) -> Iterator[Loaded]:
    """The stored desk if there is one, else a temporary one with the directory that the configuration holds."""
    if (loaded.settings.state / db.FILE).exists():
        with opened(loaded):
            yield loaded
        return
    with tempfile.TemporaryDirectory() as folder:
        temporary = with_state(loaded, Path(folder))
        with opened(temporary):
            with db.transaction():
                settle_in(loaded)
            yield temporary


def emit(args: argparse.Namespace, rows: Iterable[object], printer: Printer, plain: Callable[[object], object]) -> None:
    """Print each row, as JSON or for people."""
    for row in rows:
        print(json.dumps(plain(row), ensure_ascii=False) if args.json else printer(row))


def fail(text: str) -> int:
    """Say what is bad, on standard error; the status for it."""
    print(text, file=sys.stderr)
    return 1


def now() -> datetime:
    return datetime.now(UTC)


def instant(text: str, zone: ZoneInfo) -> datetime:
    """A time as people type it: ISO 8601, in `zone` unless it says otherwise. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def iso(at: datetime | None, zone: ZoneInfo) -> str | None:
    """ISO 8601 with offset, to the second."""
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None

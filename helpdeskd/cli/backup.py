"""`helpdeskd backup DIR` and `helpdeskd restore DIR`: a copy of the desk, and putting one back.

A backup may be made while the daemon runs, which does not wait for it; DIR must be new or empty. The configuration and
what it names are not in it: they are listed, to be kept too. A restore needs the daemon stopped; it checks the backup,
keeps the old database beside the new one, and begins anew as `restored` does. Its exit status is 1 also where the desk
that was put back does not add up (`audit`), which it then tells.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpdeskd import __version__
from helpdeskd.cli.common import add_config, emit, fail, now, with_config
from helpdeskd.cli.restored import tell_held_back
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.database import where
from helpdeskd.daemon.lifecycle import AlreadyRunning, StateLock
from helpdeskd.daemon.turn import FIRST_NUMBER
from helpdeskd.storage import backup, db, restore
from helpdeskd.storage.backup import Manifest
from helpdeskd.storage.restore import Restored

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class _Made:
    folder: Path
    manifest: Manifest
    seconds: float

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.stat().st_size for file in self.folder.iterdir())

    def plain(self) -> dict[str, object]:
        told = {"folder": str(self.folder), "bytes": self.size, "seconds": round(self.seconds, 1)}
        return {**told, "rows": self.manifest.rows, "not_in_it": self.manifest.named}


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, run, words in (
        ("backup", _backup, "copy the whole desk while it works"),
        ("restore", _restore, "put a backup in the place of the desk"),
    ):
        parser = subparsers.add_parser(name, help=words)
        parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of the backup")
        add_config(parser)
        parser.set_defaults(run=with_config(run))


def _backup(args: argparse.Namespace, loaded: Loaded) -> int:
    began, settings = time.monotonic(), loaded.settings
    if not settings.database.url and not (settings.state / db.FILE).exists():
        raise db.StorageError(f"no desk is stored in {settings.state}")
    manifest = backup.make(where(settings), args.folder, __version__, now(), list(_named(loaded)), _tell)
    made = _Made(args.folder, manifest, time.monotonic() - began)
    emit(args, [made], _told, lambda each: each.plain())
    return 0


def _restore(args: argparse.Namespace, loaded: Loaded) -> int:
    state = loaded.settings.state
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with StateLock(state):
            restored = restore.put_back(args.folder, where(loaded.settings), now())
    except AlreadyRunning as fault:
        return fail(f"restore: {fault}")
    following = f"{loaded.desk.prefix}-{FIRST_NUMBER + restored.last_ticket + 1}"
    emit(args, [restored], lambda each: _words(each, following), lambda each: _plain(each, following))
    if restored.held_back:
        tell_held_back(restored.held_back)
    return max((fail(f"restore: the desk does not add up: {fault}") for fault in restored.report.faults), default=0)


def _named(loaded: Loaded) -> Iterator[str]:
    """The files and folders that the desk needs beside its state folder, and the bucket of large mails."""
    settings = loaded.settings
    beside = (settings.file, loaded.directory_source.file, settings.token_key_file, settings.templates)
    yield from dict.fromkeys(str(path) for path in beside if path is not None)
    if loaded.config.objects is not None:
        yield loaded.config.objects.url


def _tell(share: float) -> None:
    """How far it is, for whoever waits at a terminal."""
    if sys.stderr.isatty():
        print(f"\r{share:4.0%}", end="" if share < 1 else "\n", file=sys.stderr, flush=True)


def _told(made: _Made) -> str:
    rows = made.manifest.rows
    counted = f"mails received: {rows['inbox']}, tickets: {rows['ticket']}"
    lines = [f"{made.folder}: {made.size / MIB:.1f} MiB in {made.seconds:.1f} s; {counted}"]
    return "\n".join([*lines, "not in it, to be kept too:", *(f"    {file}" for file in made.manifest.named)])


def _words(restored: Restored, following: str) -> str:
    kept = [f"the old database is kept as {restored.kept}"] if restored.kept else []
    lines = [f"restored as of {restored.manifest.made_at}", *kept]
    return "\n".join([*lines, f"reply addresses sent before count no more; the next ticket is {following}"])


def _plain(restored: Restored, following: str) -> dict[str, object]:
    return {
        "made_at": restored.manifest.made_at,
        "kept": str(restored.kept) if restored.kept else None,
        "held_back": restored.held_back,
        "next_ticket": following,
        "faults": restored.report.faults,
    }

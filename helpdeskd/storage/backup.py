"""A copy of a desk that can be put back (`storage.restore`), made while the desk works.

    DIR/helpdeskd.db        the database as it was at one instant
    DIR/token.key, DIR/oauth-*.sealed    what else of the state folder cannot be made again, where it is there
    DIR/manifest.json       when it was made, by which version, how many rows each table has, what is not in it
    DIR/SHA256SUMS          over all of these, as `sha256sum --check` reads it

The database is read in one snapshot, and nobody who writes waits for it; PostgreSQL's becomes a file of SQLite too.
SQLite checks the copy before it counts. All is written to `DIR.unfinished`, synced, and gets its name at last: what has
the name is whole. A folder that holds anything is never written to. Whoever may read the folder may read all mail, so
it is its owner's only.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import apsw

from helpdeskd.storage.copy import copied
from helpdeskd.storage.engine import StorageError, Where
from helpdeskd.storage.sqlite import BUSY_SECONDS, FILE, LOCK

FORMAT = 1
BESIDE = ("token.key", "oauth-*.sealed")
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
UNFINISHED = ".unfinished"
PAGES = 128
"""Copied at a time: one megabyte."""
Tell = Callable[[float], None]
"""Is told which share (0 to 1) of the database is copied."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `made_at` is ISO 8601 in UTC, `rows` by table; `named` are files that a desk needs
    beside it and that are not in it, and its bucket.
    """

    format: int
    version: str
    made_at: str
    epoch: str
    rows: Mapping[str, int]
    named: Sequence[str]


def make(where: Where, folder: Path, version: str, now: datetime, named: Sequence[str], tell: Tell) -> Manifest:
    """Copy a desk to `folder`, which is not there or empty; returns when it is on the disk.

    Raises StorageError where the database cannot be read or its copy is damaged, and OSError (FileExistsError where
    `folder` holds something); then there is no backup.
    """
    _refuse_to_overwrite(folder)
    with _unfinished(folder) as draft:
        if where.url:
            copied(where, Where(draft), tell)
            (draft / LOCK).unlink()
        else:
            _copy_file(where.state / FILE, draft / FILE, tell)
        _finish(draft / FILE)
        for file in beside(where.state):
            shutil.copyfile(file, draft / file.name)
        manifest = _described(draft / FILE, version, now, named)
        (draft / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n")
        sums = "".join(f"{sha256(file)}  {file.name}\n" for file in sorted(draft.iterdir()))
        (draft / SUMS).write_text(sums)
        for file in draft.iterdir():
            file.chmod(0o600)
            sync(file)
        sync(draft)
        draft.rename(folder)
    sync(folder.absolute().parent)
    return manifest


def check(folder: Path) -> Manifest:
    """What a backup says of itself, when it is whole. Raises StorageError with the first file that is not as it was
    written, and OSError.
    """
    try:
        lines = (folder / SUMS).read_text().splitlines()
        sums = {name: found for found, _, name in (line.partition("  ") for line in lines)}
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        raise StorageError(f"{folder}: is no backup (what `helpdeskd backup` has made has a file {SUMS})") from None
    if not {FILE, MANIFEST} <= sums.keys():
        raise StorageError(f"{folder / SUMS}: was changed since the backup was made")
    for name, wanted in sums.items():
        if "/" in name or not (folder / name).is_file():
            raise StorageError(f"{folder / name}: is missing")
        if sha256(folder / name) != wanted:
            raise StorageError(f"{folder / name}: was changed since the backup was made, or the disk has damaged it")
    manifest = json.loads((folder / MANIFEST).read_text())
    if manifest["format"] != FORMAT:
        raise StorageError(f"{folder}: was made by version {manifest['version']} (that or a newer one can restore it)")
    return Manifest(**manifest)


def beside(folder: Path) -> Iterator[Path]:
    """The files of a state folder, or of a backup, that belong to a desk beside its database."""
    for pattern in BESIDE:
        yield from sorted(folder.glob(pattern))


def sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Return when a file, or what a folder lists, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_to_overwrite(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        text = "is there already, and no backup is written over (another name would be right)"
        raise FileExistsError(None, text, str(folder))


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """An empty folder beside it, of one process at a time; gone afterwards, unless it got another name."""
    draft = folder.absolute().with_name(folder.name + UNFINISHED)
    draft.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        _lock(descriptor, folder)
        for left in draft.iterdir():
            left.unlink()
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FileExistsError(None, "another backup is being written there", str(folder)) from None


def _copy_file(source: Path, copy: Path, tell: Tell) -> None:
    """In one snapshot: the transaction is begun before, or each commit of the desk would start the copy anew."""
    try:
        with closing(apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READWRITE)) as live:
            live.set_busy_timeout(BUSY_SECONDS * 1000)
            list(live.execute("BEGIN; SELECT 1 FROM sqlite_schema"))
            _copy_pages(live, copy, tell)
    except apsw.Error as fault:
        raise StorageError(f"{source}: cannot be copied: {fault}") from fault


def _copy_pages(live: apsw.Connection, copy: Path, tell: Tell) -> None:
    with closing(apsw.Connection(str(copy))) as made, made.backup("main", live, "main") as backup:
        while not backup.done:
            backup.step(PAGES)
            tell(1 - backup.remaining / max(backup.page_count, 1))


def _finish(copy: Path) -> None:
    """One file, without a log of writes, in which SQLite finds no fault."""
    try:
        with closing(apsw.Connection(str(copy))) as made:
            made.pragma("journal_mode", "delete")
            found = made.pragma("quick_check")
    except apsw.Error as fault:
        found = fault
    if found != "ok":
        raise StorageError(f"the copy is damaged: {found} (is the database?)")


def _described(copy: Path, version: str, now: datetime, named: Sequence[str]) -> Manifest:
    with closing(apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READONLY)) as made:
        tables = [str(name) for (name,) in made.execute("""
            SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'
            ORDER BY name""")]  # fmt: skip
        rows = {name: int(made.execute(f"SELECT count(*) FROM {name}").get) for name in tables}  # noqa: S608
        epoch = str(made.execute("SELECT value FROM meta WHERE key = 'epoch'").get)
    return Manifest(FORMAT, version, now.isoformat(timespec="seconds"), epoch, rows, list(named))

"""Putting a backup (`storage.backup`) in the place of a desk, whose database is kept beside it.

    DIR ─check─▶ state/restoring ─begin anew, audit─▶ one rename ─▶ state/helpdeskd.db
                     │       the old one: state/helpdeskd.db.before-TIME
                     └─▶ one transaction ─▶ PostgreSQL, which must be empty

The copy is brought up to date, begins anew (`storage.epoch`) and is synced before it gets the name by one rename: a
kill at any line leaves the old desk or the new one, and the next try works. Nobody may use the old database meanwhile:
the caller holds the lock of the state folder, and a command that has it open is an error. Files beside the database
come back where they are missing; those that are there are newer.
"""

import os
import shutil
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import apsw

from helpdeskd.storage import counter, db, epoch
from helpdeskd.storage.audit import Report, audit
from helpdeskd.storage.backup import Manifest, beside, check, sync
from helpdeskd.storage.copy import copied
from helpdeskd.storage.engine import StorageError, Where
from helpdeskd.storage.sqlite import FILE

DRAFT = "restoring"
WORKER_ENDS_SECONDS = 3.0
"""In which the worker of a daemon that was killed finishes what it has in hand."""
LOGS = ("-wal", "-shm", "-journal")
"""What SQLite has beside a database that was not closed."""


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept` is the old database, None without one; `held_back` mails are a person's to decide; the next ticket has a
    number after `last_ticket`; `report` is the audit of the desk as it begins anew.
    """

    manifest: Manifest
    kept: Path | None
    held_back: int
    last_ticket: int
    report: Report


def put_back(folder: Path, where: Where, now: datetime) -> Restored:
    """Make the backup in `folder` the desk, whose state folder is there and locked by the caller.

    Raises StorageError where the backup is not whole or of a newer version, a command uses the old database, or that
    of PostgreSQL is not empty, and OSError; then the old desk is as it was.
    """
    manifest = check(folder)
    state, draft = where.state, where.state / DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        begun = _begun_anew(folder, draft, now)
        _bring(folder, state)
        kept = _move_in(draft, where, now)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Restored(manifest, kept, *begun)


def _move_in(draft: Path, where: Where, now: datetime) -> Path | None:
    """Put the database of `draft` where the desk looks for it; what the old one is called now."""
    if where.url:
        copied(Where(draft), where, lambda _: None)
        return None
    kept = _set_aside(where.state / FILE, now)
    (draft / FILE).replace(where.state / FILE)
    sync(where.state)
    return kept


def _begun_anew(folder: Path, draft: Path, now: datetime) -> tuple[int, int, Report]:
    """Make a database in `draft` that is ready for use; mails held back, the last ticket, and its audit."""
    _copy(folder / FILE, draft / FILE)
    db.connect(draft)
    try:
        with db.transaction():
            held_back, last_ticket = epoch.begin_anew(now), counter.last("ticket")
        with db.transaction():
            report = audit()
    finally:
        db.close()
    _close(draft / FILE)
    sync(draft / FILE)
    return held_back, last_ticket, report


def _bring(folder: Path, state: Path) -> None:
    """Only what is missing: a refresh token that was replaced since the backup is not accepted twice."""
    for file in beside(folder):
        if not (state / file.name).exists():
            _copy(file, state / DRAFT / file.name)
            sync(state / DRAFT / file.name)
            (state / DRAFT / file.name).rename(state / file.name)


def _copy(file: Path, to: Path) -> None:
    """Its owner's only; a file that root makes belongs to the daemon's user, as the state folder does."""
    shutil.copyfile(file, to)
    to.chmod(0o600)
    if os.geteuid() == 0:
        owner = to.parent.parent.stat()
        os.chown(to, owner.st_uid, owner.st_gid)


def _set_aside(old: Path, now: datetime) -> Path | None:
    """Give the old database another name beside its own; what a damaged one has beside it, instead of its own.

    A log of writes that stayed would be read into the new one.
    """
    kept = old.with_name(f"{old.name}.before-{now:%Y%m%dT%H%M%S.%fZ}")
    if there := old.exists():
        _set_right(old)
        os.link(old, kept)
    for log in LOGS:
        with suppress(FileNotFoundError):
            old.with_name(old.name + log).rename(kept.with_name(kept.name + log))
    return kept if there else None


def _set_right(old: Path) -> None:
    """One file, unless it is too damaged for that. Raises StorageError where somebody uses it."""
    end = time.monotonic() + WORKER_ENDS_SECONDS
    while True:
        try:
            return _close(old)
        except apsw.BusyError:
            if time.monotonic() > end:
                raise StorageError(f"{old}: another command uses it (wait until it has ended)") from None
        except apsw.Error:
            return None
        time.sleep(0.1)


def _close(database: Path) -> None:
    """Leave a database as one file without a log of writes. Raises apsw.BusyError while anybody else has it open."""
    with closing(apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
        if connection.pragma("journal_mode", "delete") != "delete":
            raise apsw.BusyError(str(database))

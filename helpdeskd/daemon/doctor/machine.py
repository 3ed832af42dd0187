"""What the desk stands on: its database, the disk below it, and the clock.

The database is looked at as a command does, beside a running daemon. Nothing is changed; a desk that was never started
has no database yet, which is no error.
"""

import ctypes
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from helpdeskd.config.load import Loaded, Settings
from helpdeskd.daemon.database import where
from helpdeskd.daemon.doctor.finding import Finding, error, ok, warning
from helpdeskd.daemon.intake import least_free
from helpdeskd.daemon.ways_in import largest_mail
from helpdeskd.storage import db, inbox, objects

MIB = 1 << 20
SCARCE = 2
"""Warned is below so many times the room under which no mail is taken."""
OF_OTHER_MACHINES = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs"})
TIME_ERROR = 5
TIMEX_BYTES = 512
"""More than any `struct timex` has."""


def database(loaded: Loaded, _now: datetime) -> Iterator[Finding]:
    """Its settings are asserted when it is opened; its pages are checked."""
    if not _is_made(loaded.settings):
        yield warning("database", f"none in {loaded.settings.state} yet (helpdeskd serve makes it)")
        return
    try:
        db.connect(where(loaded.settings))
        found, told = db.quick_check(), db.told()
    except (db.StorageError, db.Unavailable, OSError) as fault:
        yield error("database", str(fault))
        return
    finally:
        db.close()
    if found == "ok":
        yield ok("database", f"{told}, every commit on the disk, {db.checked()} in order")
    else:
        yield error("database", f"{db.name()}: {found} (restore a backup)")


def bucket(loaded: Loaded, _now: datetime) -> Iterator[Finding]:
    """An object is put there, read and removed."""
    if not loaded.settings.objects:
        return
    try:
        objects.use(where(loaded.settings).bucket, "doctor")
        objects.probe()
    except (db.StorageError, db.Unavailable) as fault:
        yield error("bucket", str(fault))
        return
    yield ok("bucket", f"{objects.told()}: an object was put there, read and removed")


def disk(loaded: Loaded, _now: datetime) -> Iterator[Finding]:
    """Room for mail, on a file system of this machine: the locks of SQLite are not safe over a network."""
    state = _that_exists(loaded.settings.state)
    kind = file_system(state)
    if kind in OF_OTHER_MACHINES:
        yield error("disk", f"{state} is on {kind} (a file system of this machine)")
    free, least = shutil.disk_usage(state).free, least_free(largest_mail(loaded.settings), loaded.settings.disk_reserve)
    told = f"{free // MIB} MiB free at {state}, mail is taken down to {least // MIB} MiB"
    yield (error if free <= least else warning if free <= SCARCE * least else ok)("disk", told)


def clock(loaded: Loaded, now: datetime) -> Iterator[Finding]:
    """Kept right by a time service, and not behind what the desk has done already."""
    newest = _newest(loaded.settings)
    if newest is not None and newest > now:
        yield error("clock", f"it is {now:%Y-%m-%d %H:%M} UTC, before the newest mail ({newest:%Y-%m-%d %H:%M} UTC)")
    if _is_synchronised():
        yield ok("clock", f"{now.astimezone(loaded.settings.zone):%Y-%m-%d %H:%M %Z}, kept by a time service")
    else:
        yield warning("clock", "no time service keeps it right (systemd-timesyncd or chrony would)")


def _is_made(settings: Settings) -> bool:
    """Whether there is a database: a server's is made by whoever runs the server."""
    return bool(settings.database.url) or (settings.state / db.FILE).exists()


def _newest(settings: Settings) -> datetime | None:
    """When the newest mail came; None without a database, and without one that can be read."""
    if not _is_made(settings):
        return None
    try:
        db.connect(where(settings))
        with db.transaction():
            return inbox.newest()
    except (db.StorageError, db.Unavailable, OSError):
        return None
    finally:
        db.close()


def _is_synchronised() -> bool:
    """Whether the kernel is told so by a time service (adjtimex(2), which without modes only reads)."""
    answer = ctypes.create_string_buffer(TIMEX_BYTES)
    return bool(ctypes.CDLL(None).adjtimex(answer) != TIME_ERROR)


def _that_exists(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())


def file_system(folder: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The type of the file system that holds it, by the longest mount point above it; "" where nothing tells."""
    try:
        fields = [line.split(" ") for line in mounts.read_text("utf-8").splitlines()]
    except OSError:
        return ""
    above = [each for each in fields if folder.resolve().is_relative_to(each[1])]
    return max(above, key=lambda each: len(each[1]))[2] if above else ""

"""A World that is killed while it works, at each place where that leaves something else on the disk.

On SQLite the files of the database are copied before each statement that writes. PostgreSQL undoes what a client that
is gone has not committed, so it is enough there to go before each commit, and before each statement between two
transactions, which commits itself.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.pq import TransactionStatus

from helpdeskd.daemon.database import where
from helpdeskd.storage import db, outbox
from helpdeskd.storage.engine import Where
from helpdeskd.storage.tables import proxy
from tests.servers.postgres import fresh, the_server
from tests.world import World

READS = ("SELECT", "PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE")


class Killed(BaseException):
    """The process is gone."""


@dataclass(frozen=True)
class Written:
    """A mail that a person has written, and not sent yet."""

    raw: bytes
    to: str
    by: str

    def arrives(self, world: World) -> str:
        """Its fate."""
        return world.takes(self.raw, self.to, self.by).fate


def photographed(world: World, turn: Callable[[World], object], folder: Path) -> list[Path]:
    """The state of the database before each statement of the turn that writes."""
    images: list[Path] = []

    def photograph(_cursor: object, sql: str, _bindings: object) -> bool:
        if not sql.startswith(READS):
            images.append(folder / f"{len(images)} {sql.split()[0]}")
            shutil.copytree(world.state, images[-1])
        return True

    proxy.connection().exec_trace = photograph
    turn(world)
    proxy.connection().exec_trace = None
    return images


def start(database: Where | Path) -> None:
    """As a start after a crash does it."""
    db.connect(database)
    with db.transaction():
        outbox.recover()


def killed(world: World, mail: Written, folder: Path) -> Iterator[str]:
    """Where the desk was killed while it took the mail and decided it; each time it has just started again.

    At last it was not killed. After that the database is the World's own.
    """
    on_postgres = bool(where(world.office.loaded.settings).url)
    yield from (killed_on_postgres if on_postgres else killed_on_sqlite)(world, mail, folder)


def killed_on_sqlite(world: World, mail: Written, folder: Path) -> Iterator[str]:
    for image in (*photographed(world, mail.arrives, folder), world.state):
        db.close()
        start(image)
        yield image.name


def killed_on_postgres(world: World, mail: Written, folder: Path) -> Iterator[str]:
    """Each time in a copy of the database as it is now."""
    own = where(world.office.loaded.settings)
    for number in count(1):
        db.close()
        copy = replace(own, url=fresh(folder, template=name_of(own)).url)
        db.connect(copy)
        dies = dies_at(number, world, mail)
        start(copy)
        yield f"place {number}"
        db.close()
        the_server().execute(f"DROP DATABASE {name_of(copy)}")
        if not dies:
            break
    start(own)


def name_of(database: Where) -> str:
    return urlsplit(database.url).path.strip("/")


def dies_at(number: int, world: World, mail: Written) -> bool:
    """Lose the connection at the n-th of these places; False when the mail was done before."""
    left = number

    class Dying(psycopg.RawCursor[tuple[object, ...]]):
        def execute(self, query, *arguments, **options):  # type: ignore[no-untyped-def]
            nonlocal left
            status = self.connection.info.transaction_status
            left -= query == "COMMIT" or status == TransactionStatus.IDLE
            if left == 0:
                self.connection.close()
                raise Killed
            return super().execute(query, *arguments, **options)

    proxy.connection().cursor_factory = Dying
    try:
        mail.arrives(world)
    except Killed:
        return True
    finally:
        db.close()
    return False

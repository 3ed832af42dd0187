"""`helpdeskd migrate --to postgresql://…`: move the stored desk from its SQLite file to an empty PostgreSQL database.

The daemon must be stopped. Both are counted and audited at the end, and must say the same; nothing is in the new
database unless all of it is. The file stays as it is. A password belongs into libpq's password file (`~/.pgpass`), or
into the URL, where others may see it. Prints what to change in the configuration.
"""

import argparse
from collections.abc import Mapping

from helpdeskd.cli.common import add_config, emit, fail, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.lifecycle import AlreadyRunning, StateLock
from helpdeskd.storage import db
from helpdeskd.storage.audit import Report, audit
from helpdeskd.storage.copy import copied
from helpdeskd.storage.engine import Where


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("migrate", help="move the stored desk to PostgreSQL")
    parser.add_argument("--to", required=True, metavar="URL", help="postgresql://USER@HOST/DATABASE, which is empty")
    add_config(parser)
    parser.set_defaults(run=with_config(_migrate))


def _migrate(args: argparse.Namespace, loaded: Loaded) -> int:
    here = Where(loaded.settings.state)
    there = Where(loaded.settings.state, args.to)
    if loaded.settings.database.url:
        raise db.StorageError("the desk is on PostgreSQL already ([database] url)")
    if not (here.state / db.FILE).exists():
        raise db.StorageError(f"no desk is stored in {here.state}")
    try:
        with StateLock(here.state):
            rows = copied(here, there, lambda _: None)
            old, new = _audited(here), _audited(there)
    except AlreadyRunning as fault:
        return fail(f"migrate: {fault}")
    if old != new:
        return fail(
            f"migrate: the new database does not add up: {'; '.join(new.faults) or new} (go on with the old one)"
        )
    emit(args, [rows], _words, dict)
    return 0


def _audited(where: Where) -> Report:
    db.connect(where)
    try:
        with db.transaction():
            return audit()
    finally:
        db.close()


def _words(rows: Mapping[str, int]) -> str:
    told = f"copied {sum(rows.values())} rows: {rows['inbox']} mails received, {rows['ticket']} tickets"
    return f'{told}\nnow write into the configuration, and start the daemon:\n\n[database]\nurl = "postgresql://…"'

"""Which database the settings mean, and which bucket beside it; and the daemon's door to it."""

from helpdeskd.config.load import Settings
from helpdeskd.daemon import log
from helpdeskd.storage.door import Door
from helpdeskd.storage.engine import StorageError, Where
from helpdeskd.storage.objects import Bucket


def where(settings: Settings) -> Where:
    """The database of the configuration, with its password as it is now, and the bucket with its secret.

    Raises StorageError without one of them.
    """
    table = settings.database
    try:
        node = settings.node.called if table.url else ""
        return Where(settings.state, table.url or "", table.password, node, _bucket(settings))
    except (OSError, ValueError) as fault:
        raise StorageError(f"the password of the database cannot be read: {fault}") from None


def door(settings: Settings) -> Door:
    """Open the database; what is logged within a transaction is told once it is committed. Raises StorageError."""
    return Door(where(settings), log.once_committed)


def _bucket(settings: Settings) -> Bucket | None:
    table = settings.objects
    if table is None:
        return None
    try:
        return Bucket(table.url, table.endpoint or "", table.region, table.key_id, table.secret, table.from_)
    except (OSError, ValueError) as fault:
        raise StorageError(f"the secret of the bucket cannot be read: {fault}") from None

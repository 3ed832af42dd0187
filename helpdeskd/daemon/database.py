"""Which database the settings mean, and which bucket beside it."""

from helpdeskd.config.load import Settings
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


def _bucket(settings: Settings) -> Bucket | None:
    table = settings.objects
    if table is None:
        return None
    try:
        return Bucket(table.url, table.endpoint or "", table.region, table.key_id, table.secret, table.from_)
    except (OSError, ValueError) as fault:
        raise StorageError(f"the secret of the bucket cannot be read: {fault}") from None

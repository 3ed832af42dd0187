"""A new beginning of the database after it was put back from a backup (spec P11, attack A22).

`renew` gives it another mark, so that no token, approval or command that was sent before counts any more, and lets its
numbers jump, so that none that was given after the backup is given to somebody else. In the caller's transaction; a
daemon that runs goes by the new mark from its next mail on.
"""

import secrets

from helpdeskd.storage import counter
from helpdeskd.storage.db import epoch
from helpdeskd.storage.tables import Meta

JUMP = 1000
"""More tickets than a desk opens between two backups."""

_NUMBERS = ("ticket", "outbox", "person")
_BYTES = 4


def renew() -> str:
    """Begin anew; the new mark."""
    Meta.update(value=secrets.token_hex(_BYTES)).where(Meta.key == "epoch").execute()
    for name in _NUMBERS:
        counter.skip(name, JUMP)
    return epoch()

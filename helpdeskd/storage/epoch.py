"""A new beginning of the database after it was put back from a backup (spec P11, attack A22).

The desk does not know what it did between the backup and now, and others do. So it gets another mark: no token,
approval or command that was sent before counts any more. Its numbers jump, so that none that was given after the backup
is given to somebody else. What was to be sent is held back for a person to decide: it has very likely gone out since,
and its reply address counts no more. In the caller's transaction; a daemon that runs goes by the new mark from its next
mail on.
"""

import secrets
from datetime import datetime

from helpdeskd.domain.happening import DESK
from helpdeskd.storage import audit_chain, counter, outbox
from helpdeskd.storage.db import epoch
from helpdeskd.storage.tables import Meta

JUMP, SHARE = 1000, 10
"""More tickets than a desk opens between two backups: a thousand, or a tenth of those that there are."""
HELD_BACK = "held back: it was to be sent when the backup was made, and may have arrived since"

_NUMBERS = ("ticket", "outbox", "person")
_BYTES = 4


def begin_anew(now: datetime) -> int:
    """All of this, and a row of the audit record; how many mails are held back."""
    renew()
    held_back = outbox.hold_back(HELD_BACK, now)
    audit_chain.append("Restored", now, by=DESK, held_back=held_back)
    return held_back


def renew() -> str:
    """Another mark, and numbers that jump; the mark."""
    Meta.update(value=secrets.token_hex(_BYTES)).where(Meta.key == "epoch").execute()
    for name in _NUMBERS:
        counter.skip(name, max(JUMP, counter.last(name) // SHARE))
    return epoch()

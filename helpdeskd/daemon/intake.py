"""Intake's side of the database: what the listeners and mailboxes call to make a mail ours.

Both return only after the commit (P1). A full disk or a database that is not available is the sender's cue to come
again.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from helpdeskd.daemon import log
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.imap_poll import source_key
from helpdeskd.mail.smtp_settings import StorageFull
from helpdeskd.mail.smtp_trace import as_sent
from helpdeskd.storage import inbox
from helpdeskd.storage.db import Door, Unavailable

RESERVE_MAILS = 1.5


class Intake:
    """Puts mail into the inbox, and tells the worker."""

    def __init__(self, door: Door, state: Path, max_size: int, wake: Callable[[], None]) -> None:
        self._door, self._state, self._wake = door, state, wake
        self._reserve = int(max_size * RESERVE_MAILS)

    def has_room(self) -> bool:
        """Whether a mail of the largest size would still fit, with half of one to spare (attack B05)."""
        return shutil.disk_usage(self._state).free > self._reserve

    async def accept(self, envelopes: Sequence[Envelope], raw: bytes) -> None:
        """For the listeners. Raises StorageFull, or Unavailable; nothing is kept then."""
        try:
            ids = await self._door(inbox.put, envelopes, raw, as_sent(raw))
        except Unavailable as fault:
            if "full" in str(fault):
                raise StorageFull from fault
            raise
        self._received(ids, envelopes, len(raw))

    def seen(self, account: str, folder: str, uidvalidity: int, uids: Iterable[int]) -> set[int]:
        """For the mailboxes: which UIDs have a row."""
        keys = {source_key(account, folder, uidvalidity, uid): uid for uid in uids}
        return {keys[key] for key in self._door.call(inbox.seen, keys)}

    def put(self, envelope: Envelope, raw: bytes, source_key: str) -> None:
        """For the mailboxes: keep a mail; a known source key is a no-op."""
        self._received(self._door.call(inbox.put, [envelope], raw, None, source_key), [envelope], len(raw))

    def oversized(self, envelope: Envelope, header: bytes, source_key: str, size: int) -> None:
        """For the mailboxes: keep the header of a mail that is too large, as failed."""
        self._door.call(_oversized, envelope, header, source_key, size)

    def _received(self, ids: Sequence[int], envelopes: Sequence[Envelope], size: int) -> None:
        for inbox_id, envelope in zip(ids, envelopes, strict=False):
            log.received(
                inbox_id=inbox_id, source=envelope.source, account=envelope.account, peer=envelope.peer, size=size
            )
        if ids:
            self._wake()


def _oversized(envelope: Envelope, header: bytes, source_key: str, size: int) -> None:
    for inbox_id in inbox.put([envelope], header, None, source_key):
        inbox.fail(inbox_id, f"{size} bytes are over the limit; the mailbox still holds it", envelope.received_at)

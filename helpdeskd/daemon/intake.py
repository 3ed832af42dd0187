"""Intake's side of the database: what the listeners and mailboxes call to make a mail ours.

All return only after the commit (P1), of which it is a part whether the sender is to be checked (`Register`). A disk
without room, or a database that is not available, is the sender's cue to come again. Mailboxes call from their own
threads, so `wake` must be callable from any.
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
from helpdeskd.storage.db import Unavailable, is_full
from helpdeskd.storage.door import Door

LARGEST_MAILS = 1.5
Register = Callable[[Sequence[int], Envelope, bytes], None]
"""Called with the new rows of a mail, one of its envelopes and its bytes, in the transaction that stores it."""


def unregistered(_ids: Sequence[int], _envelope: Envelope, _raw: bytes) -> None:
    """No sender is checked."""


def least_free(largest: int, reserve: int) -> int:
    """Bytes that stay free: `reserve`, and one and a half times the largest mail (attack B05)."""
    return max(int(largest * LARGEST_MAILS), reserve)


class Intake:
    """Puts mail into the inbox, and tells the worker. There is room down to `least_free` bytes."""

    def __init__(
        self,
        door: Door,
        state: Path,
        largest: int,
        reserve: int,
        wake: Callable[[], object],
        register: Register = unregistered,
    ) -> None:
        self._door, self._state, self._wake, self._register = door, state, wake, register
        self._least_free = least_free(largest, reserve)

    def has_room(self) -> bool:
        """Whether a mail may be taken."""
        return shutil.disk_usage(self._state).free > self._least_free

    async def accept(self, envelopes: Sequence[Envelope], raw: bytes) -> None:
        """For the listeners. Raises StorageFull, or Unavailable; nothing is kept then."""
        try:
            ids = await self._door(self._put, envelopes, raw, as_sent(raw), None)
        except Unavailable as fault:
            if is_full(fault):
                raise StorageFull from fault
            raise
        self._received(ids, envelopes, len(raw))

    def seen(self, account: str, folder: str, uidvalidity: int, uids: Iterable[int]) -> set[int]:
        """For the mailboxes: which UIDs have a row."""
        keys = {source_key(account, folder, uidvalidity, uid): uid for uid in uids}
        return {keys[key] for key in self._door.call(inbox.seen, keys)}

    def put(self, envelope: Envelope, raw: bytes, source_key: str) -> None:
        """For the mailboxes: keep a mail; a known source key is a no-op. Raises StorageFull, or Unavailable."""
        if not self.has_room():
            raise StorageFull(f"the disk of {self._state} is full: mail waits in the mailbox")
        self._received(self._door.call(self._put, [envelope], raw, None, source_key), [envelope], len(raw))

    def oversized(self, envelope: Envelope, header: bytes, source_key: str, size: int) -> None:
        """For the mailboxes: keep the header of a mail that is too large, as failed."""
        self._door.call(_oversized, envelope, header, source_key, size)

    def _put(
        self, envelopes: Sequence[Envelope], raw: bytes, as_sent: bytes | None, source_key: str | None
    ) -> list[int]:
        ids = inbox.put(envelopes, raw, as_sent, source_key)
        if ids:
            self._register(ids, envelopes[0], raw)
        return ids

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

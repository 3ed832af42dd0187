"""Intake's side of the database: what the listeners and mailboxes call to make a mail ours.

All return only after the commit (P1), of which it is a part whether the sender is to be checked (`Register`). Mails
that come while others are committed are one commit (`daemon.together`). A disk without room, or a database or a bucket
that is not available, is the sender's cue to come again. Mailboxes call from their own threads, so `wake` must be
callable from any.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from helpdeskd.daemon import bucket, log
from helpdeskd.daemon.arriving import Store
from helpdeskd.daemon.together import Together
from helpdeskd.domain.message import Envelope
from helpdeskd.failpoint import reach
from helpdeskd.mail.imap_poll import Fetched, source_key
from helpdeskd.mail.smtp_settings import StorageFull
from helpdeskd.mail.smtp_trace import own_field
from helpdeskd.storage import arrivals, inbox, objects
from helpdeskd.storage.arrivals import Arrival
from helpdeskd.storage.db import Unavailable, is_full
from helpdeskd.storage.door import Door

LARGEST_MAILS = 1.5
LONG = 256 * 1024
"""Bytes; reading so many takes as long as sending a mail to another thread."""
Register = Callable[[Envelope, bytes], tuple[str, datetime | None]]
"""Called with an envelope of a new mail and its bytes: whom it seems to be by, and when that is checked (None for
never), as `storage.unchecked` keeps it.
"""


def unregistered(_envelope: Envelope, _raw: bytes) -> tuple[str, None]:
    """No sender is checked."""
    return "", None


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
        keep: Store = arrivals.put,
    ) -> None:
        self._door, self._state, self._wake, self._register, self._keep = door, state, wake, register, keep
        self._least_free = least_free(largest, reserve)
        self._together: Together[Arrival, list[int]] = Together(self._store, lambda mail: len(mail.raw))

    def has_room(self) -> bool:
        """Whether a mail may be taken."""
        return shutil.disk_usage(self._state).free > self._least_free

    async def accept(self, envelopes: Sequence[Envelope], raw: bytes) -> None:
        """For the listeners. Raises StorageFull, or Unavailable; nothing is kept then."""
        arrived = partial(self._arrival, envelopes, raw, memoryview(raw)[own_field(raw) :])
        is_quick = len(raw) < LONG and not objects.takes(len(raw))
        mail = arrived() if is_quick else await asyncio.to_thread(arrived)
        try:
            await self._together(mail)
        except Unavailable as fault:
            if is_full(fault):
                raise StorageFull from fault
            raise
        reach("intake.committed")

    def seen(self, account: str, folder: str, uidvalidity: int, uids: Iterable[int]) -> set[int]:
        """For the mailboxes: which UIDs have a row."""
        keys = {source_key(account, folder, uidvalidity, uid): uid for uid in uids}
        return {keys[key] for key in self._door.call(arrivals.seen, keys)}

    def put(self, mails: Iterable[Fetched]) -> None:
        """For the mailboxes: keep mails, in one commit; a known source key is a no-op.

        Raises StorageFull, or Unavailable. Where something else is wrong with one of them, those before it are kept,
        and that is raised.
        """
        if not self.has_room():
            raise StorageFull(f"the disk of {self._state} is full: mail waits in the mailbox")
        group = [self._arrival([mail.envelope], mail.raw, None, mail.source_key) for mail in mails]
        try:
            self._received(group, self._door.call(self._keep, group))
        except Unavailable:
            raise
        except Exception:
            for mail in group:
                self._received([mail], self._door.call(self._keep, [mail]))

    def oversized(self, envelope: Envelope, header: bytes, source_key: str, size: int) -> None:
        """For the mailboxes: keep the header of a mail that is too large, as failed."""
        self._door.call(_oversized, envelope, header, source_key, size)

    def _arrival(
        self, envelopes: Sequence[Envelope], raw: bytes, as_sent: memoryview | None, source_key: str | None = None
    ) -> Arrival:
        """With a large mail in the bucket. Raises Unreachable, after one line about it while that is news."""
        mail = arrivals.arrival(envelopes, raw, as_sent, source_key, *self._register(envelopes[0], raw))
        is_news = objects.is_reachable()
        try:
            return arrivals.aside(mail)
        except objects.Unreachable as fault:
            if is_news:
                bucket.alarm(fault)
            raise

    async def _store(self, group: Sequence[Arrival]) -> list[list[int]]:
        ids = await self._door(self._keep, group)
        self._received(group, ids)
        return ids

    def _received(self, group: Sequence[Arrival], ids: Sequence[Sequence[int]]) -> None:
        for mail, rows in zip(group, ids, strict=True):
            for inbox_id, envelope in zip(rows, mail.envelopes, strict=False):
                log.received(
                    inbox_id=inbox_id,
                    source=envelope.source,
                    account=envelope.account,
                    peer=envelope.peer,
                    size=len(mail.raw),
                )
        if any(ids):
            self._wake()


def _oversized(envelope: Envelope, header: bytes, source_key: str, size: int) -> None:
    for inbox_id in inbox.put([envelope], header, None, source_key):
        inbox.fail(inbox_id, f"{size} bytes are over the limit; the mailbox still holds it", envelope.received_at)

"""One pass over a mailbox's folder: what is not yet in the inbox is fetched, committed, and filed away.

In: a session that is logged in. Out: rows in the inbox through `Store`, and a Report. State is (account, folder,
UIDVALIDITY, UID) and lives in the inbox; \\Seen means nothing. A mail is filed away (moved, or marked) only after
`Store.put` returned, so a crash at any line costs at most a second fetch, which the inbox knows by its source key (P1,
P2, spec "IMAP"). A full pass looks at every UID and is made on each new connection, when UIDVALIDITY changes, hourly,
and after a pass with troubles; the others look at the UIDs above those already seen. A mail that the server fails to
hand over costs itself (P8): it gets a strike, is then fetched alone and last, and after three waits for the next
hourly pass. Faults of the server and of the store are raised.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from imaplib import IMAP4
from itertools import islice
from typing import Protocol

from helpdeskd.domain.message import Envelope
from helpdeskd.failpoint import reach
from helpdeskd.mail.imap_envelope import envelope_of
from helpdeskd.mail.imap_session import Folder, Listed, Session
from helpdeskd.mail.imap_settings import ImapSettings

BATCH = 50
BATCH_BYTES = 16 * 1024 * 1024
ASKED_AT_ONCE = 500
FULL_PASS_SECONDS = 3600.0
STRIKES = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail of a mailbox, and by what the inbox knows it again."""

    envelope: Envelope
    raw: bytes = field(repr=False)
    source_key: str


class Store(Protocol):
    """What a mailbox needs of the inbox. `put` and `oversized` return after the commit, and raise where it failed.

    A source key that is already there makes both a no-op. `oversized` keeps the fate of a mail that was not fetched:
    its header block and its size in bytes, as the server told it.
    """

    def seen(self, account: str, folder: str, uidvalidity: int, uids: Iterable[int]) -> set[int]: ...

    def put(self, mails: Iterable[Fetched]) -> None: ...

    def oversized(self, envelope: Envelope, header: bytes, source_key: str, size: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Report:
    """What a pass did. `more` says that mail may have come meanwhile, of which IDLE will not tell any more.

    `without_fate` counts the mails that are in the folder and not in the inbox; None where the pass was not full.
    """

    taken: int
    troubles: tuple[str, ...]
    more: bool
    without_fate: int | None = None


def source_key(account: str, folder: str, uidvalidity: int, uid: int) -> str:
    """The identity of a mail in a mailbox (RFC 3501 §2.3.1.1). The folder comes last: it may hold any character."""
    return f"imap:{account}:{uidvalidity}:{uid}:{folder}"


class Poller:
    """The passes over one folder. Remembers between them, and across connections, only what saves work."""

    def __init__(
        self,
        settings: ImapSettings,
        store: Store,
        ours: Callable[[str], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._settings = settings
        self._store = store
        self._ours = ours
        self._strikes: Counter[tuple[int, int]] = Counter()
        self._uidvalidity = 0
        self._next_uid = 1
        self._full_at = monotonic()

    def expect_full_pass(self) -> None:
        """The next pass looks at every UID, as it must on a new connection."""
        self._next_uid = 1

    def poll(self, session: Session, wake: Callable[[], None]) -> Report:
        """Make one pass; `wake` is called after each commit of a batch."""
        folder = session.select()
        if folder.uidvalidity != self._uidvalidity:
            self._uidvalidity, self._next_uid = folder.uidvalidity, 1
        if self._monotonic() - self._full_at >= FULL_PASS_SECONDS:
            self._strikes.clear()
            self._next_uid, self._full_at = 1, self._monotonic()
        first = self._next_uid
        uids = session.uids(folder, first)
        report = self._take(session, folder, uids, wake)
        last = max(uids, default=first - 1)
        self._next_uid = 1 if report.troubles else last + 1
        if first > 1:
            return report
        there = session.uids(folder)
        lost = self.reconcile(folder, [uid for uid in there if uid <= last])
        return replace(report, without_fate=len(lost), more=report.more or max(there, default=0) > last)

    def reconcile(self, folder: Folder, there: list[int]) -> set[int]:
        """Compare mailbox and inbox: which of the mails that are `there` in the folder have no fate."""
        lost = set(there) - self._seen(folder, there)
        if lost:
            log.warning("mailbox=%s without_fate=%s", self._settings.name, _some(lost))
        return lost

    def _take(self, session: Session, folder: Folder, uids: list[int], wake: Callable[[], None]) -> Report:
        """Everything in `uids` that the inbox does not have yet; what it has is filed away, as after a crash."""
        seen = self._seen(folder, uids)
        troubles = [*self._file_away(session, self._left_behind(session, folder, seen))]
        taken = 0
        for batch in self._batches(folder, [uid for uid in uids if uid not in seen]):
            with self._striking(folder, batch):
                listing = session.listing(batch)
            self._note_vanished(set(batch) - set(listing))
            for group in groups(listing):
                done = self._take_group(session, folder, group)
                reach("imap.put")
                taken += len(done)
                wake()
                troubles += self._file_away(session, done)
        return Report(taken, tuple(troubles), more=taken > 0)

    def _left_behind(self, session: Session, folder: Folder, seen: set[int]) -> list[int]:
        """Mails that are in the inbox but were not filed away before we were stopped."""
        if not seen or session.moves:
            return sorted(seen)
        return [uid for uid in session.uids(folder, min(seen), unmarked=True) if uid in seen]

    def _batches(self, folder: Folder, uids: list[int]) -> Iterator[list[int]]:
        """Clean mails in their order, 50 at a time; then those with a strike, each alone, the worst last."""
        struck = {uid: self._strikes[folder.uidvalidity, uid] for uid in uids}
        yield from chunks([uid for uid in uids if not struck[uid]], BATCH)
        yield from ([uid] for uid in sorted(uids, key=struck.__getitem__) if 0 < struck[uid] < STRIKES)

    def _take_group(self, session: Session, folder: Folder, group: dict[int, Listed]) -> list[int]:
        """Fetch and commit one group; the UIDs that now have a fate."""
        wanted = {uid: listed for uid, listed in group.items() if listed.size <= self._settings.max_size}
        with self._striking(folder, group):
            headers = {uid: session.header(uid) for uid in group if uid not in wanted}
            raws = session.raws(wanted)
        if raws:
            self._store.put(
                [Fetched(self._envelope(raw, group[uid]), raw, self._key(folder, uid)) for uid, raw in raws.items()]
            )
        for uid, header in headers.items():
            size = group[uid].size
            self._store.oversized(self._envelope(header, group[uid]), header, self._key(folder, uid), size)
            log.warning("mailbox=%s uid=%s oversized=%s", self._settings.name, uid, size)
        return sorted([*raws, *headers])

    @contextmanager
    def _striking(self, folder: Folder, uids: Iterable[int]) -> Iterator[None]:
        """A strike for each of `uids` when the server fails at them."""
        marks = [(folder.uidvalidity, uid) for uid in uids]
        try:
            yield
        except Exception:
            self._strikes.update(marks)
            raise

    def _file_away(self, session: Session, uids: list[int]) -> list[str]:
        """Take done mail out of the way. A refusal is told and tried again on the next full pass: the mail is safe."""
        troubles = []
        for batch in chunks(uids, BATCH):
            try:
                session.file_away(batch)
                reach("imap.filed")
            except IMAP4.abort:
                raise
            except IMAP4.error as error:
                troubles.append(f"mail that was taken in stays in {self._settings.folder}: {error}")
        return troubles

    def _note_vanished(self, uids: set[int]) -> None:
        if uids:
            log.info("mailbox=%s vanished=%s", self._settings.name, _some(uids))

    def _seen(self, folder: Folder, uids: Iterable[int]) -> set[int]:
        name, where = self._settings.name, self._settings.folder
        known = (self._store.seen(name, where, folder.uidvalidity, some) for some in chunks(uids, ASKED_AT_ONCE))
        return set().union(*known)

    def _envelope(self, raw: bytes, listed: Listed) -> Envelope:
        return envelope_of(raw, listed.received_at, self._settings.name, self._settings.address, self._ours)

    def _key(self, folder: Folder, uid: int) -> str:
        return source_key(self._settings.name, self._settings.folder, folder.uidvalidity, uid)


def groups(listing: dict[int, Listed]) -> Iterator[dict[int, Listed]]:
    """Mails that are held in memory together: no more than 16 MiB, unless one alone is larger."""
    group: dict[int, Listed] = {}
    for uid, listed in listing.items():
        if group and sum(other.size for other in group.values()) + listed.size > BATCH_BYTES:
            yield group
            group = {}
        group[uid] = listed
    if group:
        yield group


def chunks(uids: Iterable[int], size: int) -> Iterator[list[int]]:
    """The same UIDs, at most `size` at a time."""
    rest = iter(uids)
    while chunk := list(islice(rest, size)):
        yield chunk


def _some(uids: set[int]) -> str:
    shown = ",".join(map(str, sorted(uids)[:20]))
    return shown if len(uids) <= 20 else f"{shown},… ({len(uids)})"

"""An inbox in memory, which keeps what the real one keeps: one row for each source key, told by mailbox and UID."""

from collections.abc import Callable, Iterable

from helpdeskd.domain.message import Envelope
from helpdeskd.mail.imap_poll import Fetched, source_key


class MemoryInbox:
    """The Store of a mailbox. `puts` counts mails; `before_commit` is called with raw, and may raise."""

    def __init__(self, before_commit: Callable[[bytes], None] = lambda _raw: None) -> None:
        self.rows: dict[str, tuple[Envelope, bytes]] = {}
        self.too_large: dict[str, tuple[bytes, int]] = {}
        self.puts = 0
        self._before_commit = before_commit

    def seen(self, account: str, folder: str, uidvalidity: int, uids: Iterable[int]) -> set[int]:
        known = self.rows.keys() | self.too_large.keys()
        return {uid for uid in uids if source_key(account, folder, uidvalidity, uid) in known}

    def put(self, mails: Iterable[Fetched]) -> None:
        for mail in mails:
            self.puts += 1
            self._before_commit(mail.raw)
            self.rows.setdefault(mail.source_key, (mail.envelope, mail.raw))

    def oversized(self, envelope: Envelope, header: bytes, source_key: str, size: int) -> None:
        self.too_large.setdefault(source_key, (header, size))

    @property
    def raws(self) -> list[bytes]:
        """The mails in the order in which they came in."""
        return [raw for _, raw in self.rows.values()]

    @property
    def envelopes(self) -> list[Envelope]:
        """Their envelopes, in the same order."""
        return [envelope for envelope, _ in self.rows.values()]

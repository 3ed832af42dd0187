"""The ways in, while the daemon runs: listeners and mailboxes, from their opening to their end.

Listeners live in the event loop, each mailbox in a thread of its own. Neither does more than hand mail to the Intake. A
mailbox that has not come to the end of a pass for a multiple of its `poll` is late; a certificate that is about to end
is an alarm. A reload brings new certificates; an address, a mailbox or a limit that was changed counts after a restart.
Raises OSError or ValueError for a way in that cannot be opened.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from helpdeskd.config.load import Settings
from helpdeskd.config.servers import MailboxTable
from helpdeskd.daemon import doors, lifecycle, log
from helpdeskd.daemon.causes import Box
from helpdeskd.daemon.certificates import Certificates
from helpdeskd.daemon.doors import NO_SIGN_INS, Listening
from helpdeskd.daemon.intake import Intake
from helpdeskd.mail.imap_intake import Mailbox
from helpdeskd.mail.oauth import TokenSource
from helpdeskd.mail.smtp_intake import Listener

LATE_AFTER_POLLS = 3


class WaysIn:
    """All of them; `ours` is asked about addresses, from any thread, and `wake` is called from any thread."""

    def __init__(self, intake: Intake, ours: Callable[[str], bool], now: Callable[[], datetime]) -> None:
        self._intake, self._ours, self._now = intake, ours, now
        self._listeners: dict[tuple[str, str], Listener] = {}
        self._mailboxes: list[tuple[Mailbox, threading.Thread, float]] = []
        self._certificates = Certificates(())
        self._ending = threading.Event()
        self._opened_at = datetime.now(UTC)

    async def open(self, settings: Settings, domain: str, sign_ins: Mapping[str, TokenSource] = NO_SIGN_INS) -> None:
        """Take mail from now on; `sign_ins` by name, with all that mailboxes use."""
        inherited = lifecycle.inherited_sockets()
        for kind, listening in listeners(settings):
            wanted = doors.listener_settings(listening, settings.hostname, frozenset({domain}))
            accept, has_room = self._intake.accept, self._intake.has_room
            listener = Listener(wanted, accept, self._ours, has_room, self._now, _refused)
            await listener.open(doors.where(listening.listen, inherited))
            self._listeners[kind, listening.name] = listener
        self.use_certificates(settings)
        for table in settings.mailboxes:
            self._open_mailbox(table, sign_ins)

    def _open_mailbox(self, table: MailboxTable, sign_ins: Mapping[str, TokenSource]) -> None:
        mailbox = Mailbox(doors.mailbox_settings(table, sign_ins), self._intake, self._ours)
        # The Intake wakes the worker at every mail. A daemon thread, because a dead network may hold it.
        thread = threading.Thread(target=mailbox.run, args=(self._ending, _nothing), name=table.name, daemon=True)
        thread.start()
        self._mailboxes.append((mailbox, thread, table.poll.total_seconds()))

    def use_certificates(self, settings: Settings) -> None:
        """Read all certificates, then use them; a broken one changes nothing. Raises OSError or ValueError."""
        read = {(kind, table.name): (doors.server_tls(table), table.tls_cert) for kind, table in listeners(settings)}
        for key, listener in self._listeners.items():
            if context := read.get(key, (None, None))[0]:
                listener.use_tls(context)
        shown = ((" ".join(key), context, chain) for key, (context, chain) in read.items() if context and chain)
        self._certificates = Certificates(shown)

    def look(self) -> None:
        """Raise an alarm for each certificate that is about to end."""
        self._certificates.look(self._now())

    def mailboxes(self) -> Iterator[Box]:
        """How each mailbox does."""
        for mailbox, _, poll in self._mailboxes:
            state = mailbox.state
            lag = datetime.now(UTC) - (state.last_pass_at or self._opened_at)
            why = state.last_error or "no pass has come to its end"
            yield Box(state.account, lag, LATE_AFTER_POLLS * timedelta(seconds=poll), why)

    def certificates(self) -> Mapping[str, datetime]:
        """When that of each listener ends."""
        return self._certificates.until

    async def close(self, seconds: float) -> None:
        """Take no more mail: what is under way is finished, or left to its sender after so many seconds."""
        end = time.monotonic() + seconds
        self._ending.set()
        for mailbox, _, _ in self._mailboxes:
            mailbox.stop()
        await asyncio.gather(*(listener.drain(seconds) for listener in self._listeners.values()))
        await asyncio.to_thread(self._join, end)

    def _join(self, end: float) -> None:
        for _, thread, _ in self._mailboxes:
            thread.join(max(0.0, end - time.monotonic()))


def listeners(settings: Settings) -> list[tuple[str, Listening]]:
    """All listeners' tables, each with its kind."""
    kinds = (("smtp", settings.smtp), ("lmtp", settings.lmtp), ("submission", settings.submission))
    return [(kind, table) for kind, tables in kinds for table in tables]


def largest_mail(settings: Settings) -> int:
    """The largest mail that a listener takes, in bytes; 0 without one."""
    return max((table.max_size for _, table in listeners(settings)), default=0)


def told(settings: Settings) -> str:
    """All ways in, in words for the log."""
    served = [f"{kind} {table.listen}" for kind, table in listeners(settings)]
    fetched = [f"mailbox {table.name}" for table in settings.mailboxes]
    return ", ".join((*served, *fetched)) or "none"


def _nothing() -> None:
    return


def _refused(client: str, reply: str) -> None:
    log.refused(client=client, reply=reply)

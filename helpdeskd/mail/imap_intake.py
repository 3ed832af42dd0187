"""A mailbox of the desk: one thread that owns one connection, and takes mail into the inbox until it is stopped.

In: settings, the inbox, the question which addresses are ours. Out: mail in the inbox, and a state that the
sysadmin's alarm by lag is made from. Polling is the truth and IDLE a hint: a pass is made on news, and every
`poll_seconds` whatever happens; passes follow one another until one finds nothing. Any fault drops the connection: the
next try comes after a pause that grows from one second to five minutes, with jitter; a refused login waits the longest
pause at once. `run` does not raise, so that one mailbox never holds up another; what is wrong is in `state`, in a
sentence.
"""

import logging
import random
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from helpdeskd.mail.imap_poll import Poller, Report, Store
from helpdeskd.mail.imap_session import LoginRefused, Session
from helpdeskd.mail.imap_settings import ImapSettings

LONGEST_PAUSE = 300.0
FIRST_PAUSE = 1.0
ERROR_LENGTH = 300

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MailboxState:
    """How a mailbox does, at one moment. Times are aware UTC, None for never or not now.

    `last_pass_at` is when the last pass that came to its end did so: its age is the mailbox's lag. `last_error` is ""
    while all is well. `without_fate` counts mails that the last full pass could not take.
    """

    account: str
    connected_since: datetime | None = None
    last_pass_at: datetime | None = None
    failing_since: datetime | None = None
    last_error: str = ""
    without_fate: int = 0


class Mailbox:
    """One account and folder. `run` is for its own thread; `state` and `stop` are for any other."""

    def __init__(self, settings: ImapSettings, store: Store, ours: Callable[[str], bool]) -> None:
        self._settings = settings
        self._poller = Poller(settings, store, ours)
        self._session: Session | None = None
        self._failures = 0
        self.state = MailboxState(settings.name)

    def run(self, stop: threading.Event, wake: Callable[[], None]) -> None:
        """Take mail in until `stop` is set; `wake` is called after each batch that was committed."""
        while not stop.is_set():
            try:
                self._serve(stop, wake)
            except Exception as error:
                if stop.is_set():
                    return
                self._note_failure(error)
                stop.wait(pause(error, self._failures))

    def stop(self) -> None:
        """End a wait at the server. To be called after the event that `run` was given has been set."""
        session = self._session
        if session is not None:
            session.cut()

    def _serve(self, stop: threading.Event, wake: Callable[[], None]) -> None:
        """One connection, from its start to the fault that ends it."""
        session = self._session = Session(self._settings)
        try:
            session.login()
            self._poller.expect_full_pass()
            self.state = replace(self.state, connected_since=datetime.now(UTC))
            while not stop.is_set():
                report = self._poller.poll(session, wake)
                self._note_pass(report)
                if not report.more:
                    self._wait(session, stop)
        finally:
            self._session = None
            self.state = replace(self.state, connected_since=None)
            session.close()

    def _wait(self, session: Session, stop: threading.Event) -> None:
        """Until there is news, or the time for the next pass. A stop that came before IDLE has cut the connection."""
        if session.idles:
            session.idle(min(self._settings.poll_seconds, self._settings.idle_seconds))
        else:
            stop.wait(self._settings.poll_seconds)

    def _note_pass(self, report: Report) -> None:
        self._failures = 0
        now = datetime.now(UTC)
        if report.taken:
            log.info("mailbox=%s taken=%s", self._settings.name, report.taken)
        if report.troubles:
            log.warning("mailbox=%s trouble=%s", self._settings.name, report.troubles[0])
        self.state = replace(
            self.state,
            last_pass_at=now,
            failing_since=None,
            last_error=one_line("; ".join(report.troubles)),
            without_fate=self.state.without_fate if report.without_fate is None else report.without_fate,
        )

    def _note_failure(self, error: Exception) -> None:
        self._failures += 1
        text = in_words(error, self._settings)
        log.warning("mailbox=%s failed=%s reason=%s", self._settings.name, self._failures, text)
        self.state = replace(self.state, failing_since=self.state.failing_since or datetime.now(UTC), last_error=text)


def pause(error: Exception, failures: int) -> float:
    """Seconds before the next try: 1, 2, 4 … 300, less up to half by chance; the longest for a refused login."""
    doubled = FIRST_PAUSE * 2 ** min(failures - 1, 16)
    longest = LONGEST_PAUSE if isinstance(error, LoginRefused) else min(doubled, LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  # spreads tries, keeps no secret


def in_words(error: Exception, settings: ImapSettings) -> str:
    """What is wrong with the mailbox, for the sysadmin: one line."""
    match error:
        case ssl.SSLCertVerificationError():
            text = f"the certificate of {settings.host} is refused: {error.verify_message}"
        case TimeoutError():
            text = f"{settings.host} does not answer within {settings.timeout_seconds:g} s"
        case OSError():
            text = f"{settings.host} port {settings.port}: {error.strerror or error}"
        case _:
            text = str(error) or type(error).__name__
    return one_line(text)


def one_line(text: str) -> str:
    """Printable and short, as a server's text need not be."""
    return "".join(c if c.isprintable() else " " for c in text)[:ERROR_LENGTH]

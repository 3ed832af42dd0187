"""A whole desk in one process, on a virtual clock: what the stories are played on.

Everything goes the daemon's way: a mail is put into the inbox, the worker parses and decides it, the sweep does what is
due, and the outbox is emptied as a smarthost would that takes everything. Only the clock and the courier are not real.
A mail that gets a strike fails the test with the fault that caused it.

Times are written as the wall clock in Amsterdam shows them; a World begins on Monday 2026-11-23 at 10:00.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from helpdeskd.config.load import load
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.database import where
from helpdeskd.daemon.office import Office, settle_in, shipped
from helpdeskd.daemon.sweep import Sweep
from helpdeskd.daemon.worker import Worker
from helpdeskd.domain.message import Envelope, Message
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Ticket
from helpdeskd.mail.compose import Composer
from helpdeskd.mail.parse import parse
from helpdeskd.mail.smtp_trace import as_sent
from helpdeskd.storage import agenda, audit, db, inbox, outbox, tickets
from helpdeskd.storage.inbox import Received
from helpdeskd.storage.outbox import Queued
from tests.mail_client import answer, report, thread, write

ZONE = ZoneInfo("Europe/Amsterdam")
BEGIN = "2026-11-23 10:00"
CONFIG = Path(__file__).with_name("world.toml")
PEERS = {"aligned": "192.0.2.25", "none": "192.0.2.25", "internal": "10.0.0.7"}

ANNA = "Anna de Vries <anna@bakery.example>"
BRAM = "Bram Bakker <bram@bakery.example>"
EVE = "Eve Smith <eve@smith.example>"
LUC = "Luc Martin <luc@brasserie.example>"
FREDERIK = "Frederik Holm <frederik@havn.example>"
HEIKE = "Heike Berg <heike@school.example>"
PIET = "Piet Jansen <piet@desk.example>"
ANS = "Ans Smit <ans@desk.example>"
MIA = "Mia Manager <mia@desk.example>"
STRANGER = "Sam Stranger <sam@elsewhere.example>"


@cache
def shipped_templates(room: int) -> Composer:
    """Compiled once for all worlds with so much room for attachments."""
    return Composer([shipped("templates")], "en", room)


def local(text: str) -> datetime:
    """`2026-11-23 10:00` in Amsterdam, as aware UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


class VirtualClock(Clock):
    """Stands still until it is set."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that left the desk, as its recipient gets it."""

    row: Queued
    message: Message = field(repr=False)
    at: datetime

    @property
    def to(self) -> str:
        return self.row.recipient

    @property
    def notice(self) -> str:
        return self.row.notice

    @property
    def reference(self) -> str:
        return self.row.reference

    @property
    def subject(self) -> str:
        return self.message.subject

    @property
    def text(self) -> str:
        return self.message.text

    def header(self, name: str) -> str:
        return self.message.header(name)


@dataclass(repr=False)
class World:
    """`sent` and `last` look at what went out; `news` tells what went out since it was asked last.

    `extra` stands below the configuration, `of_desk` in its table of the desk. Morning mails go out with `digests`; it
    begins at `begin`.
    """

    folder: Path
    extra: str = ""
    of_desk: str = ""
    digests: bool = False
    begin: str = BEGIN
    mails: list[Sent] = field(default_factory=list)
    hooks: list[Queued] = field(default_factory=list)
    _told: int = 0
    _written: int = 0

    def __enter__(self) -> "World":
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "config.toml"
        written = CONFIG.read_text().replace("no_digest = true\n", "") if self.digests else CONFIG.read_text()
        file.write_text(written.replace("[desk]\n", f"[desk]\n{self.of_desk}", 1) + self.extra)
        loaded = load(file)
        self.state = loaded.settings.state
        self.state.mkdir(exist_ok=True)
        self.office = Office(loaded)
        if loaded.settings.templates is None:
            self.office.composer = shipped_templates(loaded.desk.largest_attachments)
        self.clock = VirtualClock(local(self.begin))
        db.connect(where(loaded.settings))
        with db.transaction():
            settle_in(loaded, self.clock.now())
        self.worker = Worker(self.office, self.clock, lambda _: nullcontext())
        self.sweep = Sweep(self.office)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        """A world that ends well has lost nothing and done nothing twice."""
        faults = [] if kind else self.audit()
        db.close()
        assert faults == []

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def receives(
        self,
        from_: str,
        to: str = "support@desk.example",
        subject: str = "Invoice screen hangs",
        text: str = "It hangs since this morning.",
        *,
        strength: str = "aligned",
        **parts: object,
    ) -> Received:
        """A mail that arrives now; `strength` is aligned, none or internal. See `written` for its parts."""
        return self.takes(self.written(from_, to, subject, text, strength, **parts), to, from_, strength)

    def written(
        self, from_: str, to: str, subject: str, text: str, strength: str = "aligned", **parts: object
    ) -> bytes:
        """A mail as the relay hands it on; see `mail_client.write` for its parts."""
        self._written += 1
        return write(from_, to, subject, text, strength, self.now, self._written, **parts)  # type: ignore[arg-type]

    def takes(
        self, raw: bytes, to: str, from_: str, strength: str = "aligned", reverse_path: str | None = None
    ) -> Received:
        """Put a mail into the inbox, let the worker decide it, and send what came of it."""
        inbox_id = self.puts(raw, to, parseaddr(from_)[1] if reverse_path is None else reverse_path, PEERS[strength])
        self.works()
        with db.transaction():
            row = inbox.get(inbox_id)
        assert row is not None
        assert row.strikes == 0, row.reason
        return row

    def puts(self, raw: bytes, to: str, reverse_path: str, peer: str = PEERS["aligned"]) -> int:
        """Accept a mail, as a listener does."""
        envelope = Envelope(reverse_path, to, self.now, peer=peer, account="mx")
        with db.transaction():
            return inbox.put([envelope], raw, as_sent(raw))[0]

    def works(self) -> None:
        """Let the worker decide all that is queued, and send what came of it."""
        while self.worker.work():
            self._send()
        self._send()

    def replies(self, person: str, mail: Sent, text: str, **parts: object) -> Received:
        """Answer a mail of the desk as a mail client does."""
        return self.receives(person, *answer(mail.message, text), **thread(mail.message), **parts)  # type: ignore[arg-type]

    def bounces(self, mail: Sent, status: str = "5.1.1") -> Received:
        """The delivery report of a server that could not deliver a mail of ours."""
        return self.takes(report(mail.message, mail.row.sender, status), mail.row.sender, "", "none", reverse_path="")

    def at(self, text: str) -> None:
        """Let time pass until then (Amsterdam), with a sweep at each moment at which something is due."""
        end = local(text)
        self._sweep()
        while (due := self._next_due()) is not None and due <= end:
            assert due > self.now, "the sweep left something that is due"
            self.clock.at = due
            self._sweep()
        self.clock.at = end
        self._sweep()

    def advance(self, **span: float) -> None:
        """Let time pass: hours=2, days=1."""
        self.at((self.now + timedelta(**span)).astimezone(ZONE).replace(tzinfo=None).isoformat())

    def is_down_until(self, text: str) -> None:
        """No sweep until then; one at that moment."""
        self.clock.at = local(text)
        self._sweep()

    def sent(self, to: str = "", notice: str = "") -> list[Sent]:
        """What went out, in order: to an address that begins so, of that notice."""
        return [mail for mail in self.mails if mail.to.startswith(to) and notice in {"", mail.notice}]

    def last(self, to: str, notice: str = "") -> Sent:
        """The newest of them."""
        return self.sent(to, notice)[-1]

    def news(self) -> list[str]:
        """`anna ticket-received` for each mail that went out since this was asked last, sorted."""
        new, self._told = self.mails[self._told :], len(self.mails)
        return sorted(f"{mail.to.partition('@')[0]} {mail.notice}" for mail in new)

    def ticket(self, reference: str = "HD-1001") -> Ticket:
        with db.transaction():
            found = tickets.by_reference(reference)
        assert found is not None
        return found

    def tickets(self) -> list[Ticket]:
        """All tickets as they are, the newest first."""
        with db.transaction():
            return tickets.listed()

    def target(self, kind: str, reference: str = "HD-1001") -> Target:
        with db.transaction():
            found = tickets.targets(self.ticket(reference).id)
        return next(target for target in found if target.kind == kind)

    def story(self, reference: str = "HD-1001") -> list[str]:
        """The names of what happened to a ticket."""
        with db.transaction():
            return [type(event).__name__ for event, _ in tickets.events(self.ticket(reference).id)]

    def audit(self) -> list[str]:
        with db.transaction():
            return audit.audit().faults

    def reopens(self) -> None:
        """Open the database again, after a command has closed it, and send what it left in the outbox."""
        db.connect(where(self.office.loaded.settings))
        self._send()

    @staticmethod
    def _next_due() -> datetime | None:
        with db.transaction():
            return agenda.next_due()

    def _sweep(self) -> None:
        with db.transaction():
            self.sweep.run(self.now)
        self._send()

    def _send(self) -> None:
        with db.transaction():
            rows = outbox.claim(self.now, 1000)
            for row in rows:
                outbox.sent(row.id, "250 2.0.0 Ok", self.now)
        self.hooks += [row for row in rows if row.channel != outbox.MAIL]
        self.mails += [Sent(row, parse(row.content), self.now) for row in rows if row.channel == outbox.MAIL]


def texts(mails: Iterable[Sent]) -> str:
    """All that these mails say, with their subjects."""
    return "\n".join(f"{mail.subject}\n{mail.text}" for mail in mails)

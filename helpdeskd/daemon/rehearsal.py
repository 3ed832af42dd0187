"""A rehearsal: a scenario played through the real desk on a virtual clock, as if all of its days went by at once.

In: a configuration that is in order, a scenario and an empty folder. Out: what happened, one value after the other, in
order of virtual time. Everything goes the daemon's way: a mail is put into the inbox, the worker decides it, the sweep
does what is due at each instant at which something is, and the outbox is emptied as by a smarthost that takes
everything. Only the clock and the courier are not real, so the same input gives the same output, to the byte.

It is all one database transaction, with savepoints within: it is nobody's data, so nothing waits for the disk. A step
that cannot be played (it answers a mail that was never sent) is kept in `faults` with file and line, and the rehearsal
goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path

from helpdeskd.config.load import Loaded
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.config.scenario import AnswersTable, Do, Mail, Past, Scenario, Step
from helpdeskd.daemon.clock import Clock
from helpdeskd.daemon.letters import Post
from helpdeskd.daemon.office import CannotServe, Office, settle_in, with_state
from helpdeskd.daemon.rehearsal_mail import Arrival, arrival, newest_to, past_arrival
from helpdeskd.daemon.sweep import Sweep
from helpdeskd.daemon.worker import Worker
from helpdeskd.domain.address import normalise
from helpdeskd.domain.charge import Charge, charge_of
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.event import Event, TicketOpened
from helpdeskd.domain.message import Message
from helpdeskd.domain.statement import Statement
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Ticket
from helpdeskd.mail.parse import parse
from helpdeskd.mail.words import Words
from helpdeskd.storage import agenda, db, inbox, ledger, outbox, tickets
from helpdeskd.storage.books import Books, of_customer
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.inbox import Received
from helpdeskd.storage.outbox import Queued

EPOCH = "rehearsal"
KEY = b"the key of a rehearsal proves nothing"
ALL = 2**31


@dataclass(frozen=True)
class MailIn:
    """A mail was decided; `received` has its fate. `id` is the scenario's."""

    at: datetime
    id: str
    received: Received

    @cached_property
    def message(self) -> Message:
        return parse(self.received.raw)


@dataclass(frozen=True)
class MailOut:
    """A mail left the desk."""

    at: datetime
    row: Queued

    @cached_property
    def message(self) -> Message:
        return parse(self.row.content)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event was stored; `reference` is "" for one of a mail without a ticket."""

    at: datetime
    reference: str
    event: Event


@dataclass(frozen=True, slots=True)
class Done:
    """A command was run; `said` is what it printed."""

    at: datetime
    words: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket as it stands at the end; `opened_by` is the id of the mail that opened it."""

    ticket: Ticket
    targets: tuple[Target, ...]
    opened_by: str
    charge: Charge


@dataclass(frozen=True, slots=True)
class Billed:
    """A statement that was issued; `words` are those of the customer's language."""

    statement: Statement
    words: Words


News = MailIn | MailOut | Happened | Done | Standing | Billed
Run = Callable[[Sequence[str], Loaded, datetime], tuple[int, str]]
"""Runs a command (its words) on that desk, whose database is open, at that time: exit status, and what it printed."""


class VirtualClock(Clock):
    """Stands still until it is set."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.set(at)

    def now(self) -> datetime:
        return self._at

    def set(self, now: datetime) -> None:
        self._at = now.astimezone(UTC)


class RehearsalOffice(Office):
    """An office whose tokens and Message-IDs are the same in every rehearsal."""

    def __init__(self, loaded: Loaded) -> None:
        super().__init__(loaded, keys=(KEY,))

    def post(self) -> Post:
        post = super().post()
        return replace(post, keyring=replace(post.keyring, epoch=EPOCH), instance=f"{self.loaded.desk.domain}/{EPOCH}")


class Rehearsal:
    """Plays one scenario once. Raises ConfigErrors or CannotServe, with all that is wrong, before it begins."""

    def __init__(self, loaded: Loaded, scenario: Scenario, folder: Path, run: Run) -> None:
        self._scenario, self._run = scenario, run
        self._people = loaded.read_directory(scenario.directory) if scenario.directory else loaded.directory
        if lost := [scenario.told(step, "to", "is no address of the desk") for step in _lost(scenario, loaded.desk)]:
            raise ConfigErrors(lost)
        self._loaded = with_state(loaded, folder)
        self._office = RehearsalOffice(self._loaded)
        # Our own templates are in order.
        if loaded.settings.templates and (broken := self._office.composer.check_templates()):
            raise CannotServe(broken)
        self._clock = VirtualClock(scenario.start)
        self._worker = Worker(self._office, self._clock, lambda _: nullcontext())
        self._received: dict[int, str] = {}
        self._numbers: dict[str, list[int]] = {}
        self._last_event = 0
        self.faults: list[str] = []

    def play(self) -> Iterator[News]:
        """Everything from start to end, and at last each ticket and statement.

        Raises CannotServe when the clock cannot go on.
        """
        db.connect(self._loaded.settings.state)
        try:
            with db.transaction():
                self._settle_in()
                for step in self._scenario.steps:
                    yield from self._pass_time(step.does.at)
                    yield from self._step(step)
                yield from self._pass_time(self._scenario.until)
                yield from self._standings()
                yield from self._statements()
        finally:
            db.close()

    def _settle_in(self) -> None:
        settle_in(replace(self._loaded, directory=self._people), self._clock.now())
        self._sweep = Sweep(self._office)

    def _pass_time(self, end: datetime) -> Iterator[News]:
        """Let the clock run, from one instant at which something is due to the next."""
        while (due := agenda.next_due()) is not None and due <= end:
            self._clock.set(max(due, self._clock.now()))
            if not self._sweep.run(self._clock.now()):
                raise CannotServe([f"{self._scenario.source.file}: what is due at {due} cannot be done (see above)"])
            yield from self._news()
        self._clock.set(end)

    def _step(self, step: Step) -> Iterator[News]:
        match step.does:
            case Mail():
                yield from self._receive(step, step.does)
            case Past():
                yield from self._receive_again(step, step.does)
            case Do():
                yield self._command(step, step.does)
        yield from self._news()

    def _command(self, step: Step, does: Do) -> Done:
        status, said = self._run(does.run, self._loaded, self._clock.now())
        if status:
            self._fault(step, "run", " / ".join(said.split("\n")) or f"ended with status {status}")
        return Done(self._clock.now(), does.run, said)

    def _receive(self, step: Step, mail: Mail) -> Iterator[MailIn]:
        answered = None
        if mail.answers is not None:
            assert mail.from_ is not None
            answered = self._answered(mail.from_.address, mail.answers)
            if answered is None:
                return self._fault(step, "answers", "the desk has sent no such mail to this address until then")
        yield from self._take(arrival(mail, step.id, answered, self._office.loaded.desk), step.id)
        return None

    def _receive_again(self, step: Step, past: Past) -> Iterator[MailIn]:
        answered, wanted = None, past.answers
        if wanted is not None:
            # Otherwise the desk may have written something else about the same.
            about = AnswersTable(ticket=wanted.ticket) if wanted.ticket else wanted
            answered = self._answered(past.reader, wanted) or self._answered(past.reader, about)
        yield from self._take(past_arrival(past, answered, self._office.loaded.desk), step.id)

    def _take(self, came: Arrival, name: str) -> Iterator[MailIn]:
        ids = inbox.put(came.envelopes, came.raw, came.as_sent)
        self._received |= dict.fromkeys(ids, name)
        self._numbers.setdefault(name, []).extend(ids)
        for received in self._decided(ids):
            yield MailIn(self._clock.now(), name, received)

    def _decided(self, inbox_ids: Sequence[int]) -> list[Received]:
        """Let the worker decide, as often as strikes put a mail back, and what it made of these."""
        while True:
            self._worker.work()
            found = [received for received in map(inbox.get, inbox_ids) if received is not None]
            if all(received.status != "queued" for received in found):
                return found

    def _answered(self, reader: str, wanted: AnswersTable) -> Message | None:
        """The newest mail of ours to the reader that is asked for."""
        reference = self._reference(wanted.ticket)
        if wanted.ticket and not reference:
            return None
        return newest_to(normalise(reader), reference, wanted.notice or "")

    def _reference(self, name: str) -> str:
        """The ticket of the scenario's mail with that id; "" while it has none."""
        found = map(inbox.get, self._numbers.get(name, ()))
        return next((row.reference for row in found if row and row.reference), "")

    def _news(self) -> Iterator[News]:
        """What was stored since this was asked last, and the mails that left because of it."""
        now = self._clock.now()
        for stored in list(agenda.events_after(self._last_event)):
            self._last_event = stored.id
            yield Happened(now, stored.reference, stored.event)
        rows = outbox.claim(now, ALL)
        for row in rows:
            outbox.sent(row.id, "250 2.0.0 Ok", now)
        yield from (MailOut(now, row) for row in rows if row.channel == outbox.MAIL)

    def _standings(self) -> Iterator[Standing]:
        desk, books = self._loaded.desk, cache(lambda name: Books(of_customer(name)))
        for ticket in reversed(tickets.listed(limit=ALL)):
            opened = (number for event, number in tickets.events(ticket.id) if isinstance(event, TicketOpened))
            opened_by = self._received.get(next(opened, None) or 0, "")
            plan = desk.plan_named(ticket.plan)
            charge = charge_of(ticket, plan, books(ticket.customer))
            yield Standing(ticket, tickets.targets(ticket.id), opened_by, charge)

    def _statements(self) -> Iterator[Billed]:
        for customer in StoredDirectory().customers():
            words = self._office.composer.words(customer.language)
            for issued in ledger.issued(customer.name):
                yield Billed(issued, words)

    def _fault(self, step: Step, key: str, text: str) -> None:
        self.faults.append(self._scenario.told(step, key, text))


def _lost(scenario: Scenario, desk: Desk) -> Iterator[Step]:
    """The mails that name recipients, but none of ours."""
    for step in scenario.steps:
        named = (*step.does.to, *step.does.cc) if isinstance(step.does, Mail) and step.does.to else ()
        if named and not any(desk.is_ours(normalise(box.address)) for box in named):
            yield step

"""What counts of a ticket in a report: when it was opened, answered and resolved, what became of its targets, and how
long was worked.

In: a `History`, the ticket's charge, and the calendar and counted pauses of its plan. Out: a `Row` of facts, each with
the moment at which it counts, once.

A target counts when it was breached, else when it was met, else when its ticket ended, else (open) when it began. One
that is met late is breached; one that is not yet due is open; a goal never counts. What is settled counts for the agent
and the priority that the ticket had at that moment, what is not for those that it has now. Times are whole minutes of
the plan's opening hours; minutes of work are those of entries and of the settlement. Pure and total: nothing fails.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from helpdeskd.domain.amount import Measure
from helpdeskd.domain.bill import Bill
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.charge import Charge
from helpdeskd.domain.entry import Entry, kept
from helpdeskd.domain.target import Pause, Target, TargetKind, measure, met, open_target, passed
from helpdeskd.domain.ticket import Status, Ticket

SOLVED = frozenset({Status.RESOLVED, Status.CLOSED})
NOON = time(12)


@dataclass(frozen=True, slots=True)
class History:
    """A ticket as it is, its `targets`, and how it was: `states` since when, in order, the first one as it was opened.

    `missed` are the deadlines of next responses that were told as breached.
    """

    ticket: Ticket
    targets: tuple[Target, ...]
    states: tuple[tuple[datetime, Ticket], ...]
    missed: tuple[datetime, ...] = ()

    def at(self, moment: datetime) -> Ticket:
        """The ticket after all that had happened by that moment."""
        found = self.states[0][1]
        for since, state in self.states:
            if since <= moment:
                found = state
        return found


class Outcome(StrEnum):
    """What became of a target. `ended`: its ticket came to an end before it was due and without meeting it."""

    MET = "met"
    BREACHED = "breached"
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that counts at a moment (aware UTC), for an agent ("" nobody) and a priority."""

    at: datetime
    agent: str
    priority: str


@dataclass(frozen=True, slots=True)
class Opened(Fact):
    """A ticket was opened."""


@dataclass(frozen=True, slots=True)
class Judged(Fact):
    """A promised target, and what became of it."""

    kind: TargetKind
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Answered(Fact):
    """The first answer, so many minutes of opening hours after the ticket was opened."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Resolved(Fact):
    """The resolution, so many minutes of opening hours after the ticket was opened, without pauses.

    `within_free`: all that was worked was free; None where the tariff has no free minutes.
    """

    minutes: int
    within_free: bool | None = None


class Hours(StrEnum):
    """Which minutes: those that were worked, and what became of them, and of those that the desk added, in the
    settlement.
    """

    WORKED = "worked"
    FREE = "free"
    CHARGED = "charged"
    UNAPPROVED = "unapproved"


@dataclass(frozen=True, slots=True)
class Worked(Fact):
    """Minutes of work. What was worked counts when it began, for who worked; what became of it counts on its date in
    the settlement, for nobody: a ticket is charged, not an agent.
    """

    hours: Hours
    minutes: int


@dataclass(frozen=True, slots=True)
class Row:
    """All that is reported of a ticket."""

    reference: str
    customer: str
    queue: str
    facts: tuple[Fact, ...]


def row_of(history: History, charge: Charge, calendar: Calendar, pauses: Iterable[Pause], now: datetime) -> Row:
    """The facts of a ticket by `now`, in its plan's calendar; `pauses` are those in which its plan's clock stands."""
    ticket = history.ticket
    times = _times(history, charge.bill, calendar, tuple(pauses))
    work = (*_worked(history, charge.entries), *_settled(history, charge.bill, calendar.zone))
    facts = (*times, *_judgements(history, calendar, now), *work)
    return Row(ticket.reference, ticket.customer, ticket.queue, facts)


def _times(history: History, bill: Bill | None, calendar: Calendar, pauses: tuple[Pause, ...]) -> Iterator[Fact]:
    ticket = history.ticket
    yield Opened(ticket.opened_at, ticket.owner, ticket.priority)
    if (at := ticket.answered_at) is not None:
        then = history.at(at)
        yield Answered(at, then.owner, then.priority, _minutes(ticket.opened_at, at, calendar))
    if (at := ticket.resolved_at) is not None and ticket.status in SOLVED:
        then, minutes = history.at(at), _minutes(ticket.opened_at, at, calendar, pauses)
        yield Resolved(at, then.owner, then.priority, minutes, _within_free(bill))


def _minutes(start: datetime, end: datetime, calendar: Calendar, pauses: tuple[Pause, ...] = ()) -> int:
    return int(measure(start, end, Measure.WORKING_HOURS, calendar, pauses))


def _judgements(history: History, calendar: Calendar, now: datetime) -> Iterator[Judged]:
    for target in (*history.targets, *_earlier_answers(history, calendar)):
        if target.promised:
            yield _judged(passed(target, now)[0], history)


def _judged(target: Target, history: History) -> Judged:
    if target.breached_at is not None:
        outcome, at = Outcome.BREACHED, target.breached_at
    elif target.met_at is not None:
        outcome, at = Outcome.MET, target.met_at
    elif target.ended_unmet:
        outcome, at = Outcome.ENDED, _end(target, history.ticket)
    else:
        return Judged(target.start, history.ticket.owner, history.ticket.priority, target.kind, Outcome.OPEN)
    then = history.at(at)
    return Judged(at, then.owner, then.priority, target.kind, outcome)


def _end(target: Target, ticket: Ticket) -> datetime:
    """When the ticket came to its first end after the target began."""
    ends = (p.start for p in ticket.pauses if p.cause == Status.RESOLVED and p.start >= target.start)
    return next(ends, target.start)


def _earlier_answers(history: History, calendar: Calendar) -> Iterator[Target]:
    """The next responses before the one that is stored, which replaced them; judged by its amount.

    A breach that was told keeps its moment, whatever the amount is now.
    """
    stored = next((target for target in history.targets if target.kind is TargetKind.NEXT_RESPONSE), None)
    if stored is None:
        return
    for (_, before), (at, after) in pairwise(history.states):
        asked = before.unanswered_since
        answered = before.answered_at is not None and after.unanswered_since is None
        if asked is not None and answered and asked != stored.start:
            target = open_target(stored.kind, stored.amount, calendar, asked, promised=stored.promised)
            told = next((due for due in history.missed if asked < due <= at), None)
            yield met(replace(target, breached_at=told), at)


def _within_free(bill: Bill | None) -> bool | None:
    """Whether no more was worked than is free; what is not charged by an agent's decision may be more."""
    if bill is None or not bill.tariff.free_per_ticket:
        return None
    minutes = bill.settlement.minutes
    return minutes.real == minutes.free <= bill.tariff.free_per_ticket


def _worked(history: History, entries: Iterable[Entry]) -> Iterator[Worked]:
    for entry in kept(entries):
        then = history.at(entry.begins)
        yield Worked(entry.begins, entry.agent, then.priority, Hours.WORKED, entry.minutes)


def _settled(history: History, bill: Bill | None, zone: ZoneInfo) -> Iterator[Worked]:
    """What became of the minutes, at noon of the date that it belongs to."""
    if bill is None:
        return
    settled = bill.settlement
    parts = ((Hours.FREE, settled.free), (Hours.CHARGED, settled.lines), (Hours.UNAPPROVED, settled.unapproved))
    for hours, shares in parts:
        for share in shares:
            if share.minutes:
                at = datetime.combine(share.day, NOON, zone).astimezone(UTC)
                yield Worked(at, "", history.at(at).priority, hours, share.minutes)

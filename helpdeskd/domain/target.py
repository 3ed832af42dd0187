"""Deadlines: when an amount of time is used up, and the targets that a ticket is held to (policies, "Time").

The arithmetic walks the time from a start in pieces that count at a rate: elapsed time always, working hours while the
calendar is open, working days by 1/(open time of the piece's own local day), a pause never. A deadline is the earliest
instant at which what was counted reaches the amount, so one that is reached at closing time is due at closing time.
All sums are Fractions; a deadline within a second is the next whole one. All instants are aware UTC to the second.

A `Target` is a promise (or a goal) with its start, its schedule of shares and what became of it. The functions on it
are pure and answer a new Target. It is breached from the instant of its deadline on. A share is told once: `passed`
gives those that are new, all at once after a late sweep. `None` for an instant means that nobody knows: the last pause
has no end yet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import groupby, zip_longest
from math import floor

from helpdeskd.domain.amount import Amount, Measure
from helpdeskd.domain.calendar import Calendar

WHOLE = Fraction(1)
NOTHING = Fraction(0)
MINUTE = 60
"""Seconds."""
ELAPSED = "elapsed"
FAR = datetime.max.replace(tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands in [start, end), aware UTC; no `end` while it still does. `cause` is for people."""

    start: datetime
    end: datetime | None
    cause: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A line of a timeline: what was counted in [start, end) (no `end`: a pause that still lasts), and why.

    `counted_minutes` are whole minutes that add up to the whole minutes counted. `total` is the running total in the
    amount's own unit: minutes, or working days.
    """

    start: datetime
    end: datetime | None
    counted_minutes: int
    why: str
    total: Fraction


@dataclass(frozen=True, slots=True)
class _Piece:
    """Time of which so many seconds count as one `unit` of the measure; 0: it does not count."""

    start: datetime
    end: datetime
    unit: int
    why: str

    @property
    def counted(self) -> Fraction:
        microseconds = (self.end - self.start) // MICROSECOND
        return Fraction(microseconds, 1_000_000 * self.unit) if self.unit else NOTHING

    def reaches(self, wanted: Fraction) -> datetime | None:
        """The whole second by which so much of the measure is counted; None where this piece has less."""
        # In integers, which are ten times as fast as Fractions.
        seconds, parts = wanted.numerator * self.unit, wanted.denominator
        if not self.unit or (self.end - self.start) // MICROSECOND * parts < seconds * 1_000_000:
            return None
        return self.start + timedelta(seconds=-(-seconds // parts))

    @property
    def seconds(self) -> Fraction:
        return Fraction((self.end - self.start) // MICROSECOND, 1_000_000)


def deadline(start: datetime, amount: Amount, calendar: Calendar, pauses: Iterable[Pause] = ()) -> datetime | None:
    """The earliest instant at which the measure since `start`, pauses left out, reaches the amount."""
    return share_at(WHOLE, start, amount, calendar, pauses)


def share_at(
    share: Fraction, start: datetime, amount: Amount, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """The earliest instant at which a share (more than nothing, 1 is all of it) of the amount is used."""
    return next(_shares_at((share,), start, amount, calendar, pauses), None)


def _shares_at(
    shares: Iterable[Fraction], start: datetime, amount: Amount, calendar: Calendar, pauses: Iterable[Pause]
) -> Iterator[datetime]:
    """The same for ascending shares, in one walk; it ends with those that are known."""
    pieces = _pieces(start, amount.measure, calendar, pauses)
    piece, before = next(pieces), NOTHING
    for share in shares:
        wanted = share * amount.count
        while (at := piece.reaches(wanted - before if before else wanted)) is None:
            before += piece.counted
            following = next(pieces, None)
            if following is None:
                return
            piece = following
        yield at


def measure(
    start: datetime, end: datetime, measure: Measure, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> Fraction:
    """What [start, end) counts, exactly: minutes, or working days."""
    pieces = _until(end, _pieces(start, measure, calendar, pauses))
    return sum((piece.counted for piece in pieces), NOTHING)


def timeline(start: datetime, amount: Amount, calendar: Calendar, pauses: Iterable[Pause] = ()) -> tuple[Segment, ...]:
    """How the deadline came about: from `start` to it, or to the pause that still lasts."""
    pauses = tuple(pauses)
    due = deadline(start, amount, calendar, pauses) or FAR
    pieces = _until(due, _pieces(start, amount.measure, calendar, pauses))
    return tuple(_segments(pieces))


def _segments(pieces: Iterable[_Piece]) -> Iterator[Segment]:
    total = minutes = NOTHING
    for why, group in groupby(pieces, key=lambda piece: piece.why):
        same = list(group)
        before = floor(minutes)
        total += sum(piece.counted for piece in same)
        minutes += sum((piece.seconds for piece in same if piece.unit), NOTHING) / MINUTE
        end = same[-1].end
        yield Segment(same[0].start, None if end == FAR else end, floor(minutes) - before, why, total)


def _pieces(start: datetime, measure: Measure, calendar: Calendar, pauses: Iterable[Pause]) -> Iterator[_Piece]:
    """All time from `start` on, without gaps; ends with a pause that has no end."""
    for pause in sorted(pauses, key=lambda pause: pause.start):
        end = pause.end or FAR
        if end <= max(start, pause.start):
            continue
        yield from _until(pause.start, _counting(start, measure, calendar))
        yield _Piece(max(start, pause.start), end, 0, f"paused: {pause.cause}")
        start = end
    if start < FAR:
        yield from _counting(start, measure, calendar)


def _counting(start: datetime, measure: Measure, calendar: Calendar) -> Iterator[_Piece]:
    if measure is Measure.ELAPSED:
        yield _Piece(start, FAR, MINUTE, ELAPSED)
        return
    for span in calendar.spans(start):
        unit = MINUTE if measure is Measure.WORKING_HOURS else span.day_seconds or 1
        yield _Piece(span.start, span.end, unit if span.open else 0, span.why)


def _until(end: datetime, pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    for piece in pieces:
        if piece.start >= end:
            return
        yield piece if piece.end <= end else replace(piece, end=end)


class TargetKind(StrEnum):
    """What is promised (policies, "First response", "Next response", "Resolution"); `start` is when somebody takes a
    call-out.
    """

    RESPONSE = "response"
    NEXT_RESPONSE = "next response"
    RESOLUTION = "resolution"
    START = "start"


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a ticket. A goal is a target that is not `promised`.

    `schedule` has the share 1 and each share of a warning, ascending, with the instant at which it is used (None while
    a pause lasts). It is open until it is met or ended unmet. A target that is met late is both met and breached.
    """

    kind: TargetKind
    promised: bool
    amount: Amount
    start: datetime
    schedule: tuple[tuple[Fraction, datetime | None], ...]
    met_at: datetime | None = None
    breached_at: datetime | None = None
    ended_unmet: bool = False
    warned: tuple[Fraction, ...] = ()

    @property
    def is_open(self) -> bool:
        """Is it still to be met?"""
        return self.met_at is None and not self.ended_unmet

    @property
    def due(self) -> datetime | None:
        """The deadline, aware UTC; None while a pause lasts."""
        return next(at for share, at in self.schedule if share.numerator == share.denominator)

    @property
    def next_at(self) -> datetime | None:
        """When the sweep must look next: a share becomes used then. None: not before something else happens."""
        return min((at for _, at in _untold(self)), default=None) if self.is_open else None


def open_target(
    kind: TargetKind,
    amount: Amount,
    calendar: Calendar,
    start: datetime,
    pauses: Iterable[Pause] = (),
    shares: Iterable[Fraction] = (),
    *,
    promised: bool = True,
) -> Target:
    """A target that runs from `start` and warns at `shares`; the breach (share 1) is always in its schedule."""
    schedule = _schedule(kind, amount, calendar, start, pauses, sorted({*shares, WHOLE}))
    return Target(kind, promised, amount, start, schedule)


def recomputed(target: Target, amount: Amount, calendar: Calendar, pauses: Iterable[Pause], now: datetime) -> Target:
    """After a change of priority, contract, plan or pauses: the same start, the new amount, all pauses of the ticket.

    A target that is met or ended stays as it is; one that is breached by `now`, seen by a sweep or not, stays breached
    with its moment. Shares that were told are not told again.
    """
    if not target.is_open:
        return target
    shares = [share for share, _ in target.schedule]
    schedule = _schedule(target.kind, amount, calendar, target.start, pauses, shares)
    return replace(target, amount=amount, schedule=schedule, breached_at=_breach(target, now))


def reopened(target: Target, calendar: Calendar, pauses: Iterable[Pause]) -> Target:
    """A resolution that turned out to be none: its clock goes on with what it had used.

    `pauses` include the one from the resolution to the reopening. What was never met is left as it is.
    """
    if target.met_at is None:
        return target
    return recomputed(replace(target, met_at=None), target.amount, calendar, pauses, target.met_at)


def met(target: Target, at: datetime) -> Target:
    """The target after what it asks for happened `at`; the first time counts."""
    return replace(target, met_at=at, breached_at=_breach(target, at)) if target.is_open else target


def ended(target: Target, at: datetime) -> Target:
    """The target after the ticket came to an end `at` without what it asks for."""
    return replace(target, ended_unmet=True, breached_at=_breach(target, at)) if target.is_open else target


def as_of(target: Target, now: datetime) -> Target:
    """An open target, breached if its deadline is over by `now`."""
    breached_at = _breach(target, now)
    return replace(target, breached_at=breached_at) if breached_at else target


def passed(target: Target, now: datetime) -> tuple[Target, tuple[Fraction, ...]]:
    """The target after a look at it, and the shares that are used by `now` and were not told yet, ascending."""
    if not target.is_open:
        return target, ()
    shares = tuple(share for share, at in _untold(target) if at <= now)
    return replace(target, warned=(*target.warned, *shares), breached_at=_breach(target, now)), shares


def _schedule(
    kind: TargetKind,
    amount: Amount,
    calendar: Calendar,
    start: datetime,
    pauses: Iterable[Pause],
    ascending: Sequence[Fraction],
) -> tuple[tuple[Fraction, datetime | None], ...]:
    # Response clocks never pause (policies, "Pause").
    kept = tuple(pauses) if kind is TargetKind.RESOLUTION else ()
    return tuple(zip_longest(ascending, _shares_at(ascending, start, amount, calendar, kept)))


def _untold(target: Target) -> Iterator[tuple[Fraction, datetime]]:
    """The shares of which nobody was told, with their instants; a breach keeps its moment whatever changed since."""
    for share, at in target.schedule:
        moment = (target.breached_at or at) if share == 1 else at
        if moment is not None and share not in target.warned:
            yield share, moment


def _breach(target: Target, at: datetime) -> datetime | None:
    due = target.due
    return due if target.breached_at is None and due is not None and due <= at else target.breached_at

"""What was kept and what was not: figures over the facts of tickets (interfaces, "report").

In: the `Row` of each ticket (`domain.fact`) and a period. Out: a `Line` of figures for each customer, queue, agent,
month or priority, and one for all.

Targets are tallied, and minutes of work added up. Times are told by their middle and by what nine of ten did not
exceed, both by nearest rank: the smallest of the times that half, or nine tenths, of all do not exceed. So each is a
time that was really taken. Pure and total: nothing fails.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from helpdeskd.domain.fact import Answered, Fact, Hours, Judged, Opened, Outcome, Resolved, Row, Worked
from helpdeskd.domain.month import Month, month_at
from helpdeskd.domain.target import TargetKind

UP_TO = (15, 30, 60, 120, 240, 480, 960, 2400)
"""The classes of times, in minutes; what took longer than the last is a class of its own."""
HALF, NINE_TENTHS = 50, 90
ALL_PERCENT = 100
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days of a zone, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The first instant, aware UTC."""
        return datetime.combine(self.first, time(), self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it, aware UTC."""
        return datetime.combine(self.last + ONE_DAY, time(), self.zone).astimezone(UTC)


class By(StrEnum):
    """What there is a line for each of."""

    CUSTOMER = "customer"
    QUEUE = "queue"
    AGENT = "agent"
    MONTH = "month"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many targets came to what."""

    met: int
    breached: int
    open: int
    ended: int

    @property
    def kept(self) -> Fraction | None:
        """The share that was met of those that were met or breached; None where there are none."""
        settled = self.met + self.breached
        return Fraction(self.met, settled) if settled else None


@dataclass(frozen=True, slots=True)
class Part:
    """So many of all of a kind."""

    count: int
    of: int

    @property
    def share(self) -> Fraction | None:
        """None where there are none."""
        return Fraction(self.count, self.of) if self.of else None


@dataclass(frozen=True, slots=True)
class Spread:
    """Times in minutes, ascending."""

    minutes: tuple[int, ...]

    @property
    def middle(self) -> int | None:
        """The median; None where there are no times."""
        return self._percentile(HALF)

    @property
    def ninetieth(self) -> int | None:
        """What nine of ten did not exceed; None where there are no times."""
        return self._percentile(NINE_TENTHS)

    @property
    def classes(self) -> tuple[int, ...]:
        """How many took up to each of `UP_TO`, and how many longer."""
        counts = Counter(bisect_left(UP_TO, minutes) for minutes in self.minutes)
        return tuple(counts[number] for number in range(len(UP_TO) + 1))

    def _percentile(self, percent: int) -> int | None:
        rank = -(-len(self.minutes) * percent // ALL_PERCENT)
        return self.minutes[rank - 1] if self.minutes else None


@dataclass(frozen=True, slots=True)
class Line:
    """The facts of one group, and what they come to."""

    group: str
    facts: tuple[Fact, ...]

    @property
    def opened(self) -> int:
        """Tickets."""
        return sum(isinstance(fact, Opened) for fact in self.facts)

    @property
    def answered(self) -> Spread:
        """Times to the first answer."""
        return Spread(tuple(sorted(fact.minutes for fact in self.facts if isinstance(fact, Answered))))

    @property
    def resolved(self) -> Spread:
        """Times to the resolution."""
        return Spread(tuple(sorted(fact.minutes for fact in self.facts if isinstance(fact, Resolved))))

    @property
    def within_free(self) -> Part:
        """Resolved tickets on which no more was worked than is free, of those whose tariff has free minutes."""
        known = [fact.within_free for fact in self.facts if isinstance(fact, Resolved)]
        return Part(known.count(True), len(known) - known.count(None))

    def minutes(self, hours: Hours) -> int:
        """Of work."""
        return sum(fact.minutes for fact in self.facts if isinstance(fact, Worked) and fact.hours is hours)

    def tally(self, *kinds: TargetKind) -> Tally:
        """The targets of these kinds, or of all."""
        judged = (fact for fact in self.facts if isinstance(fact, Judged))
        counts = Counter(fact.outcome for fact in judged if not kinds or fact.kind in kinds)
        return Tally(counts[Outcome.MET], counts[Outcome.BREACHED], counts[Outcome.OPEN], counts[Outcome.ENDED])


def total(rows: Iterable[Row], period: Period) -> Line:
    """All facts of the period in one line, whose group is ""."""
    return Line("", tuple(fact for _, fact in _within(rows, period)))


def lines(rows: Iterable[Row], by: By, period: Period) -> tuple[Line, ...]:
    """A line for each group that has facts in the period, by name, nobody ("") last.

    Of months also those between the first and the last in which nothing happened. What is not told by a grouping
    (`is_told`) is in none of its lines.
    """
    groups = defaultdict[str, list[Fact]](list)
    told = (
        (row, fact) for row, fact in _within(rows, period) if not isinstance(fact, Worked) or is_told(fact.hours, by)
    )
    for row, fact in told:
        groups[_group(row, fact, by, period.zone)].append(fact)
    names = sorted(groups, key=lambda name: (not name, name.casefold(), name))
    if by is By.MONTH and groups:
        moments = [fact.at for facts in groups.values() for fact in facts]
        names = list(map(str, _months(month_at(min(moments), period.zone), month_at(max(moments), period.zone))))
    return tuple(Line(name, tuple(groups.get(name, ()))) for name in names)


def is_told(hours: Hours, by: By) -> bool:
    """Whether a grouping tells of such minutes: of agents it is told what they worked; a charge is a ticket's."""
    return hours is Hours.WORKED or by is not By.AGENT


def _within(rows: Iterable[Row], period: Period) -> Iterator[tuple[Row, Fact]]:
    start, end = period.start, period.end
    return ((row, fact) for row in rows for fact in row.facts if start <= fact.at < end)


def _group(row: Row, fact: Fact, by: By, zone: ZoneInfo) -> str:
    match by:
        case By.CUSTOMER:
            return row.customer
        case By.QUEUE:
            return row.queue
        case By.AGENT:
            return fact.agent
        case By.MONTH:
            return str(month_at(fact.at, zone))
        case By.PRIORITY:
            return fact.priority


def _months(first: Month, last: Month) -> Iterator[Month]:
    while first <= last:
        yield first
        first = first.following

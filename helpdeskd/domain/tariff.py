"""Tariffs: what an hour costs, when, and what a ticket has free or authorised (policies, "Money").

A `Tariff` is whole and checked when it is made: windows that leave a minute of the week out, or have one twice, are
refused with a ValueError that names it. Rates are integer cents an hour, times integer minutes; percentages are
Decimal. The several tariffs of a contract differ by `valid_from`: work is priced by the one in force on its own local
date, what belongs to a ticket (free minutes, authority, minimum) by the one in force when it was accepted.

Rounding is half up, away from nothing, of exact fractions: a rate once to the cent, an amount once to the cent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.month import month_of
from helpdeskd.domain.window import Piece, Window, faults, joined, pieces

HOUR = 60
HALF = Fraction(1, 2)
ANY_TIME = Window("any time")


class FreeWhen(StrEnum):
    """When minutes of a ticket can be free."""

    ALWAYS = "always"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class StandbyWindow(Window):
    """A part of an agreed standby period: each contiguous piece costs `minimum` minutes at least."""

    minimum: int = 0


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices of a plan or agreement. Minutes are integers, `levels` are cents an hour by level of the agent.

    `authorised_per_ticket` None is all; `travel` is cents a kilometre; `quota` is tickets a month, None without limit;
    `calendar` has the contract's zone, holidays and opening hours. Raises ValueError for windows with gaps or overlaps.
    """

    currency: str
    calendar: Calendar
    levels: Mapping[int, int] = field(hash=False)
    windows: tuple[Window, ...] = (ANY_TIME,)
    standby: tuple[StandbyWindow, ...] = ()
    unit: int = 1
    free_per_ticket: int = 0
    free_when: FreeWhen = FreeWhen.ALWAYS
    authorised_per_ticket: int | None = 0
    minimum_per_ticket: int = 0
    callout_minimum: int = HOUR
    quota: int | None = None
    over_quota_rate: int = 0
    discount: Decimal = Decimal(0)
    travel: int = 0
    vat: Decimal = Decimal(0)
    payment_days: int | None = None
    valid_from: date = date.min

    def __post_init__(self) -> None:
        wrong = (
            *faults(self.windows, complete=True),
            *(f"standby: {it}" for it in faults(self.standby, complete=False)),
        )
        if not self.levels or min(self.levels.values()) <= 0:
            raise ValueError("a tariff needs the base rate of one level at least, each more than nothing")
        if self.unit < 1:
            raise ValueError("the unit that time is rounded up to is one minute or more")
        if wrong:
            raise ValueError("; ".join(wrong))

    @property
    def varies(self) -> bool:
        """Whether an hour may cost more or less by its time or by the agent's level."""
        return len(self.windows) > 1 or len(self.levels) > 1

    def base_rate(self, level: int | None, over_quota: bool = False) -> int:
        """Cents an hour of ordinary time before discount; None is the lowest level. Over quota it has a floor."""
        base = at_level(self.levels, min(self.levels) if level is None else level)
        return max(base, self.over_quota_rate) if over_quota else base

    def ordinary_rate(self, level: int | None, over_quota: bool = False) -> int:
        """Cents an hour of ordinary time, as charged: for minimums and call-outs."""
        return self._discounted(Fraction(self.base_rate(level, over_quota)))

    def rate(self, level: int, window: Window, over_quota: bool = False) -> int:
        """Cents an hour in a window. Over quota it is `over_quota_rate` at least; a higher one is kept."""
        if window.fixed:
            rate = Fraction(at_level(window.fixed, level))
        else:
            rate = _share(window.percent) * self.base_rate(level)
        return self._discounted(max(rate, Fraction(self.over_quota_rate)) if over_quota else rate)

    def standby_rate(self, window: StandbyWindow) -> int:
        """Cents an hour of standing by in a window: a percentage of the lowest level's base rate."""
        return self.rate(min(self.levels), window)

    def rounded_up(self, minutes: int) -> int:
        """To whole units: of an entry, and of an estimate before it is asked (rules 2 and 5)."""
        return minutes + -minutes % self.unit

    def minutes_for(self, cents: int, level: int | None, over_quota: bool = False) -> int:
        """What an estimate of money gives: floor(cents / base rate × 60) minutes, down to the unit (rule 5)."""
        minutes = cents * HOUR // self.base_rate(level, over_quota)
        return minutes - minutes % self.unit

    def _discounted(self, rate: Fraction) -> int:
        return half_up(rate * (1 - _share(self.discount)))


def at_level(rates: Mapping[int, int], level: int) -> int:
    """The rate of the highest level that is not above the agent's, else of the lowest."""
    return rates[max((known for known in rates if known <= level), default=min(rates))]


def in_force(tariffs: Sequence[Tariff], day: date) -> Tariff:
    """The newest tariff that is valid on a local date; before all of them the first. There is one at least."""
    first, *later = sorted(tariffs, key=lambda tariff: tariff.valid_from)
    return next((tariff for tariff in reversed(later) if tariff.valid_from <= day), first)


def tariff_at(tariffs: Sequence[Tariff], at: datetime) -> Tariff:
    """The tariff in force at an aware instant."""
    return in_force(tariffs, at.astimezone(tariffs[0].calendar.zone).date())


def reigns(tariffs: Sequence[Tariff], start: datetime, end: datetime) -> Iterator[tuple[Tariff, datetime, datetime]]:
    """[start, end) by the tariff in force, in order."""
    ordered = sorted(tariffs, key=lambda tariff: tariff.valid_from)
    for tariff, following in zip(ordered, (*ordered[1:], None), strict=True):
        until = min(end, _midnight(following)) if following else end
        if start < until:
            yield tariff, start, until
            start = until


def priced(tariffs: Sequence[Tariff], start: datetime, end: datetime) -> Iterator[tuple[Tariff, Piece[Window]]]:
    """Work in [start, end) cut where the window, the tariff or the month changes (rule 3), in order."""
    for tariff, since, until in reigns(tariffs, start, end):
        parts = pieces(tariff.windows, tariff.calendar, since, until)
        for piece in joined(parts, lambda part: (part.window, month_of(part.day))):
            yield tariff, piece


def price(minutes: int, rate: int) -> int:
    """Cents for minutes at cents an hour, half up."""
    return half_up(Fraction(minutes * rate, HOUR))


def half_up(value: Fraction) -> int:
    """To the nearest whole number; a half is rounded away from nothing, so that a reversal is the exact opposite."""
    size = int(abs(value) + HALF)
    return size if value >= 0 else -size


def _share(percent: Decimal) -> Fraction:
    return Fraction(percent) / 100


def _midnight(tariff: Tariff) -> datetime:
    return datetime.combine(tariff.valid_from, time(), tariff.calendar.zone).astimezone(UTC)

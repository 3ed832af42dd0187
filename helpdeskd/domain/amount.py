"""Amounts of time as people say them: "1 working hour", "2 working days", "24 hours".

In: the text of a plan or a command. Out: an `Amount`, a measure and an exact count of its unit: minutes for elapsed
time and working hours, days for working days (policies, "Amount"). No floats: half of 90 minutes is exact. `str` gives
the long form back, and `parse_amount` reads that form as the same amount.

Fails with a ValueError whose text is a sentence for people: what is wrong, and what would be right.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

HOUR = 60
DAY = 24 * HOUR
TEN_YEARS_OF_DAYS = 3_660

EXAMPLES = 'write a number and a unit, such as "90 working minutes", "2 working days" or "24 hours"'
_WRITTEN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,2})?) ?([a-z ]+)")


class Measure(StrEnum):
    """Which minutes count (policies, "Amount")."""

    ELAPSED = "elapsed"
    WORKING_HOURS = "working hours"
    WORKING_DAYS = "working days"


@dataclass(frozen=True, slots=True)
class Amount:
    """More than nothing of a measure. `count` is minutes for elapsed and working hours, days for working days."""

    measure: Measure
    count: int | Fraction

    def __post_init__(self) -> None:
        if self.count <= 0:
            raise ValueError(f"an amount of time must be more than nothing ({EXAMPLES})")

    def __str__(self) -> str:
        return _written(self)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit as written: its short form, its name, the measure that it counts in and how much of that one is."""

    short: str
    name: str
    measure: Measure
    size: int


_UNITS = (
    _Unit("m", "minute", Measure.ELAPSED, 1),
    _Unit("h", "hour", Measure.ELAPSED, HOUR),
    _Unit("d", "day", Measure.ELAPSED, DAY),
    _Unit("wm", "working minute", Measure.WORKING_HOURS, 1),
    _Unit("wh", "working hour", Measure.WORKING_HOURS, HOUR),
    _Unit("wd", "working day", Measure.WORKING_DAYS, 1),
)
_BY_WORD = {word: unit for unit in _UNITS for word in (unit.short, unit.name, f"{unit.name}s")}


def duration(minutes: int) -> str:
    """Minutes as people write them down: `2 h 15 min`."""
    hours, rest = divmod(minutes, HOUR)
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "")))


def parse_amount(text: str) -> Amount:
    """Reads "1 working hour", "90 working minutes", "3 days" or a short form (30m, 3h, 3d, 90wm, 4wh, 2wd).

    Raises ValueError for what is no amount, is nothing, is no whole number of minutes or is more than ten years.
    """
    found = _WRITTEN.fullmatch(" ".join(text.lower().split()))
    if found is None:
        raise ValueError(f'"{text}" is not an amount of time ({EXAMPLES})')
    unit = _BY_WORD.get(found[2])
    if unit is None:
        raise ValueError(f'"{text}" is not an amount of time: no unit is called "{found[2]}" ({EXAMPLES})')
    count = Fraction(found[1]) * unit.size
    _refuse_odd_counts(text, unit.measure, count)
    return Amount(unit.measure, count)


def _refuse_odd_counts(text: str, measure: Measure, count: Fraction) -> None:
    in_days = measure is Measure.WORKING_DAYS
    if count == 0:
        raise ValueError(f'"{text}" is nothing: an amount of time must be more ({EXAMPLES})')
    if not in_days and count.denominator != 1:
        raise ValueError(f'"{text}" is not a whole number of minutes ({EXAMPLES})')
    if count > TEN_YEARS_OF_DAYS * (1 if in_days else DAY):
        raise ValueError(f'"{text}" is more than ten years ({EXAMPLES})')


@lru_cache(maxsize=256)
def _written(amount: Amount) -> str:
    """Every notice of a ticket tells of the same few."""
    size, unit = _largest_unit(amount)
    count = _decimal(Fraction(amount.count) / size)
    return f"{count} {unit}" if count == "1" else f"{count} {unit}s"


def _largest_unit(amount: Amount) -> tuple[int, str]:
    """The unit in which people would say it: 1440 elapsed minutes are "24 hours", twice as many "2 days"."""
    units = [unit for unit in _UNITS if unit.measure is amount.measure]
    fits = [unit for unit in units if amount.count % unit.size == 0 and (unit.size < DAY or amount.count > DAY)]
    unit = (fits or units[:1])[-1]
    return unit.size, unit.name


def _decimal(count: Fraction) -> str:
    rounded = round(count, 2)
    return f"{Decimal(rounded.numerator) / Decimal(rounded.denominator):f}"

"""What every subject of the harness gives and gets.

A subject is a function `run(plan)` that yields rows. `Plan` says how much to do and where; a `Sample` is what one
repetition has measured; `row` makes a Row of several. A row that could not be measured says why (`fault`). `Skipped` is
raised by a subject, or by part of one, that cannot run here: a program that is not installed, a peer that may not be
installed now.
"""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

T = TypeVar("T")


class Skipped(Exception):
    """Why something cannot be measured here, and what would help."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`folder` is on the disk that is measured; `cache` keeps the peers' environments from run to run, and `filled`
    full desks, where they are to be kept.
    """

    folder: Path
    cache: Path
    quick: bool = False
    filled: Path | None = None

    def of(self, full: T, quick: T) -> T:
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Sample:
    """One repetition: so many mails in so many seconds, processor seconds of what is measured and its most memory.

    `cpu_besides` is the part of the processor seconds that is the database server's.
    """

    mails: int
    seconds: float
    cpu: float = 0.0
    memory_mb: float = 0.0
    cpu_besides: float = 0.0

    @property
    def rate(self) -> float:
        return self.mails / self.seconds


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of its own: mails a second, or milliseconds (median and 99th percentile); what does not apply is None.

    `spread` is from the least to the most of the repetitions, as a share of the median. `ratio` is that of the
    `measure` to the greatest of the rows named in `beside`, unless the subject has set it. `took` are the seconds until
    it was there, starting and filling included; rows that are measured in turn are there together.
    """

    name: str
    rate: float | None = None
    ms: float | None = None
    p99_ms: float | None = None
    cpu_ms: float | None = None
    memory_mb: float | None = None
    spread: float | None = None
    beside: tuple[str, ...] = ()
    measure: Literal["rate", "cpu_ms", "ms"] = "rate"
    ratio: float | None = None
    note: str = ""
    fault: str = ""
    took: float = 0.0


def row(name: str, samples: Sequence[Sample], beside: tuple[str, ...] = (), note: str = "") -> Row:
    """Medians of the repetitions."""
    rate, apart = spread([sample.rate for sample in samples])
    return Row(
        name,
        rate=rate,
        cpu_ms=statistics.median(1000 * sample.cpu / sample.mails for sample in samples) or None,
        memory_mb=max(sample.memory_mb for sample in samples) or None,
        spread=apart,
        beside=beside,
        note=note,
    )


def spread(values: Sequence[float]) -> tuple[float, float | None]:
    """The median, and how far the others lie apart (None of one)."""
    median = statistics.median(values)
    return median, (max(values) - min(values)) / median if len(values) > 1 else None


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that so large a share (0 to 1) does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def attempt(name: str, measure: Callable[[], Row]) -> Row:
    """The row, or one that says why there is none: what fails does not stop what comes after it."""
    try:
        return measure()
    except Exception as fault:
        return Row(name, fault=told(fault))


def told(fault: BaseException) -> str:
    return str(fault) if isinstance(fault, Skipped) else f"{type(fault).__name__}: {fault}"


def with_ratios(rows: Iterable[Row]) -> list[Row]:
    """Each row that stands beside others, with its ratio to the greatest of them that was measured."""
    rows = list(rows)
    named = {each.name: each for each in rows}
    return [_with_ratio(each, [named[name] for name in each.beside if name in named]) for each in rows]


def _with_ratio(each: Row, others: Iterable[Row]) -> Row:
    own = getattr(each, each.measure)
    values = [value for other in others if (value := getattr(other, each.measure))]
    return replace(each, ratio=own / max(values)) if own and values else each

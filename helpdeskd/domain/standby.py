"""Standby: what agreed periods cost, and which of them a call-out falls into (policies, "Standby").

In: an agreed period and the tariffs of the contract. Out: its pieces, and a line for each. A piece is contiguous time
in one window, uncut at midnight; each holiday date is a piece of its own. It costs the longer of its elapsed length and
the window's minimum, at the percentage of the base rate, and belongs to the date on which it starts, whose tariff
prices it.

Time in the period that no standby window has (office hours, usually) costs nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from helpdeskd.domain.line import Kind, Line
from helpdeskd.domain.tariff import StandbyWindow, Tariff, price, reigns
from helpdeskd.domain.ticket import Reason
from helpdeskd.domain.window import Piece, joined, pieces


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), aware UTC, whole minutes: agreed beforehand."""

    start: datetime
    end: datetime


def standby_pieces(period: Period, tariffs: Sequence[Tariff]) -> Iterator[tuple[Tariff, Piece[StandbyWindow]]]:
    """The parts of the period that cost something, each with the tariff in force when it starts, in order."""
    done = period.start
    for tariff, since, until in reigns(tariffs, period.start, period.end):
        parts = pieces(tariff.standby, tariff.calendar, max(since, done), period.end)
        for piece in joined(parts, _same):
            if piece.start >= until:
                break
            yield tariff, piece
            done = piece.end


def standby_lines(period: Period, tariffs: Sequence[Tariff]) -> tuple[Line, ...]:
    """What standing by in the period costs, piece by piece."""
    return tuple(_line(tariff, piece) for tariff, piece in standby_pieces(period, tariffs))


def period_at(periods: Iterable[Period], at: datetime) -> Period | None:
    """The agreed period that an instant lies in."""
    return next((period for period in periods if period.start <= at < period.end), None)


def _same(piece: Piece[StandbyWindow]) -> tuple[StandbyWindow, date | None]:
    return piece.window, piece.day if piece.window.holidays else None


def _line(tariff: Tariff, piece: Piece[StandbyWindow]) -> Line:
    minutes, rate = max(piece.minutes, piece.window.minimum), tariff.standby_rate(piece.window)
    notes = [Reason("window", piece.window.name)]
    if minutes > piece.minutes:
        notes.append(Reason("standby-minimum", str(piece.minutes)))
    return Line(Kind.STANDBY, "", piece.day, minutes, rate, price(minutes, rate), notes=tuple(notes))

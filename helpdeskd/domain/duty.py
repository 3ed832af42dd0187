"""The roster: who is on duty at an instant, and who is woken next (policies, "Duty").

In: the roster and an instant (aware UTC). Out: the people in the order in which they are paged. A dated shift comes
first, then the order of the roster, rotated by the weeks since its anchor; without rotation the first person is step 1
every week. Where no shift covers the instant the order alone decides, so there is never nobody.

Each handover is one instant, computed from the wall clock of the roster's zone, and days with a clock change have one
handover like any other. Fails only when a roster is made of nobody (ValueError).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
ABOUT_A_DAY = timedelta(hours=25)
"""The longest shift that is of one day: in autumn a day has 25 hours."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """Each week the next person begins: on the weekday of `anchor`, at the wall-clock time `handover` in `zone`.

    The first person of the roster is step 1 in the week that begins on `anchor`.
    """

    anchor: date
    zone: ZoneInfo
    handover: time = time()


@dataclass(frozen=True, slots=True)
class Shift:
    """A dated override: `person` is step 1 in [start, end), aware UTC."""

    start: datetime
    end: datetime
    person: str


@dataclass(frozen=True, slots=True)
class Roster:
    """`people` are agents' names in order. Of `overrides` that cover the same instant the last comes first."""

    people: tuple[str, ...]
    rotation: Rotation | None = None
    overrides: tuple[Shift, ...] = ()

    def __post_init__(self) -> None:
        if not self.people:
            raise ValueError("a roster must name at least one person")


@dataclass(frozen=True, slots=True)
class Watch:
    """A time in which the order stays the same: `people` are on duty in [start, end), aware UTC, step 1 first."""

    start: datetime
    end: datetime
    people: tuple[str, ...]


def order(roster: Roster, at: datetime) -> tuple[str, ...]:
    """The people to page, step 1 first, each once."""
    week = _week(roster.rotation, at) if roster.rotation else 0
    first = week % len(roster.people)
    shifts = (shift.person for shift in reversed(roster.overrides) if shift.start <= at < shift.end)
    return tuple(dict.fromkeys((*shifts, *roster.people[first:], *roster.people[:first])))


def next_page(roster: Roster, at: datetime, woken: Sequence[str], rounds: int) -> str | None:
    """Who is woken after these were, each as often as they stand there; None after the last round.

    It is who was woken the least, by the order of now: also where the order changes between two pages, each person is
    woken once a round.
    """
    person = min(order(roster, at), key=woken.count)
    return person if woken.count(person) < rounds else None


def watches(roster: Roster, start: datetime, end: datetime) -> tuple[Watch, ...]:
    """Who is on duty from `start` to `end`, in order and without a gap."""
    edges = [edge for shift in roster.overrides for edge in (shift.start, shift.end)]
    edges += _handovers(roster.rotation, start, end) if roster.rotation else ()
    cuts = sorted({start, end, *(edge for edge in edges if start < edge < end)})
    found: list[Watch] = []
    for since, until in pairwise(cuts):
        people = order(roster, since)
        if found and found[-1].people == people:
            found[-1] = replace(found[-1], end=until)
        else:
            found.append(Watch(since, until, people))
    return tuple(found)


def shifts_of(roster: Roster, person: str, day: date, zone: ZoneInfo) -> tuple[Shift, ...]:
    """When somebody is step 1 on a day of duty, which begins and ends at the handover (without rotation at midnight).

    A shift with a date, of a day at most, is of the day on which it begins, and goes on to its end.
    """
    start, end = _day_of_duty(roster, day, zone)
    own = [shift for shift in roster.overrides if shift.person == person and shift.end - shift.start <= ABOUT_A_DAY]
    begun = max((shift.end for shift in own if shift.start < start < shift.end), default=start)
    until = max([end, *(shift.end for shift in own if start <= shift.start < end)])
    held = (watch for watch in watches(roster, begun, until) if watch.people[0] == person) if begun < until else ()
    return tuple(Shift(watch.start, watch.end, person) for watch in held)


def _day_of_duty(roster: Roster, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    handover = roster.rotation.handover if roster.rotation else time()
    start, end = (datetime.combine(each, handover, zone).astimezone(UTC) for each in (day, day + DAY))
    return start, end


def _week(rotation: Rotation, at: datetime) -> int:
    """How many handovers there were since the anchor; negative before it."""
    first = datetime.combine(rotation.anchor, rotation.handover)
    week = (at.astimezone(rotation.zone).replace(tzinfo=None) - first) // WEEK
    # The wall clock repeats an hour in autumn: a handover within it has happened once it has happened.
    return week + 1 if _handover(rotation, week + 1) <= at else week


def _handovers(rotation: Rotation, start: datetime, end: datetime) -> Iterator[datetime]:
    for week in range(_week(rotation, start) + 1, _week(rotation, end) + 1):
        yield _handover(rotation, week)


def _handover(rotation: Rotation, week: int) -> datetime:
    wall = datetime.combine(rotation.anchor, rotation.handover, rotation.zone) + week * WEEK
    return wall.astimezone(UTC)

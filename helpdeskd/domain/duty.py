"""The roster: who is on duty at an instant, and who is paged at each step (policies, "Duty").

In: the roster and an instant (aware UTC). Out: the people in the order in which they are paged. A dated shift comes
first, then the order of the roster, rotated by the weeks since its anchor; without rotation the first person is step 1
every week. Where no shift covers the instant the order alone decides, so there is never nobody.

Each handover is one instant, computed from the wall clock of the roster's zone, and days with a clock change have one
handover like any other. Fails only when a roster is made of nobody (ValueError).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(weeks=1)


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


def order(roster: Roster, at: datetime) -> tuple[str, ...]:
    """The people to page, step 1 first, each once."""
    week = _week(roster.rotation, at) if roster.rotation else 0
    first = week % len(roster.people)
    shifts = (shift.person for shift in reversed(roster.overrides) if shift.start <= at < shift.end)
    return tuple(dict.fromkeys((*shifts, *roster.people[first:], *roster.people[:first])))


def person_at_step(roster: Roster, at: datetime, step: int) -> tuple[str, int]:
    """Who is paged at a step (from 1), and in which round (from 1): after the last person comes the first again."""
    people = order(roster, at)
    rounds, position = divmod(step - 1, len(people))
    return people[position], rounds + 1


def last_step(roster: Roster, at: datetime, rounds: int) -> int:
    """The step (from 1) after which nobody of the roster is left to page."""
    return len(order(roster, at)) * rounds


def _week(rotation: Rotation, at: datetime) -> int:
    """How many handovers there were since the anchor; negative before it."""
    first = datetime.combine(rotation.anchor, rotation.handover)
    week = (at.astimezone(rotation.zone).replace(tzinfo=None) - first) // WEEK
    # The wall clock repeats an hour in autumn: a handover within it has happened once it has happened.
    return week + 1 if _handover(rotation, week + 1) <= at else week


def _handover(rotation: Rotation, week: int) -> datetime:
    wall = datetime.combine(rotation.anchor, rotation.handover, rotation.zone) + week * WEEK
    return wall.astimezone(UTC)

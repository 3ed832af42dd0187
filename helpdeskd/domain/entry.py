"""Entries of time, append-only, and the approvals that let them be charged (policies, "Money").

An entry is never edited: a correction is a reversing entry with negative minutes that names the entry it takes back.
`kept` is what the entries of a ticket come to; `reverse` makes the reversing entries that `/time -10m` asks for, from
the agent's latest booking backwards, each at most what is left of it; `moved` makes those by which all work of a ticket
counts on another one, once.

Fails: `reverse` raises ValueError, a sentence for the agent, for more than was booked; nothing is reversed then.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Entry:
    """Time worked: real minutes from `start` (aware UTC). `id` is the order of booking, 0 before it is stored.

    `mail` is the key of the mail that booked it. A reversing entry has negative minutes and `reverses` an entry's id.
    """

    id: int
    ticket: str
    agent: str
    start: datetime
    minutes: int
    level: int = 1
    onsite: bool = False
    km: int = 0
    mail: str = ""
    reverses: int | None = None

    @property
    def begins(self) -> datetime:
        """The whole minute from which it is priced."""
        return self.start.replace(second=0, microsecond=0)

    @property
    def ends(self) -> datetime:
        return self.begins + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Approval:
    """Minutes that a person with the right to let the desk charge on a ticket, and at most for so many cents."""

    ticket: str
    minutes: int
    by: str
    at: datetime
    cents: int | None = None


def kept(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """What was worked, reversals taken off the end of the entry that they reverse, in the order of start."""
    entries = tuple(entries)
    taken = Counter[int]()
    for entry in entries:
        if entry.reverses is not None:
            taken[entry.reverses] -= entry.minutes
    left = (replace(entry, minutes=entry.minutes - taken[entry.id]) for entry in entries if entry.reverses is None)
    return tuple(sorted((entry for entry in left if entry.minutes > 0), key=lambda entry: (entry.begins, entry.id)))


def reverse(entries: Sequence[Entry], agent: str, minutes: int, mail: str = "") -> tuple[Entry, ...]:
    """The entries that take `minutes` (more than 0) of an agent's latest bookings on a ticket back.

    Raises ValueError when less than that is booked.
    """
    own = sorted((entry for entry in kept(entries) if entry.agent == agent), key=lambda entry: entry.id, reverse=True)
    booked = sum(entry.minutes for entry in own)
    if not 0 < minutes <= booked:
        raise ValueError(f"{minutes} minutes cannot be taken back: {agent} has {booked} minutes booked on this ticket")
    made = []
    for entry in own:
        part = min(minutes, entry.minutes)
        if part:
            made.append(replace(entry, id=0, minutes=-part, km=0, mail=mail, reverses=entry.id))
        minutes -= part
    return tuple(made)


def moved(
    entries: Sequence[Entry], known: int, ticket: str, mail: str = ""
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """What takes all that `entries` come to back, and the same work booked on `ticket`, which has `known` entries."""
    work = kept(entries)
    back = (replace(entry, minutes=-entry.minutes, km=0, mail=mail, reverses=entry.id) for entry in work)
    there = (replace(entry, ticket=ticket) for entry in work)
    return _numbered(back, len(entries)), _numbered(there, known)


def _numbered(entries: Iterable[Entry], known: int) -> tuple[Entry, ...]:
    return tuple(replace(entry, id=number) for number, entry in enumerate(entries, known + 1))

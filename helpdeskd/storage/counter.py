"""Numbers that are given once: tickets, mails to send, mails accepted, places in the queue of the inbox.

Where nodes share the database those that each of them needs often come from sequences, so that none waits for another:
a transaction that is undone leaves a gap. How many were given is counted all the same (`tallied`), by each process for
itself.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from peewee import fn

from helpdeskd.storage.engine import engine
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Counter, proxy

SKIPPED = "skipped {}"
_NEXT = "SELECT nextval(CAST(:sequence AS regclass)) FROM generate_series(1, :many)"
_TALLY = """
INSERT INTO counter (name, value) VALUES (:name, :many)
ON CONFLICT (name) DO UPDATE SET value = counter.value + :many"""
_TALLY_AND_NEXT = f"WITH tallied AS ({_TALLY}) {_NEXT}"
TALLIED = frozenset({"ticket", "outbox"})
"""Of whose numbers each has a row."""
_SKIP = "SELECT setval(CAST(? AS regclass), nextval(CAST(? AS regclass)) + ? - 1)"
_LAST = "SELECT coalesce(pg_sequence_last_value(CAST(? AS regclass)), 0)"
_COUNT = Prepared(
    Counter.insert(name=value("name"), value=value("many")).on_conflict(
        conflict_target=[Counter.name], update={Counter.value: Counter.value + value("many")}
    )
)
_COUNTED = Prepared(Counter.select(Counter.value).where(Counter.name == value("name")))


def count(name: str) -> int:
    """The next number of that counter, from 1; of one without sequence without gaps among committed transactions."""
    (number,) = several(name, 1)
    return number


def several(name: str, many: int) -> Sequence[int]:
    """So many next numbers of that counter, in their order."""
    if sequence := engine().number_sequences.get(name):
        query = _TALLY_AND_NEXT if name in TALLIED else _NEXT
        given = {"sequence": sequence, "many": many, "name": _place(name)}
        return sorted(number for (number,) in proxy.execute_sql(query, given).fetchall())
    if not many:
        return ()
    # Two statements: SQLite does more before one that returns what it has changed (`sqlite.Database.put`).
    with nullcontext() if proxy.in_transaction() else proxy.atomic():
        _COUNT.run(name=name, many=many)
        last_one = int(_COUNTED.scalar(name=name))
    return range(last_one - many + 1, last_one + 1)


def tally(name: str, many: int) -> None:
    """Count so many more, on this node."""
    proxy.execute_sql(_TALLY, {"name": _place(name), "many": many})


def tallied(name: str) -> int:
    """How many were counted, or were given a number, on all nodes; what was undone is not among them."""
    theirs = Counter.select(fn.SUM(Counter.value)).where(
        (Counter.name == name) | Counter.name.startswith(f"{name} of ")
    )
    return int(theirs.scalar() or 0)


def _place(name: str) -> str:
    return f"{name} of {engine().node}" if engine().node else name


def last(name: str) -> int:
    """The number that was given last; 0 for none."""
    if sequence := engine().number_sequences.get(name):
        return int(proxy.execute_sql(_LAST, (sequence,)).fetchone()[0])
    row = Counter.get_or_none(Counter.name == name)
    return row.value if row else 0


def leave_out(name: str) -> None:
    """The number that was given last is used by nobody."""
    several(SKIPPED.format(name), 1)


def skip(name: str, many: int) -> None:
    """Give none of the next numbers; how many were left out is a counter of its own, where there is no sequence."""
    if sequence := engine().number_sequences.get(name):
        proxy.execute_sql(_SKIP, (sequence, sequence, many))
        return
    for each in (name, SKIPPED.format(name)):
        Counter.insert(name=each, value=0).on_conflict_ignore().execute()
        Counter.update(value=Counter.value + many).where(Counter.name == each).execute()


@dataclass(frozen=True, slots=True)
class Given:
    """Of a counter: the number that was given last, and how many were given to somebody."""

    last: int
    used: int


def numbers() -> dict[str, Given]:
    """All counters, for another database to go on with."""
    rows = [row.name for row in Counter.select(Counter.name) if not row.name.startswith(("skipped ", "turns of "))]
    names = {name.partition(" of ")[0] for name in rows} | set(engine().number_sequences)
    return {name: Given(last(name), tallied(name) - last(SKIPPED.format(name))) for name in names}


def go_on(numbers: Mapping[str, Given]) -> None:
    """Where no number was given yet: after these."""
    for name, given in numbers.items():
        sequence = engine().number_sequences.get(name)
        if sequence and given.last:
            proxy.execute_sql("SELECT setval(CAST(? AS regclass), ?)", (sequence, given.last))
        if not sequence:
            Counter.insert(name=name, value=max(given.last, given.used)).execute()
            if given.last > given.used > 0:
                Counter.insert(name=SKIPPED.format(name), value=given.last - given.used).execute()
        elif name in TALLIED:
            Counter.insert(name=name, value=given.used).execute()

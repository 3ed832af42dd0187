"""Numbers that are given once: tickets, mails to send, mails accepted, places in the queue of the inbox."""

from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Counter

SKIPPED = "skipped {}"
_COUNT = Prepared(
    Counter.insert(name=value("name"), value=1)
    .on_conflict(conflict_target=[Counter.name], update={Counter.value: Counter.value + 1})
    .returning(Counter.value)
)


def count(name: str) -> int:
    """The next number of that counter, from 1, without gaps among committed transactions."""
    return int(_COUNT.scalar(name=name))


def last(name: str) -> int:
    """The number that was given last; 0 for none."""
    row = Counter.get_or_none(Counter.name == name)
    return row.value if row else 0


def skip(name: str, many: int) -> None:
    """Give none of the next numbers; how many were left out is a counter of its own."""
    for each in (name, SKIPPED.format(name)):
        Counter.insert(name=each, value=0).on_conflict_ignore().execute()
        Counter.update(value=Counter.value + many).where(Counter.name == each).execute()

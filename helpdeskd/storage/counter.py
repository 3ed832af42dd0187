"""Numbers that are given once: tickets, mails to send, mails accepted, places in the queue of the inbox."""

from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import Counter

_COUNT = Prepared(
    Counter.insert(name=value("name"), value=1)
    .on_conflict(conflict_target=[Counter.name], update={Counter.value: Counter.value + 1})
    .returning(Counter.value)
)


def count(name: str) -> int:
    """The next number of that counter, from 1, without gaps among committed transactions."""
    return int(_COUNT.scalar(name=name))

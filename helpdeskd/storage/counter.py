"""Numbers that are given once: tickets, mails to send, mails accepted, places in the queue of the inbox."""

from helpdeskd.storage.tables import Counter


def count(name: str) -> int:
    """The next number of that counter, from 1, without gaps among committed transactions."""
    step = Counter.insert(name=name, value=1).on_conflict(
        conflict_target=[Counter.name], update={Counter.value: Counter.value + 1}
    )
    (row,) = step.returning(Counter.value).execute()
    return int(row.value)

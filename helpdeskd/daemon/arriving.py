"""New mail on its way into the inbox, with the keys of its conversation where some mails may be decided before others:
where workers share a database, or large mails wait for a bucket.

In: arrivals, in the transaction that stores them. Out: the ids of their rows. What a mail's header names is looked up
then and there (`mail.clues`, `storage.conversations`); where one worker takes all mail in its order, nobody asks.
"""

from collections.abc import Callable, Sequence
from functools import partial

from helpdeskd.domain.conversation import Clues
from helpdeskd.mail.clues import clues_of
from helpdeskd.storage import arrivals, conversations
from helpdeskd.storage.arrivals import Arrival
from helpdeskd.storage.engine import Where

Store = Callable[[Sequence[Arrival]], list[list[int]]]


def store_of(where: Where, prefix: str) -> Store:
    """How mails are stored; `prefix` is that of the desk's references."""
    return partial(_with_keys, prefix) if where.url or where.bucket else arrivals.put


def _with_keys(prefix: str, group: Sequence[Arrival]) -> list[list[int]]:
    ids = arrivals.put(group)
    if any(ids):
        conversations.note([(rows, _clues(mail, prefix)) for mail, rows in zip(group, ids, strict=True) if rows])
    return ids


def _clues(mail: Arrival, prefix: str) -> Clues:
    return clues_of(mail.raw, [envelope.forward_path for envelope in mail.envelopes], prefix)

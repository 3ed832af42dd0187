"""What is left of a mail or a text that an erasure or the retention took away: a few words in its place.

A row stays, with its number, fate and times, so that everything still counts up; what stood in it is gone. In the
caller's transaction; a mail that is blank already is left as it is.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable
from typing import Any

from helpdeskd.storage.codec import array
from helpdeskd.storage.tables import proxy

BLANK = b"X-Helpdeskd: "
"""How the bytes begin that stand for a mail that is gone."""
WRITTEN = frozenset({"text", "subject", "solution", "lines", "errors", "detail", "why", "reason", "title", "excerpt"})
"""The keys of events, tickets and lines of digests under which somebody's own words stand."""
_RAWS = "SELECT DISTINCT raw_id FROM inbox WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"
_RAW = "UPDATE raw SET sha256 = ?, size = 0, content = ? WHERE id = ? AND size > 0"
_SAME = "UPDATE inbox SET sha256 = ? WHERE raw_id = ?"
_SENT = """
UPDATE outbox SET content = ?, is_blank = TRUE
WHERE NOT is_blank AND id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"""


def raws_of(mails: Collection[int]) -> set[int]:
    """Where the bytes of these mails received are."""
    return {number for (number,) in proxy.execute_sql(_RAWS, (array(mails),)).fetchall()}


def blank_raws(raws: Iterable[int], why: str) -> int:
    """Take the bytes of mails received; how many still had them. `why` is one word.

    Where an object has them, it is to be removed afterwards (`leftovers`).
    """
    return sum(_blank_raw(number, why) for number in raws)


def _blank_raw(number: int, why: str) -> int:
    content = _words(why, f"mail {number}")
    sha = hashlib.sha256(content).hexdigest()
    taken = _rows(_RAW, (sha, content, number))
    if taken:
        proxy.execute_sql(_SAME, (sha, number))
    return taken


def blank_sent(mails: Collection[int], why: str) -> int:
    """Take the bytes of mails sent; how many still had them."""
    return _rows(_SENT, (_words(why, "mail"), array(mails)))


def without_words(value: Any, word: str) -> Any:
    """The same JSON value with `word` in the place of everything that somebody wrote."""
    return changed(value, lambda text, at: word if text and at in WRITTEN else text)


def changed(value: Any, change: Callable[[str, str], str], key: str = "") -> Any:
    """The same JSON value with each text as `change` makes it, which is told the key that it stands under."""
    if isinstance(value, dict):
        return {name: changed(each, change, name) for name, each in value.items()}
    if isinstance(value, list):
        return [changed(each, change, key) for each in value]
    return change(value, key) if isinstance(value, str) else value


def _rows(statement: str, values: tuple[object, ...]) -> int:
    """How many rows a statement changes."""
    return int(proxy.rows_affected(proxy.execute_sql(statement, values)))


def _words(why: str, what: str) -> bytes:
    return BLANK + f"{why}\r\nSubject: {why}\r\n\r\nThe content of this {what} was {why}.\r\n".encode()

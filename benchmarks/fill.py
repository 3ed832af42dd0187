"""A desk that has been in use for long: tickets in bulk, as rows like those that the desk itself writes.

One matter and its reply go through the desk; its rows are then written again and again, with ids, references, customers
and texts of their own and dates of the last weeks, in every table that mail leaves rows in, and the index for the
search. The first 400 tickets are open, and one of nine after them; the others are closed. Raw mails and mails sent are
short, so that a million tickets are some GB. The audit record, which nothing reads per mail, is left as it is;
`helpdeskd audit` finds no fault.
"""

import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import apsw

from benchmarks.desk import Desk
from benchmarks.mix import mails, sender, subject
from benchmarks.profile_worker import decided
from benchmarks.words import words
from helpdeskd.storage import db

OF_PATTERN = {
    "raw": "id IN (SELECT raw_id FROM inbox WHERE reference = :reference)",
    "inbox": "reference = :reference",
    "outbox": "reference = :reference",
    "ticket": "id = 1",
    "event": "ticket_id = 1",
    "heard": "reference = :reference",
    "target": "ticket_id = 1",
}
"""The rows of the first ticket; each table after those that it refers to."""
REFERS = {"raw_id": "raw", "inbox_id": "inbox", "ticket_id": "ticket"}
COUNTERS = {"ticket": "ticket", "outbox": "outbox", "position": "inbox", "accepted": "inbox"}
FIRST_REFERENCE = 1000
AT_ONCE = 2000
DATES = 100
STEP = timedelta(hours=12)
"""Between the days of opening, of which there are so many."""
OPEN_EACH, OPEN_FIRST = 9, 400
TEXT_WORDS = 25
SHORT = b"Subject: %d\r\n\r\n"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
TEXT = re.compile(r'"text":"[^"\\]*(?:\\.[^"\\]*)*"')
INDEX = (
    "INSERT INTO search (rowid, subject, text, people)"
    " SELECT id, subject, text, people FROM written WHERE id > ? AND id <= ?"
)
LATER = (datetime.now(UTC) + timedelta(days=40)).isoformat(timespec="microseconds").replace("+00:00", "Z")
"""When the clock looks at the open ones: not while they are measured, also where a filled desk is kept."""
Value = str | int | bytes | None
Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Pattern:
    """The rows of one ticket, by table."""

    rows: dict[str, list[Row]]

    def earlier(self, by: timedelta) -> "Pattern":
        """The same, so much earlier."""
        tables = self.rows.items()
        return Pattern({table: [_earlier(row, by) for row in rows] for table, rows in tables})


def fill(desk: Desk, tickets: int) -> None:
    """Fill a desk that is not running up to so many tickets. The first time it gets its pattern."""
    if not (desk.state / db.FILE).exists():
        desk.put(mails(2, ("plain",), run="pattern"))
        decided(desk)
    connection = apsw.Connection(str(desk.state / db.FILE))
    try:
        connection.pragma("synchronous", "off")
        connection.pragma("cache_size", -200_000)
        pattern = _pattern(connection)
        dated = [pattern.earlier(STEP * (back + 1)) for back in range(DATES)]
        first = _greatest(connection, "ticket") + 1
        for begin in range(first, tickets + 1, AT_ONCE):
            numbers = range(begin, min(begin + AT_ONCE, tickets + 1))
            # The oldest were opened first.
            _add(connection, numbers, dated[(tickets - begin) * DATES // (tickets + 1)])
        connection.execute("ANALYZE")
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    finally:
        connection.close()


def _pattern(connection: apsw.Connection) -> Pattern:
    connection.row_trace = _named
    reference = {"reference": f"HD-{FIRST_REFERENCE + 1}"}
    rows = {
        table: list(connection.execute(f"SELECT * FROM {table} WHERE {those} ORDER BY id", reference))
        for table, those in OF_PATTERN.items()
    }
    connection.row_trace = None
    return Pattern(rows)


def _named(cursor: apsw.Cursor, row: tuple[Any, ...]) -> Row:
    return {name: value for (name, *_), value in zip(cursor.get_description(), row, strict=True)}


def _earlier(row: Row, by: timedelta) -> Row:
    return {
        column: INSTANT.sub(lambda found: _moved(found[0], by), value) if isinstance(value, str) else value
        for column, value in row.items()
    }


def _moved(instant: str, by: timedelta) -> str:
    moved = datetime.fromisoformat(instant) - by
    return moved.isoformat(timespec="microseconds" if "." in instant else "seconds").replace("+00:00", "Z")


def _add(connection: apsw.Connection, numbers: range, pattern: Pattern) -> None:
    """Write these tickets, in one transaction."""
    ends = {table: _greatest(connection, table) for table in OF_PATTERN}
    with connection:
        for table, rows in pattern.rows.items():
            insert = f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({', '.join('?' * len(rows[0]))})"
            connection.executemany(insert, _copies(table, pattern, numbers, ends))
        connection.execute(INDEX, (ends["event"], _greatest(connection, "event")))
        for name, table in COUNTERS.items():
            connection.execute(f"UPDATE counter SET value = (SELECT max(id) FROM {table}) WHERE name = ?", (name,))


def _copies(table: str, pattern: Pattern, numbers: range, ends: dict[str, int]) -> Iterator[tuple[Value, ...]]:
    """A table's rows of these tickets; `ends` are the last ids so far."""
    settle = SETTLE[table]
    ids = {column: other for column, other in (("id", table), *REFERS.items()) if column in pattern.rows[table][0]}
    first = _marks(1)
    telling = [[column for column, value in row.items() if _tells(value, first)] for row in pattern.rows[table]]
    for place, number in enumerate(numbers):
        swaps = list(zip(first, _marks(number), strict=True))
        for row, columns in zip(pattern.rows[table], telling, strict=True):
            made = row.copy()
            for column in columns:
                made[column] = _swapped(str(row[column]), swaps)
            for column, other in ids.items():
                rows = pattern.rows[other]
                made[column] = ends[other] + 1 + place * len(rows) + _int(row[column]) - _int(rows[0]["id"])
            settle(made, number)
            yield tuple(made.values())


@lru_cache(2 * AT_ONCE)
def _marks(number: int) -> tuple[str, ...]:
    """What is a ticket's own in its texts: reference, subject, requester, customer and id."""
    address = sender(number - 1)
    customer = address.partition("@")[2].removesuffix(".example")
    return f"HD-{FIRST_REFERENCE + number}", subject(number - 1), address, customer, f'"id":{number},'


def _tells(value: Value, marks: Sequence[str]) -> bool:
    return isinstance(value, str) and any(mark in value for mark in marks)


def _swapped(text: str, swaps: Sequence[tuple[str, str]]) -> str:
    for old, new in swaps:
        text = text.replace(old, new)
    return text


def _of_raw(row: Row, _: int) -> None:
    content = SHORT % _int(row["id"])
    row.update(sha256=_sha256(content), content=content, size=len(content))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _of_inbox(row: Row, _: int) -> None:
    row.update(sha256=_sha256(SHORT % _int(row["raw_id"])), position=row["id"])


def _of_outbox(row: Row, _: int) -> None:
    row.update(message_id=f"<{_int(row['id'])}.filled@desk.example>", content=SHORT % _int(row["id"]))
    row.update(status="sent", done_at=row["created_at"])


def _is_closed(number: int) -> bool:
    return number > OPEN_FIRST and number % OPEN_EACH != 0


def _of_ticket(row: Row, number: int) -> None:
    if _is_closed(number):
        row.update(status="closed", state=str(row["state"]).replace('"status":"new"', '"status":"closed"'))


def _of_event(row: Row, number: int) -> None:
    text = " ".join(words(random.Random(number), TEXT_WORDS))
    row["state"] = TEXT.sub(f'"text":"{text}"', str(row["state"]))


def _of_heard(row: Row, _: int) -> None:
    row["message_id"] = f"<{_int(row['id'])}.filled@customer.example>"


def _of_target(row: Row, number: int) -> None:
    row["next_at"] = None if _is_closed(number) else LATER


SETTLE: dict[str, Callable[[Row, int], None]] = {
    "raw": _of_raw,
    "inbox": _of_inbox,
    "outbox": _of_outbox,
    "ticket": _of_ticket,
    "event": _of_event,
    "heard": _of_heard,
    "target": _of_target,
}
"""What is different in each row of a table, besides what stands in all of them."""


def _greatest(connection: apsw.Connection, table: str) -> int:
    (number,) = next(connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}"))
    return _int(number)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value

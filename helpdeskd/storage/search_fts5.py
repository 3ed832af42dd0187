"""The index of the search in SQLite: FTS5 over the view `written`, of which it keeps no copy.

What `storage.search` asks of an index, and means, is written there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from helpdeskd.storage.codec import array
from helpdeskd.storage.tables import proxy

_WRITTEN = "SELECT id, subject, text, people FROM written WHERE id = ?"
_ADD = "INSERT INTO search (rowid, subject, text, people) VALUES (?, ?, ?, ?)"
_TAKE_OUT = """
INSERT INTO search (search, rowid, subject, text, people)
SELECT 'delete', id, subject, text, people FROM written WHERE id = ?"""
_WITH = "SELECT DISTINCT ticket_id FROM search JOIN event ON event.id = search.rowid WHERE search MATCH ?"
_PIECES = """
SELECT ticket_id, snippet(search, -1, :begin, :end, '…', 16) FROM search JOIN event ON event.id = search.rowid
WHERE search MATCH :words AND ticket_id IN (SELECT value FROM json_each(:ids))
"""
_SOME_WITH = "SELECT ticket_id FROM search JOIN event ON event.id = search.rowid WHERE search MATCH ? LIMIT ?"


def add(event_id: int) -> None:
    """Not put in by a query, which would have what was added before written to the file (`sqlite.Database.put`)."""
    for row in proxy.execute_sql(_WRITTEN, (event_id,)).fetchall():
        proxy.execute_sql(_ADD, row)


def take_out(event_id: int) -> None:
    proxy.execute_sql(_TAKE_OUT, (event_id,))


def rebuild() -> None:
    proxy.execute_sql("INSERT INTO search (search) VALUES ('rebuild')")


def asked(words: str) -> str:
    """Within quotes nothing has a meaning but quotes."""
    # Zero bytes end a query, and half a pair of surrogates (an argument that is no text) cannot be asked.
    text = words.replace("\0", " ").replace('"', " ").encode("utf-8", "replace").decode()
    return f'"{text}" *'


def tickets_with(query: str) -> set[int]:
    return {ticket_id for (ticket_id,) in proxy.execute_sql(_WITH, (query,))}


def some_with(words: Iterable[str], most: int) -> Mapping[str, Sequence[int]]:
    """Word by word: a statement for all of them would be another text for each number of words, and planned anew."""
    asked = ((word, (f'{{subject text}} : "{word}"', most)) for word in words)
    return {word: [number for (number,) in proxy.execute_sql(_SOME_WITH, given)] for word, given in asked}


def pieces(queries: Sequence[str], ids: Sequence[int], begin: str, end: str) -> Iterator[tuple[int, str]]:
    words = f"{{subject text}} : ({' OR '.join(queries)})"
    yield from proxy.execute_sql(_PIECES, {"begin": begin, "end": end, "words": words, "ids": array(ids)})

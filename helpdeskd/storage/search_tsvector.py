"""The index of the search in PostgreSQL: a tsvector for each event of the view `written`.

Words are found and folded here and not by the server, whose parsers take addresses and hyphens in their own way and
whose rules for case depend on how the database was made. So it finds what SQLite's index finds. The weights say where a
word stands: A the subject, B the text, C the people. What is asked of an index is written in `storage.search`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from helpdeskd.storage.codec import array
from helpdeskd.storage.tables import proxy

LONGEST_WORD = 400
LAST_PLACE = 16_000
"""What the type takes at most: 2 kB of a word, and 16383 places."""
AT_ONCE = 500
PIECE = 16
_PARTS = "ABC"
_WORD = re.compile(r"[^\W_]+")
_WRITTEN = "SELECT id, subject, text, people FROM written WHERE id = ?"
_SOME_WRITTEN = "SELECT id, subject, text, people FROM written WHERE id > ? ORDER BY id LIMIT ?"
_ADD = "INSERT INTO search (rowid, words) VALUES (?, CAST(? AS tsvector))"
_WITH = """
SELECT DISTINCT ticket_id FROM search JOIN event ON event.id = search.rowid WHERE words @@ CAST(? AS tsquery)"""
_TEXTS = """
SELECT written.ticket_id, written.subject, written.text FROM written JOIN search ON search.rowid = written.id
WHERE words @@ CAST(:words AS tsquery) AND written.ticket_id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids))"""
_SOME_WITH = "SELECT asked.value, found FROM json_each(?) AS asked, some_with(asked.value, ?) AS found"
_TICKETS = "SELECT id, ticket_id FROM event WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"
"""Asked apart: the server expects a thousand events of each word, and would read all that there are to join them."""


def add(event_id: int) -> None:
    for row in proxy.execute_sql(_WRITTEN, (event_id,)).fetchall():
        _index(*row)


def take_out(event_id: int) -> None:
    proxy.execute_sql("DELETE FROM search WHERE rowid = ?", (event_id,))


def rebuild() -> None:
    proxy.execute_sql("DELETE FROM search")
    last = 0
    while rows := proxy.execute_sql(_SOME_WRITTEN, (last, AT_ONCE)).fetchall():
        for row in rows:
            _index(*row)
        last = rows[-1][0]


def asked(words: str) -> str:
    """Each word is letters and digits alone, so nothing has a meaning but what stands between."""
    return f"{' <-> '.join(map(_quoted, _words(words)))}:*"


def tickets_with(query: str) -> set[int]:
    return {ticket_id for (ticket_id,) in proxy.execute_sql(_WITH, (query,)).fetchall()}


def some_with(words: Iterable[str], most: int) -> Mapping[str, Sequence[int]]:
    queries = {f"{' <-> '.join(f'{_quoted(part)}:AB' for part in _words(word))}": word for word in words}
    found: dict[str, list[int]] = {word: [] for word in queries.values()}
    rows = proxy.execute_sql(_SOME_WITH, (array(queries), most)).fetchall() if queries else []
    events = array({number for _, number in rows})
    ticket_of = dict(proxy.execute_sql(_TICKETS, (events,)).fetchall()) if rows else {}
    for query, number in rows:
        found[queries[query]].append(ticket_of[number])
    return found


def pieces(queries: Sequence[str], ids: Sequence[int], begin: str, end: str) -> Iterator[tuple[int, str]]:
    words = " | ".join(f"({query.removesuffix(':*')}:*AB)" for query in queries)
    rows = proxy.execute_sql(_TEXTS, {"words": words, "ids": array(ids)}).fetchall()
    sought = [[part.strip("'") for part in query.removesuffix(":*").split(" <-> ")] for query in queries]
    for ticket_id, *texts in rows:
        found = (_piece(unicodedata.normalize("NFC", text), sought, begin, end) for text in texts if text)
        yield ticket_id, max(found, key=lambda piece: piece.count(begin), default="")


def _index(event_id: int, *texts: str | None) -> None:
    places: dict[str, list[str]] = {}
    place = 0
    for part, text in zip(_PARTS, texts, strict=True):
        for word in _words(text or ""):
            place += 1
            places.setdefault(word, []).append(f"{min(place, LAST_PLACE)}{part}")
        place += 1  # no row of words goes on from the one into the other
    if places:
        vector = " ".join(f"{_quoted(word)}:{','.join(there)}" for word, there in places.items())
        proxy.execute_sql(_ADD, (event_id, vector))


def _words(text: str) -> list[str]:
    return [_folded(word) for word in _WORD.findall(text if text.isascii() else unicodedata.normalize("NFC", text))]


def _folded(word: str) -> str:
    """In lower case and without diacritics, and not longer than a word may be."""
    lowered = word[:LONGEST_WORD].lower()
    if lowered.isascii():
        return lowered
    return "".join(each for each in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(each))


def _quoted(word: str) -> str:
    return f"'{word}'"


def _piece(text: str, sought: Sequence[Sequence[str]], begin: str, end: str) -> str:
    """The words of a text, in a row, among which most different ones are that are sought: these between marks."""
    words = list(_WORD.finditer(text))
    marked = _marked([_folded(word.group()) for word in words], sought)
    if not marked:
        return ""
    starts = (max(0, min(place - 2, len(words) - PIECE)) for place in marked)
    first = max(starts, key=lambda start: len({marked.get(place) for place in range(start, start + PIECE)} - {None}))
    last = min(first + PIECE, len(words))
    out = "…" if first else text[: words[0].start()]
    for place in range(first, last):
        word = words[place].group()
        out += f"{begin}{word}{end}" if place in marked else word
        out += text[words[place].end() : words[place + 1].start()] if place + 1 < last else ""
    return out + ("…" if last < len(words) else text[words[-1].end() :])


def _marked(words: Sequence[str], sought: Sequence[Sequence[str]]) -> dict[int, int]:
    """The places of the words that are sought, each with which of the rows it belongs to."""
    return {
        place: number
        for number, row in enumerate(sought)
        for first in range(len(words) - len(row) + 1)
        if words[first + len(row) - 1].startswith(row[-1]) and list(words[first : first + len(row) - 1]) == row[:-1]
        for place in range(first, first + len(row))
    }

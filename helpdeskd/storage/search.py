"""Full text search over what customers wrote, answers, notes and solutions (SQLite's FTS5).

In: events as they are recorded, in the transaction that records them; words as people type them. Out: tickets. Case and
diacritics make no difference (`skaerm` is not `skærm`, but `facade` is `façade`). Whatever stands in a word is taken as
text: no query raises or means more than its words. What another database would do in its own way is this module alone.

`similar` costs little however full the desk is: it asks for a bounded number of words, and reads a bounded number of
rows for each. Words that many tickets have say nothing and do not count, in any language.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.storage.codec import load
from helpdeskd.storage.tables import proxy

MOST_MARKED = 32
MOST_WORDS = 20
MOST_ROWS = 120
MOST_LOADED = 20
ALWAYS_RARE = 5
ALWAYS_COMMON = 50
"""A word that says what a ticket is about stands in a tenth of the tickets at most; the bounds hold for any desk."""

_WORD = re.compile(r"[^\W_]{3,}")
_BEGIN, _END = "\x02", "\x03"
_MARKED = re.compile(f"{_BEGIN}(.*?){_END}", re.DOTALL)
_ADD = "INSERT INTO search (rowid, subject, text, people) SELECT id, subject, text, people FROM written WHERE id = ?"
_TAKE_OUT = """
INSERT INTO search (search, rowid, subject, text, people)
SELECT 'delete', id, subject, text, people FROM written WHERE id = ?"""
_WITH = "SELECT DISTINCT ticket_id FROM search JOIN event ON event.id = search.rowid WHERE search MATCH ?"
_FOUND = """
SELECT id, state FROM ticket
WHERE id IN (SELECT value FROM json_each(:ids)) AND status = ifnull(:status, status)
    AND customer = ifnull(:customer, customer)
ORDER BY id DESC LIMIT :limit
"""
_SNIPPETS = """
SELECT ticket_id, snippet(search, -1, :begin, :end, '…', 16) FROM search JOIN event ON event.id = search.rowid
WHERE search MATCH :words AND ticket_id IN (SELECT value FROM json_each(:ids))
"""
_OPENING = "SELECT subject, text FROM written WHERE ticket_id = ? AND subject IS NOT NULL ORDER BY id LIMIT 1"
_SOME_WITH = "SELECT rowid FROM search WHERE search MATCH ? LIMIT ?"
_TICKETS = "SELECT DISTINCT ticket_id FROM event WHERE id IN (SELECT value FROM json_each(?))"
_BY_ID = "SELECT state FROM ticket WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket in which the words stand, and the piece of its texts with most of them, each between brackets.

    It is "" where they stand in its reference or its people only.
    """

    ticket: Ticket
    snippet: str


def add(event_id: int) -> None:
    """Index an event that was just recorded, if anybody wrote something in it."""
    proxy.execute_sql(_ADD, (event_id,))


def take_out(event_id: int) -> None:
    """Forget an event that is about to be changed, which `add` indexes again."""
    proxy.execute_sql(_TAKE_OUT, (event_id,))


def rebuild() -> None:
    """Make the index anew from what is written now, so that it knows nothing of what was."""
    proxy.execute_sql("INSERT INTO search (search) VALUES ('rebuild')")


def find(words: Sequence[str], status: str | None = None, customer: str | None = None, limit: int = 100) -> list[Found]:
    """The newest tickets in which all of the words stand, anywhere in their subject, people and texts.

    A word also finds those that begin with it; several words in one string stand in a row. Without any word: none.
    """
    asked = [_asked(word) for word in words if any(map(str.isalnum, word))]
    ids = _with_all(asked)
    chosen = {"ids": str(sorted(ids)), "status": status, "customer": customer, "limit": limit}
    rows = proxy.execute_sql(_FOUND, chosen).fetchall() if ids else []
    snippets = _snippets([ticket_id for ticket_id, _ in rows], asked)
    return [Found(load(Ticket, state), snippets.get(ticket_id, "")) for ticket_id, state in rows]


def similar(ticket: Ticket, limit: int) -> list[Ticket]:
    """Earlier tickets of anybody that share rare words with how this one began, those with a solution first.

    Two words must be the same, so that nothing comes of one that is there by chance.
    """
    words = _words_of(ticket)
    shared: dict[int, list[float]] = defaultdict(list)
    for word in words:
        tickets = _rare(word, ticket)
        for ticket_id in tickets - {ticket.id}:
            shared[ticket_id].append(log(1 + ticket.id / len(tickets)))
    alike = {ticket_id: sum(weights) for ticket_id, weights in shared.items() if len(weights) >= min(2, len(words))}
    best = sorted((number for number in alike if number < ticket.id), key=lambda number: (-alike[number], -number))
    found = [_loaded(ticket_id) for ticket_id in best[:MOST_LOADED]]
    useful = [old for old in found if old.status is not Status.MERGED and not old.is_drill]
    return sorted(useful, key=lambda old: not old.solution)[:limit]


def _asked(words: str) -> str:
    """A query for words in a row, of which the last may go on. Within quotes nothing has a meaning but quotes."""
    # Zero bytes end a query, and half a pair of surrogates (an argument that is no text) cannot be asked.
    text = words.replace("\0", " ").replace('"', " ").encode("utf-8", "replace").decode()
    return f'"{text}" *'


def _with_all(asked: Iterable[str]) -> set[int]:
    """The ids of the tickets that each query finds."""
    found: set[int] | None = None
    for query in asked:
        tickets = {ticket_id for (ticket_id,) in proxy.execute_sql(_WITH, (query,))}
        found = tickets if found is None else found & tickets
        if not found:
            break
    return found or set()


def _snippets(ids: Sequence[int], asked: Sequence[str]) -> dict[int, str]:
    """Of each ticket the piece of its texts in which most of the words are, in one line."""
    pieces: dict[int, str] = defaultdict(str)
    words = f"{{subject text}} : ({' OR '.join(asked[:MOST_MARKED])})"
    values = {"begin": _BEGIN, "end": _END, "words": words, "ids": str(list(ids))}
    for ticket_id, piece in proxy.execute_sql(_SNIPPETS, values) if ids else ():
        pieces[ticket_id] = max(pieces[ticket_id], piece, key=_marked)
    return {ticket_id: _MARKED.sub(r"[\1]", " ".join(piece.split())) for ticket_id, piece in pieces.items()}


def _marked(piece: str) -> int:
    """How many different words are marked."""
    return len(set(_MARKED.findall(piece.lower())))


def _words_of(ticket: Ticket) -> list[str]:
    """The first words of its subject and of what was written first, each once."""
    opening = proxy.execute_sql(_OPENING, (ticket.id,)).fetchone() or ("", "")
    words = _WORD.findall(" ".join(filter(None, opening)).lower())
    return list(dict.fromkeys(words))[:MOST_WORDS]


def _rare(word: str, ticket: Ticket) -> set[int]:
    """The ids of the tickets in whose subject or texts a word stands; none for one that is common."""
    query = f'{{subject text}} : "{word}"'
    events = [number for (number,) in proxy.execute_sql(_SOME_WITH, (query, MOST_ROWS))]
    if len(events) == MOST_ROWS:
        return set()
    tickets = {number for (number,) in proxy.execute_sql(_TICKETS, (str(events),))}
    most = min(max(ticket.id // 10, ALWAYS_RARE), ALWAYS_COMMON)
    return tickets if len(tickets) <= most else set()


def _loaded(ticket_id: int) -> Ticket:
    return load(Ticket, proxy.execute_sql(_BY_ID, (ticket_id,)).fetchone()[0])

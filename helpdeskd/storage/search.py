"""Full text search over what customers wrote, answers, notes and solutions.

In: events as they are recorded, in the transaction that records them; words as people type them. Out: tickets. Case and
diacritics make no difference (`skaerm` is not `skærm`, but `facade` is `façade`). Whatever stands in a word is taken as
text: no query raises or means more than its words. Each engine has an index of its own (`Engine.searching`).

`similar` costs little however full the desk is: it asks for a bounded number of words, and reads a bounded number of
rows for each. Words that many tickets have say nothing and do not count, in any language; those that were found to be
so are not asked for again by this connection, up to `MOST_KNOWN` of them, when all are forgotten.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log
from weakref import WeakKeyDictionary

from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.storage.codec import array, load, load_known
from helpdeskd.storage.engine import Engine, engine
from helpdeskd.storage.tables import proxy

MOST_MARKED = 32
MOST_WORDS = 20
MOST_ASKED = 8
"""At most so many of the words that are not known to be common are looked up: each takes time."""
MOST_KNOWN = 10_000
MOST_LOADED = 20
ALWAYS_RARE = 5
ALWAYS_COMMON = 50
"""A word that says what a ticket is about stands in a tenth of the tickets at most; the bounds hold for any desk."""
ROWS_OF_A_TICKET, ROWS_MORE = 2, 20
"""So many times does such a word stand in its tickets, and so often beside that, before it counts as common."""

_common: WeakKeyDictionary[Engine, dict[str, int]] = WeakKeyDictionary()
"""Words, each with how many rows it has at least, by the open database."""
_WORD = re.compile(r"[^\W_]{3,}")
_BEGIN, _END = "\x02", "\x03"
_MARKED = re.compile(f"{_BEGIN}(.*?){_END}", re.DOTALL)
_FOUND = """
SELECT id, state FROM ticket
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids)) AND status = coalesce(:status, status)
    AND customer = coalesce(:customer, customer)
ORDER BY id DESC LIMIT :limit
"""
_OPENING = "SELECT subject, text FROM written WHERE ticket_id = ? AND subject IS NOT NULL ORDER BY id LIMIT 1"
_STATES = "SELECT id, state FROM ticket WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket in which the words stand, and the piece of its texts with most of them, each between brackets.

    It is "" where they stand in its reference or its people only.
    """

    ticket: Ticket
    snippet: str


def add(event_id: int) -> None:
    """Index an event that was just recorded, if anybody wrote something in it."""
    engine().searching.add(event_id)


def take_out(event_id: int) -> None:
    """Forget an event that is about to be changed, which `add` indexes again."""
    engine().searching.take_out(event_id)


def rebuild() -> None:
    """Make the index anew from what is written now, so that it knows nothing of what was."""
    engine().searching.rebuild()


def find(words: Sequence[str], status: str | None = None, customer: str | None = None, limit: int = 100) -> list[Found]:
    """The newest tickets in which all of the words stand, anywhere in their subject, people and texts.

    A word also finds those that begin with it; several words in one string stand in a row. Without any word: none.
    """
    asked = [engine().searching.asked(word) for word in words if any(map(str.isalnum, word))]
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
    for tickets in _rare(words, ticket):
        for ticket_id in tickets - {ticket.id}:
            shared[ticket_id].append(log(1 + ticket.id / len(tickets)))
    alike = {ticket_id: sum(weights) for ticket_id, weights in shared.items() if len(weights) >= min(2, len(words))}
    best = sorted((number for number in alike if number < ticket.id), key=lambda number: (-alike[number], -number))
    found = _loaded(best[:MOST_LOADED])
    useful = [old for old in found if old.status is not Status.MERGED and not old.is_drill]
    return sorted(useful, key=lambda old: not old.solution)[:limit]


def _with_all(asked: Iterable[str]) -> set[int]:
    """The ids of the tickets that each query finds."""
    found: set[int] | None = None
    for query in asked:
        tickets: set[int] = engine().searching.tickets_with(query)
        found = tickets if found is None else found & tickets
        if not found:
            break
    return found or set()


def _snippets(ids: Sequence[int], asked: Sequence[str]) -> dict[int, str]:
    """Of each ticket the piece of its texts in which most of the words are, in one line."""
    pieces: dict[int, str] = defaultdict(str)
    for ticket_id, piece in engine().searching.pieces(asked[:MOST_MARKED], ids, _BEGIN, _END) if ids else ():
        pieces[ticket_id] = max(pieces[ticket_id], piece, key=_marked)
    return {ticket_id: _MARKED.sub(r"[\1]", " ".join(piece.split())) for ticket_id, piece in pieces.items()}


def _marked(piece: str) -> int:
    """How many different words are marked."""
    return len(set(_MARKED.findall(piece.lower())))


def _words_of(ticket: Ticket) -> list[str]:
    """The first words of its subject and of what was written first, each once."""
    opening = proxy.execute_sql(_OPENING, (ticket.id,)).fetchone() or ("", "")
    words: dict[str, None] = {}
    for found in _WORD.finditer(" ".join(filter(None, opening)).lower()):
        words[found.group()] = None
        if len(words) == MOST_WORDS:
            break
    return list(words)


def _rare(words: Sequence[str], ticket: Ticket) -> Iterator[set[int]]:
    """Of each word that is not common the ids of the tickets in which it stands, in the order of the words."""
    most = min(max(ticket.id // 10, ALWAYS_RARE), ALWAYS_COMMON)
    tickets = map(set, _rows_of_rare(words, ROWS_OF_A_TICKET * most + ROWS_MORE))
    return (some for some in tickets if len(some) <= most)


def _rows_of_rare(words: Sequence[str], most: int) -> list[Sequence[int]]:
    """Of each word that stands anywhere, and in fewer rows, the ids of their tickets."""
    common = _common.setdefault(engine(), {})
    asked = [word for word in words if common.get(word, 0) < most]
    found = engine().searching.some_with(asked[:MOST_ASKED], most)
    if len(common) > MOST_KNOWN:
        common.clear()
    common.update((word, most) for word, rows in found.items() if len(rows) == most)
    return [rows for rows in found.values() if 0 < len(rows) < most]


def _loaded(ids: Sequence[int]) -> list[Ticket]:
    """In this order."""
    states = dict(proxy.execute_sql(_STATES, (array(ids),)).fetchall()) if ids else {}
    return [load_known(Ticket, states[ticket_id]) for ticket_id in ids]

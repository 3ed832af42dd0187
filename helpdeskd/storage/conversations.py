"""The keys of conversations of queued mails (`domain.conversation`): whom and what a header names, as we know them.

In: the clues of mails, in the transaction that stores them. Out: their keys, in their rows, by two statements however
many there are. Only where several workers share the database, or large mails are in a bucket, which may be away;
elsewhere one worker takes all mail in its order. A mail that came without clues has the key of a mail without author.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from helpdeskd.domain.address import domain_of
from helpdeskd.domain.conversation import Clues, keys
from helpdeskd.storage.codec import array
from helpdeskd.storage.tables import proxy

UNKNOWN = keys(Clues(), "", ())
Noted = tuple[Sequence[int], Clues]
"""The rows of a mail, and its clues."""
ID_DIGITS = 20
_NOTE = f"""
UPDATE inbox SET keys = substr(value, {ID_DIGITS + 1}) FROM json_each(:noted)
WHERE inbox.id = CAST(substr(value, 1, {ID_DIGITS}) AS BIGINT)"""  # noqa: S608
_KNOWN = """
SELECT address, customer || agent, '' FROM known_address WHERE address IN (SELECT value FROM json_each(:authors))
UNION ALL SELECT domain, customer, '' FROM known_domain WHERE domain IN (SELECT value FROM json_each(:domains))
UNION ALL SELECT CAST(id AS TEXT), reference, customer FROM ticket
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids))
UNION ALL SELECT CAST(id AS TEXT), reference, customer FROM ticket
WHERE reference IN (SELECT value FROM json_each(:references))"""
"""Tickets are asked for twice, because PostgreSQL reads them all where one of two indexes would do."""


class _Known:
    """What the clues of some mails name: whose addresses and domains those are, and the tickets."""

    def __init__(self, clues: Sequence[Clues]) -> None:
        authors = {each.author for each in clues}
        asked = {
            "authors": array(authors),
            "domains": array(set(map(domain_of, authors))),
            "ids": array(set(chain.from_iterable(each.ticket_ids for each in clues))),
            "references": array(set(chain.from_iterable(each.references for each in clues))),
        }
        rows = proxy.execute_sql(_KNOWN, asked).fetchall()
        self._by_name = {row[0]: row[1:] for row in rows}
        self._by_reference = {row[1]: row[1:] for row in rows}

    def party(self, author: str) -> str:
        """The customer or the agent whose address it is, or the customer whose domain, or ""."""
        return str((self._by_name.get(author) or self._by_name.get(domain_of(author)) or ("",))[0])

    def tickets(self, clues: Clues) -> Iterator[tuple[str, str]]:
        """Those that are named, with their customers."""
        named = (self._by_name.get(str(number)) for number in clues.ticket_ids)
        tagged = (self._by_reference.get(reference) for reference in clues.references)
        yield from filter(None, (*named, *tagged))


def note(group: Sequence[Noted]) -> None:
    """Keep the keys of new rows."""
    known = _Known([clues for _, clues in group])
    noted = [f"{number:0{ID_DIGITS}}{' '.join(_keys(clues, known))}" for ids, clues in group for number in ids]
    proxy.execute_sql(_NOTE, {"noted": array(noted)})


def kept(text: str) -> frozenset[str]:
    """The keys of a row."""
    return frozenset(text.split()) or UNKNOWN


def _keys(clues: Clues, known: _Known) -> list[str]:
    return sorted(keys(clues, known.party(clues.author), known.tickets(clues)))

"""Whether a mail shows something else than what counts: its HTML, or a later form of its text, beside the plain text.

What may be done is read from plain text, and a mail program shows the HTML, to its writer and to whoever looks at the
mail in a dispute. So a word of customers must be the same in both, and an agent's commands must stand there as they are
carried out. In: a case. Out: whether they differ; never where a mail has one form. What programs write differently is
no difference: links behind a word, marks of bold, blanks, quotation marks, a long line that was broken. Nothing fails.
"""

import re
import unicodedata

from helpdeskd.triage.case import Case
from helpdeskd.triage.grammar import SHORTEST_BREAK, Line, lines, parse
from helpdeskd.triage.quoting import split
from helpdeskd.triage.words import said

OTHER_FORM = "the HTML of this mail shows other commands than its plain text, which counts (send it as plain text)"

_LINKS = re.compile(r"<(?:mailto:|https?://|tel:)[^<>]*>|\[(?:image|cid):[^\]]*\]", re.IGNORECASE)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_KEPT = frozenset("@.-+/%:\u20ac$\u00a3")


def other_word(case: Case) -> bool:
    """Whether the word alone on the first line is another one in what is shown."""
    if case.message.shown is None:
        return False
    read, shown = (said(text) for text in (case.own, split(case.message.shown).own))
    if read is None or shown is None:
        return read is not shown
    return (read.name, _essence(read.argument)) != (shown.name, _essence(shown.argument))


def other_commands(case: Case) -> bool:
    """Whether the lines that are carried out stand otherwise in what is shown, or what is shown begins with others."""
    if case.message.shown is None:
        return False
    own = split(case.message.shown).own
    read, shown = lines(case.own), lines(own)
    if _begins_with_one(case.own) != _begins_with_one(own) or len(shown) < len(read):
        return True
    return not all(map(_is_same, read, shown))


def _begins_with_one(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return bool(parse(first).commands)


def _is_same(read: Line, shown: Line) -> bool:
    """Whether a command stands there with what it says, or with the beginning of it where the line was broken."""
    said, whole = _essence(read.argument), _essence(shown.argument)
    broken = len(shown.written) > SHORTEST_BREAK and whole.startswith(said)
    return read.word == shown.word and (said == whole or broken)


def _essence(text: str) -> str:
    """What a reader takes from it: letters, digits and the signs that change a meaning."""
    plain = unicodedata.normalize("NFKC", _LINKS.sub("", text)).casefold().translate(_DASHES)
    return "".join(letter for letter in plain if letter.isalnum() or letter in _KEPT)

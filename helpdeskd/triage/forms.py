"""Whether a mail shows something else than what counts: its HTML, or a later form of its text, beside the plain text.

What may be done is read from plain text, and a mail program shows the HTML, to its writer and to whoever looks at the
mail in a dispute. So a word of customers must be the same in both, and an agent's commands must stand there as they are
carried out, no more and no fewer. In: a case. Out: whether they differ; never where a mail has one form. What programs
write differently is no difference: links behind a word, marks of bold, blanks, quotation marks, pictures for smileys, a
long line that was broken. A number is compared as it is written: no sign in it may be another. Nothing fails.
"""

import re
import unicodedata

from helpdeskd.triage.case import Case
from helpdeskd.triage.grammar import Line, lines, parse
from helpdeskd.triage.links import unlinked
from helpdeskd.triage.quoting import split
from helpdeskd.triage.words import composed, said

OTHER_FORM = "the HTML of this mail shows other commands than its plain text, which counts (send it as plain text)"

SHORTEST_BROKEN = 64
"""A program breaks a line only where the next word would make it longer."""

_LINKS = re.compile(r"<(?:https?://|tel:)[^<>]*>|\[(?:image|cid):[^\]]*\]", re.IGNORECASE)
_TYPED = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-") | {"\u2026": "..."})
_DASHES = re.compile("--+")
_NO_NUMBER = re.compile("(?<![0-9]) | (?![0-9])")
_DRESS = frozenset("\"'\u201a\u201e`<>[]*_|\u200d\ufe0e\ufe0f\u20e3")
_DRESSES = frozenset({"Cc", "Cf", "Pi", "Pf", "Sk", "So"})


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
    if _begins_with_one(case.own) != _begins_with_one(own) or len(shown) != len(read):
        return True
    return not all(map(_is_same, read, shown))


def _begins_with_one(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return bool(parse(first).commands)


def _is_same(read: Line, shown: Line) -> bool:
    """Whether a command stands there with what it says, or with the beginning of it where the line was broken."""
    same = _essence(read.argument) == _essence(shown.argument)
    return read.word == shown.word and (same or _was_broken(read, shown))


def _was_broken(read: Line, shown: Line) -> bool:
    """Whether it says the first words of what is shown, and a program that breaks lines had no room for the next."""
    words, count = shown.argument.split(), len(read.argument.split())
    if len(words) <= count or len(read.written) + 1 + len(words[count]) <= SHORTEST_BROKEN:
        return False
    return _essence(read.argument) == _essence(" ".join(words[:count]))


def _essence(text: str) -> str:
    """What a reader takes from it: all but links and dress, which leaves a gap where it parts two digits."""
    plain = _DASHES.sub("-", composed(_LINKS.sub("", unlinked(text))).casefold().translate(_TYPED))
    gaps = "".join(" " if _is_dress(sign) else sign for sign in plain)
    return _NO_NUMBER.sub("", " ".join(gaps.split()))


def _is_dress(sign: str) -> bool:
    return sign.isspace() or sign in _DRESS or unicodedata.category(sign) in _DRESSES

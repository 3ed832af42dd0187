"""One Authentication-Results field as values (RFC 8601 §2.2), read strictly.

In: the text of the field, unfolded and with encoded words as they stand. Out: who wrote it and its results. Comments
are dropped, wherever they stand; what is quoted is one word, in which `;`, `=` and blanks mean nothing, because a
sender can put them there (a local part, a reason). `read` returns None for a field that is not well-formed or of
another version. A result that is malformed has no verdict, so it proves nothing. It takes linear time and never
raises.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

OURS = "helpdeskd"
"""The authserv-id of our own check."""
METHODS = frozenset({"dmarc", "dkim", "spf"})
_PARTS = re.compile(r'\\.?|[()"]|[^\\()"]+', re.DOTALL)
_MEANING = re.compile(r"[;=/()\s]")


@dataclass(frozen=True, slots=True)
class Result:
    """`dkim=pass header.d=x`: method and verdict in lower case, properties by lower-case name."""

    method: str
    verdict: str
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Results:
    """A field. `authserv_id` is in lower case, or "" for one that begins with a result (Exchange Online)."""

    authserv_id: str
    results: tuple[Result, ...]


def nothing_found(why: str = "") -> str:
    """Our own field where there is no result (RFC 8601 §2.2, `no-result`), with the reason as a comment."""
    said = "".join(letter for letter in why if letter.isprintable() and letter not in "()\\")
    return f"{OURS}; none ({said})" if said else f"{OURS}; none"


def read(value: str) -> Results | None:
    """The field's author and results; None when it is not well-formed."""
    bare = _bare(value)
    if bare is None:
        return None
    first, *rest = bare.split(";")
    if "=" in first:
        return Results("", tuple(_result(part) for part in (first, *rest)))
    words = first.split()
    if len(words) not in {1, 2} or words[1:] not in ([], ["1"]):
        return None
    return Results(words[0].lower(), tuple(_result(part) for part in rest))


def _bare(value: str) -> str | None:
    """The field without comments and quotes, what was quoted made harmless; None where one of them has no end."""
    out: list[str] = []
    depth, quoted = 0, False
    for part in _PARTS.findall(value):
        if part[0] == "\\":
            out.append("?")
        elif depth or (part == "(" and not quoted):
            depth += {"(": 1, ")": -1}.get(part, 0)
            out.append(" " * len(part))
        elif part == '"':
            quoted = not quoted
        else:
            out.append(_MEANING.sub("?", part) if quoted else part)
    return None if depth or quoted else "".join(out)


def _result(part: str) -> Result:
    first, *words = _words(part) or [""]
    name, _, verdict = first.lower().partition("=")
    method, _, version = name.partition("/")
    pairs = [(key.lower(), found) for key, _, found in (word.partition("=") for word in words)]
    if version not in {"", "1"} or any(key.partition("/")[0] in METHODS for key, _ in pairs):
        verdict = ""
    properties: dict[str, str] = {}
    for key, found in pairs:
        properties[key] = found if properties.get(key, found) == found else ""
    return Result(method, verdict, properties)


def _words(part: str) -> list[str]:
    """`key=value` each, whatever blanks stand around the first `=`; a value may end in more of them (base64)."""
    words: list[str] = []
    for word in part.split():
        awaited = words and words[-1].count("=") == 1 and words[-1].endswith("=")
        if awaited or (words and word.startswith("=") and "=" not in words[-1]):
            words[-1] += word
        else:
            words.append(word)
    return words

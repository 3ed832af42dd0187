"""Statements and their values as the server of PostgreSQL takes them.

In: what both engines share, with `?` or `:name` where a value stands. Out: the same with `$1`, once for each statement,
and values without zero bytes, which no text of PostgreSQL can hold.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_PLACES = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|--[^\n]*|::|\?|%s|:([A-Za-z_]\w*)""")
_ZERO = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


@lru_cache(1024)
def translated(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with $1, $2, …, and the names of these, where it has names."""
    names: list[str] = []
    places = 0

    def numbered(found: "re.Match[str]") -> str:
        nonlocal places
        if name := found[1]:
            names.extend([name] if name not in names else [])
            return f"${names.index(name) + 1}"
        if found[0] not in {"?", "%s"}:
            return found[0]
        places += 1
        return f"${places}"

    return _PLACES.sub(numbered, sql), tuple(names)


def storable(values: Sequence[object]) -> list[object]:
    """The values, with U+FFFD for each zero byte of a text, and its escape in JSON."""
    return [_without_zeros(value) if type(value) is str and _has_zeros(value) else value for value in values]


def _has_zeros(text: str) -> bool:
    return "\0" in text or "\\u0000" in text


def _without_zeros(text: str) -> str:
    """A zero byte is U+FFFD in a text, and its escape in JSON."""
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return _ZERO.sub(r"\1\\ufffd", text) if text.startswith("{") else text

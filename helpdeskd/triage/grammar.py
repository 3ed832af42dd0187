"""Where the commands of an agent's mail stand, and what is text (spec/desk.md, "Commands").

Commands are lines that begin with `/` in the first block of the new text, or alone on its last lines. A line that looks
like a command anywhere else is a misplaced one. `//` at the start of a line escapes the slash; a first word with a
second slash in it, such as `/etc/hosts`, is text. Nothing here knows which commands exist.
"""

import re
from dataclasses import dataclass
from itertools import takewhile

_COMMAND = re.compile(r"/([a-z?]+)(?:[ \t]+(.*))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is a command: its word in lower case, its argument, and the line as written."""

    word: str
    argument: str
    written: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """`text` is what is left for the customer or the note; `misplaced` are lines in the middle that look like commands."""

    commands: tuple[Line, ...]
    text: str
    misplaced: tuple[str, ...]


def parse(new: str) -> Parsed:
    """Split the new text of a mail into commands and text. Never raises."""
    lines = [line.rstrip() for line in new.strip().splitlines()]
    head = list(takewhile(_looks_like_command, lines))
    rest = lines[len(head) :]
    tail = list(takewhile(_looks_like_command, reversed(rest)))[::-1]
    middle = rest[: len(rest) - len(tail)]
    misplaced = tuple(line for line in middle if _looks_like_command(line))
    text = "\n".join(line[1:] if line.startswith("//") else line for line in middle).strip()
    return Parsed(tuple(_line(line) for line in (*head, *tail)), text, misplaced)


def _looks_like_command(line: str) -> bool:
    word = line.split(maxsplit=1)[0] if line.strip() else ""
    return line.startswith("/") and len(word) > 1 and "/" not in word[1:]


def _line(written: str) -> Line:
    match = _COMMAND.fullmatch(written)
    if match is None:
        return Line(written[1:].split(maxsplit=1)[0].lower(), "", written)
    return Line(match[1].lower(), (match[2] or "").strip(), written)

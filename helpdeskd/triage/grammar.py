"""Where the commands of an agent's mail stand, and what is text (spec/desk.md, "Commands").

Commands are lines that begin with `/` in the first block of the new text, or alone on its last lines; blank lines
between them do not matter, because mail programs add them. A line that looks like a command anywhere else is a
misplaced one. `//` at the start of a line escapes the slash; a first word with a second slash in it, such as
`/etc/hosts`, is text. Blanks before the slash make no difference: what looks like a command to a person must never
reach a customer as text. Mail programs that break long lines say nothing of it, so a command as long as such a line,
with text right below, is told as one that may be broken. Nothing here knows which commands exist.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from helpdeskd.triage.links import unlinked

MOST_COMMANDS = 20
SHORTEST_BREAK = 72
LONGEST_BREAK = 80

_COMMAND = re.compile(r"/(\S+)(?:\s+(.*))?")
_BLANK = "\u200b\u200c\u200d\u2060\ufeff"
# What Unicode calls default ignorable, and blanks: nobody sees it before a slash.
_UNSEEN = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_SLASHES = "\uff0f\u2044\u2215\u29f8"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is a command: its word in lower case, its argument without links, and the line as written."""

    word: str
    argument: str
    written: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """`text` is what is left for the customer or the note; `misplaced` are lines in it that look like commands.

    `broken` are commands of which the first line of the text may be the rest. Of both sorts MOST_COMMANDS at most are
    named; `too_many`: there are more commands than that.
    """

    commands: tuple[Line, ...]
    text: str
    misplaced: tuple[Line, ...]
    broken: tuple[Line, ...] = ()
    too_many: bool = False


def parse(new: str) -> Parsed:
    """Split the new text of a mail into commands and text. Never raises."""
    # Other marks that separate lines are for a reader's eyes: they never begin a command.
    lines = [line.rstrip() for line in new.replace("\r\n", "\n").split("\n")]
    head = _run_of_commands(lines)
    tail = _run_of_commands(lines[head:][::-1])
    middle = lines[head : len(lines) - tail]
    commands = _commands((*lines[:head], *lines[len(lines) - tail :]))
    text = "\n".join(map(_unescaped, middle)).strip("\n")
    broken = lines[head - 1 : head] if head and middle and _may_be_broken(lines[head - 1], middle[0]) else []
    return Parsed(
        commands=commands[:MOST_COMMANDS],
        text=text,
        misplaced=_commands(middle)[:MOST_COMMANDS],
        broken=_commands(broken),
        too_many=len(commands) > MOST_COMMANDS,
    )


def lines(new: str) -> tuple[Line, ...]:
    """Every line that looks like a command, wherever it stands."""
    return _commands(new.replace("\r\n", "\n").split("\n"))


def _run_of_commands(lines: Sequence[str]) -> int:
    """How many lines at the start are commands, with the blank ones around them."""
    count = next((n for n, line in enumerate(lines) if _shown(line) and not _looks_like_command(line)), len(lines))
    return count if any(map(_shown, lines[:count])) else 0


def _commands(lines: Sequence[str]) -> tuple[Line, ...]:
    found = ((_COMMAND.fullmatch(_shown(line)), line) for line in lines if _looks_like_command(line))
    return tuple(Line(match[1].lower(), unlinked(match[2] or ""), line.strip()) for match, line in found if match)


def _looks_like_command(line: str) -> bool:
    word = _shown(line).split(maxsplit=1)[:1]
    return bool(word) and word[0].startswith("/") and len(word[0]) > 1 and "/" not in word[0][1:]


def _may_be_broken(line: str, below: str) -> bool:
    """Whether a program that breaks lines had no room behind this one for the first word of the line below."""
    needed = len(line) + 1 + len(below.split(maxsplit=1)[0])
    return bool(_shown(line)) and len(line) <= LONGEST_BREAK and needed > SHORTEST_BREAK


def _shown(line: str) -> str:
    """The line as a person reads it: without blanks around it, those without width included, and slashes as slashes."""
    ends = line.strip().strip(_BLANK).strip()
    if ends.isascii():
        return ends
    unseen = _UNSEEN.match(ends)
    shown = ends[unseen.end() :] if unseen else ends
    return f"/{shown[1:]}" if shown.startswith(tuple(_SLASHES)) else shown


def _unescaped(line: str) -> str:
    return line.replace("/", "", 1) if _shown(line).startswith("//") else line

"""What is new in a reply: the text without quotes, attributions, forwarded parts, signatures and our own marker.

In: the whole text of a body. Out: a Split (spec "What is new in a reply"). Every line that comes out is a line that
went in, in its order, without the characters that nobody sees and mail programs put in. It takes linear time and never
raises.

The rule of doubt is to keep: quotes that an answer stands between, quotes that nothing attributes, and a mail of
which nothing would be left. Only below an unquoted marker line of ours everything goes, even if nothing is left: that
is our own mail, and must not come back as somebody's words. The whole text is always kept beside this; this is a view.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from helpdeskd.triage.attribution import Sureness, attribution_at
from helpdeskd.triage.header_block import mark_at
from helpdeskd.triage.signature import without_rules, without_signature

MARKER_TOKEN = "##-"  # noqa: S105  (a token in a text, not a secret)
MARKER_END = "-##"
MARKER_WITHIN = 400
MARKER_LINES = 3
"""A marker is a line of its own: so many where a narrow window has broken it."""

LONGEST_WRAP = 60
MOST_OPENING_LINES = 32
MOST_LINES = 10_000
"""Of a longer text only so many lines are split: nobody writes below them, and it takes time."""

SHORTEST_OPENING = 4

# Much faster than a translation, since of nearly every text nothing goes.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
# Possessive: what could be given back takes memory, and of a line of nothing but marks much of it.
_QUOTE_MARKS = re.compile(r"\s*+>(?:\s?>)*+\s?")
_FRAME = " \t\u00a0*_|:"
# Asked first, of every line: an attribution has a date, an address or a colon, a title a colon or a rule.
_MAY_OPEN = re.compile(r"[\d<@:：=_-]")


@dataclass(frozen=True, slots=True)
class Split:
    """`new` is for people: what is new, with the quotes that it answers one by one.

    `own` is what may be read as a command or an approval: no quoted line, and nothing that stands below an attribution
    or header block without quote marks. `forwarded` is the mail below a copied header block or a title, with that
    header and without quote marks; "" for none.
    """

    new: str
    own: str
    forwarded: str = ""


@dataclass(slots=True)
class _Piece:
    """A run of lines that are quoted, or are not; `lead` introduces the quote, and how surely (0: nothing does)."""

    lines: list[str] = field(default_factory=list)
    quoted: bool = False
    lead: list[str] = field(default_factory=list)
    sureness: int = 0
    own: bool = True


def new_text(text: str) -> str:
    """What is new in a reply, for people; see `split` for what may be read as a command."""
    return split(text).new


def split(text: str) -> Split:
    """What is new in the text of a body, and what was forwarded with it."""
    visible = text if text.isascii() else _INVISIBLE.sub("", text)
    lines = visible.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if MARKER_TOKEN in visible:
        lines = _above_marker(lines)
    reader = _Reader(lines[:MOST_LINES])
    reader.read()
    pieces = _answered(_without_signatures(reader.pieces))
    return Split(
        new=_join(chain((line for piece in pieces for line in _shown(piece)), lines[MOST_LINES:])),
        own=_join(line for piece in pieces if piece.own and not piece.quoted for line in piece.lines),
        forwarded=_join(reader.forwarded),
    )


def _above_marker(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        if MARKER_TOKEN in line and not _is_quoted(line) and _is_marker(lines, number):
            return lines[:number]
    return lines


def _is_marker(lines: Sequence[str], at: int) -> bool:
    """Whether our marker begins with this line: alone there, not in a sentence that only mentions it."""
    parts = [_unquoted(line[:MARKER_WITHIN]).strip(_FRAME) for line in lines[at : at + MARKER_LINES]]
    if not parts[0].startswith(MARKER_TOKEN):
        return False
    end = next((number for number, part in enumerate(parts) if MARKER_END in part), None)
    return end is not None and parts[end].endswith(MARKER_END)


def _is_quoted(line: str) -> bool:
    return ">" in line and line.lstrip().startswith(">")


def _unquoted(line: str) -> str:
    marks = _QUOTE_MARKS.match(line)
    return line[marks.end() :] if marks else line


def _lifted(lines: list[str], first: str) -> list[str]:
    """Quoted lines without the quote marks that the first of them has; what it quotes itself stays quoted."""
    depth = first[: len(first) - len(_unquoted(first))].count(">")
    marks = re.compile(rf"\s*+(?:>\s?){{0,{depth}}}+")
    return [marks.sub("", line, count=1) for line in lines]


class _Reader:
    """Walks the lines once and cuts them into pieces; stops where there is only another mail below."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.pieces: list[_Piece] = []
        self.forwarded: list[str] = []
        self.started = False
        self.own = True

    @cached_property
    def next_filled(self) -> list[int]:
        return _next_filled(self.lines)

    def read(self) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if _is_quoted(line):
                self._take_quote([], 0, forward=False)
            elif not self._take_opening(_opening(self.lines, self.at)):
                self._take_line(line)

    def _take_opening(self, opening: "_Opening | None") -> bool:
        """Whether the lines open a quote or another mail; if not, they are text."""
        if opening is None:
            return False
        lead = self.lines[self.at : self.at + opening.lines]
        below = self.next_filled[self.at + opening.lines]
        if below < len(self.lines) and _is_quoted(self.lines[below]):
            self.at = below
            self._take_quote(lead, opening.sureness, opening.copied)
            return True
        if opening.sureness < Sureness.CERTAIN and (below < len(self.lines) or opening.sureness == Sureness.WEAK):
            return False
        if opening.copied and not self.forwarded:
            self.forwarded = self.lines[self.at :]
        self.at = len(self.lines) if self.started else self.at + opening.lines
        self.own = False
        return True

    def _take_quote(self, lead: list[str], sureness: int, forward: bool) -> None:
        """The quoted lines from here, and whether they bring their own attribution, as Apple Mail writes it."""
        end = self._end_of_quote()
        lines = self.lines[self.at : end]
        first = next((number for number, line in enumerate(lines) if _unquoted(line).strip()), None)
        opening = None if lead or first is None else _opening([_unquoted(line) for line in lines], first)
        if opening is not None:
            sureness, forward = opening.sureness, opening.copied
        if any(MARKER_TOKEN in line and _is_marker(lines, number) for number, line in enumerate(lines)):
            sureness = Sureness.CERTAIN
        if forward and not self.forwarded:
            self.forwarded = lead + _lifted(lines, lines[first or 0])
        self.started = True
        self.pieces.append(_Piece(lines, True, lead, sureness))
        self.at = end

    def _end_of_quote(self) -> int:
        """The line behind this quote; blank lines belong to it if it goes on below, and so does a wrapped one."""
        at = self.at
        while True:
            while at < len(self.lines) and _is_quoted(self.lines[at]):
                at += 1
            below = self.next_filled[at]
            if below < len(self.lines) and _is_quoted(self.lines[below]):
                at = below
            elif self._is_wrapped(at):
                at += 1
            else:
                return at

    def _is_wrapped(self, at: int) -> bool:
        """A line that lost its quote mark when a long quoted line was wrapped: alone between two that have it."""
        if not 0 < at < len(self.lines) - 1 or not self.lines[at].strip() or not _is_quoted(self.lines[at + 1]):
            return False
        above = self.lines[at - 1].rstrip()
        if above.endswith((".", "?", "!", ":", ";", ",")):
            return False
        return len(above) >= LONGEST_WRAP or ("http" in above and " " not in self.lines[at].strip())

    def _take_line(self, line: str) -> None:
        piece = self.pieces[-1] if self.pieces else None
        if piece is None or piece.quoted or piece.own is not self.own:
            piece = _Piece(own=self.own)
            self.pieces.append(piece)
        piece.lines.append(line)
        self.started = self.started or bool(line.strip())
        self.at += 1


@dataclass(frozen=True, slots=True)
class _Opening:
    """What stands above another mail; `copied`: with its header fields or a title, so that it may be a forward."""

    lines: int
    sureness: int
    copied: bool


def _opening(lines: Sequence[str], at: int) -> _Opening | None:
    if not _MAY_OPEN.search(lines[at]) or len(lines[at].strip()) < SHORTEST_OPENING:
        return None
    mark = mark_at(lines, at)
    if mark is not None:
        return _Opening(mark.lines, Sureness.CERTAIN, copied=True)
    attribution = attribution_at(lines, at)
    return None if attribution is None else _Opening(attribution.lines, attribution.sureness, copied=False)


def _next_filled(lines: list[str]) -> list[int]:
    """For each line, and the end, the number of the first line from there on that is not blank."""
    numbers = [len(lines)] * (len(lines) + MOST_OPENING_LINES)
    for number in range(len(lines) - 1, -1, -1):
        numbers[number] = number if lines[number].strip() else numbers[number + 1]
    return numbers


def _without_signatures(pieces: list[_Piece]) -> list[_Piece]:
    """Blank lines below a text stay, so that what comes next stands apart from it."""
    for piece in pieces:
        if not piece.quoted:
            end = piece.lines[-1:]
            piece.lines = without_signature(piece.lines) + [line for line in end if not line.strip()]
    return [piece for piece in pieces if any(_unquoted(line).strip() for line in piece.lines)]


def _answered(pieces: list[_Piece]) -> list[_Piece]:
    """All texts, and the quotes above a text that is either between quotes or below one that nothing attributes."""
    texts = [number for number, piece in enumerate(pieces) if not piece.quoted]
    quotes = [number for number, piece in enumerate(pieces) if piece.quoted]
    if not texts:
        return [piece for piece in pieces[:1] if not piece.sureness]
    between = bool(quotes) and any(quotes[0] < number < quotes[-1] for number in texts)
    return [
        piece
        for number, piece in enumerate(pieces)
        if not piece.quoted or (number < texts[-1] and (between or piece.sureness < Sureness.LIKELY))
    ]


def _shown(piece: _Piece) -> list[str]:
    return piece.lead + piece.lines if piece.sureness == Sureness.WEAK else piece.lines


def _join(lines: Iterable[str]) -> str:
    return "\n".join(without_rules(list(lines))).strip("\n")

"""The small markup of notices: a rendered template → its subject, its text part and the inside of its HTML part.

Markup is only what the template itself says; everything that a template writes with `{{ … }}` was made a literal
(`literal`), which both parts show as it is. So what a sender wrote is never markup and never HTML.

A line that starts with `- ` is an item of a list, `> ` quotes (every line of a literal in it), `| a | b |` is a row
of a table, `---` begins the small print. A row of dashes in a table, `|---|--:|`, says which columns are set to the
right (`:`), and what stands above it is the table's head. Other lines are a paragraph, and keep their line breaks.
`**bold**` and `[label](target)` work within a line, for targets of https, http, mailto and tel. Several blank lines
are as one.

Raises ValueError, for people, when the first line is no subject, the second is not blank, or there is too much of it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

_START, _END = "\x02", "\x03"
_LITERAL = re.compile(f"{_START}([^{_END}]*){_END}")
_STORED = re.compile(f"{_START}([0-9]+){_END}")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_SAFE_TARGET = re.compile(r"(?:https?://|mailto:|tel:)[!-~]+", re.IGNORECASE)
_INDENT = re.compile(" (?= )")
_DASHES = re.compile(r"\|?[ |:]*-[-|: ]*")
_RULE = "---"
_MARKS = ("- ", "> ", "|")

_CELL = "padding:2px 12px 2px 0;vertical-align:top"
_QUOTE = 'style="margin:0 0 1em 0;padding-left:12px;border-left:2px solid #b8b8b8"'


@dataclass(frozen=True, slots=True)
class Page:
    """What a template became. `html` and `small_print` go inside an HTML body, `text` is the whole text part."""

    subject: str
    text: str
    html: str
    small_print: str


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of one sort: `mark` is "- ", "> ", "|", or "" for a paragraph; the lines are without it."""

    mark: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of cells, the first `heads` of them its head; `right` are the columns that are set to the right."""

    rows: tuple[tuple[str, ...], ...]
    heads: int
    right: frozenset[int]


def literal(value: object) -> str:
    """A value as text that stays text. Controls become U+FFFD, line breaks of any sort a newline."""
    text = _BREAKS.sub("\n", str(value).replace(_START, "").replace(_END, ""))
    return _START + _CONTROLS.sub("\ufffd", text) + _END


def page(rendered: str, longest: int) -> Page:
    """The parts of a rendered template, which may be that many characters without its literals."""
    literals: list[str] = []
    source = _LITERAL.sub(lambda found: _store(literals, found[1]), rendered)
    subject, _, rest = source.lstrip("\n").partition("\n")
    if len(source) > longest:
        raise ValueError(f"it writes more than {longest} characters")
    if not subject.startswith("Subject:"):
        raise ValueError('the first line is no subject (begin with "Subject: …")')
    if rest.partition("\n")[0].strip():
        raise ValueError("the line after the subject is not blank (leave it empty)")
    above, below = _split(rest)
    writer = _Writer(literals)
    return Page(
        subject=" ".join(writer.text(subject.removeprefix("Subject:")).split()),
        text=writer.text_part([*above, _Block("", (_RULE,)), *below] if below else above),
        html=writer.html_part(above),
        small_print=writer.html_part(below),
    )


def _store(literals: list[str], text: str) -> str:
    literals.append(text)
    return f"{_START}{len(literals) - 1}{_END}"


def _split(source: str) -> tuple[list[_Block], list[_Block]]:
    """The blocks above and below the line that begins the small print."""
    lines = [line.strip() for line in source.split("\n")]
    at = lines.index(_RULE) if _RULE in lines else len(lines)
    return list(_blocks(lines[:at])), list(_blocks(lines[at + 1 :]))


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    for mark, group in groupby(lines, key=_mark):
        if mark is not None:
            yield _Block(mark, tuple(line.removeprefix(mark) for line in group))


def _mark(line: str) -> str | None:
    if not line:
        return None
    return next((mark for mark in _MARKS if line.startswith(mark)), "")


class _Writer:
    """Writes blocks with their literals as text and as HTML."""

    def __init__(self, literals: Sequence[str]) -> None:
        self._literals = literals

    def text(self, line: str) -> str:
        """A line without its markup."""
        plain = _BOLD.sub(r"\1", line)
        return self._filled(_LINK.sub(self._text_link, plain), str)

    def html(self, line: str) -> str:
        """A line as inline HTML."""
        bold = _BOLD.sub(r"<strong>\1</strong>", escape(line))
        return self._filled(_LINK.sub(self._html_link, bold), _html_text)

    def text_part(self, blocks: Sequence[_Block]) -> str:
        return "\n\n".join(self._text_block(block) for block in blocks) + "\n"

    def html_part(self, blocks: Sequence[_Block]) -> str:
        return "\n".join(self._html_block(block) for block in blocks)

    def _text_block(self, block: _Block) -> str:
        if block.mark == "|":
            table = _table(block.lines)
            return _columns([[" ".join(self.text(cell).split()) for cell in row] for row in table.rows], table.right)
        before, after = _INDENTS[block.mark]
        return "\n".join(before + self.text(line).replace("\n", after) for line in block.lines)

    def _html_block(self, block: _Block) -> str:
        if block.mark == "|":
            return self._html_table(_table(block.lines))
        lines = [self.html(line) for line in block.lines]
        if block.mark == "- ":
            return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"
        whole = "<br>\n".join(lines)
        return f"<blockquote {_QUOTE}>{whole}</blockquote>" if block.mark else f"<p>{whole}</p>"

    def _html_table(self, table: _Table) -> str:
        """One with a head is data, another only looks like a table."""
        heads = "".join(self._row(row, table, "th") for row in table.rows[: table.heads])
        rows = "".join(self._row(row, table, "td") for row in table.rows[table.heads :])
        return f"<table>{heads}{rows}</table>" if heads else f'<table role="presentation">{rows}</table>'

    def _row(self, cells: Sequence[str], table: _Table, tag: str) -> str:
        written = (
            f'<{tag} style="{_CELL};text-align:{"right" if at in table.right else "left"}">{self.html(cell)}</{tag}>'
            for at, cell in enumerate(cells)
        )
        return f"<tr>{''.join(written)}</tr>"

    def _text_link(self, found: re.Match[str]) -> str:
        """The label, and its target where that says more."""
        label, target = self._filled(found[1], str), self._filled(found[2], str)
        same = target.partition(":")[2] == label.replace(" ", "")
        return found[1] if same else f"{found[1]} ({found[2]})"

    def _html_link(self, found: re.Match[str]) -> str:
        target = self._filled(found[2], escape)
        return f'<a href="{target}">{found[1]}</a>' if _SAFE_TARGET.fullmatch(target) else found[1]

    def _filled(self, line: str, write: Callable[[str], str]) -> str:
        return _STORED.sub(lambda found: write(self._literals[int(found[1])]), line)


_INDENTS = {"": ("", "\n"), "- ": ("- ", "\n  "), "> ": ("> ", "\n> ")}


def _html_text(text: str) -> str:
    return _INDENT.sub("&nbsp;", escape(text, quote=False)).replace("\n", "<br>\n")


def _table(lines: Sequence[str]) -> _Table:
    heads = next((at for at, line in enumerate(lines[:2]) if _DASHES.fullmatch(line)), None)
    if heads is None:
        return _Table(tuple(map(_cells, lines)), 0, frozenset())
    right = frozenset(at for at, cell in enumerate(_cells(lines[heads])) if cell.endswith(":"))
    return _Table(tuple(map(_cells, (*lines[:heads], *lines[heads + 1 :]))), heads, right)


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip("|").split("|"))


def _columns(rows: Sequence[Sequence[str]], right: Collection[int]) -> str:
    """Rows as text: a cell is as wide as the widest of its column, the last one of a row as wide as it is."""
    widths = [max(len(row[at]) for row in rows if at < len(row)) for at in range(max(map(len, rows)))]
    lines = (
        "  ".join(
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=False))
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)

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
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain, groupby, islice

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
    text = str(value)
    if text.isprintable():  # no control, no line break
        return _START + text + _END
    text = _BREAKS.sub("\n", text.replace(_START, "").replace(_END, ""))
    return _START + _CONTROLS.sub("\ufffd", text) + _END


def page(rendered: str, longest: int) -> Page:
    """The parts of a rendered template, which may be that many characters without its literals."""
    pieces = _LITERAL.split(rendered)
    literals = pieces[1::2]
    pieces[1::2] = [f"{_START}{number}{_END}" for number in range(len(literals))]
    source = "".join(pieces)
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
    if line[0] == "|":
        return "|"
    return line[:2] if line[:2] in _AFTER else ""


class _Writer:
    """Writes blocks with their literals as text and as HTML."""

    def __init__(self, literals: Sequence[str]) -> None:
        self._literals = literals
        self._in_html = _html_text(_END.join(literals)).split(_END)

    def text(self, lines: str, after: str = "\n") -> str:
        """Lines without their markup; `after` is how each line of a literal ends."""
        plain = _BOLD.sub(r"\1", lines) if "**" in lines else lines
        linked = _LINK.sub(self._text_link, plain) if "](" in plain else plain
        literals = self._literals if after == "\n" else _END.join(self._literals).replace("\n", after).split(_END)
        return _filled(linked, literals)

    def text_part(self, blocks: Sequence[_Block]) -> str:
        return "\n\n".join(map(self._text_block, blocks)) + "\n"

    def html_part(self, blocks: Sequence[_Block]) -> str:
        """The blocks as HTML, with the literals last."""
        return _filled("\n".join(map(self._html_block, blocks)), self._in_html)

    def _text_block(self, block: _Block) -> str:
        if block.mark == "|":
            table = _table(block.lines)
            cells = self.text("\n".join(chain.from_iterable(table.rows)), " ").split("\n")
            return _columns(_rows([" ".join(cell.split()) for cell in cells], table), table.right)
        after = _AFTER[block.mark]
        return self.text(block.mark + f"\n{block.mark}".join(block.lines), after)

    def _html_block(self, block: _Block) -> str:
        if block.mark == "|":
            return self._html_table(_table(block.lines))
        lines = self._marked("\n".join(block.lines))
        if block.mark == "- ":
            items = lines.replace("\n", "</li><li>")
            return f"<ul><li>{items}</li></ul>"
        whole = lines.replace("\n", "<br>\n")
        return f"<blockquote {_QUOTE}>{whole}</blockquote>" if block.mark else f"<p>{whole}</p>"

    def _html_table(self, table: _Table) -> str:
        """One with a head is data, another only looks like a table."""
        rows = _rows(self._marked("\n".join(chain.from_iterable(table.rows))).split("\n"), table)
        heads = "".join(_row(row, table, "th") for row in rows[: table.heads])
        below = "".join(_row(row, table, "td") for row in rows[table.heads :])
        return f"<table>{heads}{below}</table>" if heads else f'<table role="presentation">{below}</table>'

    def _marked(self, lines: str) -> str:
        """Lines as inline HTML, without their literals."""
        escaped = escape(lines)
        bold = _BOLD.sub(r"<strong>\1</strong>", escaped) if "**" in escaped else escaped
        return _LINK.sub(self._html_link, bold) if "](" in bold else bold

    def _text_link(self, found: re.Match[str]) -> str:
        """The label, and its target where that says more."""
        label, target = _filled(found[1], self._literals), _filled(found[2], self._literals)
        same = target.partition(":")[2] == label.replace(" ", "")
        return found[1] if same else f"{found[1]} ({found[2]})"

    def _html_link(self, found: re.Match[str]) -> str:
        target = _filled(found[2], [escape(text) for text in self._literals])
        return f'<a href="{target}">{found[1]}</a>' if _SAFE_TARGET.fullmatch(target) else found[1]


_AFTER = {"": "\n", "- ": "\n  ", "> ": "\n> "}


def _filled(text: str, literals: Sequence[str]) -> str:
    """Text with its literals in their places."""
    pieces = _STORED.split(text)
    pieces[1::2] = [literals[int(number)] for number in pieces[1::2]]
    return "".join(pieces)


def _rows(cells: Sequence[str], table: _Table) -> list[Sequence[str]]:
    """The cells of a table, one after another, in its rows."""
    left = iter(cells)
    return [list(islice(left, len(row))) for row in table.rows]


def _row(cells: Sequence[str], table: _Table, tag: str) -> str:
    sides = ("right" if at in table.right else "left" for at in range(len(cells)))
    written = (
        f'<{tag} style="{_CELL};text-align:{side}">{cell}</{tag}>' for side, cell in zip(sides, cells, strict=True)
    )
    return f"<tr>{''.join(written)}</tr>"


def _html_text(text: str) -> str:
    escaped = escape(text, quote=False).replace("\n", "<br>\n")
    return _INDENT.sub("&nbsp;", escaped) if "  " in escaped else escaped


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

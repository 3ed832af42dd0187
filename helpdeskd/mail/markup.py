"""The small markup of notices: a rendered template → its subject, its text part and the inside of its HTML part.

Markup is only what the template itself says; everything that a template writes with `{{ … }}` was made a literal
(`literal`), which both parts show as it is. So what a sender wrote is never markup and never HTML.

A line that starts with `- ` is an item of a list, `> ` quotes (every line of a literal in it), `| a | b |` is a row
of a table, `---` begins the small print. A row of dashes in a table, `|---|--:|`, says which columns are set to the
right (`:`), and what stands above it is the table's head. Other lines are a paragraph, and keep their line breaks.
`**bold**` and `[label](target)` work within a line, for targets of https, http, mailto and tel. Several blank lines
are as one.

Raises ValueError, for people, when the first line is no subject, the second is not blank, a table has no rows, or there
is too much of it. How a template lays out its page is kept without what a sender wrote, for its next mails.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import chain, groupby, islice, zip_longest

LONGEST_KEPT = 8192
"""So many characters of a template's own, each literal as one, are kept, laid out, for its next mail."""

_Block = tuple[str, tuple[str, ...]]
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
class _Form:
    """Text with gaps: each second of its pieces is one, and is filled with the literal or link of its number."""

    pieces: tuple[str, ...]
    numbers: tuple[int, ...]

    def filled(self, values: Sequence[str]) -> str:
        return self.joined([values[number] for number in self.numbers])

    def joined(self, values: Sequence[str]) -> str:
        """With a value for each gap."""
        pieces = list(self.pieces)
        pieces[1::2] = values
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class _Link:
    label: _Form
    target: _Form


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of cells, the first `heads` of them its head; `right` are the columns that are set to the right."""

    rows: tuple[tuple[str, ...], ...]
    heads: int
    right: frozenset[int]


@dataclass(frozen=True, slots=True)
class _TextBlock:
    """A block of the text part; `after` is how each line of a literal ends in it. Of a table it is the cells."""

    form: _Form
    after: str
    table: _Table | None = None

    def filled(self, values: Sequence[str]) -> str:
        text = self.form.joined([values[number].replace("\n", self.after) for number in self.form.numbers])
        if self.table is None:
            return text
        return _columns(_rows([" ".join(cell.split()) for cell in text.split("\n")], self.table), self.table.right)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a page is but for its literals. Its links are numbered after these."""

    subject: _Form
    text: tuple[_TextBlock, ...]
    text_links: tuple[_Link, ...]
    html: _Form
    small_print: _Form
    html_links: tuple[_Link, ...]


def literal(value: object) -> str:
    """A value as text that stays text. Controls become U+FFFD, line breaks of any sort a newline."""
    text = str(value)
    if text.replace("\n", "").isprintable():  # no control, no line break of another sort
        return _START + text + _END
    text = _BREAKS.sub("\n", text.replace(_START, "").replace(_END, ""))
    return _START + _CONTROLS.sub("\ufffd", text) + _END


def page(rendered: str, longest: int) -> Page:
    """The parts of a rendered template, which may be that many characters without its literals."""
    pieces = _LITERAL.split(rendered)
    own, literals = tuple(pieces[::2]), pieces[1::2]
    plan = (_kept_plan if len(_END.join(own)) <= LONGEST_KEPT else _plan)(own, longest)
    in_html = _html_text(_END.join(literals)).split(_END) if literals else []
    texts = [*literals, *(_text_link(link, literals) for link in plan.text_links)]
    in_html += [_html_link(link, literals, in_html) for link in plan.html_links]
    return Page(
        subject=" ".join(plan.subject.filled(texts).split()),
        text="\n\n".join([block.filled(texts) for block in plan.text]) + "\n",
        html=plan.html.filled(in_html),
        small_print=plan.small_print.filled(in_html),
    )


def _plan(own: tuple[str, ...], longest: int) -> _Plan:
    """How a page is laid out of which a template itself wrote these pieces, a literal between each two."""
    source = own[0] + "".join(f"{_START}{number}{_END}{piece}" for number, piece in enumerate(own[1:]))
    subject, _, rest = source.lstrip("\n").partition("\n")
    if len(source) > longest:
        raise ValueError(f"it writes more than {longest} characters")
    if not subject.startswith("Subject:"):
        raise ValueError('the first line is no subject (begin with "Subject: …")')
    if rest.partition("\n")[0].strip():
        raise ValueError("the line after the subject is not blank (leave it empty)")
    lines = [line.strip() for line in rest.split("\n")]
    at = lines.index(_RULE) if _RULE in lines else len(lines)
    above, below = list(_blocks(lines[:at])), list(_blocks(lines[at + 1 :]))
    text, html = _TextPlanner(len(own) - 1), _HtmlPlanner(len(own) - 1)
    return _Plan(
        subject=_form(text.marked(subject.removeprefix("Subject:"))),
        text=tuple(map(text.block, [*above, ("", (_RULE,)), *below] if below else above)),
        text_links=tuple(text.links),
        html=html.blocks(above),
        small_print=html.blocks(below),
        html_links=tuple(html.links),
    )


_kept_plan = lru_cache(maxsize=128)(_plan)
"""Letters of a kind differ in their literals, and seldom in anything else."""


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    """Lines of one sort, without their mark: it is "- ", "> ", "|", or "" for a paragraph."""
    for mark, group in groupby(lines, key=_mark):
        if mark is not None:
            yield mark, tuple(line.removeprefix(mark) for line in group)


def _mark(line: str) -> str | None:
    if not line:
        return None
    if line[0] == "|":
        return "|"
    return line[:2] if line[:2] in _AFTER else ""


class _Planner:
    """Lays out blocks for one of the parts, and takes the links out of them."""

    bold: str

    def __init__(self, literals: int) -> None:
        self._literals = literals
        self.links: list[_Link] = []

    def marked(self, lines: str) -> str:
        """Lines with a gap for each link."""
        bold = _BOLD.sub(self.bold, lines) if "**" in lines else lines
        return _LINK.sub(self._gap, bold) if "](" in bold else bold

    def _gap(self, found: re.Match[str]) -> str:
        self.links.append(_Link(_form(found[1]), _form(found[2])))
        return f"{_START}{self._literals + len(self.links) - 1}{_END}"


class _TextPlanner(_Planner):
    bold = r"\1"

    def block(self, block: _Block) -> _TextBlock:
        mark, lines = block
        if mark == "|":
            table = _table(lines)
            return _TextBlock(_form(self.marked(_cells_of(table))), " ", table)
        return _TextBlock(_form(self.marked(mark + f"\n{mark}".join(lines))), _AFTER[mark])


class _HtmlPlanner(_Planner):
    bold = r"<strong>\1</strong>"

    def blocks(self, blocks: Iterable[_Block]) -> _Form:
        return _form("\n".join(map(self._block, blocks)))

    def _block(self, block: _Block) -> str:
        mark, lines = block
        if mark == "|":
            return self._table(_table(lines))
        inside = self.marked(escape("\n".join(lines)))
        if mark == "- ":
            items = inside.replace("\n", "</li><li>")
            return f"<ul><li>{items}</li></ul>"
        whole = inside.replace("\n", "<br>\n")
        return f"<blockquote {_QUOTE}>{whole}</blockquote>" if mark else f"<p>{whole}</p>"

    def _table(self, table: _Table) -> str:
        """One with a head is data, another only looks like a table."""
        rows = _rows(self.marked(escape(_cells_of(table))).split("\n"), table)
        heads = "".join(_row(row, table, "th") for row in rows[: table.heads])
        below = "".join(_row(row, table, "td") for row in rows[table.heads :])
        return f"<table>{heads}{below}</table>" if heads else f'<table role="presentation">{below}</table>'


_AFTER = {"": "\n", "- ": "\n  ", "> ": "\n> "}


def _form(text: str) -> _Form:
    pieces = tuple(_STORED.split(text))
    return _Form(pieces, tuple(map(int, pieces[1::2])))


def _text_link(link: _Link, literals: Sequence[str]) -> str:
    """The label, and its target where that says more."""
    label, target = link.label.filled(literals), link.target.filled(literals)
    same = target.partition(":")[2] == label.replace(" ", "")
    return label if same else f"{label} ({target})"


def _html_link(link: _Link, literals: Sequence[str], in_html: Sequence[str]) -> str:
    label, target = link.label.filled(in_html), link.target.joined([escape(literals[n]) for n in link.target.numbers])
    return f'<a href="{target}">{label}</a>' if _SAFE_TARGET.fullmatch(target) else label


def _cells_of(table: _Table) -> str:
    """Its cells one after another, each a line."""
    return "\n".join(chain.from_iterable(table.rows))


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
    if len(lines) == 1:
        raise ValueError("a table has no rows (write one below its dashes)")
    right = frozenset(at for at, cell in enumerate(_cells(lines[heads])) if cell.endswith(":"))
    return _Table(tuple(map(_cells, (*lines[:heads], *lines[heads + 1 :]))), heads, right)


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip("|").split("|"))


def _columns(rows: Sequence[Sequence[str]], right: Collection[int]) -> str:
    """Rows as text: a cell is as wide as the widest of its column, the last one of a row as wide as it is."""
    columns = list(zip_longest(*rows, fillvalue=""))
    wide = [f"{'' if at in right else '-'}{max(map(len, column))}" for at, column in enumerate(columns)]
    line = "  ".join(f"%{width}s" for width in wide)
    return "\n".join([(line % row).rstrip() for row in zip(*columns, strict=True)])

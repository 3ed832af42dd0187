"""HTML → the text that a reader would see.

Cleaning comes first: nh3 (an HTML5 parser) drops scripts, styles, comments and everything that is not markup of text,
and only its well-formed output is read by the standard library's HTMLParser, which is quadratic on raw HTML. Quoted
blocks become `> ` lines, rules become the line of underscores that Outlook writes in its text mails, list items get a
dash; addresses of links, images and styles are not kept. Input is capped at `limits.MAX_HTML` characters, and markup
that is nested so that a tree of it would be costly is only stripped of its tags. Linear in time; nothing here raises.
"""

import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser

import nh3

from helpdeskd.mail import limits

_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre"})
_BLOCKS = _PARAGRAPHS | {
    "address", "article", "aside", "center", "dd", "details", "dir", "div", "dt", "fieldset", "figcaption", "figure",
    "footer", "form", "header", "hr", "li", "main", "menu", "nav", "section", "summary", "tbody", "tfoot", "thead",
    "tr", "caption",
}  # fmt: skip
_KEPT = set(_BLOCKS | {"br", "td", "th"})
_DROPPED = {"script", "style", "title", "head", "template", "noscript", "iframe", "object", "svg", "math"}
_UNCLOSED = frozenset(
    {"br", "hr", "img", "meta", "link", "col", "input", "p", "li", "dt", "dd", "td", "th", "tr", "option"}
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_RULE = "_" * 32
_LONG_NUMBER = re.compile(r"&#[0-9a-fA-FxX]{8,}")
MAX_TAGS = 40_000
_MAX_WORK = 3_000_000
_MAX_QUOTES = 10


def cost(markup: str) -> int:
    """How many tags and entities a text holds at most."""
    return markup.count("<") + markup.count("&")


def to_text(markup: str, max_tags: int = MAX_TAGS) -> str:
    """The text of an HTML body; lines end with \\n. With more than `max_tags` its tags are only stripped."""
    markup = markup[: limits.MAX_HTML].replace("\0", "")
    if cost(markup) > max_tags or not _is_shallow(markup):
        return unescape(_LONG_NUMBER.sub("", _ANY_TAG.sub(" ", markup)))
    reader = _Reader()
    reader.feed(nh3.clean(markup, tags=_KEPT, clean_content_tags=_DROPPED, attributes={}, link_rel=None))
    reader.close()
    return reader.text()


def _is_shallow(markup: str) -> bool:
    """Whether a tree of it is cheap: each tag may cost as much as there are elements open at that point."""
    opened: Counter[str] = Counter()
    depth = work = 0
    for closing, name in _TAG.findall(markup):
        name = name.lower()
        if not closing and name not in _UNCLOSED:
            opened[name] += 1
            depth += 1
        elif closing and opened[name]:
            opened[name] -= 1
            depth -= 1
        work += depth
    return work <= _MAX_WORK


class _Reader(HTMLParser):
    """Collects lines from cleaned HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line = ""
        self.quotes = 0
        self.preformatted = 0
        self.gap = False
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "br":
            self._end_line(forced=True)
        elif tag in ("td", "th"):
            self.line += " " if self.line else ""
        else:
            self._block(tag)
            self._enter(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._block(tag)
        self.quotes -= tag == "blockquote"
        self.preformatted -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if self.preformatted:
            *full, data = data.split("\n")
            for line in full:
                self.line += line
                self._end_line(forced=True)
            self.line += data
            return
        data = _SPACES.sub(" ", data)
        self.line += data.lstrip(" ") if not self.line or self.line.endswith(" ") else data

    def text(self) -> str:
        """What was read so far."""
        self._end_line()
        return "\n".join(self.lines).strip("\n")

    def _enter(self, tag: str) -> None:
        self.quotes += tag == "blockquote"
        self.preformatted += tag == "pre"
        if tag == "hr":
            self.line = _RULE
            self._end_line()
        elif tag == "li":
            self.line = "- "

    def _block(self, tag: str) -> None:
        self._end_line()
        self.gap = self.gap or tag in _PARAGRAPHS

    def _end_line(self, *, forced: bool = False) -> None:
        line = self.line.rstrip()
        self.line = ""
        if not line and not forced:
            return
        depth = min(self.quotes, _MAX_QUOTES)
        if self.gap and self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * min(depth, self.depth))
        self.lines.append("> " * depth + line if line else ">" * depth)
        self.gap, self.depth = False, depth

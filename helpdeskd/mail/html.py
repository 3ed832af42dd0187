"""HTML → the text that a reader would see.

Cleaning comes first: nh3 (an HTML5 parser) drops scripts, styles, comments and everything that is not markup of text,
and only its well-formed output is read by the standard library's HTMLParser, which is quadratic on raw HTML. Quoted
blocks become `> ` lines, rules become the line of underscores that Outlook writes in its text mails, list items get a
dash; addresses of links, images and styles are not kept. Input is capped at `limits.MAX_HTML` characters, and markup
of which a tree would be costly, for its nesting or its attributes, is only stripped of its tags. Linear in time;
nothing here raises.

`to_text` loses nothing. `seen` leaves out what is struck out or hidden by an attribute or a style (its own, or by the
name of a class, an element or an id), and says nothing of markup that is too costly to look at. Colours are not judged.
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
_ELEMENT = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_RULE = "_" * 32
_LONG_NUMBER = re.compile(r"&#[0-9a-fA-FxX]{8,}")
_STRUCK = frozenset({"s", "strike", "del"})
_INLINE = _STRUCK | {"span", "font", "a", "b", "i", "u", "em", "strong", "small", "big", "sub", "sup", "code", "tt"}
_VOID = frozenset(
    {"br", "hr", "img", "meta", "link", "col", "input", "base", "area", "wbr", "embed", "source", "track"}
)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|line-through"
    r"|(?:font-size|opacity|max-height|max-width)\s*:\s*0*(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:[;!]|$)"
    r"|text-indent\s*:\s*-\d{3}|(?:left|top)\s*:\s*-\d{3}",
    re.IGNORECASE,
)
# Each can begin only where no earlier try has looked: so all are linear, whatever does not end.
_SHEET = re.compile(r"<style[^<>]*>([^<]*)", re.IGNORECASE)
_RULE_OF_SHEET = re.compile(r"(?<![^{}])([^{}]*+)\{([^{}]*+)\}")
_SELECTED = re.compile(r"(?:[.#]|(?<![\w.#-]))[a-z][\w-]*+(?=\s*+(?:,|$))", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_NAME = re.compile(r"[^\s/<>\"'=]+")
MAX_TAGS = 40_000
_HARMLESS = 64 * 1024
_MAX_WORK = 3_000_000
_MAX_QUOTES = 10


def cost(markup: str) -> int:
    """How many tags and entities a text holds at most."""
    return markup.count("<") + markup.count("&")


def to_text(markup: str, max_tags: int = MAX_TAGS) -> str:
    """The text of an HTML body; lines end with \\n. With more than `max_tags` its tags are only stripped."""
    markup = markup[: limits.MAX_HTML].replace("\0", "")
    if cost(markup) > max_tags or not _is_cheap(markup):
        return unescape(_LONG_NUMBER.sub("", _ANY_TAG.sub(" ", markup)))
    reader = _Reader()
    reader.feed(nh3.clean(markup, tags=_KEPT, clean_content_tags=_DROPPED, attributes={}, link_rel=None))
    reader.close()
    return reader.text()


def seen(markup: str, max_tags: int = MAX_TAGS) -> str:
    """The text that an HTML body shows; "" for one with more than `max_tags`."""
    markup = markup[: limits.MAX_HTML].replace("\0", "")
    if cost(markup) > max_tags or not _is_cheap(markup):
        return ""
    reader = _Reader(_hidden_names(markup))
    tags = _KEPT | _INLINE
    known = tags | _DROPPED | _VOID
    markup = _ELEMENT.sub(lambda tag: tag[0] if tag[2].lower() in known else f"<{tag[1]}span ", markup)
    attributes = {tag: {"style", "class", "id", "hidden"} for tag in tags}
    reader.feed(nh3.clean(markup, tags=tags, clean_content_tags=_DROPPED, attributes=attributes, link_rel=None))
    reader.close()
    return reader.text()


def _hidden_names(markup: str) -> frozenset[str]:
    """What the style sheets of a mail hide: `.class`, `#id` and elements."""
    sheets = (_CSS_COMMENT.sub("", sheet) for sheet in _SHEET.findall(markup))
    rules = (rule for sheet in sheets for rule in _RULE_OF_SHEET.findall(sheet))
    hiding = (selectors for selectors, how in rules if _HIDING.search(how))
    return frozenset(name.lower() for selectors in hiding for name in _SELECTED.findall(selectors))


def _is_cheap(markup: str) -> bool:
    """Whether a tree of it is: nested little, and without tags of very many attributes."""
    return _is_shallow(markup) and not _has_many_names(markup)


def _is_shallow(markup: str) -> bool:
    """Each tag may cost as much as there are elements open at that point."""
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


def _has_many_names(markup: str) -> bool:
    """A tag's attributes are each compared with all. What is a tag, only a parser can tell, so all that could be names
    are counted, each once.
    """
    names: set[str] = set()
    for name in _NAME.finditer(markup if len(markup) > _HARMLESS else ""):
        names.add(name[0])
        if len(names) > limits.MAX_HTML_NAMES:
            return True
    return False


class _Reader(HTMLParser):
    """Collects lines from cleaned HTML; given the names that style sheets hide, without what is hidden."""

    def __init__(self, hidden: frozenset[str] | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.hidden = hidden
        self.unseen = 0
        self.lines: list[str] = []
        self.line = ""
        self.quotes = 0
        self.preformatted = 0
        self.gap = False
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.unseen or (self.hidden is not None and _hides(tag, dict(attrs), self.hidden)):
            self.unseen += tag not in _VOID
        elif tag == "br":
            self._end_line(forced=True)
        elif tag in ("td", "th"):
            self.line += " " if self.line else ""
        elif tag in _BLOCKS:
            self._block(tag)
            self._enter(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.unseen:
            self.unseen -= tag not in _VOID
            return
        if tag in _BLOCKS:
            self._block(tag)
        self.quotes -= tag == "blockquote"
        self.preformatted -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if self.unseen:
            return
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


def _hides(tag: str, attributes: dict[str, str | None], hidden: frozenset[str]) -> bool:
    """Whether nobody sees what an element holds, or sees it struck out."""
    names = {tag, f"#{attributes.get('id') or ''}".lower()}
    names |= {f".{name}".lower() for name in (attributes.get("class") or "").split()}
    by_style = _HIDING.search(attributes.get("style") or "") is not None
    return tag in _STRUCK or "hidden" in attributes or by_style or not names.isdisjoint(hidden)

"""What people wrote and what they attached: a tree of parts → text and attachments.

The text is every part of the body in its order: text/plain, and HTML (made into text) where an alternative has
nothing plain to offer. An attachment is every other leaf, wherever it hangs in the tree, a nested mail as one whole. A
named text part is an attachment, also where it is shown because the mail has no other text; of a mail that is nothing
but a forward, the forwarded text is shown under a line that marks it as such. The text keeps its line breaks as \\n
and holds no control characters but these and tabs. Raises nothing on any tree.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from helpdeskd.domain.message import Attachment, one_form
from helpdeskd.mail import charset, flowed, html, limits
from helpdeskd.mail.attachments import attachment, stated_name, whole_mail
from helpdeskd.mail.fields import decoded, one_line, read_head
from helpdeskd.mail.parts import Part, content, doubt, read_tree
from helpdeskd.mail.sender import read_from

_READABLE = ("text/plain", "text/html", "text/enriched", "text/richtext", "text/x-amp-html", "text/watch-html")
_HTML_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_FORWARD = "---------- Forwarded message ---------"
_MAX_FORWARDS = 20
_BREAK = re.compile("[\r\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ENRICHED = re.compile(r"<[^<>]{0,60}>")


@dataclass(frozen=True, slots=True)
class Body:
    """The whole text, whether all of it was text/plain, and the attachments.

    Of a mail's texts the first `limits.MAX_TEXT` characters are shown; a text that goes on beyond them is an attachment
    too, whole. `forwarded` is what the first attached mail says, marked as a forward. A mail that has two readings is
    its only attachment. `cut`: in either case.

    `show` gives the text by the last form of each alternative; None where that is what was read. It is made when it is
    asked for: markup takes longer to read than all the rest of a mail.
    """

    text: str
    plain: bool
    attachments: tuple[Attachment, ...]
    forwarded: str = ""
    show: Callable[[], str | None] = one_form
    cut: bool = False
    defects: tuple[str, ...] = ()


def read_body(raw: bytes, tree: Part) -> Body:
    """The body of a mail and its attachments."""
    leaves = list(tree.leaves())
    readable = [leaf for leaf in leaves if _is_text(leaf)] or _only_text(leaves)
    texts = _Texts(raw, readable)
    kept = _chosen(tree, texts)
    pieces = [texts[position] for position in kept] if readable else _forwards(raw, tree, leaves)
    doubtful = doubt(tree)
    kept_apart = [
        leaf
        for leaf in leaves
        if _holds_something(leaf) and (leaf.position in texts.cut or _is_attachment(leaf, readable))
    ]
    return Body(
        text="\n\n".join(piece for piece in pieces if piece),
        plain=not any(map(texts.is_html, kept)),
        attachments=(whole_mail(raw),) if doubtful else tuple(attachment(raw, leaf) for leaf in kept_apart),
        forwarded="".join(_forwards(raw, tree, [leaf for leaf in leaves if leaf.type == "message/rfc822"][:1])),
        show=cache(partial(_shown, tree, texts, kept)) if len(texts.leaves) != len(kept) else one_form,
        cut=bool(texts.cut or doubtful),
        defects=(
            *("a text is too long to be shown whole; it is attached" for _ in texts.cut),
            *((f"its attachments were not taken apart: {doubtful}",) if doubtful else ()),
        ),
    )


def _forwards(raw: bytes, tree: Part, leaves: list[Part]) -> list[str]:
    """For a mail that is nothing but forwarded mails: their texts, marked as forwarded (one level deep)."""
    if tree.type == "multipart/report":
        return []
    nested = [leaf for leaf in leaves if leaf.type == "message/rfc822"]
    return [_forward(content(raw, leaf)) for leaf in nested[:_MAX_FORWARDS]]


def _forward(raw: bytes) -> str:
    head = read_head(raw, 0, len(raw))
    author = ("From", str(read_from(head)[0] or ""))
    named = [author, *((name, one_line(decoded(head.first(name.lower())))) for name in ("Date", "Subject", "To"))]
    try:
        leaves = read_tree(raw, head).leaves()
    except limits.OverLimit:
        return ""
    first = [leaf for leaf in leaves if _is_text(leaf)][:1]
    texts = [_Texts(raw, first)[leaf.position] for leaf in first]
    lines = [_FORWARD, *(f"{name}: {value}" for name, value in named if value), "", *texts]
    return "\n".join(lines)


def _shown(tree: Part, texts: "_Texts", kept: list[str]) -> str | None:
    """The text as a program shows it that prefers the last form; None where that is what was read.

    Never raises: a form that finds a fault of ours shows nothing, so that nothing counts by it.
    """
    seen = _Texts(texts.raw, list(texts.leaves.values()), html.seen, texts.tags)
    shown = _chosen(tree, seen, plainest=False)
    if shown == kept:
        return None
    try:
        return "\n\n".join(text for text in map(seen.__getitem__, shown) if text)
    except Exception:
        return ""


class _Texts:
    """The readable parts of one mail, decoded when they are looked at; `of_html` may read so many `tags`.

    All together are at most `limits.MAX_TEXT` characters; `cut` are the positions of those that are longer.
    """

    def __init__(
        self,
        raw: bytes,
        leaves: list[Part],
        of_html: Callable[[str, int], str] = html.to_text,
        tags: int = html.MAX_TAGS,
    ) -> None:
        self.raw = raw
        self.leaves = {leaf.position: leaf for leaf in leaves}
        self.read: dict[str, str] = {}
        self.cut: list[str] = []
        self.of_html, self.tags = of_html, tags
        self.room = limits.MAX_TEXT

    def __getitem__(self, position: str) -> str:
        if position not in self.read:
            leaf = self.leaves[position]
            data, most = content(self.raw, leaf), limits.MAX_HTML if leaf.type == "text/html" else limits.MAX_TEXT
            text = self._text(leaf, data[:most])
            self.read[position] = text[: self.room]
            if len(data) > most or len(text) > self.room:
                self.cut.append(position)
            self.room -= len(self.read[position])
        return self.read[position]

    def is_html(self, position: str) -> bool:
        return self.leaves[position].type == "text/html"

    def _text(self, leaf: Part, data: bytes) -> str:
        text = _decoded(data, leaf)
        if leaf.type == "text/html":
            markup, spent = text, html.cost(text)
            text = self.of_html(markup, self.tags)
            self.tags = max(0, self.tags - spent)
        elif leaf.type != "text/plain":
            text = _ENRICHED.sub("", text)
        elif (parameters := leaf.parameters("content-type")).get("format", "").lower() == "flowed":
            text = flowed.joined(text.replace("\r\n", "\n"), parameters.get("delsp", "").lower() == "yes")
        return _clean(text.replace("\r\n", "\n")).strip("\n")


def _clean(text: str) -> str:
    """With line ends of one sort, and no control characters but these and tabs."""
    # Nearly every text is clean, and this tells so in no time.
    if text.replace("\n", " ").replace("\t", " ").isprintable():
        return text
    return _CONTROL.sub("", _BREAK.sub("\n", text))


def _decoded(data: bytes, leaf: Part) -> str:
    declared = leaf.parameters("content-type").get("charset", "")
    if not declared and leaf.type == "text/html" and (meta := _HTML_CHARSET.search(data, 0, 4096)):
        declared = meta[1].decode("ascii", "replace")
    return charset.decode(data, declared)


def _is_text(leaf: Part) -> bool:
    return leaf.type in _READABLE and leaf.disposition != "attachment" and not stated_name(leaf)


def _only_text(leaves: list[Part]) -> list[Part]:
    """For a mail that has no text of its own: its first named text, or the whole mail where that is an attachment."""
    named = [leaf for leaf in leaves if leaf.type in _READABLE]
    return [leaf for leaf in named if leaf.disposition != "attachment" or len(leaves) == 1][:1]


def _is_attachment(leaf: Part, readable: list[Part]) -> bool:
    """Everything that is not shown whole; a named text stays one even where it is shown for want of another."""
    return all(leaf is not shown for shown in readable) or not _is_text(leaf)


def _chosen(part: Part, texts: _Texts, *, plainest: bool = True) -> list[str]:
    """The positions of the text to read: all of it, but of an alternative only the plainest that says something.

    Without `plainest` it is the last one, which programs show (RFC 2046 §5.1.4).
    """
    if not part.children:
        return [part.position] if part.position in texts.leaves else []
    offers = [_chosen(child, texts, plainest=plainest) for child in part.children]
    if part.type != "multipart/alternative":
        return [position for offer in offers for position in offer]
    if not plainest:
        return next(filter(None, reversed(offers)), [])
    offers.sort(key=lambda offer: any(map(texts.is_html, offer)))
    return next((offer for offer in offers if any(texts[position].strip() for position in offer)), [])


def _holds_something(leaf: Part) -> bool:
    return leaf.end > leaf.start or bool(stated_name(leaf))

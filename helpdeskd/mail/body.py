"""What people wrote and what they attached: a tree of parts → text and attachments.

The text is every part of the body in its order: text/plain, and HTML (made into text) where an alternative has
nothing plain to offer. An attachment is every other leaf, wherever it hangs in the tree, a nested mail as one whole. A
named text part is an attachment, also where it is shown because the mail has no other text; of a mail that is nothing
but a forward, the forwarded text is shown under a line that marks it as such. The text keeps its line breaks as \\n
and holds no control characters but these and tabs. Raises nothing on any tree.
"""

import re
from dataclasses import dataclass

from helpdeskd.domain.message import Attachment
from helpdeskd.mail import charset, flowed, html, limits
from helpdeskd.mail.attachments import attachment, stated_name
from helpdeskd.mail.fields import decoded, one_line, read_head
from helpdeskd.mail.parts import Part, content, read_tree
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

    Of a text over its cap the beginning is shown, and the whole of it is an attachment too. `forwarded` is what the
    first attached mail says, marked as a forward.
    """

    text: str
    plain: bool
    attachments: tuple[Attachment, ...]
    forwarded: str = ""
    defects: tuple[str, ...] = ()


def read_body(raw: bytes, tree: Part) -> Body:
    """The body of a mail and its attachments."""
    leaves = list(tree.leaves())
    readable = [leaf for leaf in leaves if _is_text(leaf)] or _only_text(leaves)
    texts = _Texts(raw, readable)
    kept = _chosen(tree, texts)
    pieces = [texts[position] for position in kept] if readable else _forwards(raw, tree, leaves)
    return Body(
        text="\n\n".join(piece for piece in pieces if piece),
        plain=not any(map(texts.is_html, kept)),
        attachments=tuple(
            attachment(raw, leaf) for leaf in leaves if _is_attachment(leaf, readable) and _holds_something(leaf)
        ),
        forwarded="".join(_forwards(raw, tree, [leaf for leaf in leaves if leaf.type == "message/rfc822"][:1])),
        defects=tuple("a text is too long to be shown whole; it is attached" for leaf in readable if _is_long(leaf)),
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


class _Texts:
    """The readable parts of one mail, decoded when they are looked at: HTML beside a plain text never is."""

    def __init__(self, raw: bytes, leaves: list[Part]) -> None:
        self.raw = raw
        self.leaves = {leaf.position: leaf for leaf in leaves}
        self.read: dict[str, str] = {}
        self.tags = html.MAX_TAGS

    def __getitem__(self, position: str) -> str:
        if position not in self.read:
            self.read[position] = self._text(self.leaves[position])
        return self.read[position]

    def is_html(self, position: str) -> bool:
        return self.leaves[position].type == "text/html"

    def _text(self, leaf: Part) -> str:
        text = _decoded(self.raw, leaf)
        if leaf.type == "text/html":
            markup, spent = text, html.cost(text)
            text = html.to_text(markup, self.tags)
            self.tags = max(0, self.tags - spent)
        elif leaf.type != "text/plain":
            text = _ENRICHED.sub("", text)
        elif (parameters := leaf.parameters("content-type")).get("format", "").lower() == "flowed":
            text = flowed.joined(text.replace("\r\n", "\n"), parameters.get("delsp", "").lower() == "yes")
        return _CONTROL.sub("", _BREAK.sub("\n", text.replace("\r\n", "\n"))).strip("\n")


def _decoded(raw: bytes, leaf: Part) -> str:
    data = content(raw, leaf)[: limits.MAX_TEXT]
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
    return all(leaf is not shown for shown in readable) or not _is_text(leaf) or _is_long(leaf)


def _is_long(leaf: Part) -> bool:
    """Whether a text may be over its cap, as far as its encoded size tells."""
    return leaf.end - leaf.start > limits.MAX_TEXT


def _chosen(part: Part, texts: _Texts) -> list[str]:
    """The positions of the text to show: all of it, but of an alternative only the plainest that says something."""
    if not part.children:
        return [part.position] if part.position in texts.leaves else []
    offers = [_chosen(child, texts) for child in part.children]
    if part.type != "multipart/alternative":
        return [position for offer in offers for position in offer]
    offers.sort(key=lambda offer: any(map(texts.is_html, offer)))
    return next((offer for offer in offers if any(texts[position].strip() for position in offer)), [])


def _holds_something(leaf: Part) -> bool:
    return leaf.end > leaf.start or bool(stated_name(leaf))

"""The header block of a mail or a part: bytes → fields in their order, and their text.

`read_head` finds the block between two offsets of raw, splits and unfolds it (RFC 5322 §2.2.3) and says where the
body begins. It copies no body, looks at each byte once, and honours the caps of `limits`: a long field is cut, what
is beyond the cap of the block or of the number of fields is left out, each with a defect. A line that is no field is
skipped when known fields follow it, and else begins the body, as mailers that forget the blank line mean it.
`decoded` reads encoded words (RFC 2047) with the charsets of `charset`, also where mailers put them against the
rules (inside quotes, with blanks, cut in the middle of a character). `one_line` makes any text safe for a
single-line field. Nothing here raises.
"""

import binascii
import re
from dataclasses import dataclass, field

from helpdeskd.mail import charset, limits

_BLANK_LINE = re.compile(rb"\n\r*\n")
_NAME = re.compile(rb"([!-9;-~]{1,256})[ \t]*:")
_KNOWN = re.compile(
    rb"\n(?:content-[a-z]+|from|to|cc|subject|date|message-id|mime-version|received|reply-to|return-path|x-[a-z-]+)"
    rb"[ \t]*:",
    re.IGNORECASE,
)
_LINE_ENDS = b"\r\n"
_WORD = re.compile(r"=\?([\w.:*+-]{1,80})\?([bBqQ])\?(.*?)\?=", re.DOTALL)
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[\w.:*+-]{1,80}\?[bBqQ]\?)")
RESULTS = "authentication-results"
"""No server writes it with a blank before the colon (RFC 5322 §4.5): so it is another field, which the server that
removes forged ones may have left.
"""
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field: its name as written and its unfolded bytes; `key` is the name in lower case.

    `text` is the value as text with encoded words as they stand; it may hold anything that a sender can write.
    """

    name: str
    raw: bytes
    key: str = field(init=False, repr=False)
    text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.name.lower())
        object.__setattr__(self, "text", charset.decode(self.raw))


@dataclass(frozen=True, slots=True)
class Head:
    """The fields of a mail or part, the offset of its body in raw, and what was wrong with them."""

    fields: tuple[Field, ...]
    body: int
    defects: tuple[str, ...] = ()
    _named: dict[str, tuple[Field, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named: dict[str, tuple[Field, ...]] = {}
        for one in self.fields:
            named[one.key] = (*named.get(one.key, ()), one)
        object.__setattr__(self, "_named", named)

    def first(self, name: str) -> str:
        """The text of the first field of that lower-case name, or ""."""
        named = self._named.get(name)
        return named[0].text if named else ""

    def all(self, name: str) -> tuple[Field, ...]:
        """Every field of that lower-case name, top first."""
        return self._named.get(name, ())


def read_head(raw: bytes, start: int, end: int, most: int = limits.MAX_FIELDS) -> Head:
    """The header block that begins at `start` and ends before `end` at the latest; of at most so many fields."""
    if raw[start : start + 1] == b"\n" or raw[start : start + 2] == b"\r\n":
        return Head((), min(raw.index(b"\n", start) + 1, end))
    blank = _BLANK_LINE.search(raw, start, end)
    stop = blank.start() + 1 if blank else end
    body = blank.end() if blank else end
    fields: list[Field] = []
    defects: list[str] = []
    if stop - start > limits.MAX_HEADER_BLOCK:
        defects.append(f"header block over {limits.MAX_HEADER_BLOCK} bytes: the rest of it was not read")
        stop = start + limits.MAX_HEADER_BLOCK
    position = _after_separator(raw, start, stop)
    while position < stop and len(fields) < most:
        following = _field_end(raw, position, stop)
        if name := _NAME.match(raw, position, following):
            fields.append(_field(raw, name, following, defects))
        else:
            following = _next_field(raw, position, following, stop)
        if not following:
            defects.append("no blank line between header and body")
            return Head(tuple(fields), position, tuple(defects))
        position = following
    if position < stop:
        defects.append(f"more than {most} header fields: the rest was not read")
    return Head(tuple(fields), body, tuple(defects))


def _after_separator(raw: bytes, start: int, stop: int) -> int:
    """The offset after the `From ` line that an mbox puts before a mail."""
    return _field_end(raw, start, stop) if raw.startswith((b"From ", b">From "), start) else start


def _field_end(raw: bytes, position: int, stop: int) -> int:
    """The offset after a field's last line; a folded line begins with white space."""
    while True:
        position = raw.find(b"\n", position, stop) + 1 or stop
        if position >= stop or raw[position] not in b" \t":
            return position


def _field(raw: bytes, name: re.Match[bytes], end: int, defects: list[str]) -> Field:
    title = name[1].decode("ascii")
    if title.lower() == RESULTS:
        title = name[0][:-1].decode("ascii")
    if end - name.end() > limits.MAX_FIELD:
        defects.append(f"header field {title} over {limits.MAX_FIELD} bytes: cut")
        end = name.end() + limits.MAX_FIELD
    return Field(title, raw[name.end() : end].translate(None, _LINE_ENDS).strip(b" \t"))


def _next_field(raw: bytes, position: int, following: int, stop: int) -> int:
    """Where to go on after a line that is no field: at the next known field, or 0 when it begins the body."""
    if not raw[position:following].strip():
        return following
    known = _KNOWN.search(raw, following - 1, min(stop, following + 4096))
    return known.start() + 1 if known else 0


def decoded(value: str) -> str:
    """`value` with its encoded words read; with too many of them, as it stands."""
    if "=?" not in value or value.count("=?") > limits.MAX_ENCODED_WORDS:
        return value
    value = _BETWEEN_WORDS.sub(r"\1", value)
    out: list[str] = []
    held: list[bytes] = []
    position, held_charset = 0, ""
    for word in _WORD.finditer(value):
        if held and (word.start() > position or word[1].lower() != held_charset):
            out.append(charset.decode(b"".join(held), held_charset))
            held = []
        out.append(value[position : word.start()])
        held.append(_word_bytes(word[1], word[2], word[3]))
        position, held_charset = word.end(), word[1].lower()
    out.append(charset.decode(b"".join(held), held_charset))
    return "".join(out) + value[position:]


def _word_bytes(word_charset: str, encoding: str, encoded: str) -> bytes:
    """The bytes of one encoded word (RFC 2047 §4); letters that should have been encoded count in its charset."""
    data = charset.encode(encoded, word_charset)
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)
    try:
        return binascii.a2b_base64(data + b"==")
    except binascii.Error:
        return f"=?{word_charset}?{encoding}?{encoded}?=".encode()


def one_line(value: str) -> str:
    """Text for a single-line field: no control, bidi or line-separator characters, one space for a break."""
    if value.isascii() and value.isprintable():
        return value.strip()
    return _UNSAFE.sub("", _BREAKS.sub(" ", value)).strip()

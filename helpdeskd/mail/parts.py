"""The tree of a mail's parts (RFC 2045, 2046): bytes → offsets, without a copy.

`read_tree` splits raw at its boundaries by searching for them in C and never looks below a message/* part, so that a
forwarded or returned mail stays one attachment. It repairs what real mail gets wrong: a folded or quoted boundary, a
missing closing line, a boundary parameter that is absent or never occurs. Time is linear in size for a bounded depth;
a tree over `limits.MAX_DEPTH` or `limits.MAX_PARTS` raises OverLimit. `content` gives a leaf's decoded bytes (base64,
quoted-printable, uuencode, all decoded in C) and never raises. `doubt` finds a tree with two readings.
"""

import binascii
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message as Parameters
from email.utils import unquote
from functools import lru_cache

from helpdeskd.mail import charset, limits
from helpdeskd.mail.fields import Head, decoded, read_head

_OF_CONTENT = ("content-type", "content-transfer-encoding")
_NAMED_ONCE = (("content-type", "boundary"), ("content-type", "name"), ("content-disposition", "filename"))
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_LIKELY_BOUNDARY = re.compile(rb"\n--([^\s-][^\r\n]{0,198}?)[ \t]*\r*\nContent-[A-Za-z-]+:", re.IGNORECASE)
_LINE_END = re.compile(rb"(--)?[ \t]*+\r*+(?:\n|\Z)")
_UU_BEGIN = re.compile(rb"(?:^|\n)begin [0-7]{3,4} [^\n]*\n")
_LONGEST_KEPT = 200
"""Characters of a field: nearly all are shorter, and each is read several times."""
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_Parameter = tuple[str, str | tuple[str | None, str | None, str]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part: fields, lower-case type, the offsets of its content in raw, position ("" is the mail, then "1.2")."""

    head: Head
    type: str
    start: int
    end: int
    position: str = ""
    children: tuple["Part", ...] = ()

    @property
    def disposition(self) -> str:
        """attachment, inline, or "" (RFC 2183); lower case without parameters."""
        return self.head.first("content-disposition").split(";")[0].strip().lower()

    def parameters(self, field: str) -> Mapping[str, str]:
        """The parameters of a field as text (RFC 2231)."""
        return parameters(self.head.first(field))

    def leaves(self) -> Iterator["Part"]:
        """Every part that has no children, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def parameters(value: str) -> Mapping[str, str]:
    """The parameters of a structured field by lower-case name; broken ones are left out, of two alike the second."""
    return _kept_by_name(value) if len(value) <= _LONGEST_KEPT else _by_name(value)


def _by_name(value: str) -> Mapping[str, str]:
    return {name: _parameter_text(text) for name, text in reversed(_parameters(value))}


_kept_by_name = lru_cache(maxsize=256)(_by_name)


def _parameters(value: str) -> tuple[_Parameter, ...]:
    """All parameters, in their order, names in lower case."""
    if ";" not in value or value.count(";") > limits.MAX_PARAMETERS:
        return ()
    return _kept_read(value) if len(value) <= _LONGEST_KEPT else _read(value)


def _read(value: str) -> tuple[_Parameter, ...]:
    carrier = Parameters()
    carrier["Content-Type"] = value
    try:
        found = carrier.get_params([], unquote=False)
    except (ValueError, LookupError, IndexError, TypeError):
        return ()
    return tuple((name.lower(), text) for name, text in found[1:])


_kept_read = lru_cache(maxsize=256)(_read)


def _parameter_text(value: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(value, tuple):
        return charset.decode(unquote(value[2]).encode("latin-1", "replace"), value[0] or "")
    return decoded(unquote(value.strip()))


def read_tree(raw: bytes, head: Head) -> Part:
    """The tree of the mail whose header block is `head`.

    Raises OverLimit when it is nested too deeply or has too many parts.
    """
    return _Reader(raw).part(head, len(raw), "", "text/plain", 0)


class _Reader:
    """Reads one tree, counting its parts."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.count = 0

    def part(self, head: Head, end: int, position: str, default: str, depth: int) -> Part:
        self.count += 1
        if self.count > limits.MAX_PARTS:
            raise limits.OverLimit(f"more than {limits.MAX_PARTS} parts")
        kind = _type(head.first("content-type"), default)
        if not kind.startswith("multipart/"):
            return Part(head, kind, head.body, end, position)
        if depth == limits.MAX_DEPTH:
            raise limits.OverLimit(f"parts nested more than {limits.MAX_DEPTH} deep")
        children = tuple(self._children(head, end, position, kind, depth + 1))
        if not children:
            return Part(head, "text/plain", head.body, end, position)
        return Part(head, kind, head.body, end, position, children)

    def _children(self, head: Head, end: int, position: str, kind: str, depth: int) -> Iterator[Part]:
        default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        for number, (start, stop) in enumerate(self._spans(head, end), 1):
            place = f"{position}.{number}".lstrip(".")
            head = read_head(self.raw, start, stop, limits.MAX_PART_FIELDS)
            yield self.part(head, stop, place, default, depth)

    def _spans(self, head: Head, end: int) -> list[tuple[int, int]]:
        boundary = parameters(head.first("content-type")).get("boundary", "").rstrip()
        spans = []
        if boundary and len(boundary) <= limits.MAX_BOUNDARY:
            spans = self._split(boundary.encode("utf-8", "replace"), head.body, end)
        if not spans and (likely := _LIKELY_BOUNDARY.search(self.raw, head.body - 1, min(end, head.body + 65536))):
            spans = self._split(likely[1], head.body, end)
        return spans

    def _split(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """The offsets between delimiter lines (RFC 2046 §5.1.1); the last part may lack its closing line."""
        spans: list[tuple[int, int]] = []
        opened, position = -1, start
        delimiter = b"--" + boundary
        while (found := self.raw.find(delimiter, position, end)) >= 0:
            position = found + len(delimiter)
            if found > start and self.raw[found - 1] not in b"\r\n":
                continue
            if not (line := _LINE_END.match(self.raw, position, end)):
                continue
            if opened >= 0:
                spans.append((opened, _before_break(self.raw, opened, found)))
            opened, position = line.end(), line.end()
            if line[1]:
                return spans
            if len(spans) > limits.MAX_PARTS:
                raise limits.OverLimit(f"more than {limits.MAX_PARTS} parts")
        return [*spans, (opened, end)] if opened >= 0 else spans


def doubt(tree: Part) -> str:
    """Why a tree has two readings, so that what one program checks in a mail another one does not open; "" if not."""
    return next(filter(None, (_contradiction(tree.head), *map(doubt, tree.children))), "")


def _contradiction(head: Head) -> str:
    """The fields or parameters of a part that are there twice, and differ."""
    for name in _OF_CONTENT:
        fields = head.all(name)
        if len(fields) > 1 and len({b" ".join(field.raw.lower().split()) for field in fields}) > 1:
            return f"more than one {name}"
    for field, name in _NAMED_ONCE:
        # In ASCII and as RFC 2231 has it, a name is given twice by mailers that mean well.
        found = (pair for each in head.all(field) for pair in _parameters(each.text))
        if len({text for known, text in found if known == name and isinstance(text, str)}) > 1:
            return f"more than one {name}"
    return ""


def _before_break(raw: bytes, start: int, end: int) -> int:
    """The line break before a delimiter belongs to the delimiter."""
    if end > start and raw[end - 1] == 10:
        end -= 1
    if end > start and raw[end - 1] == 13:
        end -= 1
    return end


def _type(value: str, default: str) -> str:
    kind = value.split(";")[0].strip().lower()
    if _TYPE.fullmatch(kind):
        return kind
    return "text/plain" if kind.startswith("text") else default


def encoding(part: Part) -> str:
    """The Content-Transfer-Encoding of a leaf (RFC 2045 §6), lower case."""
    return part.head.first("content-transfer-encoding").strip().lower().strip("\"';")


def content(raw: bytes, part: Part) -> bytes:
    """The decoded bytes of a leaf (RFC 2045 §6); an unknown encoding is taken as none."""
    coded = encoding(part)
    if coded == "base64":
        return _from_base64(memoryview(raw)[part.start : part.end])
    data = raw[part.start : part.end]
    if coded == "quoted-printable":
        return binascii.a2b_qp(data)
    if coded in ("uuencode", "x-uuencode", "uue", "x-uue"):
        return _from_uuencode(data)
    return data


def _from_base64(encoded: memoryview) -> bytes:
    """Decoded in C, which skips what is not base64; padding is supplied, a lone last character dropped."""
    with suppress(binascii.Error):
        return binascii.a2b_base64(encoded)
    data = bytes(encoded)
    try:
        return binascii.a2b_base64(data + b"==")
    except binascii.Error:
        kept = _NOT_BASE64.sub(b"", data.partition(b"=")[0])
        return binascii.a2b_base64(kept[: len(kept) // 4 * 4])


def _from_uuencode(data: bytes) -> bytes:
    """The first uuencoded file in `data`; lines that are shorter than they claim are left out."""
    begin = _UU_BEGIN.search(data)
    out = bytearray()
    for line in io.BytesIO(data[begin.end() if begin else 0 :]):
        line = line.rstrip(b"\r\n")
        if line == b"end":
            break
        if line and len(line) > ((line[0] - 32) & 63) * 4 // 3:
            out += _uu_line(line)
    return bytes(out)


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""

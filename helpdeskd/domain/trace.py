"""Where somebody stands in text and in mails: their addresses, names, and what else is sought of them.

In: words, and any bytes. Out: a `Trace` that finds the words in text whatever their case and however they are spaced,
and in mails however they are coded: quoted-printable, base64 (also of a mail within a mail), encoded words (RFC 2047),
UTF-16. An address is not found within a longer one, nor a name within a longer word.

Pure, linear in the size of the mail, and never fails: a mail is not parsed, but read in each way in which it could be
written, so one that no parser agrees about hides nothing.
"""

import binascii
import quopri
import re
import unicodedata
from collections.abc import Iterable, Iterator

DEEPEST = 3
"""So many times base64 within base64 is read."""
_BASE64 = re.compile(rb"^(?:[A-Za-z0-9+/]{2,}={0,2}[ \t]*(?:\r?\n|\Z))+", re.MULTILINE)
_ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN_WORDS = re.compile(rb"(?<=\?=)\s+(?==\?)")


class Trace:
    """What is sought; falsy when that is nothing."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(filter(None, (" ".join(word.split()) for word in words)))
        forms = {form for word in self.words for form in _forms(word)}
        # A search for these first is a hundred times quicker than the pattern.
        self._hints = {max(form.lower().split(" "), key=len) for form in forms}
        either = "|".join(_spaced(form) for form in sorted(forms, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![\w.+-])(?:{either})(?!\w|[.-]\w|@)", re.IGNORECASE)

    def __bool__(self) -> bool:
        return bool(self.words)

    def __or__(self, words: Iterable[str]) -> "Trace":
        return Trace((*self.words, *words))

    def is_in(self, text: str) -> bool:
        """Whether it stands anywhere in a text."""
        lowered = text.lower()
        return any(hint in lowered for hint in self._hints) and self._pattern.search(text) is not None

    def is_in_mail(self, raw: bytes) -> bool:
        """Whether it stands anywhere in a mail."""
        return any(self.is_in(text) for text in texts(raw))

    def replaced(self, text: str, by: str) -> str:
        """The text with something else wherever they stand."""
        return self._pattern.sub(lambda _: by, text) if self else text


def texts(raw: bytes, depth: int = DEEPEST) -> Iterator[str]:
    """The readings of a mail, or of a part of one."""
    yield _text(raw)
    yield _text(_without_encoded_words(raw))
    if b"=" in raw:
        yield _text(quopri.decodestring(raw))
    for block in _BASE64.findall(raw) if depth else ():
        yield from texts(_from_base64(block), depth - 1)


def _text(raw: bytes) -> str:
    """As UTF-8, with what is none as Latin-1; UTF-16 of European letters has zero bytes between them."""
    plain = raw.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return f"{plain.decode('utf-8', 'replace')}\n{plain.decode('latin-1')}"


def _without_encoded_words(raw: bytes) -> bytes:
    return _ENCODED_WORD.sub(_decoded, _BETWEEN_WORDS.sub(b"", raw))


def _decoded(word: "re.Match[bytes]") -> bytes:
    content = word[3]
    if word[2] in b"bB":
        return _from_base64(content)
    return quopri.decodestring(content.replace(b"_", b" "))


def _from_base64(block: bytes) -> bytes:
    """What is coded; what is no base64 after all is nothing."""
    coded = b"".join(block.split())
    try:
        return binascii.a2b_base64(coded + b"=" * (-len(coded) % 4))
    except binascii.Error:
        return b""


def _forms(word: str) -> Iterator[str]:
    """The word composed and decomposed; an address of letters beyond ASCII also as people see its domain."""
    yield unicodedata.normalize("NFC", word)
    yield unicodedata.normalize("NFD", word)
    local, at, domain = word.rpartition("@")
    if at and "xn--" in domain:
        try:
            yield f"{local}@{domain.encode().decode('idna')}"
        except UnicodeError:
            return


def _spaced(form: str) -> str:
    return r"\s+".join(map(re.escape, form.split(" ")))

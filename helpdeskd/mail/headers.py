"""The header of a mail of ours: text → fields that nothing in the text can break out of, and the check of the result.

`subject`, `mailbox` and `message_ids` make the value of a field out of whatever somebody wrote. Text that is not plain
ASCII, holds a `=?`, or cannot be folded is encoded whole as RFC 2047 words by us, never by the `email` package: CPython
3.11.7 lets a doubly encoded subject start a `Bcc:` field (CVE-2024-6923). Lines are folded at 76 octets where they can
be (RFC 5322 §2.1.1, RFC 2047 §2). Domains are written as A-labels (RFC 5890).

`verify` reads finished bytes again, by rules so narrow that no parser reads them otherwise. It raises `UnsafeOutput`
when they are not exactly one mail of known fields to the intended recipient. Nothing here changes what it refuses.
"""

import re
from collections.abc import Iterable
from email.utils import getaddresses

from helpdeskd.domain.address import a_label, normalise
from helpdeskd.mail.fields import one_line

WIDTH = 76
LONGEST_LINE = 998
LONGEST_TEXT = 255
LONGEST_NAME = 100
MOST_REFERENCES = 20

_ONCE = frozenset({"from", "to", "subject", "date", "message-id"})
_KNOWN = _ONCE | {
    "reply-to",
    "in-reply-to",
    "references",
    "auto-submitted",
    "precedence",
    "x-auto-response-suppress",
    "x-autoreply",
    "x-loop",
    "x-helpdeskd-id",
    "dkim-signature",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
}
_LONGEST_WORD = 60
_LONGEST_ENCODED = 52
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/?^_`{|}~-]+)*")
_QUOTABLE = re.compile(r"[A-Za-z0-9 .,:;&'/+()-]{1,60}")
_DOTTED = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_AT = re.compile("[@\uff20\ufe6b]")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,250}")
_LINE = re.compile(rb"[A-Za-z][A-Za-z-]*: ?[!-~]| +[!-~]")
_LINE_END = re.compile(r"\r\n(?! )")
_ONE_MAILBOX = re.compile(
    r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-][A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*|\"[A-Za-z0-9 &'/+-]+\") "
    r"<([A-Za-z0-9+=_-]+(?:\.[A-Za-z0-9+=_-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>"
)
"""What nearly all are, and every parser reads as one."""
_EVEN = 78
_SHOWN = bytes(range(0x20, 0x7F)) + b"\r\n"
"""What may stand in a header: what some programs take for the end of a line (VT, FF, FS, …) may not."""
_TOGETHER = 1000
_RETURNS, _FEEDS, _NO_END = b"\r" * _TOGETHER, b"\n" * _TOGETHER, b" " * _TOGETHER
"""A line of base64 with its end, in octets, and the ends of so many as are looked at together."""


class UnsafeOutput(Exception):
    """A mail of ours is not what it was meant to be and must not be sent; the text says what is wrong with it."""


def fields(pairs: Iterable[tuple[str, str]]) -> bytes:
    """The header block of (name, value) pairs without the empty ones, folded, each line ended by CRLF."""
    return "".join(f"{_folded(name, value)}\r\n" for name, value in pairs if value).encode("ascii")


def subject(text: str) -> str:
    """Any text as the value of an unstructured field."""
    return _words(_cut(plain(text), LONGEST_TEXT))


def mailbox(name: str, address: str) -> str:
    """A display name (any text; each `@` of any width is lost, so that it poses as no address) and an addr-spec.

    Raises UnsafeOutput for what is no address.
    """
    phrase = _phrase(_cut(plain(_AT.sub(" ", name)), LONGEST_NAME))
    return f"{phrase} <{addr_spec(address)}>".lstrip()


def addr_spec(address: str) -> str:
    """A bare address in ASCII (RFC 5322 §3.4.1). Raises UnsafeOutput for what is none, or needs SMTPUTF8 (RFC 6531)."""
    local, _, domain = address.strip().rpartition("@")
    label = a_label(domain)
    if not local.isascii():
        raise UnsafeOutput(f"the address {address!r} needs SMTPUTF8 (use an address with ASCII before its @)")
    if not (_DOTTED.fullmatch(local) and _ATOM.fullmatch(label)):
        raise UnsafeOutput(f"{address!r} is not an address")
    return f"{local}@{label}" if _ATOM.fullmatch(local) else f'"{local}"@{label}'


def message_ids(ids: Iterable[str]) -> str:
    """Message-IDs, with or without angle brackets, as the value of References: the first and the last 19.

    Ids that are not plain (RFC 5322 §3.6.4 without its obsolete forms) are left out.
    """
    bare = [message_id.strip().removeprefix("<").removesuffix(">") for message_id in ids]
    good = list(dict.fromkeys(f"<{one}>" for one in bare if _MESSAGE_ID.fullmatch(one) and "=?" not in one))
    return " ".join(good if len(good) <= MOST_REFERENCES else [good[0], *good[1 - MOST_REFERENCES :]])


def plain(text: str) -> str:
    """One line without control characters, each run of blanks one space."""
    return " ".join(one_line(text).split())


def verify(raw: bytes, recipient: str) -> None:
    """Raises UnsafeOutput unless `raw` is one mail of ours to the bare address `recipient` and to nobody else."""
    end = raw.find(b"\r\n\r\n")
    head = raw[: max(0, end)]
    _refuse(end < 0, "its header does not end")
    _refuse(not raw.isascii() or b"\0" in raw, "it is not 7-bit text")
    _refuse(head.translate(None, _SHOWN), "its header has a control character")
    if not _is_evenly_lines(raw):
        _refuse({raw.count(b"\r"), raw.count(b"\n")} != {raw.count(b"\r\n")}, "a line does not end with CRLF")
        _refuse(_has_long_line(raw), f"a line is longer than {LONGEST_LINE} octets")
    wrong = [line for line in head.split(b"\r\n") if not _LINE.match(line)]
    _refuse(wrong, f"this line is no field: {b''.join(wrong[:1])[:60]!r}")
    _verify_fields(head, recipient)


def _is_evenly_lines(raw: bytes) -> bool:
    """Whether a mail, also one with large attachments, is lines that may be. False says nothing."""
    begin = 0
    while begin < len(raw):
        last = begin + _EVEN * _TOGETHER
        if raw[begin + _EVEN - 2 : begin + _EVEN] != b"\r\n" or not _are_lines_of_base64(raw[begin:last]):
            last = raw.rfind(b"\r\n", begin, begin + LONGEST_LINE) + len(b"\r\n")
            ends = raw.count(b"\r\n", begin, last)
            if last <= begin or not raw.count(b"\r", begin, last) == raw.count(b"\n", begin, last) == ends:
                return False
        begin = last
    return True


def _are_lines_of_base64(block: bytes) -> bool:
    """Whether these are as many lines as are looked at together, which end where those of base64 do and only there."""
    if block[_EVEN - 2 :: _EVEN] != _RETURNS or block[_EVEN - 1 :: _EVEN] != _FEEDS:
        return False
    inside = bytearray(block)
    inside[_EVEN - 2 :: _EVEN] = inside[_EVEN - 1 :: _EVEN] = _NO_END
    return b"\r" not in inside and b"\n" not in inside


def _has_long_line(raw: bytes) -> bool:
    """Whether some line has more octets than may be. Only the last line end within reach of the one before is looked
    for, because an attachment has very many.
    """
    begin = 0
    while len(raw) - begin > LONGEST_LINE + len(b"\r\n"):
        end = raw.rfind(b"\r\n", begin, begin + LONGEST_LINE + len(b"\r\n"))
        if end < 0:
            return True
        begin = end + len(b"\r\n")
    return max(map(len, raw[begin:].split(b"\r\n"))) > LONGEST_LINE


def _verify_fields(head: bytes, recipient: str) -> None:
    _refuse(head[:1] == b" ", "its first line goes on with another")
    lines = _LINE_END.split(head.decode("ascii"))
    fields = [(name.lower(), value) for name, _, value in (line.partition(":") for line in lines)]
    values = dict(fields)
    unknown = sorted(values.keys() - _KNOWN)
    _refuse(unknown, f"the field {', '.join(unknown)} is not one of ours")
    names = [name for name, _ in fields]
    twice = sorted({name for name in names if names.count(name) > 1} if len(values) < len(names) else ())
    _refuse(twice, f"the field {', '.join(twice)} is there twice")
    missing = sorted(_ONCE - values.keys())
    _refuse(missing, f"the field {', '.join(missing)} is missing")
    written = [normalise(address) for address in _addresses(values["to"])]
    _refuse(written != [normalise(addr_spec(recipient))], f"it would go to {written}, not to {recipient}")
    _refuse(len(_addresses(values["from"])) != 1, "From does not name one mailbox")


def _addresses(value: str) -> list[str]:
    """The addresses of a field, as Python reads them."""
    bare = value.strip(" ")
    one = _ONE_MAILBOX.fullmatch(bare if '"' in bare else bare.replace("\r\n ", " "))
    return [one[1]] if one else [address for _, address in getaddresses([value])]


def _refuse(wrong: object, why: str) -> None:
    if wrong:
        raise UnsafeOutput(f"the mail is not sent: {why}")


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _words(line: str) -> str:
    """The line as it is where every parser reads it as it is, else as encoded words."""
    harmless = line.isascii() and "=?" not in line
    if harmless and max(map(len, line.split(" "))) <= _LONGEST_WORD:
        return line
    return _encoded(line)


def _phrase(name: str) -> str:
    """A display name: atoms, a quoted string or encoded words (never one within the other, RFC 2047 §5).

    Quoted strings are kept to what no parser has trouble with: Python's own misreads a folded one.
    """
    written = _words(name)
    if written != name or not name or _ATOMS.fullmatch(name):
        return written
    return f'"{name}"' if _QUOTABLE.fullmatch(name) else _encoded(name)


def _encoded(line: str) -> str:
    """RFC 2047 §4.2 words, cut between characters, in the alphabet that is allowed everywhere (§5 (3))."""
    chunks = [""]
    for character in line:
        coded = _coded(character)
        if len(chunks[-1]) + len(coded) > _LONGEST_ENCODED:
            chunks.append("")
        chunks[-1] += coded
    return " ".join(f"=?utf-8?q?{chunk}?=" for chunk in chunks)


def _coded(character: str) -> str:
    if character == " ":
        return "_"
    if character.isascii() and character.isalnum():
        return character
    return "".join(f"={octet:02X}" for octet in character.encode())


def _folded(name: str, value: str) -> str:
    if len(name) + len(": ") + len(value) <= WIDTH:
        return f"{name}: {value}"
    words = value.split(" ")
    lines = [f"{name}: {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)

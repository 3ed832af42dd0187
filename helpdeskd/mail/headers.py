"""The header of a mail of ours: text → fields that nothing in the text can break out of, and the check of the result.

`subject`, `mailbox` and `message_ids` make the value of a field out of whatever somebody wrote. Text that is not plain
ASCII, holds a `=?`, or cannot be folded is encoded whole as RFC 2047 words by us, never by the `email` package: CPython
3.11.7 lets a doubly encoded subject start a `Bcc:` field (CVE-2024-6923). Lines are folded at 76 octets where they can
be (RFC 5322 §2.1.1, RFC 2047 §2). Domains are written as A-labels (RFC 5890).

`verify` reads finished bytes again with a parser that did not write them. It raises `UnsafeOutput` when they are not
exactly one mail of known fields to the intended recipient. Nothing here changes bytes that it refuses.
"""

import io
import re
from collections.abc import Iterable, Sequence
from email.errors import MultipartInvariantViolationDefect
from email.parser import BytesHeaderParser
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
_FIELD = re.compile(rb"[A-Za-z][A-Za-z-]*: ?[!-~]")


class UnsafeOutput(Exception):
    """A mail of ours is not what it was meant to be and must not be sent; the text says what is wrong with it."""


def fields(pairs: Iterable[tuple[str, str]]) -> bytes:
    """The header block of (name, value) pairs without the empty ones, folded, each line ended by CRLF."""
    return "".join(f"{_folded(name, value.split(' '))}\r\n" for name, value in pairs if value).encode("ascii")


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
    _refuse({raw.count(b"\r"), raw.count(b"\n")} != {raw.count(b"\r\n")}, "a line does not end with CRLF")
    # Line by line, so that a large attachment is not in memory once more.
    longest = max(len(line.rstrip(b"\r\n")) for line in io.BytesIO(raw))
    _refuse(longest > LONGEST_LINE, f"a line is longer than {LONGEST_LINE} octets")
    for line in head.split(b"\r\n"):
        folded = line[:1] == b" " and line.strip()
        _refuse(not (folded or _FIELD.match(line)), f"this line is no field: {line[:60]!r}")
    _verify_fields(head, recipient)


def _verify_fields(head: bytes, recipient: str) -> None:
    parsed = BytesHeaderParser().parsebytes(head + b"\r\n\r\n")
    names = [name.lower() for name in parsed]
    unknown = sorted(set(names) - _KNOWN)
    _refuse(unknown, f"the field {', '.join(unknown)} is not one of ours")
    twice = sorted(name for name in _KNOWN if names.count(name) > 1)
    _refuse(twice, f"the field {', '.join(twice)} is there twice")
    missing = sorted(_ONCE - set(names))
    _refuse(missing, f"the field {', '.join(missing)} is missing")
    # Debian 12's Python 3.11.2 misses the parts of a multipart even where only the header is read.
    faults = [defect for defect in parsed.defects if not isinstance(defect, MultipartInvariantViolationDefect)]
    _refuse(faults, f"a parser finds a fault in it: {faults}")
    written = [normalise(address) for _, address in getaddresses([str(parsed["To"])])]
    _refuse(written != [normalise(addr_spec(recipient))], f"it would go to {written}, not to {recipient}")
    _refuse(len(getaddresses([str(parsed["From"])])) != 1, "From does not name one mailbox")


def _refuse(wrong: object, why: str) -> None:
    if wrong:
        raise UnsafeOutput(f"the mail is not sent: {why}")


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _words(line: str) -> str:
    """The line as it is where every parser reads it as it is, else as encoded words."""
    harmless = line.isascii() and "=?" not in line
    if harmless and all(len(word) <= _LONGEST_WORD for word in line.split(" ")):
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


def _folded(name: str, words: Sequence[str]) -> str:
    lines = [f"{name}: {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)

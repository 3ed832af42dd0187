"""Who wrote a mail, read strictly; and to whom it went, read kindly.

`read_from` gives the best reading of the From field for people, and a defect that is "" only when the mail has exactly
one From field with exactly one mailbox on which three readers agree: the strict one here (RFC 5322 §3.4, without the
obsolete forms), the standard library's and mail-parser's. Parsers that disagree about an author are how authors are
forged, so in doubt there is a defect. Display names and comments never identify. `read_mailboxes` reads To and Cc
with mail-parser and falls back on whatever looks like an address. Input is capped; nothing here raises.
"""

import re
import unicodedata
from email.utils import getaddresses
from functools import lru_cache

from mailparser.utils import get_addresses

from helpdeskd.domain.address import Mailbox, a_label, domain_of, normalise
from helpdeskd.mail import charset, limits
from helpdeskd.mail.fields import Field, Head, decoded, one_line

_MAX_STRICT = 998
_KEPT = 256
"""Values of address fields whose reading is kept: the same people write again."""

_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\ud7ff\ue000-\U0010ffff-]"
_DOT_ATOM = rf"{_ATOM}++(?:\.{_ATOM}++)*+"
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*+"'
_COMMENT = r"\([^()\\<>@,;:\x00-\x1f\x7f]*+\)"
_PHRASE = rf"(?:(?:{_ATOM}|\.)++|{_QUOTED}|{_COMMENT}|[ \t]++)*+"
_STRICT = re.compile(
    rf"{_PHRASE}<(?P<angle>{_DOT_ATOM}@{_DOT_ATOM})>[ \t]*+(?:{_COMMENT})?+[ \t]*+"
    rf"|[ \t]*+(?P<bare>{_DOT_ATOM}@{_DOT_ATOM})[ \t]*+(?:{_COMMENT})?+[ \t]*+"
)
_LIKE_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,64}@[^\s<>()\[\]\",;:@]{1,255}")
_QUOTES = "'\"\u201c\u201d "


def read_from(head: Head) -> tuple[Mailbox | None, str]:
    """The author as people should see it, and why it proves nothing ("" when it may)."""
    fields = head.all("from")
    if not fields:
        return None, "no From field"
    shown = next(iter(read_mailboxes(fields[0])), None)
    defect = "more than one From field" if len(fields) > 1 else _defect(fields[0], shown)
    return (None if defect and _names_several(fields) else shown), defect


def _names_several(fields: tuple[Field, ...]) -> bool:
    """Whether a From that is not to be trusted could be read as another author too; then none is shown."""
    addresses = {found.lower() for field in fields for found in _LIKE_ADDRESS.findall(_capped(field))}
    return len(addresses) != 1


def read_mailboxes(field: Field) -> tuple[Mailbox, ...]:
    """The mailboxes of an address field, at most `limits.MAX_ADDRESSES`."""
    value = _capped(field)
    found = [(name, address) for name, address in _by_mail_parser(value) if address]
    if not found:
        found = [(_name_beside(value), address) for address in _LIKE_ADDRESS.findall(decoded(value))]
    return tuple(
        Mailbox(one_line(decoded(name)).strip(_QUOTES), one_line(address))
        for name, address in found[: limits.MAX_ADDRESSES]
    )


def is_cut(field: Field) -> bool:
    """Whether an address field holds more than is read of it."""
    return len(field.raw) > limits.MAX_ADDRESS_FIELD or field.raw.count(b"@") > limits.MAX_ADDRESSES


def _defect(field: Field, shown: Mailbox | None) -> str:
    try:
        value = field.raw.decode("utf-8")
    except UnicodeDecodeError:
        return "From is not UTF-8"
    if len(field.raw) > _MAX_STRICT:
        return "From is too long"
    match = _STRICT.fullmatch(value)
    address = (match["angle"] or match["bare"]) if match else ""
    if not address:
        return "From is not exactly one mailbox"
    if "=?" in address or not _one_spelling(address):
        return "From holds a domain or name that has two readings"
    readings = {_by_mail_parser(value), _by_library(value)}
    if shown is None or {tuple(found for _, found in reading) for reading in readings} != {(address,)}:
        return "readers disagree about From"
    return "" if shown.address == address else "readers disagree about From"


def _one_spelling(address: str) -> bool:
    """Whether the address means what it shows: no full-width or compatibility form of another one (RFC 5890)."""
    comparable = normalise(address)
    domain = domain_of(address)
    if not comparable or (comparable.isascii() and not address.rpartition("@")[0].isascii()):
        return False
    if domain.isascii():
        return True
    shown = unicodedata.normalize("NFC", domain).lower()
    return a_label(domain).encode("ascii").decode("idna") == shown


@lru_cache(maxsize=_KEPT)
def _by_mail_parser(value: str) -> tuple[tuple[str, str], ...]:
    """Slow, and asked twice about each From; To is the same in nearly all mail."""
    try:
        return tuple(get_addresses(value))
    except Exception:
        return ()


@lru_cache(maxsize=_KEPT)
def _by_library(value: str) -> tuple[tuple[str, str], ...]:
    """Slow too."""
    try:
        return tuple(getaddresses([value]))
    except Exception:
        return ()


def _name_beside(value: str) -> str:
    """What stands before an address that no parser could read."""
    return value.partition("<")[0] if "<" in value else ""


def _capped(field: Field) -> str:
    """The field's text, cut at its caps before a parser sees it."""
    value = charset.decode(field.raw[: limits.MAX_ADDRESS_FIELD])
    if value.count("@") <= limits.MAX_ADDRESSES:
        return value
    return "@".join(value.split("@", limits.MAX_ADDRESSES + 1)[: limits.MAX_ADDRESSES + 1]).rpartition(",")[0]

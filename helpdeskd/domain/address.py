"""Addresses as the desk compares them.

`normalise` is the one form in which two addresses are equal: local part in NFC and lower case (every provider that a
helpdesk meets ignores its case), domain as lower-case A-label (RFC 5890), so that a Cyrillic look-alike never equals
the Latin name that it imitates. Nothing here raises: what is no address normalises to the empty string.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

LONGEST_KEPT = 255
"""The same few are asked for again and again, several times of each mail; no domain is longer (RFC 1035 §2.3.4)."""

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_ATOMS = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an addr-spec (RFC 5322 §3.4). The name never identifies anybody."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def normalise(address: str) -> str:
    """The comparable form of an addr-spec; "" for what is none."""
    return _kept_form(address) if len(address) <= LONGEST_KEPT else _form(address)


def _form(address: str) -> str:
    local, at, domain = address.strip().rpartition("@")
    label = a_label(domain)
    # Of all blanks only the common one is printable.
    if not (local and at and label and local.isprintable()) or "@" in local or " " in local:
        return ""
    return f"{unicodedata.normalize('NFC', local).lower()}@{label}"


_kept_form = lru_cache(maxsize=512)(_form)


def a_label(domain: str) -> str:
    """A domain as lower-case ASCII (RFC 5890 §2.3.2.1); "" where it cannot be one, or would become another name.

    Full-width letters, `ß` and their like are mapped to other letters by the older standard that Python knows (RFC
    3490) and kept by the newer one; a domain with two readings has none here, nor has one with a sign that is a letter
    in disguise (the Kelvin sign, which normalising makes a `K`).
    """
    return _kept_label(domain) if len(domain) <= LONGEST_KEPT else _label(domain)


def _label(domain: str) -> str:
    if any(unicodedata.normalize("NFC", character) != character for character in domain):
        return ""
    shown = unicodedata.normalize("NFC", domain.strip().removesuffix(".")).lower()
    try:
        label = shown.encode("idna").decode("ascii").lower()
        one_reading = shown.isascii() or label.encode("ascii").decode("idna") == shown
    except UnicodeError:
        return ""
    return label if one_reading and _HOST.fullmatch(label) else ""


_kept_label = lru_cache(maxsize=512)(_label)


def is_deliverable(address: str) -> bool:
    """Whether any mail server can be given a normalised address (RFC 5321 §4.1.2, §4.5.3.1): in ASCII, without quotes,
    at a domain that more than one network knows, of at most 64 and 254 octets.
    """
    local, _, domain = address.rpartition("@")
    return bool(_ATOMS.fullmatch(local)) and "." in domain and len(local) <= 64 and len(address) <= 254


def domain_of(address: str) -> str:
    """The domain of a normalised address."""
    return address.rpartition("@")[2]


def split_detail(address: str) -> tuple[str, str]:
    """`support+t.abc@x` is `support@x` with the detail `t.abc` (RFC 5233); no plus, no detail."""
    local, _, domain = address.rpartition("@")
    base, _, detail = local.partition("+")
    return f"{base}@{domain}", detail


def with_detail(address: str, detail: str) -> str:
    """The address that carries `detail` after a plus."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{detail}@{domain}"

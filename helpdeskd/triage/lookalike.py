"""Look-alikes: a sender's domain that people would take for one that the desk knows (attack "homograph")."""

import unicodedata
from difflib import SequenceMatcher

from helpdeskd.domain.address import domain_of

NEAR = 0.9
_FOLD = str.maketrans(
    {"0": "o", "1": "l", "і": "i", "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x", "у": "y"}
)


def resembles(address: str, known: frozenset[str]) -> str:
    """The known domain that the address's domain imitates; "" when it is known itself or resembles none."""
    domain = domain_of(address)
    if not domain or domain in known:
        return ""
    shape = _shape(domain)
    return next((other for other in sorted(known) if _near(shape, _shape(other))), "")


def _near(shape: str, other: str) -> bool:
    return shape == other or (len(other) > 6 and SequenceMatcher(None, shape, other).ratio() >= NEAR)


def _shape(domain: str) -> str:
    """The domain as an eye reads it: decoded, without accents, look-alike letters made one."""
    try:
        shown = domain.encode("ascii").decode("idna")
    except UnicodeError:
        shown = domain
    plain = unicodedata.normalize("NFKD", shown).casefold().translate(_FOLD).replace("rn", "m")
    return "".join(letter for letter in plain if not unicodedata.combining(letter))

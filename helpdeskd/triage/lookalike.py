"""Look-alikes: a sender's domain that people would take for one that the desk knows (attack "homograph").

In: a normalised address and the A-labels of known domains. Out: the known domain that is imitated, or "". Two domains
look alike when their shapes are the same or nearly so: decoded, without accents, with letters that an eye confuses made
one. A part of a known domain is its owner's and imitates nothing. It never raises.
"""

import unicodedata
from difflib import SequenceMatcher

from helpdeskd.domain.address import domain_of

NEAR = 0.9
SHORT = 6
_FOLD = str.maketrans("01іӏаеорсхуѕјԁһԛԝοανι", "olilaeopcxysjdhqwoavi")


def resembles(address: str, known: frozenset[str]) -> str:
    """The known domain that the address's domain imitates; "" when it is known itself or resembles none."""
    domain = domain_of(address)
    if not domain or domain in known:
        return ""
    shape = _shape(domain)
    others = (other for other in sorted(known) if not domain.endswith(f".{other}"))
    return next((other for other in others if _near(shape, _shape(other))), "")


def _near(shape: str, other: str) -> bool:
    return shape == other or (len(other) > SHORT and SequenceMatcher(None, shape, other).ratio() >= NEAR)


def _shape(domain: str) -> str:
    """The domain as an eye reads it."""
    try:
        shown = domain.encode("ascii").decode("idna")
    except UnicodeError:
        shown = domain
    plain = unicodedata.normalize("NFKD", shown).casefold().translate(_FOLD).replace("rn", "m").replace("vv", "w")
    return "".join(letter for letter in plain if not unicodedata.combining(letter))

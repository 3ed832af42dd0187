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
_LIKE = {
    "a": "\u0430\u0251\u03b1\u1d00",
    "b": "\u044c\u0299\u0253",
    "c": "\u0441\u03f2\u1d04",
    "d": "\u0501\u0111\u0257\u1d05",
    "e": "\u0435\u04bd\u0454\u025b\u1d07",
    "f": "\u0192",
    "g": "\u0261\u0581\u0262",
    "h": "\u04bb\u0570\u0127\u029c",
    "i": "\u0456\u0131\u03b9\u026a",
    "j": "\u0458\u1d0a",
    "k": "\u043a\u03ba\u1d0b",
    "l": "1\u04cf\u0142\u029f",
    "m": "\u043c\u1d0d",
    "n": "\u0578\u0274\u014b",
    "o": "0\u043e\u03bf\u0585\u00f8\u0275\u04e9\u03c3\u1d0f",
    "p": "\u0440\u03c1\u1d18",
    "q": "\u051b\u0563",
    "r": "\u0433\u0280",
    "s": "\u0455\ua731",
    "t": "\u0442\u03c4\u0167\u1d1b",
    "u": "\u03c5\u057d\u028b\u1d1c",
    "v": "\u0475\u03bd\u1d20",
    "w": "\u051d\u0461\u1d21",
    "x": "\u0445\u03c7",
    "y": "\u0443\u04af\u03b3\u028f",
    "z": "\u1d22\u01b6",
}
"""Letters of other scripts and shapes that an eye takes for a Latin one."""

_FOLD = str.maketrans({other: letter for letter, others in _LIKE.items() for other in others})


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
    shown = ".".join(map(_decoded, domain.split(".")))
    plain = unicodedata.normalize("NFKD", shown).casefold().translate(_FOLD).replace("rn", "m").replace("vv", "w")
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _decoded(label: str) -> str:
    """An A-label as it is shown; also one that no registry would give out (RFC 3492, without the checks of names)."""
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except UnicodeError:
        return label

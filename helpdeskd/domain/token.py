"""The capability in a reply address: proof that we wrote to this person about this ticket (spec "Who: strength").

A token is HMAC-SHA256, cut to 128 bits, over ticket, recipient, purpose, expiry and the database's epoch, in lower-case
base32 so that it survives a local part (RFC 5321 §4.5.3.1.1: 64 octets). It names its ticket but not its recipient:
only who already is that recipient can use it. One that asks for approval is bound to the estimate too (`about`), so
that an answer counts for what was asked in that very mail. `read` returns None for anything that is no token of ours;
whose it is and whether it is in time, only `Keyring.holder` says. Keys are rotated by putting a new one first.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_DAY_ZERO = datetime(2020, 1, 1, tzinfo=UTC)
_MAC_BYTES = 16
_BYTES = 5 + 1 + 2 + _MAC_BYTES
_LETTERS = -(-_BYTES * 8 // 5)
REPLY = "r"
DUTY = "d"
BOUNCE = "b"
APPROVE = "a"
ADOPT = "y"
DESK = "k"
MANAGE = "m"
THIRD_PARTY = "t"
PURPOSES = frozenset({REPLY, DUTY, BOUNCE, APPROVE, ADOPT, DESK, MANAGE, THIRD_PARTY})
"""ADOPT is about a held mail, and BOUNCE about a mail of ours: their number stands in the place of the ticket's. DESK
is an agent's, about no ticket: the number is that of a held mail, or 0. MANAGE is about a customer's contacts as they
were: the number is that of the list. THIRD_PARTY is of somebody who was asked, whose answer is a note and nothing else.
"""

_DAYS = {MANAGE: 30}
_USUAL_DAYS = 400
"""How long a token is good at least. The mail of earlier years is played again too."""
_AHEAD = timedelta(minutes=5)
"""So much the clock of who issued it may be ahead of that of who reads it."""

MARK = "[ref:{token}]"
"""Carries a token in the text of a mail, for desks whose provider has no plus-addresses."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token claims before it is checked against somebody. It is good to the end of `expires_day` in UTC."""

    ticket_id: int
    purpose: str
    expires_day: int
    mac: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys, newest first, and the epoch of the database that they are bound to."""

    keys: tuple[bytes, ...]
    epoch: str

    def issue(self, ticket_id: int, recipient: str, purpose: str, now: datetime, about: int = 0) -> str:
        """A token for `recipient` (normalised), good for at least the days of its purpose. `about` is an estimate's
        number.
        """
        head = _head(ticket_id, purpose, max(0, _day(now) + _days(purpose)))
        return _encode(head + self._mac(self.keys[0], head + _bound(about), recipient))

    def holder(self, text: str, candidates: Iterable[str], now: datetime, about: int = 0) -> str:
        """Which of the candidate addresses the token was issued to; "" for none, or when it has expired, or was issued
        by a clock that was a day or more ahead.
        """
        claim = read(text)
        if claim is None or not _day(now) <= claim.expires_day <= _day(now + _AHEAD) + _days(claim.purpose):
            return ""
        head = _head(claim.ticket_id, claim.purpose, claim.expires_day) + _bound(about)
        return next((person for person in candidates if self._valid(claim.mac, head, person)), "")

    def _valid(self, mac: bytes, head: bytes, person: str) -> bool:
        return any(hmac.compare_digest(mac, self._mac(key, head, person)) for key in self.keys)

    def _mac(self, key: bytes, head: bytes, recipient: str) -> bytes:
        text = head + b"\0" + self.epoch.encode() + b"\0" + recipient.encode()
        return hmac.new(key, text, hashlib.sha256).digest()[:_MAC_BYTES]


def read(text: str) -> Claim | None:
    """The claim of a token, unchecked; None for what has not the form of one, or is of no known purpose."""
    if len(text) != _LETTERS:
        return None
    try:
        data = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return None
    if len(data) != _BYTES or _encode(data) != text.lower():
        return None
    claim = Claim(int.from_bytes(data[:5]), chr(data[5]), int.from_bytes(data[6:8]), data[8:])
    return claim if claim.purpose in PURPOSES else None


def _day(now: datetime) -> int:
    return (now - _DAY_ZERO).days


def _days(purpose: str) -> int:
    return _DAYS.get(purpose, _USUAL_DAYS)


def _head(ticket_id: int, purpose: str, expires_day: int) -> bytes:
    return ticket_id.to_bytes(5) + purpose.encode("ascii") + expires_day.to_bytes(2)


def _bound(about: int) -> bytes:
    return about.to_bytes(4) if about else b""


def _encode(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()

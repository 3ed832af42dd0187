"""The Received field that we put on top of a mail (RFC 5321 §4.4), and those that others have put there.

Text of the client (its greeting) is cut and cleaned, so that it cannot end the field or its comments. The login is not
told, only that there was one. `as_sent` takes our field off again: two deliveries of one mail differ in nothing else,
so its digest is what a retry is recognised by.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

HOPS_LIMIT = 50
_HEADER_SCAN = 1024 * 1024

_RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
_TOP_FIELD = re.compile(rb"Received: [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")
_UNSAFE = re.compile(r"[^A-Za-z0-9.:_\[\]-]")


@dataclass(frozen=True, slots=True)
class Hop:
    """How a mail reached us: `greeting` and `client` name the sender, `cipher` is "" without TLS, `at` is aware UTC."""

    greeting: str
    client: str
    hostname: str
    protocol: str
    extended: bool
    utf8: bool
    cipher: str
    login: bool
    id: str
    at: datetime


def received_field(hop: Hop) -> bytes:
    """The field with its CRLF, folded."""
    literal = f"IPv6:{hop.client}" if ":" in hop.client else hop.client
    sender = f" ([{literal}])" if literal else ""
    tls = f"\r\n\t({hop.cipher})" if hop.cipher else ""
    field = (
        f"Received: from {_safe(hop.greeting)}{sender}\r\n\tby {hop.hostname} with {_with(hop)} id {hop.id}{tls};"
        f"\r\n\t{_date_time(hop.at.replace(microsecond=0))}\r\n"
    )
    return field.encode("ascii", "replace")


@lru_cache(maxsize=2)
def _date_time(second: datetime) -> str:
    """RFC 5322 §3.3. Many mails come in one second, and this takes longer than the rest of the field."""
    return format_datetime(second)


def _safe(greeting: str) -> str:
    return _UNSAFE.sub("?", greeting[:255]) or "unknown"


def _with(hop: Hop) -> str:
    """The registered name of the protocol used (RFC 3848, RFC 6531 §4.3)."""
    secured = ("S" if hop.cipher else "") + ("A" if hop.login else "")
    if hop.utf8:
        prefix = "UTF8"
    else:
        prefix = "E" if hop.protocol == "smtp" and (hop.extended or secured) else ""
    return prefix + hop.protocol.upper() + secured


def hops(raw: bytes) -> int:
    """How many Received fields the mail's header block has (RFC 5321 §6.3); looks at its first MiB."""
    end = 0 if raw.startswith(b"\r\n") else raw.find(b"\r\n\r\n", 0, _HEADER_SCAN)
    return len(_RECEIVED.findall(raw, 0, _HEADER_SCAN if end < 0 else end))


def own_field(raw: bytes) -> int:
    """How long the Received field is that we put on top of a mail; 0 without one."""
    field = _TOP_FIELD.match(raw)
    return field.end() if field else 0


def as_sent(raw: bytes) -> bytes:
    """A mail that we took over SMTP or LMTP without the Received field that we put on top."""
    return raw[own_field(raw) :]

"""What delivery is told and what it answers: the smarthost's settings, the four results, and when to try again.

Whether a trouble is temporary is decided at the edge, by what speaks to the other side, and is the result's type
(spec "Out", P4). The same results are used for mail and for command hooks. Values and arithmetic only.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Literal

from helpdeskd.mail.oauth import Mechanism, TokenSource

RETRY = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60))
"""The pause after the first, second, … try without success; the last one repeats."""
REPLY_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has taken responsibility (RFC 5321 §4.2.5). `reply` is one line; `code` enhanced (RFC 3463)."""

    reply: str
    code: str = "2.0.0"


@dataclass(frozen=True, slots=True)
class Later:
    """Not sent, to be tried again. `alarm` is a sentence for the administrator, "" for what passes by itself."""

    reply: str
    code: str = "4.0.0"
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Refused for good."""

    reply: str
    code: str = "5.0.0"


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Sent to its end without an answer: it may have arrived (P4). Sent again with the same Message-ID."""

    reply: str
    code: str = "4.4.2"


Result = Sent | Later | Failed | Uncertain


@dataclass(frozen=True, slots=True)
class SmarthostSettings:
    """The server that takes our mail. All times are in seconds; `lifetime` is how long a mail is tried.

    `password` is asked for at each login, in a thread, and may raise OSError or ValueError; `token` instead of it gives
    an access token, which is used by `mechanism`, and may raise NoToken. `ca_file` replaces the system's certificate
    authorities. `hostname` is how we introduce ourselves. `answer_seconds` is the wait after the final dot: long,
    because giving up there makes duplicates (RFC 5321 §4.5.3.2.6).

    :raises ValueError: no TLS to another host, a login without TLS or without one of password and token.
    """

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"] = "starttls"
    ca_file: str | None = None
    login: str = ""
    password: Callable[[], str] | None = field(default=None, repr=False)
    token: TokenSource | None = field(default=None, repr=False)
    mechanism: Mechanism = "XOAUTH2"
    hostname: str = "localhost"
    timeout: float = 60
    answer_seconds: float = 600
    idle_seconds: float = 60
    mails_per_connection: int = 100
    lifetime: timedelta = timedelta(days=5)

    def __post_init__(self) -> None:
        if self.tls == "none" and not _is_loopback(self.host):
            raise ValueError(f'tls "none" is for this host itself, not for {self.host}: use "starttls" or "implicit"')
        if self.tls == "none" and self.login:
            raise ValueError('a login needs TLS: use "starttls" or "implicit"')
        if self.login and (self.password is None) == (self.token is None):
            raise ValueError("a login needs a password or a token, and not both")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def retry_at(attempts: int, now: datetime, created_at: datetime, settings: SmarthostSettings) -> datetime | None:
    """When to try again after `attempts` tries (from 1); None when that would be after the mail's lifetime."""
    due = now + RETRY[min(attempts, len(RETRY)) - 1]
    return due if due <= created_at + settings.lifetime else None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def one_line(said: str) -> str:
    """What the other side said, printable and at most REPLY_LENGTH characters of it."""
    return "".join(c if c.isprintable() else " " for c in said)[:REPLY_LENGTH]

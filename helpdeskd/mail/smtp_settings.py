"""What the SMTP and LMTP door is told, and what it asks of the house behind it.

`SmtpSettings` are one listener's limits and names; `Intake` adds what a session asks: is this address ours, is there
room, what time is it, and (once per mail) keep it. Only `Accept` decides that a mail is ours: when it
returns, raw and envelopes are committed and synced, and the client is told 250; when it raises, the client is told to
come again (451 4.3.0, or 452 4.3.1 for `StorageFull`), and nothing may have been kept. The same mail may be offered
again after a commit whose 250 was lost: recognising it is the business of whoever accepts (see `smtp_trace.as_sent`).
"""

import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from helpdeskd.domain.desk import Network
from helpdeskd.domain.message import Envelope

MIB = 1024 * 1024

Accept = Callable[[Sequence[Envelope], bytes], Awaitable[None]]
Recipients = Callable[[str], bool]
Reserve = Callable[[], bool]
Logins = Callable[[str, bytes], bool]


class StorageFull(Exception):
    """Raised by an Accept for want of room: the client is asked to come again (452 4.3.1)."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """One listener (spec "SMTP and LMTP"). Sizes are octets, times are seconds, `min_rate` is octets a second.

    `max_size` is of the mail as RFC 1870 counts it, `max_buffered` of all mails being received at once. `idle_seconds`
    is the longest silence, and the grace before `min_rate` is asked; `transaction_seconds` the longest time from the
    greeting, or from the last mail taken, to the end of the next. `domains` are ours besides `hostname` (for
    `postmaster`). `allow_bare_newlines` (LMTP only) repairs a lone CR or LF instead of refusing it. `logins` checks
    what AUTH was given, off the event loop; a wrong login is answered after `login_pause` seconds, and an address with
    more than `login_tries` of them gets no further try for `login_bar_seconds`. With `balancers` every client must be
    one of these, and begins with the PROXY protocol: whom it names is believed.
    Raises ValueError for what cannot go together.
    """

    hostname: str
    protocol: Literal["smtp", "lmtp"] = "smtp"
    account: str = ""
    domains: frozenset[str] = frozenset()
    max_size: int = 50 * MIB
    max_buffered: int = 256 * MIB
    max_connections: int = 200
    max_connections_per_address: int = 50
    max_recipients: int = 100
    max_errors: int = 20
    max_junk: int = 100
    line_limit: int = 64 * 1024
    idle_seconds: float = 300
    transaction_seconds: float = 3600
    min_rate: float = 500
    allow_bare_newlines: bool = False
    balancers: tuple[Network, ...] = ()
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    require_tls_for_auth: bool = True
    logins: Logins | None = None
    login_pause: float = 2
    login_tries: int = 10
    login_bar_seconds: float = 3600

    def __post_init__(self) -> None:
        if self.allow_bare_newlines and self.protocol != "lmtp":
            raise ValueError("lone CR or LF may be allowed on LMTP only: on SMTP they let mail be smuggled")
        if self.implicit_tls and self.tls is None:
            raise ValueError("implicit TLS needs a certificate")
        if self.implicit_tls and self.balancers:
            raise ValueError("with the PROXY protocol use STARTTLS, or let the balancer end the TLS")


@dataclass(frozen=True, slots=True)
class Intake:
    """A listener's settings and what a session asks of the house; `now` gives aware UTC.

    `refused` hears of each 4xx and 5xx reply, with the client's address: what is refused leaves no other trace.
    """

    settings: SmtpSettings
    accept: Accept
    recipients: Recipients
    reserve: Reserve
    now: Callable[[], datetime]
    refused: Callable[[str, str], None]

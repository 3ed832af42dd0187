"""How much of the desk one client, and all clients together, may use (RFC 5321 §4.5.3, spec "Limits").

`Traffic` is shared by the sessions of a listener: connections in all and per address (an IPv6 client counts as its
/64), octets of mails being received, wrong logins, and the commits under way, of which it holds the only strong
references. `Patience` is one session's clock: how long it still waits for its client, which is not long while most
places are taken. Nothing here does I/O or reads a clock; times are seconds of the event loop, handed in as `now`.
"""

import asyncio
from collections import Counter
from ipaddress import IPv6Address, ip_address
from types import TracebackType

from helpdeskd.domain.client import origin_of
from helpdeskd.mail.smtp_settings import SmtpSettings

CLOSING = "421 4.3.2 Closing down, come again later"
BUSY = "421 4.3.2 Too many connections, come again later"
BUSY_ADDRESS = "421 4.7.0 Too many connections from your address, come again later"

CROWDED = 0.75
MOST_GUESSERS = 10_000
HURRY_SECONDS = 10
"""The longest silence of a client while more than this part of all connections are in use."""


def plain_address(address: str) -> str:
    """An IP address as people write it: ::ffff:192.0.2.1 is 192.0.2.1; "" where it is none (a Unix socket)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)


def address_of(peer: object) -> str:
    """The plain address of a transport's peername; "" for a Unix socket."""
    return plain_address(peer[0]) if isinstance(peer, tuple) else ""


class Traffic:
    """What all sessions of a listener use at this moment."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._by_origin: Counter[str] = Counter()
        self.connections = 0
        self.buffered = 0
        self.closing = False
        self.guesses = Guesses(settings)
        self.commits: set[asyncio.Future[None]] = set()

    @property
    def crowded(self) -> bool:
        """Whether the places are getting scarce."""
        return self.connections > self._settings.max_connections * CROWDED

    def admit(self, address: str) -> str:
        """Count a client in; "" if it may stay, else the reply that sends it away. Each call needs its `leave`."""
        origin = origin_of(address)
        self._by_origin[origin] += 1
        if self.closing:
            return CLOSING
        if self.connections > self._settings.max_connections:
            return BUSY
        if origin and self._by_origin[origin] > self._settings.max_connections_per_address:
            return BUSY_ADDRESS
        return ""

    def leave(self, address: str) -> None:
        """Count an admitted client out."""
        origin = origin_of(address)
        self._by_origin[origin] -= 1
        if not self._by_origin[origin]:
            del self._by_origin[origin]

    def room(self) -> "Room":
        """Room for one mail, given back when the `with` block ends."""
        return Room(self, self._settings.max_buffered)


class Guesses:
    """Wrong logins by the address they came from; of the oldest nothing is kept any more."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._wrong: dict[str, list[float]] = {}

    def wrong(self, address: str, now: float) -> None:
        """A login was refused. A Unix socket has no address, and is not counted."""
        origin = origin_of(address)
        if not origin:
            return
        since = now - self._settings.login_bar_seconds
        recent = [at for at in self._wrong.pop(origin, []) if at > since]
        self._wrong[origin] = [*recent[-self._settings.login_tries :], now]
        while len(self._wrong) > MOST_GUESSERS:
            del self._wrong[next(iter(self._wrong))]

    def barred(self, address: str, now: float) -> bool:
        """Whether this address has guessed too often of late."""
        since = now - self._settings.login_bar_seconds
        return sum(at > since for at in self._wrong.get(origin_of(address), ())) > self._settings.login_tries


class Room:
    """The memory that one mail takes of the listener's `max_buffered`."""

    def __init__(self, traffic: Traffic, most: int) -> None:
        self._traffic = traffic
        self._most = most
        self._taken = 0

    def take(self, octets: int) -> bool:
        """Take that much more; False (and nothing taken) if all mails together would need too much."""
        if self._traffic.buffered + octets > self._most:
            return False
        self._traffic.buffered += octets
        self._taken += octets
        return True

    def __enter__(self) -> "Room":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._traffic.buffered -= self._taken


class Patience:
    """How long a session still waits: for a command, for the rest of a mail, and for a whole transaction."""

    def __init__(self, settings: SmtpSettings, now: float) -> None:
        self._settings = settings
        self.next_mail(now)

    def next_mail(self, now: float) -> None:
        """A mail was taken (or the client has come): the transaction's time starts again."""
        self._transaction_due = now + self._settings.transaction_seconds
        self.next_command(now)

    def next_command(self, now: float) -> None:
        """Wait for a whole command: octets that trickle in do not prolong it."""
        self._heard = now
        self._receiving = False

    def receive(self, now: float) -> None:
        """Wait for a mail's content: from now on every octet counts."""
        self._heard = self._began = now
        self._octets = 0
        self._receiving = True

    def heard(self, now: float, octets: int) -> None:
        """The client sent something."""
        if self._receiving:
            self._heard = now
            self._octets += octets

    def due(self, hurry: bool = False) -> float:
        """The time at which patience ends, if nothing more is heard; sooner in a `hurry`."""
        idle = min(self._settings.idle_seconds, HURRY_SECONDS) if hurry else self._settings.idle_seconds
        due = min(self._heard + idle, self._transaction_due)
        if not self._receiving or not self._settings.min_rate:
            return due
        return min(due, self._began + idle + self._octets / self._settings.min_rate)

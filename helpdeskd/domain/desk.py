"""The desk as it is configured: one frozen value that triage, policies and composing read. Made by `config.load`.

Secrets, sockets and servers are not here (they are the daemon's, `config.schema`); what decides over a mail is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network

from helpdeskd.domain.address import split_detail
from helpdeskd.domain.amount import Amount
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.duty import Roster
from helpdeskd.domain.plan import Plan

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Queue:
    """Where mail to its addresses (normalised, the first one writes back) lands. A duty queue wakes who is on duty."""

    name: str
    addresses: tuple[str, ...]
    team: str
    duty: bool = False

    @property
    def address(self) -> str:
        return self.addresses[0]


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server whose Authentication-Results count: its authserv-id and the networks it connects from.

    `authserv_id` is "" for a relay that writes none (Exchange Online). Without networks it is the one that fills our
    mailboxes, or delivers by LMTP over a Unix socket. `below_received` is how many Received fields of its own stand
    above its result: 0 for most, 1 for Postfix with a milter, 2 for Gmail, 4 for Exchange Online.
    """

    authserv_id: str
    networks: tuple[Network, ...]
    below_received: int = 0


@dataclass(frozen=True, slots=True)
class Trust:
    """Who proves a sender for us (spec "Who: strength"). `accounts` are mailboxes whose provider checks senders itself.

    `strength_to_open` "none" lets an unproved contact open tickets, for closed networks.
    """

    relays: tuple[Relay, ...] = ()
    networks: tuple[Network, ...] = ()
    accounts: frozenset[str] = frozenset()
    strength_to_open: str = "aligned"


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is woken and how. `step` is the time to acknowledge; `hook` a command (argv) beside each page, or empty."""

    roster: Roster
    step: timedelta
    rounds: int = 2
    hook: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caps:
    """At most so many automatic mails: to one address in an hour and a day, and from the whole desk in an hour."""

    address_hour: int = 5
    address_day: int = 20
    desk_hour: int = 500


@dataclass(frozen=True, slots=True)
class Rung:
    """Who is warned when a share (percent) of a target's time is used: owner, team, manager, or an address."""

    percent: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """`domain` is ours (Message-IDs); `prefix` starts references (`ACME-1042`); `plans` by name; `plan` serves where
    none is agreed.
    """

    name: str
    domain: str
    prefix: str
    language: str
    languages: tuple[str, ...]
    calendar: Calendar
    calendars: Mapping[str, Calendar]
    plans: Mapping[str, Plan]
    plan: str
    queues: tuple[Queue, ...]
    duty: Duty | None = None
    trust: Trust = field(default_factory=Trust)
    caps: Caps = field(default_factory=Caps)
    ladder: tuple[Rung, ...] = (
        Rung(50, ("owner",)),
        Rung(75, ("owner", "team")),
        Rung(100, ("team", "manager")),
        Rung(150, ("manager",)),
    )
    quiet: Amount | None = None
    owner_on_reply: bool = True

    def queue_of(self, address: str) -> Queue | None:
        """The queue that a normalised address, with or without a detail, belongs to."""
        base = split_detail(address)[0]
        return next((queue for queue in self.queues if base in queue.addresses), None)

    def queue_named(self, name: str) -> Queue | None:
        return next((queue for queue in self.queues if queue.name == name), None)

    def is_ours(self, address: str) -> bool:
        return self.queue_of(address) is not None

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(address for queue in self.queues for address in queue.addresses)

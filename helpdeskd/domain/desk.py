"""The desk as it is configured: one frozen value that triage, policies and composing read. Made by `config.load`.

Secrets, sockets and servers are not here (they are the daemon's, `config.schema`); what decides over a mail is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from helpdeskd.domain.address import split_detail
from helpdeskd.domain.amount import Amount
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.duty import Roster
from helpdeskd.domain.plan import Plan

LARGEST_ATTACHMENTS = 20 * 1024**2
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Queue:
    """Where mail to its addresses (normalised, the first one writes back) lands. A duty queue wakes who is on duty.

    `product` is what its mail is about, which not every contract may cover; "" for anything.
    """

    name: str
    addresses: tuple[str, ...]
    team: str
    duty: bool = False
    product: str = ""

    @property
    def address(self) -> str:
        return self.addresses[0]


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server whose Authentication-Results count: its authserv-id and the networks it connects from.

    `authserv_id` is "" for a relay that writes none (Exchange Online), and `*.mx.example` for one whose servers write
    names below mx.example. Without networks it is the one that fills our mailboxes, or delivers by LMTP over a Unix
    socket. `below_received` is how many Received fields of its own stand above its result: 0 for most, 1 for Postfix
    with a milter, 2 for Gmail, 4 for Exchange Online.
    """

    authserv_id: str
    networks: tuple[Network, ...]
    below_received: int = 0


@dataclass(frozen=True, slots=True)
class Trust:
    """Who proves a sender for us (spec "Who: strength"). `accounts` are mailboxes whose provider checks senders itself.

    `strength_to_open` "none" lets an unproved contact open tickets, for closed networks. With `answer_held` whoever has
    no other answer to a mail that is held gets one neutral line a day.
    """

    relays: tuple[Relay, ...] = ()
    networks: tuple[Network, ...] = ()
    accounts: frozenset[str] = frozenset()
    strength_to_open: str = "aligned"
    answer_held: bool = False


class ChannelKind(StrEnum):
    """The ways beside mail by which people are woken."""

    COMMAND = "hook"
    WEBHOOK = "webhook"
    SMS = "sms"
    APPRISE = "apprise"


@dataclass(frozen=True, slots=True)
class Channel:
    """One of them, by the name that the configuration gives it, for these people (names; () for everybody).

    `address` (normalised) is where short mails go, of which the gateway makes text messages; else "".
    """

    kind: ChannelKind
    name: str
    people: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is woken and how. `step` is the time to acknowledge; `channels` are used beside the mail of each page."""

    roster: Roster
    step: timedelta
    rounds: int = 2
    channels: tuple[Channel, ...] = ()

    def channels_of(self, person: str) -> tuple[Channel, ...]:
        return tuple(channel for channel in self.channels if not channel.people or person in channel.people)


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitoring system and how its mails are read. `senders` are addresses (normalised) and domains (A-labels).

    Each pattern is tried at the beginning of the subject, then of each line of the text, and gives the groups that it
    names: `state`, `host`, `service`, `key` (else host and service). What a state means stands in `problem`, `recovery`
    and `other`, in lower case. Alerts are for `customer`, or, for "", the desk's own. A recovery resolves what nobody
    has taken if it `resolves`. A problem that comes back within `flap` is no new one.
    """

    name: str
    senders: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    problem: frozenset[str]
    recovery: frozenset[str]
    other: frozenset[str] = frozenset()
    customer: str = ""
    resolves: bool = False
    flap: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Caps:
    """At most so many automatic mails: to one address in an hour and a day, and from the whole desk in an hour.

    `ticket_day`: at most so many mails of any sort about one ticket, or about none, to one address in a day.
    """

    address_hour: int = 5
    address_day: int = 20
    desk_hour: int = 500
    ticket_day: int = 200


@dataclass(frozen=True, slots=True)
class Rung:
    """Who is warned when a share (percent) of a target's time is used: owner, team, manager, or an address."""

    percent: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """`domain` is ours (Message-IDs); `prefix` starts references (`ACME-1042`); `plans` by name; `plan` serves where
    none is agreed; `managers_only` are commands that no other agent may give.
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
    monitors: tuple[Monitor, ...] = ()
    owner_on_reply: bool = True
    plus_addresses: bool = True
    largest_attachments: int = LARGEST_ATTACHMENTS
    managers_only: frozenset[str] = frozenset()

    def queue_of(self, address: str) -> Queue | None:
        """The queue that a normalised address, with or without a detail, belongs to."""
        base = split_detail(address)[0]
        return next((queue for queue in self.queues if base in queue.addresses), None)

    def plan_named(self, name: str) -> Plan:
        """A plan by its name; one that the configuration no longer has is served as the desk's own."""
        return self.plans.get(name) or self.plans[self.plan]

    def queue_named(self, name: str) -> Queue | None:
        return next((queue for queue in self.queues if queue.name == name), None)

    def is_ours(self, address: str) -> bool:
        return self.queue_of(address) is not None

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(address for queue in self.queues for address in queue.addresses)

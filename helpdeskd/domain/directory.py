"""Who the desk knows: customers with contacts and contracts, and agents; and the one Protocol by which the core asks.

Values are frozen and whole: a Customer holds all of its contacts and contracts. Names (`bakery`, `piet`) are short and
unique and are how commands, files and scenarios call them; addresses are normalised (`address.normalise`), the first
one being the person's main address, to which the desk writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from helpdeskd.domain.card import Card, Draw
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.event import Event, TicketEvent
from helpdeskd.domain.month import Month
from helpdeskd.domain.quota import Accepted
from helpdeskd.domain.standby import Period
from helpdeskd.domain.statement import Statement
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Ticket


class Right(StrEnum):
    """What a customer lets a contact do (spec "Who may ask for what")."""

    OPEN = "open"
    SPEND = "spend"
    APPROVE = "approve"
    MANAGE = "manage"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of a customer."""

    customer: str
    name: str
    addresses: tuple[str, ...]
    language: str
    rights: frozenset[Right] = frozenset({Right.OPEN})
    roles: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return self.addresses[0]


@dataclass(frozen=True, slots=True)
class Contract:
    """A customer's agreement: a plan from its first to its last day, both included, in the plan's zone.

    `standby` are agreed periods that do not overlap. With `inform_all` every contact is informed of every ticket.
    """

    plan: str
    first_day: date
    last_day: date
    paid_until: date | None = None
    agreement: str = ""
    covers: tuple[str, ...] = ()
    duty_phone: str = ""
    standby: tuple[Period, ...] = ()
    inform_all: bool = False

    def in_force(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Customer:
    """An organisation. `zone` is an IANA name, or "" for its plan's."""

    name: str
    title: str
    domains: tuple[str, ...] = ()
    language: str = ""
    zone: str = ""
    sites: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    contracts: tuple[Contract, ...] = ()
    cards: tuple[Card, ...] = ()

    def contract_on(self, day: date) -> Contract | None:
        """The first contract in force that day."""
        return next((contract for contract in self.contracts if contract.in_force(day)), None)


@dataclass(frozen=True, slots=True)
class Agent:
    """A person of the desk. `calendar` is the name of their working time, "" for the desk's; with `no_digest` they get
    no mail each morning.
    """

    name: str
    title: str
    addresses: tuple[str, ...]
    language: str = ""
    level: int = 1
    teams: tuple[str, ...] = ()
    calendar: str = ""
    manager: bool = False
    no_digest: bool = False

    @property
    def address(self) -> str:
        return self.addresses[0]


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail of ours that a Message-ID names: to whom it went, about which ticket ("" for none), and when."""

    outbox_id: int
    recipient: str
    notice: str
    reference: str
    created_at: datetime | None = None


class Directory(Protocol):
    """The questions that triage and policies may ask of what is stored; answers are values of one moment."""

    def contact(self, address: str) -> Contact | None:
        """The contact with that normalised address."""

    def customer(self, name: str) -> Customer | None:
        """The customer of that name."""

    def customer_titles(self) -> Mapping[str, str]:
        """The title of each customer, by its name."""

    def customer_of_domain(self, domain: str) -> Customer | None:
        """The customer that claims that A-label domain."""

    def agent(self, address: str) -> Agent | None:
        """The agent with that normalised address."""

    def agents(self) -> tuple[Agent, ...]:
        """All agents, in the order of the directory file."""

    def known_domains(self) -> frozenset[str]:
        """Domains of customers, contacts and agents, to notice look-alikes."""

    def ticket(self, reference: str) -> Ticket | None:
        """The ticket of that reference, whatever its case."""

    def ticket_by_id(self, ticket_id: int) -> Ticket | None:
        """The ticket with that number in the database."""

    def reference_of(self, message_id: str) -> str:
        """The reference of the ticket that a mail with this Message-ID belongs to, ours or foreign; "" if none."""

    def heard_from(self, message_id: str, sender: str) -> tuple[str, ...]:
        """The references of tickets on which a mail with this Message-ID of that sender (main address) counted."""

    def sent(self, message_id: str) -> SentMail | None:
        """The mail of ours with this Message-ID."""

    def sent_by_id(self, outbox_id: int) -> SentMail | None:
        """The mail of ours with that number."""

    def targets(self, ticket_id: int) -> tuple[Target, ...]:
        """A ticket's targets as they are stored."""

    def story(self, ticket_id: int) -> tuple[Event, ...]:
        """What happened to a ticket, in order."""

    def earlier(self, ticket: Ticket, limit: int, alike: bool) -> tuple[Ticket, ...]:
        """Earlier tickets, but merged ones: if `alike`, first those of anybody with the same words; then those of its
        customer; of both those with a solution first.
        """

    def open_emergency(self, customer: str) -> Ticket | None:
        """The customer's newest unfinished ticket for which duty was woken."""

    def ticket_of_alert(self, key: str) -> Ticket | None:
        """The newest ticket with that `alert_key`, whatever its status."""

    def automatic_mails(self, address: str, since: datetime) -> int:
        """How many automatic mails went or are queued to that address since then; "" counts all addresses."""

    def entries(self, ticket_id: int) -> tuple[Entry, ...]:
        """The entries of time of a ticket, in the order of booking."""

    def approvals(self, ticket_id: int) -> tuple[Approval, ...]:
        """What was approved on a ticket, in order."""

    def draws(self, customer: str) -> tuple[Draw, ...]:
        """What the customer's tickets have drawn on its cards."""

    def accepted(self, customer: str, plan: str, since: datetime, until: datetime) -> tuple[Accepted, ...]:
        """The customer's tickets of a plan that were accepted in [since, until)."""

    def billed_since(self, customer: str) -> Month | None:
        """The first month for which the customer gets statements; None for one that gets none."""

    def news(self, since: datetime) -> tuple[tuple[int, TicketEvent], ...]:
        """What happened to tickets since then and morning mails tell of, in order: each with its ticket's number."""

    def is_blocked(self, address: str) -> bool:
        """Whether mail from that normalised address is refused without a word."""

    def is_held(self, inbox_id: int) -> bool:
        """Whether that mail waits for a decision."""

    def was_sent(self, notice: str, address: str, since: datetime) -> bool:
        """Whether that address was sent a notice of that name about no ticket since then."""

    def held_since(self, since: datetime) -> int:
        """How many mails that came since then wait for a decision, counted up to 10."""

    def story_of_mail(self, inbox_id: int) -> tuple[Event, ...]:
        """What that mail brought about, in order."""

    def asked_to_adopt(self, sender: str, customer: str, since: datetime) -> bool:
        """Whether the customer's contacts were asked about that stranger's address since then."""

    def tickets_of(self, customer: str) -> tuple[Ticket, ...]:
        """All tickets of the customer, in the order of their opening."""

    def unfinished(self, customer: str | None = None) -> tuple[Ticket, ...]:
        """The tickets, of a customer or of all, that somebody still has to work on, the newest first."""

    def contact_list(self, customer: str) -> int:
        """The number of the customer's contacts as they are: a new one, from 1, with each change of any of them."""

    def who_got_list(self, number: int) -> tuple[str, ...]:
        """The addresses of contacts whose list has that number now; none for a list that was changed since."""

    def statements(self, customer: str) -> tuple[Statement, ...]:
        """The statements that the customer was issued, the oldest month first."""

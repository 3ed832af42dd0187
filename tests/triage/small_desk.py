"""A desk with two agents and two customers, a fake of its directory, and mail to it.

It is Monday, ten o'clock in Amsterdam. Anna, Bert and Carl are of the bakery, Fleur of the florist; Carl may not open
tickets. Ticket 1 (ACME-1001) is Anna's; ticket 2 (ACME-1002) is hers too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from helpdeskd.domain.address import Mailbox, domain_of, with_detail
from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.bill import DROPPED
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.card import Draw
from helpdeskd.domain.desk import Desk, Duty, Queue, Relay, Trust
from helpdeskd.domain.directory import Agent, Contact, Contract, Customer, Right, SentMail
from helpdeskd.domain.duty import Roster
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.event import Event, TicketEvent
from helpdeskd.domain.message import Envelope, Message
from helpdeskd.domain.month import Month
from helpdeskd.domain.plan import Plan, Priority
from helpdeskd.domain.quota import Accepted
from helpdeskd.domain.statement import Statement
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Decision, Emergency, Entitlement, Participant, Status, Ticket
from helpdeskd.domain.token import REPLY, Keyring
from helpdeskd.triage.case import Outcome
from helpdeskd.triage.triage import World, triage

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(days=1)

SUPPORT, DUTY_ADDRESS = "support@desk.example", "duty@desk.example"
RELAY, OFFICE, OUTSIDE = "192.0.2.25", "10.1.2.3", "198.51.100.9"

OPEN = frozenset({Right.OPEN})
ANNA = Contact("bakery", "Anna de Vries", ("anna@bakery.example", "anna@home.example"), "nl", frozenset(Right))
BERT = Contact("bakery", "Bert", ("bert@bakery.example",), "nl", OPEN)
CARL = Contact("bakery", "Carl", ("carl@bakery.example",), "nl", frozenset({Right.APPROVE}))
FLEUR = Contact("florist", "Fleur", ("fleur@florist.example",), "nl", OPEN)
PIET = Agent("piet", "Piet Jansen", ("piet@desk.example",), teams=("support",))
ANS = Agent("ans", "Ans Bakker", ("ans@desk.example",), teams=("support", "network"))
EVE = "eve@elsewhere.example"

THIS_YEAR = Contract("basic", date(2026, 1, 1), date(2026, 12, 31))
SITES = ("main", "shop")
BAKERY = Customer("bakery", "Bakery", ("bakery.example",), "", "", SITES, (ANNA, BERT, CARL), (THIS_YEAR,))
FLORIST = Customer("florist", "Florist", ("florist.example",), contacts=(FLEUR,), contracts=(THIS_YEAR,))

OFFICE_HOURS = Calendar("office", ZoneInfo("Europe/Amsterdam"), (((510, 1080),),) * 5 + ((), ()))
PLAN = Plan(
    "basic",
    OFFICE_HOURS,
    ("en",),
    (Priority("high"), Priority("normal"), Priority("low")),
    "normal",
    kinds=("question", "problem"),
    duty=True,
)
DESK = Desk(
    name="Helpdesk",
    domain="desk.example",
    prefix="ACME",
    language="en",
    languages=("en",),
    calendar=OFFICE_HOURS,
    calendars={},
    plans={"basic": PLAN},
    plan="basic",
    queues=(Queue("support", (SUPPORT,), "support"), Queue("duty", (DUTY_ADDRESS,), "support", duty=True)),
    duty=Duty(Roster(("piet", "ans")), timedelta(minutes=15)),
    trust=Trust(relays=(Relay("mx.desk.example", (ip_network(RELAY),)),), networks=(ip_network("10.0.0.0/8"),)),
    quiet=parse_amount("7 days"),
)
KEYS = Keyring((b"new key", b"old key"), "epoch")


def ticket(**changes: object) -> Ticket:
    """Anna's ticket, which nobody has taken."""
    as_usual = Ticket(
        id=1,
        reference="ACME-1001",
        subject="Printer",
        customer="bakery",
        requester=ANNA.address,
        plan="basic",
        queue="support",
        team="support",
        priority="normal",
        kind="question",
        opened_at=EARLIER,
        entitlement=Entitlement(Decision.ACCEPT),
        participants=(Participant(ANNA.address, EARLIER),),
        unanswered_since=EARLIER,
    )
    return replace(as_usual, **changes)  # type: ignore[arg-type]


def emergency(**changes: object) -> Ticket:
    """The same one, mailed to the duty address at night; Piet was paged."""
    paged = Emergency(1, "piet", ("piet",), NOW + timedelta(minutes=5))
    return ticket(queue="duty", priority="high", emergency=replace(paged, **changes))  # type: ignore[arg-type]


@dataclass
class FakeDirectory:
    """What the core may ask, from lists and dicts."""

    customers: tuple[Customer, ...] = (BAKERY, FLORIST)
    people: tuple[Agent, ...] = (PIET, ANS)
    tickets: tuple[Ticket, ...] = (ticket(), ticket(id=2, reference="ACME-1002", subject="Scanner"))
    sent_mails: Mapping[str, SentMail] = field(default_factory=dict)
    heard: Mapping[str, str] = field(default_factory=dict)
    booked: tuple[Entry, ...] = ()
    approved: tuple[Approval, ...] = ()
    drawn: tuple[Draw, ...] = ()
    held: frozenset[int] = frozenset()
    told: tuple[Event, ...] = ()
    asked_about: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    lists: Mapping[str, int] = field(default_factory=dict)
    issued: tuple[Statement, ...] = ()

    def contact(self, address: str) -> Contact | None:
        contacts = (contact for customer in self.customers for contact in customer.contacts)
        return next((contact for contact in contacts if address in contact.addresses), None)

    def customer(self, name: str) -> Customer | None:
        return next((customer for customer in self.customers if customer.name == name), None)

    def customer_of_domain(self, domain: str) -> Customer | None:
        return next((customer for customer in self.customers if domain in customer.domains), None)

    def agent(self, address: str) -> Agent | None:
        return next((agent for agent in self.people if address in agent.addresses), None)

    def agents(self) -> tuple[Agent, ...]:
        return self.people

    def known_domains(self) -> frozenset[str]:
        people = [*self.people, *(contact for customer in self.customers for contact in customer.contacts)]
        return frozenset(domain_of(address) for person in people for address in person.addresses)

    def ticket(self, reference: str) -> Ticket | None:
        return next((ticket for ticket in self.tickets if ticket.reference == reference.upper()), None)

    def ticket_by_id(self, ticket_id: int) -> Ticket | None:
        return next((ticket for ticket in self.tickets if ticket.id == ticket_id), None)

    def reference_of(self, message_id: str) -> str:
        ours = self.sent(message_id)
        return ours.reference if ours else self.heard.get(message_id, "")

    def heard_from(self, message_id: str, sender: str) -> tuple[str, ...]:
        return ()

    def sent(self, message_id: str) -> SentMail | None:
        return self.sent_mails.get(message_id)

    def sent_by_id(self, outbox_id: int) -> SentMail | None:
        return next((mail for mail in self.sent_mails.values() if mail.outbox_id == outbox_id), None)

    def targets(self, ticket_id: int) -> tuple[Target, ...]:
        return ()

    def entries(self, ticket_id: int) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.booked if entry.ticket == self.ticket_by_id(ticket_id).reference)

    def approvals(self, ticket_id: int) -> tuple[Approval, ...]:
        return tuple(each for each in self.approved if each.ticket == self.ticket_by_id(ticket_id).reference)

    def draws(self, customer: str) -> tuple[Draw, ...]:
        return self.drawn

    def accepted(self, customer: str, plan: str, since: datetime, until: datetime) -> tuple[Accepted, ...]:
        own = (ticket for ticket in self.tickets if (ticket.customer, ticket.plan) == (customer, plan))
        known = (Accepted(t.reference, t.served_at, t.on_quota and t.status not in DROPPED) for t in own)
        return tuple(one for one in known if since <= one.at < until)

    def billed_since(self, customer: str) -> Month | None:
        return None

    def is_blocked(self, address: str) -> bool:
        return address in self.blocked

    def was_sent(self, notice: str, address: str, since: datetime) -> bool:
        return False

    def news(self, since: datetime) -> tuple[tuple[int, TicketEvent], ...]:
        return ()

    def is_held(self, inbox_id: int) -> bool:
        return inbox_id in self.held

    def story_of_mail(self, inbox_id: int) -> tuple[Event, ...]:
        return self.told

    def asked_to_adopt(self, sender: str, customer: str, since: datetime) -> bool:
        return sender in self.asked_about

    def story(self, ticket_id: int) -> tuple[Event, ...]:
        return self.told

    def earlier(self, ticket: Ticket, limit: int, alike: bool) -> tuple[Ticket, ...]:
        return ()

    def open_emergency(self, customer: str) -> Ticket | None:
        woken = (t for t in self.tickets if t.customer == customer and t.emergency and not t.emergency.released)
        return next((t for t in woken if not t.status.ended and t.status is not Status.RESOLVED), None)

    def ticket_of_alert(self, key: str) -> Ticket | None:
        return next((ticket for ticket in reversed(self.tickets) if ticket.alert_key == key), None)

    def unfinished(self, customer: str | None = None) -> tuple[Ticket, ...]:
        own = (ticket for ticket in self.tickets if customer in {None, ticket.customer})
        return tuple(ticket for ticket in own if not ticket.status.ended)

    def statements(self, customer: str) -> tuple[Statement, ...]:
        return self.issued

    def customer_titles(self) -> Mapping[str, str]:
        return {customer.name: customer.title for customer in self.customers}

    def tickets_of(self, customer: str) -> tuple[Ticket, ...]:
        return tuple(ticket for ticket in self.tickets if ticket.customer == customer)

    def contact_list(self, customer: str) -> int:
        return self.lists.get(customer, 1)

    def who_got_list(self, number: int) -> tuple[str, ...]:
        theirs = (customer for customer in self.customers if self.contact_list(customer.name) == number)
        return tuple(address for customer in theirs for contact in customer.contacts for address in contact.addresses)

    def automatic_mails(self, address: str, since: datetime) -> int:
        return 0


def mail(sender: str = ANNA.address, text: str = "It is broken.", **fields: object) -> Message:
    """A mail of one person as parsing reads it, with the field that our relay writes when DMARC passes."""
    passed = ("Authentication-Results", f"mx.desk.example; dmarc=pass header.from={domain_of(sender)}")
    usual = Message(
        "<1@client.example>", from_=Mailbox("", sender), from_defect="", subject="Printer", text=text, headers=(passed,)
    )
    return replace(usual, **fields)  # type: ignore[arg-type]


def envelope(to: str = SUPPORT, peer: str = RELAY, at: datetime = NOW, **fields: str) -> Envelope:
    return Envelope("somebody@elsewhere.example", to, at, peer=peer, **fields)


def reply_address(
    holder: str, ticket_id: int = 1, purpose: str = REPLY, at: datetime = EARLIER, queue: str = SUPPORT, about: int = 0
) -> str:
    """The Reply-To that `holder` was given."""
    return with_detail(queue, f"t.{KEYS.issue(ticket_id, holder, purpose, at, about=about)}")


def decide(
    message: Message,
    arrived: Envelope | None = None,
    directory: FakeDirectory | None = None,
    desk: Desk = DESK,
    now: datetime = NOW,
    accepted_for: str = "",
) -> Outcome:
    world = World(desk, directory or FakeDirectory(), KEYS, "desk.example/epoch", accepted_for)
    return triage(message, arrived or envelope(), world, now)


def happened(outcome: Outcome) -> list[str]:
    """The names of an outcome's events."""
    return [type(event).__name__ for event in outcome.events]

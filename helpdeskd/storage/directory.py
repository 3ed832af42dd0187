"""Customers, contacts, contracts and agents as stored, and the answers to the core's questions (`domain.Directory`).

In: values of the directory, whole. Out: the same values, by name, address or domain. `replace` changes all of it in
the caller's transaction or nothing; one address has one holder, or it raises peewee.IntegrityError.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from peewee import SQL

from helpdeskd.domain.address import domain_of
from helpdeskd.domain.card import Draw
from helpdeskd.domain.directory import Agent, Contact, Customer, SentMail
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.event import Event, TicketEvent
from helpdeskd.domain.month import Month
from helpdeskd.domain.quota import Accepted
from helpdeskd.domain.statement import Statement
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import billing, blocked, contacts, inbox, ledger, mornings, outbox, search, tickets
from helpdeskd.storage.codec import dump, load, load_known
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import AgentRow, CustomerRow, KnownAddress, KnownDomain, Meta

ROSTER = "duty roster"
_CUSTOMER = Prepared(CustomerRow.select(CustomerRow.state).where(CustomerRow.name == value("name")))
_TITLES = Prepared(CustomerRow.select(CustomerRow.name, SQL("state ->> 'title'")).order_by(CustomerRow.position))
_OF_CONTACT = Prepared(
    CustomerRow.select(CustomerRow.state)
    .join(KnownAddress, on=KnownAddress.customer == CustomerRow.name)
    .where(KnownAddress.address == value("address"))
)
_HOLDER = Prepared(KnownAddress.select(KnownAddress.address).where(KnownAddress.address == value("address")))
_OF_DOMAIN = Prepared(KnownDomain.select(KnownDomain.customer).where(KnownDomain.domain == value("domain")))
_AGENTS = Prepared(AgentRow.select(AgentRow.state).order_by(AgentRow.position))
_ROSTER = Prepared(Meta.select(Meta.value).where(Meta.key == ROSTER))


class People:
    """Customers with their contacts, and agents: each is read once. For one transaction, as no other one changes them
    meanwhile.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Read anew what this transaction has changed."""
        self._customers: dict[str, Customer | None] = {}
        self._contacts: dict[str, Contact | None] = {}
        self._agents: tuple[Agent, ...] | None = None

    def contact(self, address: str) -> Contact | None:
        if address not in self._contacts:
            state = _OF_CONTACT.scalar(address=address)
            contacts = load_known(Customer, state).contacts if state else ()
            self._contacts[address] = next((c for c in contacts if address in c.addresses), None)
        return self._contacts[address]

    def customer(self, name: str) -> Customer | None:
        if name not in self._customers:
            state = _CUSTOMER.scalar(name=name)
            self._customers[name] = None if state is None else load_known(Customer, state)
        return self._customers[name]

    def agents(self) -> tuple[Agent, ...]:
        if self._agents is None:
            self._agents = tuple(load_known(Agent, state) for (state,) in _AGENTS.rows())
        return self._agents


class StoredDirectory:
    """Implements `domain.directory.Directory` over the tables, within the caller's transaction.

    Mails that were sent and earlier tickets are read once: make one for each turn, with the people of its transaction.
    """

    def __init__(self, people: People | None = None) -> None:
        self._people = people or People()
        self._sent: dict[str, SentMail | None] = {}
        self._earlier: dict[int, tuple[Ticket, ...]] = {}

    def contact(self, address: str) -> Contact | None:
        return self._people.contact(address)

    def customer(self, name: str) -> Customer | None:
        return self._people.customer(name)

    def customer_titles(self) -> Mapping[str, str]:
        return dict(_TITLES.rows())

    def customer_of_domain(self, domain: str) -> Customer | None:
        name = _OF_DOMAIN.scalar(domain=domain)
        return None if name is None else self.customer(name)

    def agent(self, address: str) -> Agent | None:
        return next((agent for agent in self.agents() if address in agent.addresses), None)

    def agents(self) -> tuple[Agent, ...]:
        return self._people.agents()

    def customers(self) -> tuple[Customer, ...]:
        return tuple(load(Customer, row.state) for row in CustomerRow.select().order_by(CustomerRow.position))

    def known_domains(self) -> frozenset[str]:
        addresses = (row.address.rpartition("@")[2] for row in KnownAddress.select(KnownAddress.address))
        return frozenset(addresses) | {row.domain for row in KnownDomain.select()}

    def ticket(self, reference: str) -> Ticket | None:
        return tickets.by_reference(reference)

    def ticket_by_id(self, ticket_id: int) -> Ticket | None:
        return tickets.by_id(ticket_id)

    def reference_of(self, message_id: str) -> str:
        ours = self.sent(message_id)
        return ours.reference if ours else tickets.reference_heard(message_id)

    def heard_from(self, message_id: str, sender: str) -> tuple[str, ...]:
        return tickets.heard_from(message_id, sender)

    def sent(self, message_id: str) -> SentMail | None:
        if message_id not in self._sent:
            self._sent[message_id] = outbox.by_message_id(message_id)
        return self._sent[message_id]

    def sent_by_id(self, outbox_id: int) -> SentMail | None:
        return outbox.by_id(outbox_id)

    def targets(self, ticket_id: int) -> tuple[Target, ...]:
        return tickets.targets(ticket_id)

    def story(self, ticket_id: int) -> tuple[Event, ...]:
        return tuple(event for event, _ in tickets.events(ticket_id))

    def earlier(self, ticket: Ticket, limit: int, alike: bool) -> tuple[Ticket, ...]:
        if ticket.id not in self._earlier:
            similar = search.similar(ticket, limit) if alike else []
            of_customer = tickets.earlier(ticket.customer, ticket.requester, ticket.id, limit + len(similar))
            self._earlier[ticket.id] = tuple({old.id: old for old in (*similar, *of_customer)}.values())[:limit]
        return self._earlier[ticket.id]

    def open_emergency(self, customer: str) -> Ticket | None:
        open_tickets = (t for t in tickets.unfinished(customer) if t.emergency and not t.emergency.released)
        return next(open_tickets, None)

    def entries(self, ticket_id: int) -> tuple[Entry, ...]:
        return ledger.entries(ticket_id)

    def approvals(self, ticket_id: int) -> tuple[Approval, ...]:
        return ledger.approvals(ticket_id)

    def draws(self, customer: str) -> tuple[Draw, ...]:
        return ledger.draws(customer)

    def accepted(self, customer: str, plan: str, since: datetime, until: datetime) -> tuple[Accepted, ...]:
        return tickets.accepted(customer, plan, since, until)

    def billed_since(self, customer: str) -> Month | None:
        return billing.first_month(customer)

    def news(self, since: datetime) -> tuple[tuple[int, TicketEvent], ...]:
        return mornings.news(since)

    def is_blocked(self, address: str) -> bool:
        return blocked.is_blocked(address)

    def is_held(self, inbox_id: int) -> bool:
        return inbox.is_held(inbox_id)

    def was_sent(self, notice: str, address: str, since: datetime) -> bool:
        return outbox.was_sent(notice, address, since)

    def held_since(self, since: datetime) -> int:
        return inbox.held_since(since)

    def story_of_mail(self, inbox_id: int) -> tuple[Event, ...]:
        return tuple(tickets.events_of_mail(inbox_id))

    def asked_to_adopt(self, sender: str, customer: str, since: datetime) -> bool:
        return tickets.asked_to_adopt(sender, customer, since)

    def tickets_of(self, customer: str) -> tuple[Ticket, ...]:
        return tuple(tickets.of_customer(customer))

    def unfinished(self, customer: str | None = None) -> tuple[Ticket, ...]:
        return tuple(tickets.unfinished(customer))

    def contact_list(self, customer: str) -> int:
        return contacts.number(customer)

    def who_got_list(self, number: int) -> tuple[str, ...]:
        return contacts.of_list(number)

    def statements(self, customer: str) -> tuple[Statement, ...]:
        return ledger.issued(customer)

    def ticket_of_alert(self, key: str) -> Ticket | None:
        return tickets.of_alert(key)

    def automatic_mails(self, address: str, since: datetime) -> int:
        return outbox.automatic_mails(address, since)


def replace(customers: Sequence[Customer], agents: Sequence[Agent], duty_roster: Sequence[str] = ()) -> None:
    """Make the directory exactly this. Raises peewee.IntegrityError for two holders of one address."""
    row = Meta.insert(key=ROSTER, value=json.dumps(duty_roster))
    row.on_conflict(conflict_target=[Meta.key], preserve=[Meta.value]).execute()
    stood = {customer.name: customer.contacts for customer in StoredDirectory().customers()}
    for table in (CustomerRow, AgentRow, KnownAddress, KnownDomain):
        table.delete().execute()
    for position, customer in enumerate(customers):
        CustomerRow.insert(name=customer.name, position=position, state=dump(customer)).execute()
        contacts.know(customer)
        if customer.contacts != stood.get(customer.name):
            contacts.renumber(customer.name)
        for domain in customer.domains:
            KnownDomain.insert(domain=domain, customer=customer.name).execute()
    for position, agent in enumerate(agents):
        AgentRow.insert(name=agent.name, position=position, state=dump(agent)).execute()
        for address in agent.addresses:
            KnownAddress.insert(address=address, customer="", agent=agent.name).execute()


def knows(address: str) -> bool:
    """Whether a normalised address is a contact's or an agent's, or of a customer's domain."""
    return bool(_HOLDER.scalar(address=address) or _OF_DOMAIN.scalar(domain=domain_of(address)))


def is_empty() -> bool:
    """Whether nobody is stored."""
    return not (CustomerRow.select().exists() or AgentRow.select().exists())


def duty_roster() -> tuple[str, ...]:
    """The names that the stored directory puts on duty; () for the configuration's own roster."""
    names = _ROSTER.scalar()
    return tuple(json.loads(names)) if names else ()

"""Customers, contacts, contracts and agents as stored, and the answers to the core's questions (`domain.Directory`).

In: values of the directory, whole. Out: the same values, by name, address or domain. `replace` changes all of it in
the caller's transaction or nothing; one address has one holder, or it raises peewee.IntegrityError.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from helpdeskd.domain.directory import Agent, Contact, Customer, SentMail
from helpdeskd.domain.event import Event
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Ticket
from helpdeskd.storage import outbox, tickets
from helpdeskd.storage.codec import dump, load
from helpdeskd.storage.tables import AgentRow, CustomerRow, KnownAddress, KnownDomain, Meta

ROSTER = "duty roster"


class StoredDirectory:
    """Implements `domain.directory.Directory` over the tables, within the caller's transaction.

    Customers and agents are read once: make one for each turn.
    """

    def __init__(self) -> None:
        self._customers: dict[str, Customer | None] = {}
        self._contacts: dict[str, Contact | None] = {}
        self._agents: tuple[Agent, ...] | None = None

    def contact(self, address: str) -> Contact | None:
        if address not in self._contacts:
            row = KnownAddress.get_or_none(KnownAddress.address == address)
            customer = self.customer(row.customer) if row and row.customer else None
            contacts = customer.contacts if customer else ()
            self._contacts[address] = next((c for c in contacts if address in c.addresses), None)
        return self._contacts[address]

    def customer(self, name: str) -> Customer | None:
        if name not in self._customers:
            row = CustomerRow.get_or_none(CustomerRow.name == name)
            self._customers[name] = None if row is None else load(Customer, row.state)
        return self._customers[name]

    def customer_of_domain(self, domain: str) -> Customer | None:
        row = KnownDomain.get_or_none(KnownDomain.domain == domain)
        return None if row is None else self.customer(row.customer)

    def agent(self, address: str) -> Agent | None:
        return next((agent for agent in self.agents() if address in agent.addresses), None)

    def agents(self) -> tuple[Agent, ...]:
        if self._agents is None:
            self._agents = tuple(load(Agent, row.state) for row in AgentRow.select().order_by(AgentRow.position))
        return self._agents

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
        ours = outbox.by_message_id(message_id)
        return ours.reference if ours else tickets.reference_heard(message_id)

    def sent(self, message_id: str) -> SentMail | None:
        return outbox.by_message_id(message_id)

    def sent_by_id(self, outbox_id: int) -> SentMail | None:
        return outbox.by_id(outbox_id)

    def targets(self, ticket_id: int) -> tuple[Target, ...]:
        return tickets.targets(ticket_id)

    def story(self, ticket_id: int) -> tuple[Event, ...]:
        return tuple(event for event, _ in tickets.events(ticket_id))

    def earlier(self, ticket: Ticket, limit: int) -> tuple[Ticket, ...]:
        return tuple(tickets.earlier(ticket.customer, ticket.requester, ticket.id, limit))

    def open_emergency(self, customer: str) -> Ticket | None:
        open_tickets = (t for t in tickets.unfinished(customer) if t.emergency and not t.emergency.released)
        return next(open_tickets, None)

    def automatic_mails(self, address: str, since: datetime) -> int:
        return outbox.automatic_mails(address, since)


def replace(customers: Sequence[Customer], agents: Sequence[Agent], duty_roster: Sequence[str] = ()) -> None:
    """Make the directory exactly this. Raises peewee.IntegrityError for two holders of one address."""
    Meta.insert(key=ROSTER, value=json.dumps(duty_roster)).on_conflict_replace().execute()
    for table in (CustomerRow, AgentRow, KnownAddress, KnownDomain):
        table.delete().execute()
    for position, customer in enumerate(customers):
        CustomerRow.insert(name=customer.name, position=position, state=dump(customer)).execute()
        _know(((c, a) for c in customer.contacts for a in c.addresses), customer.name)
        for domain in customer.domains:
            KnownDomain.insert(domain=domain, customer=customer.name).execute()
    for position, agent in enumerate(agents):
        AgentRow.insert(name=agent.name, position=position, state=dump(agent)).execute()
        for address in agent.addresses:
            KnownAddress.insert(address=address, customer="", agent=agent.name).execute()


def is_empty() -> bool:
    """Whether nobody is stored."""
    return not (CustomerRow.select().exists() or AgentRow.select().exists())


def duty_roster() -> tuple[str, ...]:
    """The names that the stored directory puts on duty; () for the configuration's own roster."""
    row = Meta.get_or_none(Meta.key == ROSTER)
    return tuple(json.loads(row.value)) if row else ()


def _know(pairs: Iterable[tuple[Contact, str]], customer: str) -> None:
    for _, address in pairs:
        KnownAddress.insert(address=address, customer=customer, agent="").execute()

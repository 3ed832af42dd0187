"""The directory as a TOML file: what `directory export` prints and `read_directory` reads back as the same values.

In: customers and agents. Out: text. Keys that hold their default are left out; a card's name always stands there, so
that what was drawn on it is not lost when others come or go. Nothing fails.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from helpdeskd.config.written import toml
from helpdeskd.domain.card import Card
from helpdeskd.domain.directory import Agent, Contact, Contract, Customer, Right
from helpdeskd.domain.statement import money

HOUR = 60
Value = str | float | bool | date | tuple[str, ...] | tuple[dict[str, datetime], ...] | None


def write_toml(customers: Iterable[Customer], agents: Iterable[Agent]) -> str:
    """The text of a directory file."""
    tables = [_customer(customer) for customer in customers] + [_agent(agent) for agent in agents]
    return "\n".join(tables)


def _customer(customer: Customer) -> str:
    head = _table(
        "customer",
        ("name", customer.name),
        ("title", customer.title),
        ("domains", customer.domains or None),
        ("language", customer.language),
        ("timezone", customer.zone),
        ("sites", customer.sites or None),
    )
    contacts = [_contact(contact, customer.language) for contact in customer.contacts]
    contracts = [_contract(contract) for contract in customer.contracts]
    return "\n".join([head, *contacts, *contracts, *(_card(card) for card in customer.cards)])


def _contact(contact: Contact, language: str) -> str:
    rights = tuple(right.value for right in Right if right in contact.rights)
    return _table(
        "customer.contact",
        ("name", contact.name),
        ("addresses", contact.addresses),
        ("language", "" if contact.language == language else contact.language),
        ("rights", None if rights == (Right.OPEN.value,) else rights),
        ("roles", contact.roles or None),
    )


def _contract(contract: Contract) -> str:
    return _table(
        "customer.contract",
        ("plan", contract.plan),
        ("first_day", contract.first_day),
        ("last_day", contract.last_day),
        ("paid_until", contract.paid_until),
        ("agreement", contract.agreement),
        ("covers", contract.covers or None),
        ("duty_phone", contract.duty_phone),
        ("inform", "all contacts" if contract.inform_all else ""),
        ("standby", tuple({"from": period.start, "to": period.end} for period in contract.standby) or None),
    )


def _card(card: Card) -> str:
    hours, minutes = divmod(card.minutes, HOUR)
    return _table(
        "customer.card",
        ("name", card.id),
        ("hours", card.minutes / HOUR if minutes else hours),
        ("price", "" if card.free else money(card.price)),
        ("bought", card.bought),
        ("free", card.free),
    )


def _agent(agent: Agent) -> str:
    return _table(
        "agent",
        ("name", agent.name),
        ("title", agent.title),
        ("addresses", agent.addresses),
        ("language", agent.language),
        ("level", agent.level),
        ("teams", agent.teams or None),
        ("calendar", agent.calendar),
        ("manager", agent.manager),
        ("no_digest", agent.no_digest),
    )


def _table(header: str, *rows: tuple[str, Value]) -> str:
    return "\n".join([f"[[{header}]]", *_lines(rows)]) + "\n"


def _lines(rows: Iterable[tuple[str, Value]]) -> Iterator[str]:
    for name, value in rows:
        if value not in (None, "", False):
            yield f"{name} = {toml(value)}"

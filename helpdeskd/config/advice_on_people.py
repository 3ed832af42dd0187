"""What a directory has too few or too many of for the plans that its contracts name (policies, "Contact and rights").

In: the tables of a directory, and the configuration. Out: problems at paths of keys: warnings, of which none stops the
desk. The rules are functions in a visible tuple. Contracts that have ended are asked about like others: there is no
clock here.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import chain

from helpdeskd.config.people import ContactTable, ContractTable, CustomerTable, DirectoryTables
from helpdeskd.config.plans import PlanTable
from helpdeskd.config.problems import Problem
from helpdeskd.config.schema import Config

Rule = Callable[[DirectoryTables, Config], Iterator[Problem]]


def people_advice(people: DirectoryTables, config: Config) -> Iterator[Problem]:
    """All warnings about a directory."""
    return chain.from_iterable(rule(people, config) for rule in RULES)


def teams_without_a_queue(people: DirectoryTables, config: Config) -> Iterator[Problem]:
    teams = {queue.team for queue in config.queue}
    for index, agent in enumerate(people.agent):
        for unknown in sorted(set(agent.teams) - teams):
            yield Problem(
                ("agent", index, "teams"), f'no queue is of team "{unknown}" (they are of: {", ".join(sorted(teams))})'
            )


def nobody_may_open(people: DirectoryTables, _config: Config) -> Iterator[Problem]:
    for index, customer in enumerate(people.customer):
        if not any(_may_open(contact) for contact in customer.contact):
            yield Problem(
                ("customer", index), f'no contact of "{customer.name}" may open a ticket (give one the right "open")'
            )


def languages_that_are_not_served(people: DirectoryTables, config: Config) -> Iterator[Problem]:
    served = config.desk.languages or (config.desk.language,)
    for index, customer in enumerate(people.customer):
        if customer.language and customer.language not in served:
            yield Problem(
                ("customer", index, "language"),
                f'"{customer.language}" is not served, so they are written to in "{config.desk.language}" '
                f"(desk.languages are: {', '.join(served)})",
            )


def too_many_contacts(people: DirectoryTables, config: Config) -> Iterator[Problem]:
    for index, customer, name, plan in _served(people, config):
        most = plan.contacts.most
        able = [number for number, contact in enumerate(customer.contact) if _may_open(contact)]
        if most is not None and len(able) > most:
            path = ("customer", index, "contact", able[most])
            yield Problem(
                path, f'{len(able)} contacts of "{customer.name}" may open tickets (the plan {name} has {most} at most)'
            )


def roles_that_nobody_has(people: DirectoryTables, config: Config) -> Iterator[Problem]:
    for index, customer, name, plan in _served(people, config):
        filled = {role for contact in customer.contact if _may_open(contact) for role in contact.roles}
        for role in plan.contacts.roles:
            wanted = [f"site:{site}" for site in customer.sites] if role == "site" else [role]
            for missing in (one for one in wanted if one not in filled):
                what = f'no contact of "{customer.name}" who may open tickets has the role "{missing}"'
                yield Problem(("customer", index), f"{what} (the plan {name} wants one)")


def contacts_without_a_role(people: DirectoryTables, config: Config) -> Iterator[Problem]:
    """Where a plan wants roles, the right to open is not enough."""
    for index, customer, name, plan in _served(people, config):
        for number, contact in enumerate(customer.contact):
            kinds = {role.partition(":")[0] for role in contact.roles}
            if plan.contacts.roles and _may_open(contact) and not kinds & set(plan.contacts.roles):
                what = f'"{contact.name}" has none of the roles of the plan {name}, so may not open tickets under it'
                yield Problem(("customer", index, "contact", number), f"{what} (give a role, or no right to open)")


def contracts_of_odd_terms(people: DirectoryTables, config: Config) -> Iterator[Problem]:
    for index, customer in enumerate(people.customer):
        for number, contract in enumerate(customer.contract):
            if odd := _odd_term(contract, config.plan[contract.plan].terms):
                yield Problem(("customer", index, "contract", number, odd[0]), f"{odd[1]} (the plan {contract.plan})")


def standby_that_costs_nothing(people: DirectoryTables, config: Config) -> Iterator[Problem]:
    for index, customer in enumerate(people.customer):
        for number, contract in enumerate(customer.contract):
            if contract.standby and not any(tariff.standby for tariff in config.plan[contract.plan].tariff):
                what = f"the plan {contract.plan} has no price for it (add [[plan.{contract.plan}.tariff.standby]])"
                yield Problem(("customer", index, "contract", number, "standby"), what)


def _may_open(contact: ContactTable) -> bool:
    return "open" in contact.rights


def two_currencies(people: DirectoryTables, config: Config) -> Iterator[Problem]:
    """A statement is in one."""
    for index, customer in enumerate(people.customer):
        plans = {contract.plan for contract in customer.contract}
        found = sorted({tariff.currency for name in plans for tariff in config.plan[name].tariff})
        if len(found) > 1:
            yield Problem(
                ("customer", index),
                f'"{customer.name}" has contracts in {" and ".join(found)} (make two customers of it)',
            )


def _served(people: DirectoryTables, config: Config) -> Iterator[tuple[int, CustomerTable, str, PlanTable]]:
    """Each customer with each plan that its contracts name."""
    for index, customer in enumerate(people.customer):
        for name in dict.fromkeys(contract.plan for contract in customer.contract):
            yield index, customer, name, config.plan[name]


def _odd_term(contract: ContractTable, terms: str) -> tuple[str, str] | None:
    """The key that does not fit the terms of a plan, and what it should be."""
    if terms == "days":
        return None
    if contract.first_day.day != 1:
        return "first_day", f"{contract.first_day} is not the first of a month"
    if contract.last_day != date.max and (contract.last_day + timedelta(days=1)).day != 1:
        return "last_day", f"{contract.last_day} is not the last of a month"
    if terms == "months of one year" and contract.last_day.year != contract.first_day.year:
        return "last_day", f"{contract.last_day} is not in the year in which it begins"
    return None


RULES: tuple[Rule, ...] = (
    teams_without_a_queue,
    nobody_may_open,
    languages_that_are_not_served,
    too_many_contacts,
    roles_that_nobody_has,
    contacts_without_a_role,
    contracts_of_odd_terms,
    standby_that_costs_nothing,
    two_currencies,
)

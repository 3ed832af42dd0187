"""What is unwise about [[alert]]: alerts that would wake nobody because of what the directory says."""

from collections.abc import Iterator

from helpdeskd.config.load import Loaded
from helpdeskd.config.problems import Problem


def customers_of_alerts_are_unknown(loaded: Loaded) -> Iterator[Problem]:
    known = {customer.name for customer in loaded.people.customer}
    for index, row in enumerate(loaded.config.alert):
        if known and row.customer and row.customer not in known:
            path = ("alert", index, "customer")
            yield Problem(path, f'there is no customer "{row.customer}", so these alerts wake nobody')


def senders_of_alerts_are_people(loaded: Loaded) -> Iterator[Problem]:
    """Mail of a contact or an agent is a person's."""
    contacts = (contact for customer in loaded.people.customer for contact in customer.contact)
    people = {address for contact in contacts for address in contact.addresses}
    people |= {address for agent in loaded.people.agent for address in agent.addresses}
    for index, row in enumerate(loaded.config.alert):
        for place, sender in enumerate(row.senders):
            if sender in people:
                path = ("alert", index, "senders", place)
                yield Problem(path, f'"{sender}" is a contact or an agent, so its mail is never an alert')

"""The contacts of customers as they change: by which addresses they are known, the number of each list, who changed it.

In and out: values of the directory, in the caller's transaction. Whoever changes contacts, by mail or by a command,
`renumber`s the list, so that what was written about an older one counts no more. Raises peewee.IntegrityError for an
address that somebody else has.
"""

from collections.abc import Iterator

from helpdeskd.domain.contact_event import ContactAdded, ContactRemoved, ContactsChanged
from helpdeskd.domain.directory import Customer
from helpdeskd.storage import counter
from helpdeskd.storage.codec import dump, load
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import CustomerRow, EventRow, KnownAddress, Meta

_FIRST_LIST = 1
_LIST = "contacts of {}"
_NUMBER = Prepared(Meta.select(Meta.value).where(Meta.key == value("key")))


def number(customer: str) -> int:
    """The number of the customer's list of contacts as it is now."""
    return int(_NUMBER.scalar(key=_LIST.format(customer)) or _FIRST_LIST)


def of_list(number: int) -> tuple[str, ...]:
    """The addresses of the contacts whose list has that number now."""
    row = Meta.get_or_none(Meta.key.startswith(_LIST.format("")), Meta.value == str(number))
    name = row.key.removeprefix(_LIST.format("")) if row else None
    return tuple(known.address for known in KnownAddress.select().where(KnownAddress.customer == name))


def renumber(customer: str) -> None:
    """The customer's list is another one now: it gets a number that no list of anybody has had."""
    new = _FIRST_LIST + counter.count("contacts")
    row = Meta.insert(key=_LIST.format(customer), value=str(new))
    row.on_conflict(conflict_target=[Meta.key], preserve=[Meta.value]).execute()


def know(customer: Customer) -> None:
    """Find the contacts by their addresses from now on."""
    for address in (address for contact in customer.contacts for address in contact.addresses):
        KnownAddress.insert(address=address, customer=customer.name, agent="").execute()


def save(customer: Customer) -> None:
    """Make these the contacts of a customer who is stored already."""
    CustomerRow.update(state=dump(customer)).where(CustomerRow.name == customer.name).execute()
    KnownAddress.delete().where(KnownAddress.customer == customer.name).execute()
    know(customer)
    renumber(customer.name)


def changes() -> Iterator[ContactsChanged]:
    """What contacts changed by mail, of all customers, the oldest first."""
    kinds: dict[str, type[ContactsChanged]] = {kind.__name__: kind for kind in (ContactAdded, ContactRemoved)}
    for row in EventRow.select().where(EventRow.type.in_(list(kinds))).order_by(EventRow.id):
        yield load(kinds[row.type], row.state)

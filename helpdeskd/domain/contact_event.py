"""What contacts change about the contacts of their own customer by mail, told as it happened.

Part of the closed union of `event`; none of it is about a ticket. Rights are written as `domain.directory.Right` does.
"""

from dataclasses import dataclass

from helpdeskd.domain.happening import Happening
from helpdeskd.domain.ticket import Reason


@dataclass(frozen=True, slots=True)
class ContactAdded(Happening):
    """A contact (`by`, their address) named another of their customer, by normalised addresses."""

    customer: str
    name: str
    addresses: tuple[str, ...]
    language: str
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactRemoved(Happening):
    """A contact (`by`, their address) withdrew one of their customer, who had these rights until then."""

    customer: str
    name: str
    addresses: tuple[str, ...]
    language: str
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactsKept(Happening):
    """A change of contacts that does not count; who wrote it (`by`, an address) is told why."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class ListMisused(Happening):
    """Somebody else answered the list of contacts that `holder` (an address) got, who is told; nothing came of it."""

    holder: str


ContactsChanged = ContactAdded | ContactRemoved
ContactEvent = ContactsChanged | ContactsKept | ListMisused

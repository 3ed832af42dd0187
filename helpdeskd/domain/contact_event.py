"""What contacts change about the contacts of their own customer by mail, told as it happened.

And who else uses a reply address that is about no ticket. Part of the closed union of `event`; none of it is about a
ticket. Rights are written as `domain.directory.Right` does.
"""

from dataclasses import dataclass

from helpdeskd.domain.happening import Happening
from helpdeskd.domain.ticket import Reason
from helpdeskd.domain.token import MANAGE


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
class AddressMisused(Happening):
    """Somebody else wrote to a reply address, about no ticket, of `holder` (an address), who is told.

    `purpose` is one of `domain.token`; nothing of what it is good for came of it.
    """

    holder: str
    purpose: str = MANAGE


ContactsChanged = ContactAdded | ContactRemoved
ContactEvent = ContactsChanged | ContactsKept | AddressMisused

"""The events of a ticket by which other people come into it: of the customer, or a third party such as a supplier.

Part of the closed union of `event`. Addresses are normalised. A third party takes no part in a ticket: it is asked in
an agent's words, and what it answers is a note.
"""

from dataclasses import dataclass

from helpdeskd.domain.happening import Happening


@dataclass(frozen=True, slots=True)
class ParticipantAdded(Happening):
    """A contact takes part from now on."""

    address: str


@dataclass(frozen=True, slots=True)
class ParticipantRemoved(Happening):
    """A contact takes part no longer."""

    address: str


@dataclass(frozen=True, slots=True)
class ThirdPartyAsked(Happening):
    """An agent asked somebody who is of neither side, under a subject of its own."""

    address: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class ThirdPartyAnswered(Happening):
    """Who was asked (`by`, their address) answered. Internal; `proved` says whether it is surely they who wrote."""

    text: str
    proved: bool


PartyEvent = ParticipantAdded | ParticipantRemoved | ThirdPartyAsked | ThirdPartyAnswered

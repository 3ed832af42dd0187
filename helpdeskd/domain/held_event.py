"""What people of the desk decide about held mails and their senders.

Part of the closed union of `event`. `by` is an agent's name, or "desk" for the command line. Each is recorded with the
held mail that it is about, so that whoever comes later learns who was earlier.
"""

from dataclasses import dataclass

from helpdeskd.domain.happening import Happening


@dataclass(frozen=True, slots=True)
class HeldAccepted(Happening):
    """A held mail is served for a contact (`contact`, their normalised address)."""

    inbox_id: int
    contact: str


@dataclass(frozen=True, slots=True)
class HeldRefused(Happening):
    """A held mail is not served; a contact who was proved to have written it is told the reason."""

    inbox_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class SenderBlocked(Happening):
    """A held mail and all others of its sender (`address`, normalised) are refused from now on, and nobody is told."""

    inbox_id: int
    address: str


HeldEvent = HeldAccepted | HeldRefused | SenderBlocked

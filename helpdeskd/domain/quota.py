"""Quotas: which ticket of its month a ticket is (policies, "Money", rule 8).

Tickets are counted by their acceptance in the calendar month of the contract's zone, in that order. Only those count
that a proved sender opened and that were not merged, rejected or spam; one that stops counting gives its place back, so
the tickets after it move up. Nothing is carried over to another month.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from helpdeskd.domain.month import Month, month_at

TOLD_BEFORE = 2


@dataclass(frozen=True, slots=True)
class Accepted:
    """A ticket of a contract, when it was accepted (aware UTC), and whether it counts."""

    ticket: str
    at: datetime
    counts: bool = True


def used(accepted: Iterable[Accepted], month: Month, zone: ZoneInfo) -> int:
    """How many tickets of a month count."""
    return sum(ticket.counts and month_at(ticket.at, zone) == month for ticket in accepted)


def place(ticket: str, accepted: Iterable[Accepted], zone: ZoneInfo) -> int:
    """Which of its month's tickets it is, from 1; 0 for one that does not count."""
    counted = sorted((each for each in accepted if each.counts), key=lambda each: each.at)
    own = next((each for each in counted if each.ticket == ticket), None)
    if own is None:
        return 0
    month = month_at(own.at, zone)
    same = [each.ticket for each in counted if month_at(each.at, zone) == month]
    return same.index(ticket) + 1


def is_over(place: int, limit: int | None) -> bool:
    """Does that ticket of the month cost the rate over quota?"""
    return limit is not None and place > limit


def is_told(place: int, limit: int | None) -> bool:
    """Does the acknowledgement say which ticket of how many it is: from two before the limit on?"""
    return limit is not None and place >= limit - TOLD_BEFORE

"""A plan: what a policy promises and allows, as triage and policies read it. Made from the configuration, never
changed.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from helpdeskd.domain.amount import Amount
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.target import TargetKind


class PriorityBy(StrEnum):
    """Who decides the priority of a new ticket (spec "Priority")."""

    ASK = "ask"
    LOCKED = "locked"
    HIGHEST = "highest until triaged"


class Without(StrEnum):
    """What a contact without a contract in force gets."""

    REFUSE = "refuse"
    HOLD = "hold"
    BILLABLE = "billable"


@dataclass(frozen=True, slots=True)
class TargetRule:
    """One target of a priority. A goal (`promised` false) warns the desk and is never told to the customer."""

    kind: TargetKind
    amount: Amount
    promised: bool = True


@dataclass(frozen=True, slots=True)
class Priority:
    name: str
    targets: tuple[TargetRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """`priorities` stand highest first. `pauses` are the statuses in which the resolution clock stands.

    `shares` are the shares of a target's time at which the desk is warned (1 is the breach).
    """

    name: str
    calendar: Calendar
    languages: tuple[str, ...]
    priorities: tuple[Priority, ...]
    standard: str
    priority_by: PriorityBy = PriorityBy.ASK
    kinds: tuple[str, ...] = ("question", "problem")
    pauses: frozenset[str] = frozenset({"waiting", "pending", "awaiting approval"})
    shares: tuple[Fraction, ...] = (Fraction(1, 2), Fraction(3, 4), Fraction(1), Fraction(3, 2))
    without_contract: Without = Without.HOLD
    duty: bool = False
    duty_may_cost: bool = False
    asks_for: tuple[str, ...] = ()

    def priority(self, name: str) -> Priority | None:
        return next((priority for priority in self.priorities if priority.name == name), None)

    @property
    def highest(self) -> str:
        return self.priorities[0].name

"""A plan: what a policy promises and allows, as triage, policies and the ledger read it.

Made from the configuration, never changed. Minutes are integers, money is integer cents. What has a default is asked
for by some plans only: a plan without tariffs costs nothing, one without contact rules serves every contact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from helpdeskd.domain.amount import DAY, Amount, Measure
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.target import TargetKind
from helpdeskd.domain.tariff import Tariff

MONTH = Amount(Measure.ELAPSED, 30 * DAY)


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
class ContactRules:
    """Whom a plan serves: at most `most` contacts who may open tickets (None: any number).

    `roles` ("general", "technical", "site": one for each site) must be filled, and only who has one of them may open
    tickets; () asks for none. With `inform_all` every contact is informed of every ticket.
    """

    most: int | None = None
    roles: tuple[str, ...] = ()
    inform_all: bool = False

    def admit(self, roles: Iterable[str]) -> bool:
        """Whether a contact with these roles ("site:NAME" is one of a site) may open tickets, given the right."""
        return not self.roles or not {role.partition(":")[0] for role in roles}.isdisjoint(self.roles)


@dataclass(frozen=True, slots=True)
class CardOffer:
    """A card on sale: prepaid minutes for cents."""

    minutes: int
    price: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`priorities` stand highest first. `pauses` are the causes for which the resolution clock stands.

    `shares` are the shares of a target's time at which the desk is warned (1 is the breach). `duty_by_agreement` limits
    duty to agreed standby periods, and `callout_start` is how soon work on a call-out begins. `agreements` are the
    tariffs of its named variants. `outside` are the topics that it does not cover, with their words by language; on
    site work needs an approved estimate where it is `remote_only`. `to_manager` are kinds that managers hear of.
    `welcome_card` is minutes, 0 for none. For `estimate_valid` an estimate can be agreed to.
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
    duty_by_agreement: bool = False
    callout_start: Amount | None = None
    tariffs: tuple[Tariff, ...] = ()
    agreements: Mapping[str, tuple[Tariff, ...]] = field(default_factory=dict, hash=False)
    contacts: ContactRules = ContactRules()
    outside: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    remote_only: bool = False
    to_manager: tuple[str, ...] = ()
    welcome_card: int = 0
    cards: tuple[CardOffer, ...] = ()
    estimate_valid: Amount = MONTH

    def tariffs_of(self, agreement: str) -> tuple[Tariff, ...]:
        """The tariffs of a contract's agreement; its own for "" and for one that it does not have."""
        return self.agreements.get(agreement, self.tariffs)

    def priority(self, name: str) -> Priority | None:
        return next((priority for priority in self.priorities if priority.name == name), None)

    @property
    def highest(self) -> str:
        return self.priorities[0].name

"""[plan.NAME]: a policy as it is written, made into a `Plan` (policies, "Time", "Who may ask for what", "Money").

In: priorities, highest first, with their targets as amounts of time; who decides the priority; what stops the clock;
what becomes of those without a contract; whom it serves, what it does not cover, and its tariffs (`config.tariffs`).
Out: `Plan`, with the desk's calendar and languages where it names none.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from helpdeskd.config.fields import AmountOfTime, Count, Language, Minutes, Money, Name, Rows, Table, Words, key
from helpdeskd.config.tariffs import AgreementTable, TariffTable
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.plan import MONTH, CardOffer, ContactRules, Plan, Priority, PriorityBy, TargetRule, Without
from helpdeskd.domain.target import TargetKind
from helpdeskd.triage.missing import TOPICS, is_topic

HOUR = 60
Stop = Literal["waiting", "pending", "awaiting approval", "information missing"]


class PriorityTable(Table):
    """A priority and its targets. A target that is left out is not measured."""

    name: Words = key(says="What people call it.", such="normal")
    response: AmountOfTime | None = key(None, "Until the first answer of an agent.", such="4 working hours")
    next_response: AmountOfTime | None = key(
        None, "Until an answer to the customer's oldest unanswered mail.", such="8 working hours"
    )
    resolution: AmountOfTime | None = key(None, "Until it is resolved.", such="2 working days")
    goal: bool = key(False, "true: aims of the desk, which customers are not promised or told.")

    def priority(self) -> Priority:
        written = (
            (TargetKind.RESPONSE, self.response),
            (TargetKind.NEXT_RESPONSE, self.next_response),
            (TargetKind.RESOLUTION, self.resolution),
        )
        return Priority(self.name, tuple(TargetRule(kind, amount, not self.goal) for kind, amount in written if amount))


class ContactsTable(Table):
    """Whom the plan serves."""

    most: Count | None = key(None, "At most so many contacts of a customer who may open tickets.", such=2)
    roles: Rows[Literal["general", "technical", "site"]] = key(
        (),
        "Roles that must be filled (site: one for each); only contacts with one of them may open tickets.",
        such=["site", "general", "technical"],
    )
    inform: Literal["requester", "all contacts"] = key("requester", "Who is kept informed of a ticket.")

    def rules(self) -> ContactRules:
        return ContactRules(self.most, self.roles, self.inform == "all contacts")


class CardOfferTable(Table):
    """A card on sale."""

    hours: Count = key(says="How many hours it has.", such=5)
    price: Money = key(says="What it costs.", such="400.00")


class PlanTable(Table):
    """What a contract of this plan promises and allows; contracts in the directory name it."""

    calendar: str = key(
        "", "The calendar in whose hours and zone the plan counts; without it the desk's.", such="office"
    )
    languages: Rows[Language] = key(
        (), "Languages that its customers are served in; without it the desk's.", such=["en"]
    )
    priority: Rows[PriorityTable] = key(says="Priorities, highest first.", min_length=1)
    standard: str = key(says="The priority of a ticket for which nobody asked for another.", such="normal")
    priority_by: Literal["ask", "locked", "highest until triaged"] = key(
        "ask",
        "Who decides the priority: the customer may ask, may not, or it is the highest until an agent has looked.",
    )
    kinds: Rows[Words] = key(("question", "problem"), "Kinds of request, the usual one first.", min_length=1)
    pauses: Rows[Stop] = key(
        ("waiting", "pending", "awaiting approval"),
        'When its resolution\'s clock stands: states of a ticket, or "information missing" until the customer writes.',
    )
    warn_at: Rows[Annotated[int, Field(ge=1, le=1000)]] = key(
        (50, 75, 100, 150), "Percentages of a target's time at which the desk is warned; 100 is the deadline."
    )
    without_contract: Literal["refuse", "hold", "billable"] = key(
        "hold", "What a request gets while no contract of the customer is in force."
    )
    duty: bool = key(False, "Whether its customers may wake the person on duty.")
    duty_by_agreement: bool = key(False, "Whether they may only in the standby periods that their contract agrees.")
    duty_may_cost: bool = key(False, "Whether that may cost money, so that the first mail says so.")
    callout_start: AmountOfTime | None = key(None, "How soon work begins after duty was woken.", such="30 minutes")
    asks_for: Rows[str] = key(
        (), "What a report should contain; its acknowledgement asks for what is missing.", such=["steps"]
    )

    contacts: ContactsTable = key(ContactsTable(), "Who may be a contact, and who of them is informed.")
    outside: dict[Name, dict[Language, Words]] = key(
        {},
        "What it does not cover: the topics of /outside, and what customers read for them in each language.",
        such={"training": {"en": "training", "nl": "opleiding"}},
    )
    remote_only: bool = key(False, "Whether work on site needs an estimate that was approved.")
    to_manager: Rows[Words] = key((), "Kinds of request that managers hear of too.", such=["problem"])
    terms: Literal["days", "months", "months of one year"] = key(
        "days", "When contracts begin and end: on any day, or with a month, or besides within one calendar year."
    )
    welcome_card: Minutes | None = key(None, "Prepaid hours that each new customer is given.", such="3 hours")
    estimate_valid: AmountOfTime = key(MONTH, "For how long the customer can agree to an estimate.", such="30 days")
    card: Rows[CardOfferTable] = key((), "Cards of prepaid hours that are on sale.")
    tariff: Rows[TariffTable] = key((), "What work costs, and from when.")
    agreement: dict[Name, AgreementTable] = key({}, "A named variant of its tariffs; contracts name one.")

    @field_validator("priority")
    @classmethod
    def _named_once(cls, rows: tuple[PriorityTable, ...]) -> tuple[PriorityTable, ...]:
        names = [row.name.lower() for row in rows]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f'two priorities are called "{twice}" (each needs a name of its own)')
        return rows

    @field_validator("asks_for")
    @classmethod
    def _can_be_found(cls, topics: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := next((topic for topic in topics if not is_topic(topic)), ""):
            known = ", ".join((*TOPICS, "30 words"))
            raise ValueError(f'"{unknown}" is nothing that a report can be searched for (known: {known})')
        return topics

    @field_validator("to_manager")
    @classmethod
    def _are_kinds(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        kinds = info.data.get("kinds", names)
        if unknown := next((name for name in names if name not in kinds), ""):
            raise ValueError(f'the plan has no kind "{unknown}" (it has: {", ".join(kinds)})')
        return names

    @field_validator("tariff")
    @classmethod
    def _begin_apart(cls, rows: tuple[TariffTable, ...]) -> tuple[TariffTable, ...]:
        days = [row.valid_from for row in rows]
        if twice := next((day for day in days if days.count(day) > 1), None):
            raise ValueError(f"two tariffs are valid from {twice} (each needs a day of its own)")
        if days.count(None) > 1:
            raise ValueError("two tariffs have no valid_from (give it to all but the first)")
        return rows

    @field_validator("agreement")
    @classmethod
    def _vary_something(cls, named: dict[str, AgreementTable], info: ValidationInfo) -> dict[str, AgreementTable]:
        if named and not info.data.get("tariff", True):
            raise ValueError("the plan has no tariff that an agreement could vary (add [[plan.NAME.tariff]])")
        return named

    def plan(
        self, name: str, calendars: Mapping[str, Calendar], calendar: Calendar, languages: tuple[str, ...]
    ) -> Plan:
        """The plan that the table describes; `calendar` and `languages` are the desk's."""
        own = calendars[self.calendar] if self.calendar else calendar
        tariffs = tuple(row.tariff(own) for row in self.tariff)
        return Plan(
            name=name,
            calendar=own,
            languages=self.languages or languages,
            priorities=tuple(row.priority() for row in self.priority),
            standard=self.standard,
            priority_by=PriorityBy(self.priority_by),
            kinds=self.kinds,
            pauses=frozenset(self.pauses),
            shares=tuple(Fraction(percent, 100) for percent in sorted(set(self.warn_at))),
            without_contract=Without(self.without_contract),
            duty=self.duty,
            duty_may_cost=self.duty_may_cost,
            asks_for=self.asks_for,
            duty_by_agreement=self.duty_by_agreement,
            callout_start=self.callout_start,
            tariffs=tariffs,
            agreements={called: tuple(map(table.varied, tariffs)) for called, table in self.agreement.items()},
            contacts=self.contacts.rules(),
            outside=self.outside,
            remote_only=self.remote_only,
            to_manager=self.to_manager,
            welcome_card=self.welcome_card or 0,
            estimate_valid=self.estimate_valid,
            cards=tuple(CardOffer(row.hours * HOUR, row.price) for row in self.card),
        )

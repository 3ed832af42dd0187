"""[plan.NAME]: a policy as it is written, made into a `Plan` (policies, "Time", "Who may ask for what").

In: priorities, highest first, with their targets as amounts of time; who decides the priority; what stops the clock;
what becomes of those without a contract. Out: `Plan`, with the desk's calendar and languages where it names none.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, field_validator

from helpdeskd.config.fields import AmountOfTime, Language, Rows, Table, Words, key
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.plan import Plan, Priority, PriorityBy, TargetRule, Without
from helpdeskd.domain.target import TargetKind
from helpdeskd.triage.missing import TOPICS

Stop = Literal["waiting", "pending", "awaiting approval"]


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
        ("waiting", "pending", "awaiting approval"), "States of a ticket in which the clock of its resolution stands."
    )
    warn_at: Rows[Annotated[int, Field(ge=1, le=1000)]] = key(
        (50, 75, 100, 150), "Percentages of a target's time at which the desk is warned; 100 is the deadline."
    )
    without_contract: Literal["refuse", "hold", "billable"] = key(
        "hold", "What a request gets while no contract of the customer is in force."
    )
    duty: bool = key(False, "Whether its customers may wake the person on duty.")
    duty_may_cost: bool = key(False, "Whether that may cost money, so that the first mail says so.")
    asks_for: Rows[str] = key(
        (), "What a report should contain; its acknowledgement asks for what is missing.", such=["steps"]
    )

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
        if unknown := next((topic for topic in topics if topic not in TOPICS), ""):
            raise ValueError(f'"{unknown}" is nothing that a report can be searched for (known: {", ".join(TOPICS)})')
        return topics

    def plan(
        self, name: str, calendars: Mapping[str, Calendar], calendar: Calendar, languages: tuple[str, ...]
    ) -> Plan:
        """The plan that the table describes; `calendar` and `languages` are the desk's."""
        return Plan(
            name=name,
            calendar=calendars[self.calendar] if self.calendar else calendar,
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
        )

"""[[plan.NAME.tariff]] and [plan.NAME.agreement.NAME]: prices, made into `Tariff` (policies, "Money").

In: the rate of an hour, what a ticket has free, authorised and at least, windows of the week with a price of their own,
and what standing by costs; in an agreement, what differs. Out: `Tariff`, with the plan's calendar. The windows of a
tariff leave no minute of the week out and have none twice: the domain says which, and it is told at the tariff's line.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator, model_validator

from helpdeskd.config.calendars import DAYS, Hours, day_range
from helpdeskd.config.fields import Count, Minutes, Money, Percent, Rows, Table, Words, key, minutes, money
from helpdeskd.domain.calendar import WEEKDAYS, Calendar
from helpdeskd.domain.tariff import ANY_TIME, HOUR, FreeWhen, StandbyWindow, Tariff
from helpdeskd.domain.window import EVERY_DAY, Window

NO_CALENDAR = Calendar("", ZoneInfo("UTC"), ((),) * WEEKDAYS)
LEVELS = {str(level): level for level in range(1, 10)}


def _days(value: object) -> frozenset[int]:
    ranges = value if isinstance(value, list) and value else [value]
    return frozenset(DAYS.index(day) for written in ranges for day in day_range(str(written)))


def _rates(value: object) -> Mapping[int, int]:
    """One rate stands for that of the lowest level, which the higher ones have too."""
    if not isinstance(value, dict):
        return {1: money(value)}
    if unknown := sorted(set(value) - set(LEVELS)):
        raise ValueError(f'"{unknown[0]}" is no level (1 to {len(LEVELS)}: rate = {{ 1 = "80.00", 2 = "110.00" }})')
    return {LEVELS[level]: money(rate) for level, rate in value.items()}


def _some_minutes(value: object) -> int:
    return 0 if value == "none" else minutes(value)


def _any_minutes(value: object) -> int | Literal["all"]:
    return "all" if value == "all" else _some_minutes(value)


Days = Annotated[frozenset[int], PlainValidator(_days)]
Rates = Annotated[Mapping[int, int], PlainValidator(_rates)]
SomeMinutes = Annotated[int, PlainValidator(_some_minutes)]
AnyMinutes = Annotated[int | Literal["all"], PlainValidator(_any_minutes)]
Part = Annotated[Percent, Field(le=100)]


class WindowTable(Table):
    """A part of the week that has a price of its own; all of them together are the week."""

    name: Words = key(says="What statements call it.", such="any time")
    days: Days | None = key(None, "Its days; without it, every day.", such="mon-fri")
    hours: Hours = key(
        (), "Its hours, over midnight the morning and evening of each day; without it, whole days.", such="17:00-09:00"
    )
    holidays: bool = key(False, "true: instead, the public holidays of the plan's calendar, from midnight to midnight.")
    percent: Percent | None = key(None, "What an hour costs, in percent of the tariff's rate; otherwise 100.", such=200)
    rate: Rates | None = key(None, "Instead: what an hour costs.", such="125.00")

    @model_validator(mode="after")
    def _is_a_window(self) -> "WindowTable":
        if self.percent is not None and self.rate is not None:
            raise ValueError(f'"{self.name}" has percent and rate (give one of them)')
        if self.holidays and self.days is not None:
            raise ValueError(f'"{self.name}" has holidays and days (holidays have a window of their own)')
        self.window()
        return self

    def window(self) -> Window:
        """The window that the table describes; raises ValueError where it is none."""
        percent = Decimal(100) if self.percent is None else self.percent
        return Window(self.name, self.days or EVERY_DAY, self.hours, self.holidays, percent, self.rate or {})


class StandbyWindowTable(WindowTable):
    """A part of the week in which standing by costs something."""

    minimum: Minutes | None = key(None, "What each standby in it lasts at least.", such="2 hours")

    def window(self) -> StandbyWindow:
        it = super().window()
        return StandbyWindow(it.name, it.days, it.hours, it.holidays, it.percent, it.fixed, self.minimum or 0)


class AllowancesTable(Table):
    """What a ticket has free and authorised, and what it costs at least; what is not written is left as it is."""

    free_per_ticket: SomeMinutes | None = key(None, "The first minutes of a ticket, which are free.", such="15 minutes")
    free_when: Literal["always", "open"] | None = key(None, "open: only opening hours can be free.", such="open")
    authorised_per_ticket: AnyMinutes | None = key(
        None, "What may be charged on a ticket without approval: an amount, all or none.", such="135 minutes"
    )
    minimum_per_ticket: SomeMinutes | None = key(
        None, "What a resolved ticket costs at least: an amount or none.", such="15 minutes"
    )
    discount: Part | None = key(None, "The percentage by which every rate is lower.", such=10)

    def varied(self, tariff: Tariff) -> Tariff:
        """The tariff with what is written here in place of its own."""
        authorised = tariff.authorised_per_ticket
        if self.authorised_per_ticket is not None:
            authorised = None if self.authorised_per_ticket == "all" else self.authorised_per_ticket
        return replace(
            tariff,
            free_per_ticket=_first(self.free_per_ticket, tariff.free_per_ticket),
            free_when=FreeWhen(self.free_when or tariff.free_when),
            authorised_per_ticket=authorised,
            minimum_per_ticket=_first(self.minimum_per_ticket, tariff.minimum_per_ticket),
            discount=tariff.discount if self.discount is None else self.discount,
        )


class AgreementTable(AllowancesTable):
    """What differs from the plan's tariffs where a contract names it."""


class TariffTable(AllowancesTable):
    """What work costs from a day on, until another tariff begins."""

    valid_from: date | None = key(None, "The first day on which it is valid.", such=date(2027, 1, 1))
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = key(says="The currency, by its ISO 4217 code.", such="EUR")
    rate: Rates = key(
        says='What an hour costs, without VAT; by level of the agent as { 1 = "80.00", 2 = "110.00" }.', such="80.00"
    )
    unit: Minutes = key(1, "To what the time of each entry is rounded up.", such="1 minute")
    callout_minimum: Minutes = key(HOUR, "What a call-out in an agreed standby period lasts at least.", such="1 hour")
    quota: Count | None = key(None, "How many tickets a calendar month has.", such=15)
    over_quota_rate: Money | None = key(None, "What an hour costs at least on tickets beyond the quota.", such="115.00")
    travel: Money | None = key(None, "What a kilometre costs.", such="0.40")
    vat: Part | None = key(None, "The percentage of VAT.", such=21)
    payment_days: Count | None = key(None, "In how many days a statement is to be paid.", such=14)
    window: Rows[WindowTable] = key((), "Parts of the week with a price of their own; without any, the rate always.")
    standby: Rows[StandbyWindowTable] = key((), "What agreed standby periods cost.")

    @model_validator(mode="after")
    def _is_whole(self) -> "TariffTable":
        """Its faults do not depend on a calendar."""
        self.tariff(NO_CALENDAR)
        return self

    def tariff(self, calendar: Calendar) -> Tariff:
        """The tariff that the table describes; raises ValueError for windows with gaps or overlaps."""
        return self.varied(
            Tariff(
                currency=self.currency,
                calendar=calendar,
                levels=self.rate,
                windows=tuple(row.window() for row in self.window) or (ANY_TIME,),
                standby=tuple(row.window() for row in self.standby),
                unit=self.unit,
                callout_minimum=self.callout_minimum,
                quota=self.quota,
                over_quota_rate=self.over_quota_rate or 0,
                travel=self.travel or 0,
                vat=self.vat or Decimal(0),
                payment_days=self.payment_days,
                valid_from=self.valid_from or date.min,
            )
        )


def _first(written: int | None, otherwise: int) -> int:
    return otherwise if written is None else written

"""The money of the five policies (policies, "The five"), and small words to tell their stories with."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from helpdeskd.domain.calendar import Calendar, Interval
from helpdeskd.domain.claim import Account
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.line import Line
from helpdeskd.domain.tariff import FreeWhen, StandbyWindow, Tariff
from helpdeskd.domain.window import Window

WORKDAYS = frozenset(range(5))
WEEKEND = frozenset({5, 6})
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def holidays(year: int) -> Mapping[date, str]:
    days = {(1, 1): "New Year's Day", (12, 25): "Christmas Day", (12, 26): "Second Day of Christmas"}
    return {date(year, *day): name for day, name in days.items()}


def hours(text: str) -> Interval:
    """ "17:00-09:00" as minutes."""
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    return start, end


def office(open_hours: str, zone: ZoneInfo = AMSTERDAM) -> Calendar:
    return Calendar("office", zone, ((hours(open_hours),),) * 5 + ((),) * 2, holidays)


OFFICE_HOURS = Window("office hours", WORKDAYS, (hours("09:00-17:00"),))
BEST_EFFORT = Tariff(
    "EUR",
    office("09:00-17:00"),
    {1: 100_00},
    windows=(
        OFFICE_HOURS,
        Window("evening", WORKDAYS, (hours("17:00-09:00"),), fixed={1: 125_00}),
        Window("weekend", WEEKEND, fixed={1: 145_00}),
        Window("holiday", holidays=True, fixed={1: 145_00}),
    ),
    authorised_per_ticket=135,
    minimum_per_ticket=15,
    quota=15,
    over_quota_rate=115_00,
    vat=Decimal(21),
    payment_days=14,
)
PREPAID = Tariff("EUR", office("08:30-18:00"), {1: 80_00}, unit=15, vat=Decimal(21))
TWICE = Decimal(200)
NO_AGREEMENT = Tariff(
    "DKK",
    office("08:00-16:00", ZoneInfo("Europe/Copenhagen")),
    {1: 800_00, 2: 1095_00},
    windows=(
        Window("working hours", WORKDAYS, (hours("08:00-16:00"),)),
        Window("outside", WORKDAYS, (hours("16:00-08:00"),), percent=TWICE),
        Window("weekend", WEEKEND, percent=TWICE),
        Window("holiday", holidays=True, percent=TWICE),
    ),
    authorised_per_ticket=None,
    minimum_per_ticket=15,
    travel=3_52,
    vat=Decimal(25),
)
AGREEMENT = replace(
    NO_AGREEMENT,
    authorised_per_ticket=0,
    minimum_per_ticket=0,
    free_per_ticket=15,
    free_when=FreeWhen.OPEN,
    discount=Decimal(10),
)
STANDBY = Tariff(
    "EUR",
    office("08:30-18:00"),
    {1: 110_00},
    standby=(
        StandbyWindow("weekend", WEEKEND, (hours("08:30-18:00"),), percent=Decimal(50), minimum=240),
        StandbyWindow("night", hours=(hours("18:00-08:30"),), minimum=120),
        StandbyWindow("holiday", holidays=True, minimum=480),
    ),
    vat=Decimal(21),
)


def local(*parts: int, zone: ZoneInfo = AMSTERDAM, fold: int = 0) -> datetime:
    """Wall-clock time as an instant."""
    return datetime(*parts, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type, misc]


def worked(start: datetime, minutes: int, number: int = 1, agent: str = "piet", **more: int) -> Entry:
    return Entry(number, "HD-1", agent, start, minutes, level=more.get("level", 1), km=more.get("km", 0))


def approved(minutes: int, by: str = "anna", cents: int | None = None) -> Approval:
    return Approval("HD-1", minutes, by, local(2026, 11, 1, 12), cents)


def ticket(*entries: Entry, resolved: datetime | None = None, approvals: tuple[Approval, ...] = ()) -> Account:
    return Account("HD-1", local(2026, 11, 1, 12), entries, approvals, resolved)


def told(lines: tuple[Line, ...]) -> list[tuple[str, int, int, int]]:
    """Kind, minutes (or quantity), rate and amount of each line."""
    return [(line.kind.value, line.minutes or line.quantity or 0, line.rate, line.amount) for line in lines]

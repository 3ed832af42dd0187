"""The example policies load, and promise and cost what their pages say (spec, policies §5 and §6)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from helpdeskd.config.advice import advice
from helpdeskd.config.load import Loaded, load
from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.plan import CardOffer, ContactRules, Plan, PriorityBy, Without
from helpdeskd.domain.target import deadline
from helpdeskd.domain.tariff import Tariff
from tests.domain.tariffs import AGREEMENT, BEST_EFFORT, NO_AGREEMENT, PREPAID, STANDBY

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ["prepaid-card", "reference-persons", "standby-hosting", "best-effort", "round-the-clock"]
WITH_DUTY = ["prepaid-card", "standby-hosting", "round-the-clock"]


def example(name: str) -> Loaded:
    return load(EXAMPLES / f"{name}.toml")


def plan_of(name: str) -> Plan:
    return example(name).desk.plans[name]


def same(tariffs: Iterable[Tariff], expected: Tariff) -> bool:
    """Is it the tariff of the worked examples, whatever its windows are called and which days its calendar knows?"""
    [found] = tariffs
    assert (found.calendar.zone, found.calendar.weekly) == (expected.calendar.zone, expected.calendar.weekly)
    unnamed = [
        replace(
            tariff,
            calendar=expected.calendar,
            valid_from=date.min,
            windows=tuple(replace(window, name="") for window in tariff.windows),
            standby=tuple(replace(window, name="") for window in tariff.standby),
        )
        for tariff in (found, expected)
    ]
    return unnamed[0] == unnamed[1]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_loads_without_a_warning(name: str) -> None:
    loaded = example(name)
    assert advice(loaded) == []
    assert name in loaded.desk.plans
    assert loaded.desk.addresses == {"support@desk.example", "duty@desk.example", "alerts@desk.example"}


@pytest.mark.parametrize(
    ("name", "at", "priority", "response", "resolution"),
    [
        ("prepaid-card", "2026-11-20T17:30", "high", "2026-11-23T09:00", "2026-11-23T12:00"),
        ("prepaid-card", "2026-11-20T17:30", "normal", "2026-11-23T12:00", "2026-11-24T17:30"),
        ("prepaid-card", "2026-11-21T12:00", "normal", "2026-11-23T12:30", "2026-11-24T18:00"),
        ("prepaid-card", "2026-11-23T14:00", "normal", "2026-11-23T18:00", "2026-11-25T14:00"),
        ("prepaid-card", "2026-12-24T16:45", "low", "2026-12-28T15:15", "2027-01-04T16:45"),
        ("prepaid-card", "2026-04-02T16:00", "normal", "2026-04-03T10:30", "2026-04-07T16:00"),
        ("prepaid-card", "2026-10-23T17:15", "high", "2026-10-26T08:45", "2026-10-26T11:45"),
        ("best-effort", "2026-11-20T16:30", "high", "2026-11-25T16:30", ""),
        ("round-the-clock", "2026-04-01T15:00", "normal", "2026-04-07T11:00", "2026-04-07T15:00"),
        ("round-the-clock", "2026-12-23T12:00", "low", "2026-12-29T12:00", "2026-12-30T16:00"),
    ],
)
def test_an_example_promises_the_deadlines_of_its_page(
    name: str, at: str, priority: str, response: str, resolution: str
) -> None:
    loaded = example(name)
    plan, zone = loaded.desk.plans[name], loaded.settings.zone
    start = datetime.fromisoformat(at).replace(tzinfo=zone).astimezone(UTC)
    found = plan.priority(priority)
    assert found is not None
    due = [deadline(start, target.amount, plan.calendar) for target in found.targets]
    assert [one.astimezone(zone).strftime("%Y-%m-%dT%H:%M") for one in due if one] == [response, resolution][: len(due)]


@pytest.mark.parametrize(
    ("name", "zone", "open_hours", "worked", "languages"),
    [
        ("prepaid-card", "Europe/Amsterdam", (510, 1080), "Good Friday", ("nl", "en")),
        ("reference-persons", "Europe/Brussels", (510, 1020), "", ("nl", "fr", "en")),
        ("standby-hosting", "Europe/Amsterdam", (510, 1080), "Good Friday", ("nl", "en")),
        ("best-effort", "Europe/Amsterdam", (540, 1020), "Good Friday", ("nl", "en")),
        ("round-the-clock", "Europe/Copenhagen", (480, 960), "", ("da", "en")),
    ],
)
def test_an_example_is_open_as_its_page_says(
    name: str, zone: str, open_hours: tuple[int, int], worked: str, languages: tuple[str, ...]
) -> None:
    plan = plan_of(name)
    assert plan.calendar.zone.key == zone
    assert plan.calendar.weekly == ((open_hours,),) * 5 + ((),) * 2
    assert plan.languages == languages
    assert date(2026, 12, 25) in plan.calendar.holidays(2026)
    assert (date(2026, 4, 3) in plan.calendar.holidays(2026)) == (name == "round-the-clock")
    assert not worked or date(2026, 4, 6) in plan.calendar.holidays(2026)


def test_the_prepaid_card_lets_customers_ask_and_asks_them_for_three_things() -> None:
    plan = plan_of("prepaid-card")
    assert (plan.priority_by, plan.standard, plan.kinds) == (PriorityBy.ASK, "normal", ("problem", "question"))
    assert plan.asks_for == ("web address", "picture", "steps")
    assert (plan.duty, plan.duty_may_cost) == (True, False)


def test_the_prepaid_card_is_agreed_before_and_paid_from_cards() -> None:
    plan = plan_of("prepaid-card")
    assert same(plan.tariffs, PREPAID)
    assert plan.welcome_card == 180
    assert plan.cards == (CardOffer(300, 400_00), CardOffer(600, 800_00), CardOffer(1200, 1600_00))
    assert set(plan.outside) == {"functional", "third-party"}


def test_reference_persons_are_one_a_site_a_general_and_a_technical_one() -> None:
    plan = plan_of("reference-persons")
    assert plan.contacts == ContactRules(roles=("site", "general", "technical"))
    assert plan.kinds == ("question", "problem", "change", "complaint")
    assert plan.to_manager == ("complaint",)
    assert set(plan.outside) == {"hardware", "system", "backup", "network", "training", "changes", "user-error"}
    assert (plan.remote_only, plan.tariffs[0].authorised_per_ticket, plan.highest) == (True, 0, "normal")


def test_standby_is_by_agreement_starts_in_half_an_hour_and_may_cost() -> None:
    plan = plan_of("standby-hosting")
    assert (plan.duty, plan.duty_by_agreement, plan.duty_may_cost) == (True, True, True)
    assert plan.callout_start == parse_amount("30 minutes")
    assert plan.without_contract is Without.BILLABLE
    assert set(plan.kinds) == {"feature", "change", "bug", "question"}
    assert same(plan.tariffs, STANDBY)


def test_best_effort_is_locked_has_goals_only_and_two_contacts_who_hear_of_all() -> None:
    plan = plan_of("best-effort")
    assert (plan.priority_by, plan.standard, plan.remote_only) == (PriorityBy.LOCKED, "normal", True)
    targets = [target for priority in plan.priorities for target in priority.targets]
    assert all((str(target.amount), target.promised) == ("3 working days", False) for target in targets)
    assert plan.contacts == ContactRules(most=2, inform_all=True)
    assert same(plan.tariffs, BEST_EFFORT)


def test_round_the_clock_is_highest_until_triaged_and_serves_anybody_who_pays() -> None:
    plan = plan_of("round-the-clock")
    assert (plan.priority_by, plan.standard, plan.highest) == (PriorityBy.HIGHEST, "normal", "high")
    assert (plan.without_contract, plan.duty, plan.duty_may_cost) == (Without.BILLABLE, True, True)
    assert same(plan.tariffs, NO_AGREEMENT)


def test_round_the_clock_has_three_agreements_with_a_quarter_free_and_a_discount() -> None:
    plan = plan_of("round-the-clock")
    assert list(plan.agreements) == ["good", "better", "best"]
    assert same(plan.tariffs_of("good"), AGREEMENT)
    for agreement in plan.agreements:
        [tariff] = plan.tariffs_of(agreement)
        assert same([replace(tariff, discount=AGREEMENT.discount)], AGREEMENT)


@pytest.mark.parametrize("name", WITH_DUTY)
def test_the_first_agents_of_the_directory_are_on_duty(name: str) -> None:
    loaded = example(name)
    assert loaded.directory is not None
    assert loaded.desk.duty is not None
    assert loaded.desk.duty.roster.people == tuple(agent.name for agent in loaded.directory.agents[:2])

"""The example policies load, and promise what their pages promise (spec, policies §5 and §6)."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdeskd.config.advice import advice
from helpdeskd.config.load import Loaded, load
from helpdeskd.domain.plan import PriorityBy, Without
from helpdeskd.domain.target import deadline

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> Loaded:
    return load(EXAMPLES / f"{name}.toml")


@pytest.mark.parametrize("name", ["prepaid-card", "round-the-clock"])
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
    assert [one.astimezone(zone).strftime("%Y-%m-%dT%H:%M") for one in due if one] == [response, resolution]


def test_the_prepaid_card_lets_customers_ask_and_asks_them_for_three_things() -> None:
    plan = example("prepaid-card").desk.plans["prepaid-card"]
    assert (plan.priority_by, plan.standard) == (PriorityBy.ASK, "normal")
    assert plan.asks_for == ("web address", "picture", "steps")
    assert (plan.duty, plan.duty_may_cost) == (True, False)


def test_round_the_clock_is_highest_until_triaged_and_serves_anybody_who_pays() -> None:
    plan = example("round-the-clock").desk.plans["round-the-clock"]
    assert (plan.priority_by, plan.standard, plan.highest) == (PriorityBy.HIGHEST, "normal", "high")
    assert (plan.without_contract, plan.duty, plan.duty_may_cost) == (Without.BILLABLE, True, True)


@pytest.mark.parametrize("name", ["prepaid-card", "round-the-clock"])
def test_the_first_agents_of_the_directory_are_on_duty(name: str) -> None:
    loaded = example(name)
    assert loaded.directory is not None
    assert loaded.desk.duty is not None
    assert loaded.desk.duty.roster.people == tuple(agent.name for agent in loaded.directory.agents[:2])

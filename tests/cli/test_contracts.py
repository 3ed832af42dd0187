"""`helpdeskd contracts`: agreements begin, and end when they are ended."""

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.world import World

NEXT_YEAR = ("2027-01-01", "2027-12-31")
WELCOME = '[plan.prepaid]\nwelcome_card = "3 hours"'


@pytest.fixture
def desk(world: World) -> World:
    """The directory of the configuration, stored."""
    with world:
        return world


def days(helpdeskd: Program, customer: str) -> list[tuple[str, str, str]]:
    rows = helpdeskd("contracts", f'"customer": "{customer}"', "--json").rows
    return [(row["plan"], row["first_day"], row["last_day"]) for row in rows]


def test_a_new_contract_is_shown_and_stored(helpdeskd: Program, desk: World) -> None:
    ran = helpdeskd("contracts", "add", "bakery", "hourly", *NEXT_YEAR)
    assert (ran.status, ran.err) == (0, "")
    new = ["+[[customer.contract]]", '+plan = "hourly"', "+first_day = 2027-01-01", "+last_day = 2027-12-31"]
    assert [line for line in ran.out.splitlines() if line.startswith("+") and line != "+"] == new
    assert days(helpdeskd, "bakery") == [("standard", "2026-01-01", "2026-12-31"), ("hourly", *NEXT_YEAR)]


def test_a_plan_with_a_welcome_card_gives_it_with_the_first_contract(helpdeskd: Program, config: Path) -> None:
    config.write_text(config.read_text().replace("[plan.prepaid]", WELCOME))
    (config.parent / "nobody.toml").write_text("")
    helpdeskd("directory", "apply", config.parent / "nobody.toml")
    ran = helpdeskd("contracts", "add", "bakery", "prepaid", *NEXT_YEAR)
    assert {'+name = "bakery-welcome"', "+hours = 3", "+bought = 2027-01-01", "+free = true"} < set(
        ran.out.splitlines()
    )
    assert "bakery-welcome" not in helpdeskd("contracts", "add", "bakery", "prepaid", "2028-01-01", "2028-12-31").out


def test_a_contract_ends_when_it_is_ended_and_later_ones_stay(helpdeskd: Program, desk: World) -> None:
    helpdeskd("contracts", "add", "bakery", "hourly", *NEXT_YEAR)
    ran = helpdeskd("contracts", "end", "bakery", "2026-11-30")
    assert {"-last_day = 2026-12-31", "+last_day = 2026-11-30"} < set(ran.out.splitlines())
    assert days(helpdeskd, "bakery") == [("standard", "2026-01-01", "2026-11-30"), ("hourly", *NEXT_YEAR)]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("add", "nobody", "hourly", *NEXT_YEAR), 'there is no customer "nobody"'),
        (("add", "bakery", "gold", *NEXT_YEAR), 'customer.contract.plan: there is no plan "gold" (there are: '),
        (
            ("add", "bakery", "hourly", *NEXT_YEAR, "--agreement", "good"),
            'customer.contract.agreement: the plan "hourly" has no agreement "good"',
        ),
        (("add", "bakery", "hourly", *reversed(NEXT_YEAR)), "customer.contract: last_day 2027-01-01 is before"),
        (("end", "bakery", "2028-01-01"), "bakery has no contract in force on 2028-01-01"),
        (("end", "nobody", "2026-11-30"), 'there is no customer "nobody"'),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    helpdeskd: Program, desk: World, words: tuple[str, ...], complaint: str
) -> None:
    before = helpdeskd("directory", "export").out
    ran = helpdeskd("contracts", *words)
    assert ran.status == 1
    assert ran.complaint.startswith(f"contracts: {complaint}")
    assert helpdeskd("directory", "export").out == before


def test_a_day_that_is_none_is_told(helpdeskd: Program, config: Path) -> None:
    ran = helpdeskd("contracts", "end", "bakery", "tomorrow")
    assert ran.status == 2
    assert "'tomorrow' is no day (write it as 2026-11-20)" in ran.complaint

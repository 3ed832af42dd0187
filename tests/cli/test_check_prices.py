"""`helpdeskd check` warns of an edited tariff that prices what is booked already."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpdeskd.cli import main
from helpdeskd.cli.common import stored
from helpdeskd.config.load import Loaded, load
from helpdeskd.daemon import record
from helpdeskd.storage.tables import proxy
from tests.world import PIET, World, local

LATER = """
[[plan.hourly.tariff]]
valid_from = {since}
currency = "EUR"
rate = "120.00"
"""
DORA = "Dora Dekker <dora@dentist.example>"
Checked = Callable[[], str]


@pytest.fixture
def checked(world: World, config: Path, capfd: pytest.CaptureFixture[str]) -> Checked:
    """What `check` says of prices; the prices are told, and Piet has booked an hour on Monday 2026-11-23."""
    with world:
        world.receives(DORA)
        world.replies(PIET, world.last("piet"), "/time 1h")
    tell(world.office.loaded)

    def check() -> str:
        assert main(["check"]) == 0
        return "\n".join(line for line in capfd.readouterr().err.splitlines() if "booked" in line)

    return check


def tell(loaded: Loaded) -> None:
    """As the daemon does when it starts, and when it has read its configuration again."""
    with stored(loaded):
        record.standing(loaded.settings.file, (), loaded.desk, local("2026-11-23 12:00"))


def edit(config: Path, old: str, new: str) -> None:
    before, table, after = config.read_text().partition("[[plan.hourly.tariff]]")
    config.write_text(before + table + after.replace(old, new, 1))


def test_as_long_as_the_prices_stay_nothing_is_said(checked: Checked, config: Path):
    assert checked() == ""
    config.write_text(config.read_text() + LATER.format(since="2026-12-01"))
    assert checked() == ""


def test_an_edited_rate_prices_what_is_booked_and_is_told_with_its_line(checked: Checked, config: Path):
    edit(config, 'rate = "100.00"', 'rate = "110.00"')
    told = checked()
    assert f"{config}:" in told
    assert "another rate for a booked entry of hourly" in told
    assert "add one with valid_from" in told


def test_a_new_tariff_from_a_day_on_which_work_was_booked_is_told_too(checked: Checked, config: Path):
    config.write_text(config.read_text() + LATER.format(since="2026-11-23"))
    assert "for a booked entry of hourly" in checked()


def test_prices_of_another_plan_are_not_its(checked: Checked, config: Path):
    config.write_text(config.read_text().replace('rate = "80.00"', 'rate = "85.00"'))
    assert checked() == ""


def test_once_it_is_told_it_is_no_edit_any_more(checked: Checked, config: Path):
    edit(config, 'rate = "100.00"', 'rate = "110.00"')
    assert checked()
    tell(load(config))
    assert checked() == ""


def test_an_agreement_that_comes_later_prices_what_is_booked_under_it(checked: Checked, config: Path):
    with stored(load(config)):
        proxy.execute_sql("UPDATE ticket SET state = json_set(state, '$.agreement', 'good')")
    config.write_text(f"{config.read_text()}\n[plan.hourly.agreement.good]\ndiscount = 10\n")
    assert "another discount for a booked entry of hourly/good" in checked()

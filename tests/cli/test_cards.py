"""`helpdeskd cards`: prepaid hours are added, told with what is left of them, and never changed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.world import PIET, World

HANS = "Hans Hout <hans@garage.example>"
GIJS = "Gijs Groen <gijs@garage.example>"
ADD = ("cards", "add", "garage")


@pytest.fixture
def story(world: World) -> World:
    """Half an hour was drawn on the card of five hours."""
    with world:
        world.receives(HANS)
        world.replies(PIET, world.last("piet"), "/estimate 1h")
        world.replies(GIJS, world.last("gijs", "approval-request"), "approve")
        world.replies(PIET, world.last("piet"), "/time 30m")
    return world


def test_cards_are_listed_with_what_is_left_of_them(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("cards", "list", "garage")
    line = "customer garage, card garage-1, bought 2026-10-05, price 400.00, minutes 300, used 30, balance 270\n"
    assert (ran.status, ran.out) == (0, line)
    assert helpdeskd("cards", "list", "bakery").complaint == "cards: nothing is found for 'bakery'"


def test_a_new_card_is_shown_and_stored_with_what_is_left_in_all(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd(*ADD, "10h", "800.00", "--bought", "2026-11-20")
    assert (ran.status, ran.err) == (0, "")
    assert {'+name = "garage-2026-11-20"', "+hours = 10", '+price = "800.00"', "+bought = 2026-11-20"} < set(
        ran.out.splitlines()
    )
    assert ran.out.splitlines()[-1] == "garage has 870 min left of 900 min prepaid"
    assert [row["balance"] for row in helpdeskd("cards", "--json").rows] == [270, 600]


def test_as_json_the_change_comes_first_and_what_is_left_last(helpdeskd: Program, story: World) -> None:
    changed, left = helpdeskd(*ADD, "90m", "--free", "--name", "sorry", "--json").rows
    assert (changed["change"], changed["name"], changed["after"]["cards"][-1]["id"]) == ("changed", "garage", "sorry")
    assert left == {"customer": "garage", "bought": 390, "used": 30, "balance": 360}


def test_a_card_without_a_day_is_bought_today(helpdeskd: Program, story: World) -> None:
    before = datetime.now(UTC).date()
    helpdeskd(*ADD, "5h", "400.00")
    bought = helpdeskd("cards", "garage", "--json").rows[-1]["bought"]
    assert abs((datetime.fromisoformat(bought).date() - before).days) <= 1


def test_two_cards_of_one_day_have_names_of_their_own(helpdeskd: Program, story: World) -> None:
    for _ in range(2):
        helpdeskd(*ADD, "5h", "400.00", "--bought", "2026-11-20")
    names = [row["card"] for row in helpdeskd("cards", "garage", "--json").rows]
    assert names == ["garage-1", "garage-2026-11-20", "garage-2026-11-20-2"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("garage", "5h", "400.00", "--name", "garage-1"), "garage has a card garage-1 already"),
        (("bakery", "5h", "400.00", "--name", "garage-1"), "the card garage-1 belongs to bakery and to garage"),
        (("nobody", "5h", "400.00"), 'there is no customer "nobody"'),
        (("garage", "5h", "400.00", "--name", "a b"), "has not the form that it needs"),
    ],
)
def test_a_card_that_cannot_be_is_refused(
    helpdeskd: Program, story: World, words: tuple[str, ...], complaint: str
) -> None:
    before = helpdeskd("directory", "export").out
    ran = helpdeskd("cards", "add", *words)
    assert ran.status == 1
    assert complaint in ran.complaint
    assert helpdeskd("directory", "export").out == before


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("garage", "five"), "'five' is no time (write it as 5h, 90m or 1h30)"),
        (("garage", "5h", "400"), '"400" is no amount of money'),
        (("garage", "5h"), "a card has a PRICE, or is --free"),
        (("garage", "5h", "400.00", "--free"), "a card has a PRICE, or is --free"),
        (("garage", "5h", "400.00", "--bought", "yesterday"), "'yesterday' is no day"),
    ],
)
def test_a_command_that_is_mistyped_is_told(
    helpdeskd: Program, config: Path, words: tuple[str, ...], complaint: str
) -> None:
    ran = helpdeskd("cards", "add", *words)
    assert ran.status == 2
    assert complaint in ran.complaint

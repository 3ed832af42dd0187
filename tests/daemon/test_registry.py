"""What follows from a directory that is stored: welcome cards, draws, and when its customers are billed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.daemon.registry import store, with_welcome_cards
from helpdeskd.domain.card import Card
from helpdeskd.domain.directory import Contract, Customer
from helpdeskd.storage import billing, db, directory, ledger
from helpdeskd.storage.directory import StoredDirectory
from tests.world import PIET, World

HANS = "Hans Hout <hans@garage.example>"
GIJS = "Gijs Groen <gijs@garage.example>"
MORE = Card("garage-2", 600, 800_00, date(2026, 11, 23))
CLUB = Customer("club", "Club", contracts=(Contract("hourly", date(2026, 1, 1), date(2026, 12, 31)),))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Six hours were approved and worked on a ticket of a customer who has five."""
    with World(tmp_path / "desk") as desk:
        desk.receives(HANS)
        for _ in range(2):
            desk.replies(PIET, desk.last("piet"), "/estimate 3h")
            desk.replies(GIJS, desk.last("gijs", "approval-request"), "approve")
        desk.at("2026-11-23 18:00")
        desk.replies(PIET, desk.last("piet", "agent-transcript"), "/time 6h")
        yield desk


def changed(world: World, *customers: Customer) -> None:
    """Store the directory with these customers in the places of those of their names, or behind them."""
    with db.transaction():
        known = StoredDirectory()
        named = {one.name: one for one in (*known.customers(), *customers)}
        people = DirectoryFile(tuple(named.values()), known.agents(), directory.duty_roster())
        store(people, world.office.loaded.desk, world.now)


def drawn() -> dict[str, int]:
    with db.transaction():
        return {draw.card: draw.minutes for draw in ledger.draws("garage")}


def garage() -> Customer:
    with db.transaction():
        found = StoredDirectory().customer("garage")
    assert found is not None
    return found


def test_a_new_card_pays_what_the_customers_tickets_lacked(world: World) -> None:
    assert drawn() == {"garage-1": 300}
    changed(world, replace(garage(), cards=(*garage().cards, MORE)))
    assert drawn() == {"garage-1": 300, "garage-2": 60}


def test_a_directory_without_new_cards_draws_nothing(world: World) -> None:
    changed(world, replace(garage(), title="Garage Blauw"))
    assert drawn() == {"garage-1": 300}
    assert garage().title == "Garage Blauw"


def test_a_new_customer_is_billed_at_the_end_of_the_month(world: World) -> None:
    changed(world, CLUB)
    world.at("2026-12-01 00:00")
    with db.transaction():
        assert [each.month for each in ledger.issued("club")] == [billing.first_month("club")]


def test_each_customer_who_is_due_a_welcome_card_gets_it(world: World) -> None:
    desk = world.office.loaded.desk
    plans = {**desk.plans, "hourly": replace(desk.plans["hourly"], welcome_card=180)}
    given = with_welcome_cards(DirectoryFile((CLUB, garage())), replace(desk, plans=plans), world.now)
    assert [[card.id for card in one.cards] for one in given.customers] == [["club-welcome"], ["garage-1"]]

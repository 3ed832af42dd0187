"""`helpdeskd customers`: organisations come, and go while they have no tickets."""

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.world import ANNA, World


@pytest.fixture
def story(world: World) -> World:
    with world:
        world.receives(ANNA)
    return world


def test_a_new_customer_is_shown_stored_and_warned_about(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("customers", "add", "library", "Library", "--language", "nl")
    assert ran.status == 0
    assert [line for line in ran.out.splitlines() if line.startswith("+")] == [
        "+[[customer]]",
        '+name = "library"',
        '+title = "Library"',
        '+language = "nl"',
        "+",
    ]
    assert ran.err == 'customer: no contact of "library" may open a ticket (give one the right "open") [warning]\n'
    assert helpdeskd("customers", "library").out == "name library, title Library, language nl\n"


def test_as_json_a_change_is_a_line(helpdeskd: Program, story: World) -> None:
    [row] = helpdeskd("customers", "add", "library", "Library", "--json").rows
    assert (row["change"], row["kind"], row["name"], row["before"]) == ("added", "customer", "library", None)


def test_a_customer_without_tickets_is_removed(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("customers", "remove", "school")
    assert '-name = "school"' in ran.out.splitlines()
    assert helpdeskd("customers", "school").status == 1
    assert helpdeskd("contacts", "heike").status == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("add", "bakery", "Another"), "there is a customer bakery already (a name can stand once)"),
        (("add", "the bakery", "Bakery"), "customer.name: "),
        (("add", "library", "Library", "--language", "Dutch"), "customer.language: "),
        (("remove", "nobody"), 'there is no customer "nobody" (helpdeskd customers lists them)'),
        (("remove", "bakery"), "bakery has tickets (end its contracts: helpdeskd contracts end bakery DATE)"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    helpdeskd: Program, story: World, words: tuple[str, ...], complaint: str
) -> None:
    before = helpdeskd("directory", "export").out
    ran = helpdeskd("customers", *words)
    assert ran.status == 1
    assert ran.complaint.startswith(f"customers: {complaint}")
    assert helpdeskd("directory", "export").out == before


def test_without_a_desk_nothing_is_changed(helpdeskd: Program, config: Path) -> None:
    ran = helpdeskd("customers", "add", "library", "Library")
    assert ran.status == 1
    assert "no desk is stored" in ran.complaint
    assert not (config.parent / "state").exists()

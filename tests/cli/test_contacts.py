"""`helpdeskd contacts`: people of customers come and go, and what they may do."""

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.world import World

LIA = "Lia Lee <Lia@Bakery.example>"


@pytest.fixture
def desk(world: World) -> World:
    """The directory of the configuration, stored."""
    with world:
        return world


def rights(helpdeskd: Program, who: str) -> list[str]:
    [row] = helpdeskd("contacts", who, "--json").rows
    found: list[str] = row["rights"]
    return found


def test_a_new_contact_is_shown_and_stored(helpdeskd: Program, desk: World) -> None:
    ran = helpdeskd("contacts", "add", "bakery", LIA, "open,spend")
    assert (ran.status, ran.err) == (0, "")
    assert {'+name = "Lia Lee"', '+addresses = ["lia@bakery.example"]'} < set(ran.out.splitlines())
    assert rights(helpdeskd, "lia@") == ["open", "spend"]


def test_without_rights_a_contact_may_open_tickets(helpdeskd: Program, desk: World) -> None:
    helpdeskd("contacts", "add", "bakery", LIA)
    assert rights(helpdeskd, "lia@") == ["open"]


def test_a_contact_is_written_to_in_the_customers_language(helpdeskd: Program, desk: World) -> None:
    helpdeskd("contacts", "add", "bakery", LIA)
    assert helpdeskd("contacts", "lia@", "--json").rows[0]["language"] == "nl"


def test_a_contact_is_removed_by_any_address(helpdeskd: Program, desk: World) -> None:
    ran = helpdeskd("contacts", "remove", "A.deVries@bakery.example")
    assert '-name = "Anna de Vries"' in ran.out.splitlines()
    assert helpdeskd("contacts", "anna@").status == 1
    assert helpdeskd("contacts", "bram@").status == 0


def test_what_the_plan_misses_is_told(helpdeskd: Program, desk: World) -> None:
    ran = helpdeskd("contacts", "remove", "frederik@havn.example")
    assert ran.status == 0
    assert ran.err == 'customer: no contact of "havn" may open a ticket (give one the right "open") [warning]\n'


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("add", "nobody", LIA), 'there is no customer "nobody" (helpdeskd customers lists them)'),
        (
            ("add", "school", "Anna <anna@bakery.example>"),
            "the address anna@bakery.example belongs to Anna de Vries of bakery and to Anna of school",
        ),
        (("add", "bakery", "Piet <piet@desk.example>"), "the address piet@desk.example belongs to Piet of bakery"),
        (("add", "bakery", "Us <support@desk.example>"), "customer.contact.addresses: "),
        (("remove", "nobody@bakery.example"), "nobody has the address nobody@bakery.example"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    helpdeskd: Program, desk: World, words: tuple[str, ...], complaint: str
) -> None:
    before = helpdeskd("directory", "export").out
    ran = helpdeskd("contacts", *words)
    assert ran.status == 1
    assert ran.complaint.startswith(f"contacts: {complaint}")
    assert helpdeskd("directory", "export").out == before


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("bakery", "lia@bakery.example"), 'is no person (write it as "Anna de Vries <anna@bakery.example>")'),
        (("bakery", "Lia Lee"), "is no person"),
        (("bakery", LIA, "open,fly"), "'open,fly' are no rights (some of open,spend,approve,manage)"),
    ],
)
def test_a_command_that_is_mistyped_is_told(
    helpdeskd: Program, config: Path, words: tuple[str, ...], complaint: str
) -> None:
    ran = helpdeskd("contacts", "add", *words)
    assert ran.status == 2
    assert complaint in ran.complaint

"""`helpdeskd held`: what waits for a person is served or refused by one."""

import pytest

from tests.cli.program import Program
from tests.world import ANNA, EVE, STRANGER, World, local


@pytest.fixture
def story(world: World) -> World:
    """Mail 1 opened a ticket; mail 2 is a stranger's, mail 3 says that it is Anna's and does not prove it."""
    with world:
        world.receives(ANNA)
        world.receives(STRANGER, subject="Hello")
        world.receives(ANNA, subject="Printer", strength="none")
    return world


def test_what_waits_is_listed(helpdeskd: Program, story: World) -> None:
    assert [line.split()[0] for line in helpdeskd("held", "list").out.splitlines()] == ["3", "2"]
    assert [(row["id"], row["reason"].split(":")[0]) for row in helpdeskd("held", "list", "--json").rows] == [
        (3, "unproved-sender"),
        (2, "unknown-sender"),
    ]


def test_an_accepted_mail_opens_a_ticket_for_its_sender(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("held", "accept", 3)
    assert ran.status == 0
    assert ran.out.split()[2:4] == ["opened", "HD-1002"]
    with story:
        assert story.ticket("HD-1002").requester == "anna@bakery.example"
        assert story.ticket("HD-1002").subject == "Printer"


def test_a_strangers_mail_is_accepted_for_a_contact(helpdeskd: Program, story: World) -> None:
    [row] = helpdeskd("held", "accept", 2, "--as", "Bram@BAKERY.example", "--json").rows
    assert (row["status"], row["fate"], row["reference"]) == ("done", "opened", "HD-1002")
    with story:
        assert story.ticket("HD-1002").requester == "bram@bakery.example"
        assert story.sent("sam@elsewhere.example") == []


def test_a_mail_is_accepted_for_contacts_only(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("held", "accept", 2)
    assert (ran.status, ran.complaint) == (1, "held: sam@elsewhere.example is no contact (--as ADDRESS names one)")
    assert helpdeskd("held", "accept", 2, "--as", "x").status == 1
    assert len(helpdeskd("held", "list").out.splitlines()) == 2


def test_a_refused_mail_is_done_and_nobody_is_told(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("held", "refuse", 2, "no", "customer")
    assert ran.status == 0
    assert "refused" in ran.out
    [row] = helpdeskd("inbox", "show", 2, "--json").rows
    assert (row["status"], row["fate"], row["reason"]) == ("done", "refused", "no customer")
    with story:
        story.advance(hours=1)
        assert story.sent("sam@elsewhere.example") == []


@pytest.mark.parametrize("words", [("accept", 1), ("refuse", 1, "no"), ("accept", 7), ("refuse", 7, "no")])
def test_what_is_not_held_is_not_decided(helpdeskd: Program, story: World, words: tuple[object, ...]) -> None:
    ran = helpdeskd("held", *words)
    assert (ran.status, ran.complaint) == (1, f"held: mail {words[1]} is not held")


def test_a_mail_is_decided_once(helpdeskd: Program, story: World) -> None:
    assert helpdeskd("held", "accept", 3).status == 0
    assert helpdeskd("held", "accept", 3).status == 1
    assert helpdeskd("held", "refuse", 3, "no").status == 1


def test_a_refusal_needs_a_reason(helpdeskd: Program, story: World) -> None:
    assert helpdeskd("held", "refuse", 2).status == 2


def test_a_contact_who_was_proved_reads_why_their_mail_was_refused(helpdeskd: Program, world: World) -> None:
    with world:
        world.clock.at = local("2027-01-04 10:00")
        held = world.receives(EVE, subject="Printer")
    [row] = helpdeskd("held", "refuse", held.id, "no", "contract", "--json").rows
    assert (row["status"], row["fate"], row["reason"]) == ("done", "refused", "no contract")
    [row] = helpdeskd("outbox", "list", "--status", "queued", "--json").rows
    assert (row["notice"], row["recipient"]) == ("refused", "eve@smith.example")

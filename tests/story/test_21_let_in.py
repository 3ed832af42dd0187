"""Mail that is let in after it was held: never quoted as a customer's words, and never lost where it is not served."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.storage import db, inbox
from tests.cli.program import Program, program
from tests.world import ANNA, BRAM, PIET, STRANGER, Sent, World, local, texts

BEN = "Ben Blom <ben@dentist.example>"
CAS, DAN = "Cas Club <cas@club.example>", "Dan Club <dan@club.example>"
TIM = "Tim Third <tim@third.example>"
CLUB = """
[[customer]]
name = "club"
title = "Club"
language = "en"
[[customer.contact]]
name = "Cas Club"
addresses = ["cas@club.example"]
[[customer.contact]]
name = "Dan Club"
addresses = ["dan@club.example"]
[[customer.contract]]
plan = "standard"
first_day = 2026-01-01
last_day = 2026-12-31
inform = "all contacts"
"""


@pytest.fixture
def helpdeskd(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Program:
    """The command line, for the desk of the story."""
    monkeypatch.setenv("HELPDESKD_CONFIG", str(tmp_path / "desk" / "config.toml"))
    return program(capfd)


@pytest.fixture
def club(tmp_path: Path) -> Iterator[World]:
    """Cas of the club, all of whose contacts are kept informed, has a ticket."""
    with World(tmp_path / "desk", extra=CLUB) as desk:
        desk.receives(CAS, subject="First", text="Words of Cas.")
        yield desk


def digest(world: World, *mails: tuple[str, str]) -> Sent:
    """The digest of mails that were held: who, with which subject."""
    for sender, subject in mails:
        world.receives(sender, subject=subject, text=f"About {subject}.")
    world.advance(hours=2)
    world.news()
    return world.last("piet", "held-digest")


def fate(world: World, number: int) -> str:
    with db.transaction():
        row = inbox.get(number)
    assert row is not None
    return row.fate


def wrong(world: World, mail: Sent, line: str) -> str:
    """What is wrong with the line; nothing is done, and nobody else is told."""
    world.news()
    world.replies(PIET, mail, line)
    assert world.news() == ["piet agent-error"]
    return " ".join(world.last("piet", "agent-error").text.split())


def test_a_strangers_text_that_was_let_in_is_never_quoted_to_a_customer(world: World) -> None:
    world.receives(ANNA, cc=["bram@bakery.example"], text="It hangs, says Anna.")
    told = digest(world, (STRANGER, "Re: [HD-1001] Invoice"))
    world.replies(PIET, told, "/accept as bram@bakery.example")
    assert "A message that was held has been let in" in world.last("piet", "agent-update").text
    world.replies(PIET, world.last("piet", "agent-update"), "We look.\n\n/show")
    assert "(let in after it was held):" in world.last("piet", "agent-transcript").text
    answers = [world.last(who, "reply").text for who in ("anna", "bram")]
    assert all("About Re" not in text for text in answers)
    assert "It hangs, says Anna." in answers[0]
    world.replies(BRAM, world.last("bram", "reply"), "Thanks, says Bram.")
    assert "The customer wrote." in world.last("piet", "agent-update").text
    world.replies(PIET, world.last("piet", "agent-update"), "You are welcome.")
    assert "Thanks, says Bram." in world.last("anna", "reply").text


@pytest.mark.parametrize(
    "line", ["/split Other", "/for cas@club.example", "/call cas@club.example 5m"], ids=["split", "for", "call"]
)
def test_contacts_who_are_kept_informed_read_nothing_that_the_desk_wrote_down(club: World, line: str) -> None:
    text = f"{line}\nHe was angry."
    if line.startswith("/split"):
        club.replies(PIET, club.last("piet"), text)
    else:
        club.receives(PIET, subject="Phone", text=text, strength="internal")
    told = club.last("dan", "status").text
    assert "Request HD-1002 has been opened with us for Cas Club." in told
    assert "angry" not in texts(mail for mail in club.mails if not mail.row.to_agent)


def test_contacts_who_are_kept_informed_read_what_a_colleague_wrote(club: World) -> None:
    assert "Words of Cas." in club.last("dan", "status").text
    assert "Cas Club has opened request HD-1001" in club.last("dan", "status").text


def test_a_mail_is_not_accepted_below_a_line_that_blocks_its_sender(world: World) -> None:
    told = digest(world, (STRANGER, "One"), (STRANGER, "Two"))
    assert "blocks its sender" in wrong(world, told, "/block 2\n/accept 1 as bram@bakery.example")
    assert (fate(world, 1), fate(world, 2)) == ("held", "held")
    world.replies(PIET, told, "/accept 1 as bram@bakery.example\n/block 2")
    assert (fate(world, 1), fate(world, 2)) == ("opened", "refused")


def test_a_mail_that_is_not_served_for_a_contact_stays_held_and_they_hear_nothing(world: World) -> None:
    told = digest(world, (STRANGER, "One"))
    error = wrong(world, told, "/accept as cato@bakery.example")
    assert "it is not served for Cato Bakker (no-right: open); it stays held" in error
    assert fate(world, 1) == "held"
    assert world.sent("cato") == []
    world.replies(PIET, told, "/accept as bram@bakery.example")
    assert fate(world, 1) == "opened"


def test_the_command_line_says_why_a_mail_is_not_served(helpdeskd: Program, world: World) -> None:
    digest(world, (STRANGER, "One"))
    ran = helpdeskd("held", "accept", 1, "--as", "cato@bakery.example")
    why = "held: mail 1 is not served for cato@bakery.example (no-right: open); it stays held"
    assert (ran.status, ran.complaint) == (1, why)
    assert helpdeskd("held", "accept", 1, "--as", "bram@bakery.example").status == 0
    world.reopens()
    assert fate(world, 1) == "opened"
    assert world.sent("cato") == []


def test_an_adopted_mail_that_is_not_served_is_left_to_the_desk(world: World) -> None:
    world.clock.at = local("2027-01-04 10:00")
    digest(world, ("Jan <jan@bakery.example>", "Help"))
    world.replies(ANNA, world.last("anna", "adopt-request"), "ja")
    assert world.news() == ["anna refused"]
    assert "Een medewerker beoordeelt" in world.last("anna").text
    assert fate(world, 1) == "held"
    world.advance(hours=2)
    again = world.last("piet", "held-digest")
    assert "jan@bakery.example" in again.text
    world.replies(PIET, again, "/refuse 1 No contract")
    assert fate(world, 1) == "refused"


def test_a_reason_that_begins_with_a_number_refuses_no_other_mail(world: World) -> None:
    digest(world, (STRANGER, "One"), (TIM, "Two"))
    third = digest(world, (STRANGER, "Three"))
    error = wrong(world, third, "/refuse 2 requests in one mail")
    assert "mail 2, or mail 3, of which you were told? (/refuse 3 2 requests in one mail, or" in error
    world.replies(PIET, third, "/refuse 7 requests in one mail")
    assert [fate(world, number) for number in (1, 2, 3)] == ["held", "held", "refused"]


def test_a_reason_that_begins_with_a_number_stands_behind_the_number_of_the_mail(world: World) -> None:
    digest(world, (STRANGER, "One"), (TIM, "Two"))
    world.replies(PIET, digest(world, (STRANGER, "Three")), "/refuse 3 2 requests in one mail")
    assert [fate(world, number) for number in (1, 2, 3)] == ["held", "held", "refused"]


def test_what_is_split_off_beyond_the_quota_is_warned_of(world: World) -> None:
    for subject in ("One", "Two", "Three"):
        world.receives(BEN, subject=subject)
    world.replies(PIET, world.last("piet"), "/split Other\nThe printer too.")
    told = " ".join(world.last("piet", "agent-transcript").text.split())
    assert "a ticket of its own for Ben Blom; warning: it is beyond the tickets of the month (4/3)" in told

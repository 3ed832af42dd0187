"""What is passed on of what came with a mail: all that says something, and a picture of the text once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.daemon.enclosed import enclosed
from helpdeskd.domain.message import SMALLEST_PICTURE, Attachment, Message
from helpdeskd.storage import db, tickets
from helpdeskd.triage.case import Outcome
from tests.world import ANNA, BRAM, EVE, PIET, STRANGER, Sent, World

SCREEN = bytes(range(256)) * 40
LOGO = bytes(range(255, -1, -1)) * 20


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as desk:
        yield desk


def part(content: bytes, kind: str = "image/png", inline: bool = True) -> Attachment:
    return Attachment("image001.png", kind, len(content), inline, content, "image001")


def passed(*parts: Attachment, ticket: int | None = 1) -> list[bytes]:
    with db.transaction():
        outcome = Outcome("added", "", tickets.by_id(ticket) if ticket else None)
        return [one.content for one in enclosed(Message(attachments=parts), outcome)]


def names(mail: Sent) -> list[str]:
    return [{SCREEN: "screen", LOGO: "logo"}[attachment.content] for attachment in mail.message.attachments]


def test_a_picture_that_nobody_has_seen_is_passed_on(world: World) -> None:
    world.receives(BRAM, pictures=[("logo.png", LOGO)])
    assert passed(part(SCREEN)) == [SCREEN]
    assert passed(part(SCREEN), part(LOGO), ticket=None) == [SCREEN, LOGO]


def test_a_picture_that_came_before_on_the_ticket_is_not(world: World) -> None:
    world.receives(BRAM, pictures=[("logo.png", LOGO)])
    assert passed(part(LOGO), part(SCREEN)) == [SCREEN]
    world.receives(BRAM, subject="Another", text="Another matter.")
    assert passed(part(LOGO), ticket=2) == [LOGO]


def test_what_is_attached_as_a_file_or_is_no_picture_always_goes(world: World) -> None:
    world.receives(BRAM, attachments=[("scan.pdf", "application/pdf", SCREEN)], pictures=[("logo.png", LOGO)])
    again = (part(SCREEN, "application/pdf"), part(LOGO, inline=False))
    assert passed(*again) == [SCREEN, LOGO]


@pytest.mark.parametrize(("size", "goes"), [(SMALLEST_PICTURE - 1, False), (SMALLEST_PICTURE, True)])
def test_a_picture_of_less_than_a_kilobyte_is_decoration(world: World, size: int, goes: bool) -> None:
    assert passed(part(b"x" * size), ticket=None) == ([b"x" * size] if goes else [])


def test_a_picture_of_a_note_has_been_seen_by_no_customer(world: World) -> None:
    world.receives(ANNA)
    notice = world.last("piet")
    world.replies(PIET, notice, "/note\nLook at this.", pictures=[("s.png", SCREEN)])
    world.replies(PIET, notice, "Click where the arrow is.", pictures=[("s.png", SCREEN)])
    assert names(world.last("anna", "reply")) == ["screen"]
    world.replies(PIET, notice, "Have you clicked?", pictures=[("s.png", SCREEN)])
    assert names(world.last("anna", "reply")) == []


def test_a_picture_of_the_customers_own_goes_back_to_nobody_but_those_who_have_not_seen_it(world: World) -> None:
    world.receives(EVE, pictures=[("s.png", SCREEN)])
    notice = world.last("piet", "agent-new")
    world.replies(PIET, notice, "I see.", pictures=[("s.png", SCREEN)])
    assert names(world.last("eve", "reply")) == []
    world.receives(BRAM, pictures=[("s.png", SCREEN)], cc=["anna@bakery.example"])
    world.replies(PIET, world.last("piet", "agent-new"), "I see.", pictures=[("s.png", SCREEN)])
    assert names(world.last("anna", "reply")) == ["screen"]


def test_who_joins_later_gets_what_the_others_have(world: World) -> None:
    world.receives(BRAM)
    notice = world.last("piet")
    world.replies(PIET, notice, "Click here.", pictures=[("s.png", SCREEN)])
    world.replies(PIET, notice, "/cc anna@bakery.example\nClick here.", pictures=[("s.png", SCREEN)])
    world.replies(PIET, notice, "Has it worked?", pictures=[("s.png", SCREEN)])
    first, second = world.sent("anna", "reply")
    assert (names(first), names(second)) == (["screen"], [])


def test_a_third_party_has_seen_nothing_and_nobody_has_seen_what_it_sends(world: World) -> None:
    world.receives(BRAM, pictures=[("s.png", SCREEN)])
    notice = world.last("piet")
    world.replies(PIET, notice, "/forward help@supplier.example\nWhat is this?", pictures=[("s.png", SCREEN)])
    assert names(world.last("help")) == ["screen"]
    supplier = "Sue Supplier <help@supplier.example>"
    world.replies(supplier, world.last("help"), "Click there.", pictures=[("a.png", LOGO)])
    world.replies(PIET, notice, "Click there.", pictures=[("a.png", LOGO)])
    assert names(world.last("bram", "reply")) == ["logo"]


def test_what_the_desk_has_let_in_was_seen_by_no_customer(world: World) -> None:
    world.receives(STRANGER, pictures=[("s.png", SCREEN)])
    world.advance(hours=2)
    world.replies(PIET, world.last("piet", "held-digest"), "/accept as bram@bakery.example")
    world.replies(PIET, world.last("piet", "agent-new"), "What is this?", pictures=[("s.png", SCREEN)])
    assert names(world.last("bram", "reply")) == ["screen"]

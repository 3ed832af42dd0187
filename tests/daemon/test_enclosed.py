"""What is passed on of what came with a mail: all that says something, and a picture of the text once."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from helpdeskd.daemon.enclosed import SMALLEST_PICTURE, enclosed
from helpdeskd.domain.message import Attachment, Message
from helpdeskd.storage import db
from tests.world import BRAM, World

SCREEN = bytes(range(256)) * 40
LOGO = bytes(range(255, -1, -1)) * 20


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as desk:
        yield desk


def part(content: bytes, kind: str = "image/png", inline: bool = True) -> Attachment:
    return Attachment("image001.png", kind, len(content), sha256(content).hexdigest(), inline, content, "image001")


def passed(*parts: Attachment, ticket: int | None = 1) -> list[bytes]:
    with db.transaction():
        return [one.content for one in enclosed(Message(attachments=parts), ticket)]


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

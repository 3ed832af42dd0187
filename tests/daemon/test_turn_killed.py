"""Killed at any line, a turn has happened once when it is done again.

While a turn runs, the files of the database are copied before each statement that writes: what a kill at that line
leaves on the disk. Each copy is then opened as a start after a crash opens it, and the same is done again: the mail is
sent once more, because its sender was never told 250; the sweep looks once more.
"""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from helpdeskd.storage import db, outbox
from helpdeskd.storage.tables import EventRow, Outbox, TicketRow, proxy
from tests.world import BRAM, PIET, World

Turn = Callable[[World], object]
Made = tuple[list[str], list[tuple[str, str]], Counter[str]]
READS = ("SELECT", "PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE")


def nothing(_: World) -> None:
    return


def asked(world: World) -> None:
    world.receives(BRAM)


def night(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(BRAM, "duty@desk.example")


def request(world: World) -> None:
    world.takes(mail(BRAM, "support@desk.example", "It hangs.", world), "support@desk.example", BRAM)


def emergency(world: World) -> None:
    world.clock.at = world.clock.at.replace(hour=22)
    world.takes(mail(BRAM, "duty@desk.example", "It burns.", world), "duty@desk.example", BRAM)


def answer(world: World) -> None:
    to = world.mails[1].header("Reply-To")
    world.takes(mail(PIET, to, "/priority high\nTry again, please.\n/wait", world), to, PIET)


def next_page(world: World) -> None:
    world.is_down_until("2026-11-23 23:15")


def warnings(world: World) -> None:
    world.is_down_until("2026-11-24 12:00")


def mail(from_: str, to: str, text: str, world: World) -> bytes:
    """The same bytes each time."""
    world._written = 100
    return world.written(from_, to, "Shop", text)


@pytest.mark.parametrize(
    ("before", "turn"),
    [(nothing, request), (nothing, emergency), (asked, answer), (night, next_page), (asked, warnings)],
)
def test_f01_a_turn_that_is_killed_anywhere_has_its_effects_once(tmp_path: Path, before: Turn, turn: Turn) -> None:
    with World(tmp_path / "desk") as world:
        before(world)
        mails, began = list(world.mails), world.now
        images = photographed(world, turn, tmp_path)
        wanted = made()
        assert len(images) > 5
        for image in images:
            world.mails, world.clock.at = list(mails), began
            db.close()
            start(image)
            turn(world)
            assert made() == wanted, image.name
            assert world.audit() == [], image.name
        db.close()
        start(world.state)


def photographed(world: World, turn: Turn, folder: Path) -> list[Path]:
    """The state of the database before each statement of the turn that writes."""
    images: list[Path] = []

    def photograph(_cursor: object, sql: str, _bindings: object) -> bool:
        if not sql.startswith(READS):
            images.append(folder / f"{len(images)} {sql.split()[0]}")
            shutil.copytree(world.state, images[-1])
        return True

    proxy.connection().exec_trace = photograph
    turn(world)
    proxy.connection().exec_trace = None
    return images


def start(state: Path) -> None:
    db.connect(state)
    with db.transaction():
        outbox.recover()


def made() -> Made:
    """Tickets, what happened to them, and the mails that were made, each as often as it was."""
    references = [row.reference for row in TicketRow.select().order_by(TicketRow.id)]
    events = sorted((str(row.ticket_id), row.type) for row in EventRow.select())
    return references, events, Counter(f"{row.recipient} {row.notice}" for row in Outbox.select())

"""Killed at any line, a turn has happened once when it is done again.

While a turn runs, the files of the database are copied before each statement that writes: what a kill at that line
leaves on the disk. Each copy is then opened as a start after a crash opens it, and the same is done again: the mail is
sent once more, because its sender was never told 250; the sweep looks once more.

What costs somebody money is looked at more closely: in the books of the start, after the worker has looked at what it
finds, and after the mail was sent once more.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pytest

from helpdeskd.storage import db
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.tables import EventRow, Inbox, Outbox, TicketRow
from tests.bills import costs
from tests.daemon.killed import Written, killed, photographed, start
from tests.mail_client import answer as answered
from tests.mail_client import thread
from tests.servers.postgres import table
from tests.world import BRAM, PIET, Sent, World

GIJS = "Gijs Groen <gijs@garage.example>"
HANS = "Hans Hout <hans@garage.example>"

Turn = Callable[[World], object]
Made = tuple[list[str], list[tuple[str, str]], Counter[str]]


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


def made() -> Made:
    """Tickets, what happened to them, and the mails that were made, each as often as it was."""
    references = [row.reference for row in TicketRow.select().order_by(TicketRow.id)]
    events = sorted((str(row.ticket_id), row.type) for row in EventRow.select())
    return references, events, Counter(f"{row.recipient} {row.notice}" for row in Outbox.select())


@dataclass(frozen=True)
class Books:
    """What stands in the books about the one ticket of the garage, whose card has 300 minutes; all in minutes."""

    entries: tuple[int, ...] = ()
    estimates: tuple[int, ...] = ()
    approvals: tuple[int, ...] = ()
    rounding: int = 0
    charged: int = 0
    unapproved: int = 0
    balance: int = 300
    letters: Counter[str] = field(default_factory=Counter)


def written(world: World, by: str, to: Sent, text: str) -> Written:
    """Their answer to a mail of the desk."""
    address, subject, whole = answered(to.message, text)
    return Written(world.written(by, address, subject, whole, **thread(to.message)), address, by)


def asks(world: World) -> None:
    world.receives(HANS)


def may_spend(world: World) -> None:
    """Four hours were agreed before anything was done."""
    estimated(world)
    world.replies(GIJS, world.last("gijs", "approval-request"), "approve")


def estimated(world: World) -> None:
    asks(world)
    world.replies(PIET, world.last("piet"), "/estimate 4h")


def has_worked(world: World) -> None:
    """Before anybody has agreed to it."""
    estimated(world)
    world.replies(PIET, world.last("piet"), "/time 4h20m")


def booking(world: World) -> Written:
    return written(world, PIET, world.last("piet"), "/time 4h20m")


def estimate(world: World) -> Written:
    return written(world, PIET, world.last("piet"), "/estimate 4h")


def approval(world: World) -> Written:
    return written(world, GIJS, world.last("gijs", "approval-request"), "approve")


def books(world: World) -> Books:
    bill = costs(world)
    assert bill.cards is not None
    with db.transaction():
        entries, approvals = StoredDirectory().entries(1), StoredDirectory().approvals(1)
    asked = EventRow.select(EventRow.state).where(EventRow.type == "EstimateAsked")
    minutes = bill.settlement.minutes
    assert minutes.real + minutes.rounding + minutes.minimum == minutes.free + minutes.charged + minutes.unapproved
    return Books(
        tuple(entry.minutes for entry in entries),
        tuple(json.loads(row.state)["estimate"]["minutes"] for row in asked),
        tuple(each.minutes for each in approvals),
        minutes.rounding,
        minutes.charged,
        minutes.unapproved,
        bill.cards.balance,
        Counter(f"{row.recipient.partition('@')[0]} {row.notice}" for row in Outbox.select()),
    )


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk", extra=table() if request.param == "postgres" else "") as world:
        yield world


def happens_once(world: World, mail: Written, folder: Path, wanted: Books) -> None:
    """All of it or nothing is in the books after a kill; all once, when the worker looks, and the mail comes again."""
    before, mails, starts = books(world), Inbox.select().count(), [(books(world), world.ticket())]
    for place in killed(world, mail, folder):
        starts.append((books(world), world.ticket()))
        assert starts[-1][0] in (before, wanted), place
        accepted = Inbox.select().count() > mails
        world.works()
        assert books(world) == (wanted if accepted else before), place
        assert (mail.arrives(world) == "duplicate") == accepted, place
        assert books(world) == wanted, place
        assert world.audit() == [], place
    assert len(starts) > 5
    assert [start for start, _ in groupby(starts)] == [starts[0], starts[-1]], "the ticket was stored without its books"
    assert starts[-1][0] == wanted


def test_a_booking_that_was_killed_anywhere_draws_on_the_card_once(desk: World, tmp_path: Path) -> None:
    """Of four hours and a half, with the rounding, four are agreed: that is most of the card."""
    may_spend(desk)
    letters = books(desk).letters + Counter(["piet agent-transcript", "gijs card-low"])
    wanted = Books((260,), (240,), (240,), rounding=10, charged=240, unapproved=30, balance=60, letters=letters)
    happens_once(desk, booking(desk), tmp_path, wanted)


def test_an_estimate_that_was_killed_anywhere_is_asked_once(desk: World, tmp_path: Path) -> None:
    asks(desk)
    letters = books(desk).letters + Counter(["gijs approval-request", "hans status", "piet agent-transcript"])
    happens_once(desk, estimate(desk), tmp_path, Books(estimates=(240,), letters=letters))


AGREED = ("gijs approval-result", "hans approval-result", "gijs card-low", "piet agent-update", "ans agent-update")


def test_an_approval_that_was_killed_anywhere_counts_once(desk: World, tmp_path: Path) -> None:
    """It pays work that was done before it."""
    has_worked(desk)
    assert books(desk).unapproved == 270
    letters = books(desk).letters + Counter(AGREED)
    wanted = Books((260,), (240,), (240,), rounding=10, charged=240, unapproved=30, balance=60, letters=letters)
    happens_once(desk, approval(desk), tmp_path, wanted)


def test_an_approval_that_was_killed_anywhere_and_is_written_anew_counts_once(desk: World, tmp_path: Path) -> None:
    """Who agreed and heard nothing writes another mail; then their server delivers the first one after all."""
    has_worked(desk)
    first, second = approval(desk), approval(desk)
    assert first != second
    for place in killed(desk, first, tmp_path):
        second.arrives(desk)
        first.arrives(desk)
        found = books(desk)
        assert (found.approvals, found.charged, found.unapproved, found.balance) == ((240,), 240, 30, 60), place
        assert [found.letters[f"gijs {notice}"] for notice in ("card-low", "approval-result")] == [1, 2], place
        assert desk.story().count("ApprovalRefused") == 1, place
        assert desk.audit() == [], place

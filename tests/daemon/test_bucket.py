"""The bucket beside the daemon's other work: mails that cannot be read now cost nobody a turn, and leftovers go."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path

import pytest

from helpdeskd.daemon import bucket
from helpdeskd.daemon.arriving import store_of
from helpdeskd.daemon.database import where
from helpdeskd.daemon.intake import Intake
from helpdeskd.daemon.worker import InHand, Worker
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import arrivals, db, inbox, objects
from helpdeskd.storage.arrivals import arrival, aside
from helpdeskd.storage.claims import claims_of
from helpdeskd.storage.door import Door
from helpdeskd.storage.engine import Where
from tests.mail_client import answer, thread
from tests.servers import postgres, s3
from tests.servers.process import until
from tests.servers.proxy import Proxy
from tests.storage.test_objects import ANY_AGE, LARGE, cut, names
from tests.storage.values import RAW, envelope
from tests.world import ANNA, PIET, STRANGER, Sent, World

LONG_TEXT = "A long line of a log.\n" * 6000
SUPPORT = "support@desk.example"
HANS = "Hans Hout <hans@garage.example>"


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    monkeypatch.setattr(objects, "PAUSE_SECONDS", 0.5)
    running = Proxy(s3.the_server().port)
    yield running
    running.close()
    objects.use(None, "")


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path, proxy: Proxy) -> Iterator[World]:
    folder = tmp_path / "desk"
    folder.mkdir()
    extra = s3.table(s3.fresh(port=proxy.port), folder)
    if request.param == "postgres":
        extra += f'[database]\nurl = "{postgres.fresh(tmp_path).url}"\n[node]\nname = "one"\n'
    with World(folder, extra=extra) as world:
        world.worker = worker(world)
        yield world


def worker(world: World, in_hand: InHand = lambda _: nullcontext()) -> Worker:
    return Worker(world.office, world.clock, in_hand, claims_of(where(world.office.loaded.settings), 60.0))


def comes(world: World, writer: str, text: str = "Hello.", to: str = SUPPORT, **parts: object) -> int:
    """A mail that has come, and waits for its turn."""
    raw = world.written(writer, to, text[:6], text, strength="none" if writer == STRANGER else "aligned", **parts)
    mail = aside(arrival([Envelope(parseaddr(writer)[1], to, world.now, peer="192.0.2.25", account="mx")], raw))
    with db.transaction():
        [[number]] = store_of(where(world.office.loaded.settings), "HD")([mail])
    return number


def row(number: int) -> inbox.Received:
    with db.transaction():
        found = inbox.at_hand(number)
    assert found is not None
    return found


def fates(numbers: Iterable[int]) -> list[tuple[str, int]]:
    """With the strikes."""
    return [(row(number).fate, row(number).strikes) for number in numbers]


def works(worker: Worker) -> None:
    """Until nothing that it may take is queued, which must come to an end."""
    assert any(worker.work() == 0 for _ in range(20))


def is_up(proxy: Proxy) -> None:
    proxy.refusing = False
    assert until(objects.is_reachable)


def test_a_mail_that_waits_for_the_bucket_keeps_back_its_conversation_and_no_other(world: World, proxy: Proxy):
    large, small, other = comes(world, ANNA, LONG_TEXT), comes(world, ANNA), comes(world, HANS)
    cut(proxy)
    works(world.worker)
    later = comes(world, ANNA)
    works(world.worker)
    assert fates([large, small, other, later]) == [("", 0), ("", 0), ("opened", 0), ("", 0)]
    is_up(proxy)
    assert until(lambda: world.worker.work() == 0 and row(later).fate)
    assert fates([large, small, other, later]) == [("opened", 0)] * 4
    assert ticket_of(large) < ticket_of(small) < ticket_of(later)


def ticket_of(number: int) -> str:
    return row(number).reference


def test_without_the_table_of_the_bucket_its_mail_waits_and_others_go_on(world: World):
    large, other = comes(world, ANNA, LONG_TEXT), comes(world, HANS)
    bucket = objects._open
    objects.use(None, "")
    works(world.worker)
    assert fates([large, other]) == [("", 0), ("opened", 0)]
    objects._open = bucket
    assert until(lambda: world.worker.work() == 0 and row(large).fate)


@pytest.fixture
def digest(world: World) -> Sent:
    """What Piet reads of a large mail that is held."""
    held = comes(world, STRANGER, LONG_TEXT)
    world.works()
    assert row(held).status == "held"
    world.advance(hours=2)
    return world.last("piet", "held-digest")


def accepts(world: World, digest: Sent) -> int:
    to, _, text = answer(digest.message, "/accept as bram@bakery.example")
    return comes(world, PIET, text, to, **thread(digest.message))


def test_an_answer_about_a_held_mail_that_cannot_be_read_now_keeps_its_place_without_a_strike(
    world: World, digest: Sent, proxy: Proxy
):
    cut(proxy)
    numbers = [accepts(world, digest), comes(world, PIET), comes(world, HANS)]
    works(world.worker)
    assert fates(numbers) == [("", 0), ("", 0), ("opened", 0)]
    is_up(proxy)
    assert until(lambda: world.worker.work() == 0 and row(numbers[1]).fate)
    assert [row(number).fate for number in (numbers[0], 1)] == ["commands", "opened"]


def test_while_a_mail_is_in_hand_and_its_time_runs_no_bucket_is_asked(world: World, digest: Sent, proxy: Proxy):
    accepted = accepts(world, digest)

    @contextmanager
    def away(_row: inbox.Received) -> Iterator[None]:
        cut(proxy)
        try:
            yield
        finally:
            proxy.refusing = False

    assert worker(world, away).work() == 1
    assert fates([accepted, 1]) == [("commands", 0), ("opened", 0)]


@pytest.fixture
def door(tmp_path: Path, proxy: Proxy) -> Iterator[Door]:
    opened = Door(Where(tmp_path, bucket=s3.fresh(port=proxy.port)))
    yield opened
    opened.close()


async def test_the_checker_gets_the_bytes_of_a_mail_wherever_they_are_and_none_that_cannot_be_had(
    door: Door, proxy: Proxy
):
    mail = aside(arrival([envelope()], LARGE))
    await door(arrivals.put, [mail])
    brought = await bucket.brought(door, 1)
    assert brought is not None
    assert brought.raw == LARGE
    cut(proxy)
    assert await bucket.brought(door, 1) is None


async def test_leftovers_are_removed_and_what_a_mail_needs_is_not(door: Door):
    mail = aside(arrival([envelope()], LARGE))
    await door(arrivals.put, [mail])
    aside(arrival([envelope()], LARGE + b"2"))
    kept = bucket.Keeping(door)
    await kept.unnamed(timedelta(days=1))
    assert len([name for name in names() if not name.endswith(objects.SEEN)]) == 2
    await kept.unnamed(ANY_AGE)
    assert [name for name in names() if not name.endswith(objects.SEEN)] == [mail.stored_in]


async def test_an_old_copy_of_a_desk_that_goes_on_removes_none_of_its_mails(door: Door):
    mail = aside(arrival([envelope()], LARGE))
    kept = bucket.Keeping(door)
    objects.see(1)
    await kept.unnamed(ANY_AGE)
    assert mail.stored_in in names()


async def test_of_a_mail_that_the_bucket_does_not_take_nothing_is_kept_and_the_next_small_one_is_taken(
    door: Door, proxy: Proxy, tmp_path: Path
):
    intake = Intake(door, tmp_path, 1, 1, lambda: None)
    cut(proxy)
    with pytest.raises(db.Unavailable):
        await intake.accept([envelope()], LARGE)
    assert await door(inbox.counts) == {}
    await intake.accept([envelope()], RAW)
    assert await door(inbox.counts) == {"queued": 1}

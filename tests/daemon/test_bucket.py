"""The bucket beside the daemon's other work: mails that cannot be read now cost nobody a turn, and leftovers go."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.daemon import bucket
from helpdeskd.daemon.arriving import store_of
from helpdeskd.daemon.database import where
from helpdeskd.daemon.intake import Intake
from helpdeskd.daemon.worker import Worker
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import arrivals, db, inbox, objects
from helpdeskd.storage.arrivals import arrival, aside
from helpdeskd.storage.claims import Leased
from helpdeskd.storage.door import Door
from helpdeskd.storage.engine import Where
from tests.servers import postgres, s3
from tests.servers.process import until
from tests.servers.proxy import Proxy
from tests.storage.test_objects import ANY_AGE, LARGE, cut, names
from tests.storage.values import RAW, envelope
from tests.world import ANNA, PIET, STRANGER, World

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


@pytest.fixture
def world(tmp_path: Path, proxy: Proxy) -> Iterator[World]:
    with World(tmp_path / "desk") as world:
        objects.use(s3.fresh(port=proxy.port), db.epoch())
        yield world


def large(world: World, writer: str = ANNA, address: str = "anna@bakery.example") -> int:
    """A large mail that has come, and waits for its turn."""
    raw = world.written(writer, SUPPORT, "Large", LONG_TEXT, strength="none" if writer == STRANGER else "aligned")
    mail = aside(arrival([Envelope(address, SUPPORT, world.now, peer="192.0.2.25", account="mx")], raw))
    with db.transaction():
        [[number]] = arrivals.put([mail])
    return number


def row(number: int) -> inbox.Received:
    with db.transaction():
        found = inbox.at_hand(number)
    assert found is not None
    return found


def works(worker: Worker) -> None:
    """Until nothing that it may take is queued, which must come to an end."""
    assert any(worker.work() == 0 for _ in range(20))


def test_a_mail_whose_bucket_cannot_be_reached_waits_without_a_strike_and_others_go_on(world: World, proxy: Proxy):
    number = large(world)
    small = world.puts(world.written(ANNA, SUPPORT, "Small", "Hello."), SUPPORT, "anna@bakery.example")
    cut(proxy)
    worker = Worker(world.office, world.clock, lambda _: nullcontext())
    works(worker)
    assert (row(small).fate, row(number).status, row(number).strikes) == ("opened", "queued", 0)
    proxy.refusing = False
    assert until(objects.is_reachable)
    works(worker)
    assert (row(number).fate, row(number).strikes) == ("opened", 0)


def test_an_answer_about_a_held_mail_that_cannot_be_read_now_is_put_off_without_a_strike(
    world: World, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("helpdeskd.daemon.worker.BACK_OFF_SECONDS", 0.0)
    held = large(world, STRANGER, "sam@elsewhere.example")
    world.works()
    assert row(held).status == "held"
    world.advance(hours=2)
    digest = world.last("piet", "held-digest")
    cut(proxy)
    with pytest.raises(objects.Unreachable):
        objects.read("any")
    monkeypatch.setattr(objects, "PAUSE_SECONDS", 600.0)
    monkeypatch.setattr(World, "works", lambda _: None)
    answered = world.replies(PIET, digest, "/accept as bram@bakery.example")
    small = world.puts(world.written(ANNA, SUPPORT, "Small", "Hello."), SUPPORT, "anna@bakery.example")
    world.worker.work()
    assert (row(small).fate, row(answered.id).status, row(answered.id).strikes) == ("opened", "queued", 0)
    proxy.refusing = False
    objects.use(objects._open.bucket, db.epoch())
    works(world.worker)
    assert (row(answered.id).fate, row(held).fate) == ("commands", "opened")


def test_on_a_shared_database_later_mail_of_the_same_customer_waits_for_it_and_that_of_others_does_not(
    tmp_path: Path, proxy: Proxy
):
    extra = f'[database]\nurl = "{postgres.fresh(tmp_path).url}"\n[node]\nname = "one"\n'
    with World(tmp_path / "desk", extra=extra) as world:
        objects.use(s3.fresh(port=proxy.port), db.epoch())
        store = store_of(where(world.office.loaded.settings), "HD")
        ids = []
        for who, text in ((ANNA, LONG_TEXT), (ANNA, "Hello."), (HANS, "Hello.")):
            address = who.partition("<")[2].strip(">")
            at = Envelope(address, SUPPORT, world.now, peer="192.0.2.25", account="mx")
            mail = aside(arrival([at], world.written(who, SUPPORT, text[:6], text)))
            with db.transaction():
                ids += store([mail])[0]
        cut(proxy)
        worker = Worker(world.office, world.clock, lambda _: nullcontext(), Leased("one", 60.0))
        works(worker)
        assert [row(number).fate for number in ids] == ["", "", "opened"]
        proxy.refusing = False
        assert until(objects.is_reachable)
        works(worker)
        assert [row(number).fate for number in ids] == ["opened"] * 3


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

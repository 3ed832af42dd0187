"""Large mails in the bucket: put before their rows, compared when read, and never a turn lost over it."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.storage import arrivals, audit, blank, db, inbox, leftovers, objects, retention
from helpdeskd.storage.arrivals import arrival, aside
from helpdeskd.storage.engine import StorageError, Where
from helpdeskd.storage.objects import Bucket, Unreachable
from helpdeskd.storage.tables import Raw
from tests.servers import s3
from tests.servers.process import until
from tests.servers.proxy import Proxy
from tests.storage.values import RAW, envelope

LARGE = RAW + b"A long line of a log.\r\n" * 4000
ANY_AGE = timedelta(seconds=-60)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    running = Proxy(s3.the_server().port)
    yield running
    running.close()


@pytest.fixture(autouse=True)
def bucket(state: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Each test has a database, and a bucket that can be cut off."""
    monkeypatch.setattr(objects, "PAUSE_SECONDS", 0.5)
    made = s3.fresh(port=proxy.port)
    objects.use(made, db.epoch())
    yield made
    objects.use(None, "")


def put(raw: bytes = LARGE, to: str = "support@desk.example") -> int:
    mail = aside(arrival([envelope(to)], raw))
    with db.transaction():
        [[number]] = arrivals.put([mail])
    return number


def cut(proxy: Proxy) -> None:
    proxy.refusing = True
    proxy.cut_all()


def names() -> list[str]:
    return [name for name, _ in objects.sizes() if objects.PROBE not in name]


def test_a_large_mail_is_in_the_bucket_and_a_small_one_in_the_database():
    large, small = put(), put(RAW)
    assert [row.content for row in Raw.select().order_by(Raw.id)] == [b"", RAW]
    assert len(names()) == 1
    for number, raw in ((large, LARGE), (small, RAW)):
        row = inbox.get(number)
        assert (row.raw, row.size, row.is_whole) == (raw, len(raw), True)
    assert audit.audit().faults == []
    assert list(leftovers.missing(leftovers.stored())) == []


def test_a_mail_for_two_addresses_that_comes_twice_needs_one_object_and_the_other_is_removed_later():
    first, second = put(), put(to="duty@desk.example")
    assert len(names()) == 2
    assert [inbox.get(number).raw for number in (first, second)] == [LARGE, LARGE]
    [page] = objects.older(ANY_AGE)
    for name in leftovers.unnamed(page) - {name for name in page if name.endswith(objects.PROBE)}:
        objects.remove(name)
    assert len(names()) == 1
    assert inbox.get(second).is_whole


def test_what_is_young_is_not_looked_at_because_its_row_may_be_on_its_way():
    aside(arrival([envelope()], LARGE))
    assert [*objects.older(timedelta(days=1))] == [[]]


def test_a_desk_sees_none_of_the_objects_of_another_one_below_the_same_prefix(bucket: Bucket):
    put()
    objects.use(bucket, "of another desk")
    assert [name for page in objects.older(ANY_AGE) for name in page if not name.endswith(objects.PROBE)] == []


def test_an_object_that_was_changed_or_is_missing_is_told():
    changed, gone = put(), put(LARGE + b"2")
    (_, (one, size)), (_, (other, _)) = leftovers.stored().items()
    objects._put(one, b"x" * size)
    objects.remove(other)
    assert [inbox.get(number).is_whole for number in (changed, gone)] == [False, False]
    objects._put(one, b"x")
    told = list(leftovers.missing(leftovers.stored()))
    assert [f"mail {changed} " in told[0], f"mail {gone} is missing" in told[1], len(told)] == [True, True, 2]


def test_a_bucket_that_cannot_be_reached_is_told_at_once_for_a_while_and_used_again_when_it_is_back(proxy: Proxy):
    number = put()
    cut(proxy)
    with pytest.raises(Unreachable, match="s3://desk"):
        put(LARGE + b"2")
    with pytest.raises(Unreachable, match="a moment ago"):
        inbox.get(number)
    proxy.refusing = False
    assert until(objects.is_reachable)
    assert inbox.get(number).is_whole


def test_a_bucket_that_is_gone_is_not_taken_for_a_mail_that_is(bucket: Bucket):
    number = put()
    objects.use(Bucket("s3://nowhere", bucket.endpoint, "us-east-1", bucket.key_id, bucket.secret), db.epoch())
    with pytest.raises(Unreachable):
        inbox.get(number)


def test_a_mail_of_the_bucket_is_unreachable_where_none_is_configured():
    number = put()
    objects.use(None, "")
    with pytest.raises(Unreachable, match=r"\[objects\]"):
        inbox.get(number)


def test_what_is_blanked_leaves_no_object_and_a_crash_in_between_costs_another_try(proxy: Proxy):
    number, other = put(), put(LARGE + b"2")
    with db.transaction():
        assert blank.blank_raws(blank.raws_of([number]), "erased") == 1
    cut(proxy)
    with pytest.raises(Unreachable):
        leftovers.clear()
    assert inbox.get(number).raw.startswith(blank.BLANK)
    proxy.refusing = False
    assert until(objects.is_reachable)
    assert (leftovers.clear(), leftovers.clear()) == (1, 0)
    assert names() == [leftovers.stored()[other][0]]
    assert audit.audit().faults == []


def test_the_retention_knows_of_a_mail_in_the_bucket_whether_it_brings_files():
    put(LARGE), put(LARGE + b"Content-Disposition: attachment; filename=a.txt")
    assert [retention._has_files(row.id) or bool(row.has_files) for row in Raw.select().order_by(Raw.id)] == [
        False,
        True,
    ]


def test_a_probe_tells_whether_the_bucket_takes_gives_and_removes(proxy: Proxy):
    objects.probe()
    assert names() == []
    cut(proxy)
    with pytest.raises(Unreachable):
        objects.probe()


def test_the_name_of_an_object_begins_with_the_hash_of_its_mail():
    put()
    [name] = names()
    assert name.startswith(f"{db.epoch()}/{hashlib.sha256(LARGE).hexdigest()}-")


def test_without_the_extra_the_database_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: Bucket):
    monkeypatch.setitem(__import__("sys").modules, "obstore.store", None)
    with pytest.raises(StorageError, match=r"helpdeskd\[s3\]"):
        objects._store(bucket, {})
    assert Where(tmp_path).bucket is None

"""F02 (b): power may fail at any time, and the disk may have done what it was not told to sync in any order, in part or
not at all. The desk is opened from what is left as from any database: every transaction that had returned is there
whole, with its mail byte for byte, its ticket and its answers; of the one that had not, all or nothing is there.

A desk works on a disk that writes down each step (`lossy_disk`). The power fails after some of them, and what may be
left is made as often as wanted. That this disk does lose what is not synced, two controls show.
"""

import hashlib
import shutil
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from random import Random

import pytest

from helpdeskd.storage import db, inbox, outbox, tickets
from helpdeskd.storage.tables import proxy
from tests.faults.lossy_disk import Kind, Platter, Step, lossy_disk
from tests.storage.values import ENVELOPE, RAW
from tests.world import ANNA, EVE, FREDERIK, Sent, World

SUPPORT = "support@desk.example"
TIGHT = ("PRAGMA wal_autocheckpoint = 40", "PRAGMA cache_size = 20")
"""Pages: the log is emptied often, and much of a transaction is in it before its commit. In the long form large mails
do the same to a desk as it is.
"""
SENDERS = (ANNA, EVE, FREDERIK)
SIZES = (3_000, 150_000, 400_000)
LARGE_SIZES = (3_000, 2_500_000, 9_000_000)
TORN = 30
BEGINNINGS, BEGINNINGS_LONG = 4, 200
TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"


@dataclass(frozen=True)
class Mail:
    """One that was stored and decided, and after how many steps of the disk each had returned."""

    id: int
    raw: bytes = field(repr=False)
    stored: int
    decided: int
    reference: str
    answers: list[Sent]


@dataclass
class Course:
    """What a desk did. `states` are the hashes of what is stored after each commit that changed it, `places` when that
    had returned.
    """

    steps: list[Step]
    places: list[int] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)

    def reached(self, point: str) -> None:
        """Stands where the desk may die in other tests, which is after each commit, too."""
        if point == "commit.after" and not proxy.in_transaction() and (now := state()) not in self.states[-1:]:
            self.places.append(len(self.steps))
            self.states.append(now)

    def comes(self, world: World, size: int) -> None:
        """A mail is stored, then decided and answered."""
        from_ = SENDERS[len(self.mails) % len(SENDERS)]
        raw = world.written(from_, SUPPORT, f"Printer {len(self.mails)}", "It hangs." + "\nwide words" * (size // 11))
        number = world.puts(raw, SUPPORT, parseaddr(from_)[1])
        stored, before = len(self.steps), len(world.mails)
        world.works()
        row = inbox.get(number)
        assert row is not None
        assert row.fate == "opened", row.reason
        self.mails.append(Mail(number, raw, stored, len(self.steps), row.reference, world.mails[before:]))


def state() -> str:
    """A hash of all that is stored."""
    read = hashlib.sha256()
    for (table,) in proxy.execute_sql(TABLES).fetchall():
        for row in proxy.execute_sql(f'SELECT * FROM "{table}"').fetchall():
            for value in (table, *row):
                read.update(value if isinstance(value, bytes) else repr(value).encode())
                read.update(b"|")
    return read.hexdigest()


def course(folder: Path, sizes: Sequence[int], *pragmas: str) -> Course:
    """A desk from its first start to its end, with mails so large; its log is emptied, by and by and at once, and made
    anew.
    """
    with lossy_disk(folder / "state") as recorder, pytest.MonkeyPatch.context() as patched:
        course = Course(recorder.steps)
        patched.setattr(db, "reach", course.reached)
        with World(folder) as world:
            for size in sizes:
                for pragma in pragmas:
                    proxy.execute_sql(pragma)
                course.comes(world, size)
                proxy.execute_sql("PRAGMA wal_checkpoint").fetchone()
                course.comes(world, 0)
                world.reopens()
            assert db.compact()
            course.comes(world, 0)
    platter = Platter()
    platter.take(course.steps)
    assert platter.whole() == {db.FILE: (folder / "state" / db.FILE).read_bytes()}
    return course


def assert_kept(course: Course, place: int, left: Mapping[str, bytes], folder: Path) -> None:
    """What had returned after so many steps is in what is left, and of the rest one transaction at most, whole."""
    put_down(left, folder)
    db.connect(folder)
    try:
        assert db.quick_check() == "ok"
        for mail in course.mails:
            if mail.stored <= place:
                row = inbox.get(mail.id)
                assert row is not None, f"mail {mail.id} is lost"
                assert row.raw == mail.raw
            if mail.decided <= place:
                assert_decided(mail)
        assert_committed(course, place)
        with db.transaction():
            assert inbox.put([ENVELOPE], RAW)
    finally:
        db.close()


def assert_committed(course: Course, place: int) -> None:
    """What is stored is what stood there after the last transaction that had returned, or after the next one."""
    returned = bisect_right(course.places, place)
    stored = state()
    known = [number for number, known in enumerate(course.states, 1) if known == stored]
    assert stored in course.states[returned - 1 : returned + 1], f"after commit {returned} it is as after {known or 0}"


def assert_decided(mail: Mail) -> None:
    row = inbox.get(mail.id)
    assert row is not None
    assert (row.status, row.fate, row.reference) == ("done", "opened", mail.reference)
    assert tickets.by_reference(mail.reference) is not None, f"ticket {mail.reference} is lost"
    assert mail.answers
    for sent in mail.answers:
        answer = outbox.get(sent.row.id)
        assert answer is not None, f"answer {sent.row.id} is lost"
        assert (answer.content, answer.recipient, answer.status) == (sent.row.content, sent.to, "sent")


def put_down(left: Mapping[str, bytes], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in left.items():
        (folder / name).write_bytes(content)


def powerless(course: Course, places: Iterable[int]) -> Iterator[tuple[int, Platter]]:
    """The disk as it is at each of these places."""
    platter, before = Platter(), 0
    for place in sorted(places):
        platter.take(course.steps[before:place])
        before = place
        yield place, platter


def assert_all_kept(course: Course, torn: int, folder: Path) -> None:
    """Right after each commit, with the least that may be left, and at so many other places, with something; half of
    these are right before a sync.
    """
    for place, platter in powerless(course, course.places):
        assert_kept(course, place, platter.synced(), folder)
    random = Random(torn)
    everywhere = range(course.places[0], len(course.steps) + 1)
    unsynced = [place for place in everywhere[:-1] if course.steps[place].kind == Kind.SYNC]
    places = random.choices(everywhere, k=torn // 2) + random.choices(unsynced, k=torn // 2)
    for seed, (place, platter) in enumerate(powerless(course, places)):
        assert_kept(course, place, platter.left(Random(seed)), folder)


def test_f02_what_had_returned_before_the_power_failed_is_there_whole_and_the_rest_whole_or_not(tmp_path: Path) -> None:
    assert_all_kept(course(tmp_path / "desk", SIZES, *TIGHT), TORN, tmp_path / "left")


@pytest.mark.soak
@pytest.mark.parametrize(
    ("sizes", "pragmas", "torn"), [(SIZES, TIGHT, 3000), (LARGE_SIZES, (), 400)], ids=["small", "large"]
)
def test_f02_the_same_with_more_that_may_be_left_and_with_large_mails(
    sizes: Sequence[int], pragmas: Sequence[str], torn: int, tmp_path: Path
) -> None:
    assert_all_kept(course(tmp_path / "desk", sizes, *pragmas), torn, tmp_path / "left")


def test_f02_a_desk_whose_power_failed_when_it_made_its_database_starts_and_takes_mail(tmp_path: Path) -> None:
    assert_begun(tmp_path, BEGINNINGS)


@pytest.mark.soak
def test_f02_so_does_a_desk_whose_power_failed_at_any_other_moment_of_that(tmp_path: Path) -> None:
    assert_begun(tmp_path, BEGINNINGS_LONG)


def assert_begun(folder: Path, times: int) -> None:
    first = course(folder / "desk", ())
    places = Random(times).choices(range(first.places[0]), k=times)
    for seed, (_, platter) in enumerate(powerless(first, places)):
        put_down(platter.left(Random(seed)), folder / str(seed) / "state")
        with World(folder / str(seed)) as world:
            assert world.receives(ANNA).fate == "opened"


@pytest.mark.parametrize("how", ["NORMAL", "OFF"])
def test_f02_a_mail_that_was_not_synced_would_be_lost(how: str, tmp_path: Path) -> None:
    """The control of all others."""
    unsafe = course(tmp_path / "desk", (0, 0), f"PRAGMA synchronous = {how}")
    ((place, platter),) = powerless(unsafe, [unsafe.mails[0].stored])
    with pytest.raises(AssertionError, match="mail 1 is lost"):
        assert_kept(unsafe, place, platter.synced(), tmp_path / "left")

"""Claims of several workers on one PostgreSQL: nothing twice, each conversation in its order, nothing lost with its
holder.
"""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdeskd.domain.conversation import Clues
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import arrivals, claims, conversations, counter, db, inbox, unchecked
from helpdeskd.storage.claims import Leased
from helpdeskd.storage.engine import Where
from helpdeskd.storage.tables import proxy
from tests.servers.postgres import fresh
from tests.servers.process import until

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LEASE = 60.0
MUCH = 1 << 30


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Where]:
    """The open database of a node."""
    where = replace(fresh(tmp_path), node="one")
    db.connect(where)
    yield where
    db.close()


def put(author: str, checked: bool = True) -> int:
    """A mail that has come."""
    envelopes = [Envelope(author, "support@desk.example", NOW)]
    mail = arrivals.arrival(envelopes, random.randbytes(8), author=author, check_at=None if checked else NOW)
    with db.transaction():
        ((number,),) = arrivals.put([mail])
        conversations.note([([number], Clues(author))])
    return number


def take(claimant: Leased, most: int = 16) -> list[int]:
    return [row.id for row in claimant.take(most, MUCH, NOW)]


def decide(claimant: Leased, number: int) -> bool:
    """Whether the mail was the claimant's to decide."""
    with db.transaction():
        if not claimant.holds(number):
            return False
        inbox.finish(number, "opened", "", "", "", "", NOW)
    return True


@pytest.fixture
def one(shared: Where) -> Leased:
    return Leased("one", LEASE)


@pytest.fixture
def other(shared: Where) -> Leased:
    return Leased("other", LEASE)


def test_what_one_has_in_hand_nobody_else_takes_nor_what_belongs_to_it(one: Leased, other: Leased):
    first, again, stranger = put("anna@x.example"), put("anna@x.example"), put("bram@y.example")
    assert take(one, most=1) == [first]
    assert take(other) == [stranger]
    assert decide(one, first)
    assert decide(other, stranger)
    assert take(other) == [again]


def test_only_who_claimed_it_last_decides_a_mail(one: Leased, other: Leased):
    number = put("anna@x.example")
    assert take(one) == [number]
    with db.transaction():
        one.begin()
    assert take(other) == [number]
    assert not decide(one, number)
    assert decide(other, number)
    assert not decide(other, number)


def test_a_lease_that_ran_out_frees_a_mail_and_one_that_was_renewed_does_not(shared: Where, other: Leased):
    short, renewed = Leased("one", 0.2), Leased("third", 0.2)
    lost, kept = put("anna@x.example"), put("bram@y.example")
    assert take(short, most=1) == [lost]
    assert take(renewed) == [kept]
    renewed.last(LEASE)
    assert until(lambda: take(other) == [lost])
    assert not decide(short, lost)
    assert decide(renewed, kept)


def test_what_was_not_decided_is_taken_again_by_the_same_worker_and_by_no_other(one: Leased, other: Leased):
    number = put("anna@x.example")
    assert take(one) == [number]
    assert take(other) == []
    assert take(one) == [number]


def test_a_dead_worker_gives_back_its_own_and_not_what_another_of_its_node_has(shared: Where, other: Leased):
    one, two = Leased("one", LEASE, process=11), Leased("one", LEASE, process=111)
    first, second = put("anna@x.example"), put("bram@y.example")
    assert (take(one, most=1), take(two)) == ([first], [second])
    with db.transaction():
        one.give_back(11)
    assert take(other) == [first]


def test_a_node_that_starts_gives_back_its_own_and_not_what_a_node_of_a_similar_name_has(shared: Where, other: Leased):
    one, eleven = Leased("one", LEASE), Leased("one1", LEASE)
    first, second = put("anna@x.example"), put("bram@y.example")
    assert (take(one, most=1), take(eleven)) == ([first], [second])
    with db.transaction():
        Leased("one", LEASE).begin()
    assert take(other) == [first]


def test_a_mail_whose_author_is_about_to_be_checked_holds_up_that_author_alone(one: Leased):
    unchecked_one = put("anna@x.example", checked=False)
    put("anna@x.example")
    free = put("bram@y.example")
    assert take(one) == [free]
    with db.transaction():
        unchecked.found(unchecked_one, "auth; none")
    assert take(one) == [unchecked_one, unchecked_one + 1, free]


def test_a_mail_that_is_being_decided_is_not_taken_though_its_lease_ran_out(shared: Where, other: Leased):
    """Whoever was stopped in the middle of a transaction stops nobody else."""
    number, stranger = put("anna@x.example"), put("bram@y.example")
    short = Leased("one", 0.05)
    assert take(short, most=1) == [number]
    with db.transaction():
        inbox.finish(number, "opened", "", "", "", "", NOW)
        assert until(lambda: in_thread(lambda: take(other)) == [stranger])


def test_a_process_that_was_stopped_while_it_took_mail_keeps_it_from_nobody(
    one: Leased, other: Leased, monkeypatch: pytest.MonkeyPatch
):
    number, stopped = put("anna@x.example"), threading.Event()
    monkeypatch.setattr(claims, "PATIENCE", "100ms")

    def never_ends(*_: object) -> list[int]:
        assert stopped.wait(60)
        return []

    monkeypatch.setattr(one, "_chosen", never_ends)
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(lambda: in_thread(lambda: take(one)))
        assert until(lambda: proxy.execute_sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'").fetchone())
        assert take(other) == [number]
        stopped.set()
        with pytest.raises(db.Unavailable):
            first.result(30)


def test_a_flood_of_one_conversation_keeps_nobody_else_waiting(
    one: Leased, other: Leased, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(claims, "WINDOWS", (2, 4))
    numbers = [put("anna@x.example"), put("anna@x.example"), put("anna@x.example"), put("bram@y.example")]
    assert take(one, most=1) == numbers[:1]
    assert take(other) == numbers[3:]


def test_one_at_a_time_does_what_is_due(one: Leased, other: Leased):
    with db.transaction():
        assert one.may_sweep()
        assert not in_thread(lambda: swept(other))
    assert in_thread(lambda: swept(other))


def swept(claimant: Leased) -> bool:
    with db.transaction():
        return claimant.may_sweep()


def in_thread(work: Callable[[], object]) -> object:
    """The same on a connection of its own."""

    def run() -> object:
        try:
            return work()
        finally:
            proxy.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result(30)


@pytest.mark.parametrize("seed", [1, 2])
def test_whoever_dies_or_comes_late_every_mail_is_decided_once_and_in_order(shared: Where, seed: int):
    mails = [put(f"{number % 7}@x.example") for number in range(70)]
    decided: list[int] = []

    def worker(number: int) -> None:
        chance, claimant = random.Random(100 * seed + number), Leased(f"node{number}", 0.3)
        try:
            while len(decided) < len(mails):
                for row in take(claimant, most=chance.randint(1, 6)):
                    fate = chance.random()
                    if fate < 0.05:
                        threading.Event().wait(0.5)  # longer than the lease
                    if fate > 0.9 or not db.attempt(lambda row=row: place(claimant, row)):
                        break
                    decided.append(row)
        finally:
            proxy.close()

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(worker, number) for number in range(4)]:
            done.result(60)
    assert sorted(decided) == mails
    places = dict(proxy.execute_sql("SELECT id, CAST(reason AS BIGINT) FROM inbox").fetchall())
    for author in range(7):
        of_author = [places[number] for number in mails[author::7]]
        assert of_author == sorted(of_author)


def place(claimant: Leased, number: int) -> bool:
    """Decide a mail, and write down as which one; whether it was the claimant's to decide."""
    if not claimant.holds(number):
        return False
    inbox.finish(number, "opened", str(counter.count("claim")), "", "", "", NOW)
    return True


def test_who_has_nothing_in_hand_keeps_nothing_from_others(one: Leased, other: Leased):
    number = put("anna@x.example")
    with db.transaction():
        proxy.execute_sql("UPDATE inbox SET keys = ''")
    one.last(LEASE)
    assert take(other) == [number]

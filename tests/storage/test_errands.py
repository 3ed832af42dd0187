"""What nodes send from one outbox: each row by one of them, and again only where nobody can know."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.storage import db, outbox
from helpdeskd.storage.engine import Where
from helpdeskd.storage.errands import Leased
from helpdeskd.storage.tables import proxy
from tests.servers.postgres import fresh
from tests.servers.process import until
from tests.storage.values import mail

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LEASE = 60.0


@pytest.fixture(autouse=True)
def shared(tmp_path: Path) -> Iterator[Where]:
    """The open database of a node."""
    where = replace(fresh(tmp_path), node="one")
    db.connect(where)
    yield where
    db.close()


def put(number: int, channel: str = outbox.MAIL) -> None:
    with db.transaction():
        outbox.queue(mail(number, channel=channel, next_at=NOW, created_at=NOW))


def claim(node: Leased, by_mail: bool = True) -> int | None:
    with db.transaction():
        row = node.claim(NOW, by_mail)
    return None if row is None else row.id


def holds(node: Leased, number: int) -> bool:
    with db.transaction():
        return node.holds(number)


def keep(node: Leased) -> int:
    with db.transaction():
        return node.keep()


def state(number: int) -> tuple[str, bool]:
    with db.transaction():
        row = outbox.get(number)
    assert row is not None
    return row.status, row.uncertain


def test_two_nodes_never_have_the_same_row():
    put(1), put(2)
    assert (claim(Leased("one", LEASE)), claim(Leased("other", LEASE)), claim(Leased("third", LEASE))) == (1, 2, None)


def test_each_lane_takes_its_own():
    put(1, "webhook"), put(2)
    one = Leased("one", LEASE)
    assert (claim(one), claim(one, by_mail=False)) == (2, 1)


def test_a_row_whose_lease_ran_out_is_uncertain_and_sent_by_another_and_its_first_node_records_nothing():
    put(1)
    silent, other = Leased("one", 0.1), Leased("other", LEASE)
    assert claim(silent) == 1
    assert until(lambda: keep(other) == 1)
    assert state(1) == ("queued", True)
    assert claim(other) == 1
    assert not holds(silent, 1)
    assert holds(other, 1)


def test_a_node_that_keeps_what_it_has_in_hand_keeps_it_however_long_it_takes():
    put(1)
    slow, other = Leased("one", 1.0), Leased("other", LEASE)
    assert claim(slow) == 1
    claimed_until = lease_of(1)
    assert until(lambda: keep(slow) == 0 and keep(other) == 0 and lease_of(1) > claimed_until)
    assert state(1) == ("sending", False)


def lease_of(number: int) -> str:
    return str(proxy.execute_sql("SELECT lease_until FROM outbox WHERE id = ?", (number,)).fetchone()[0])


def test_a_node_that_starts_again_queues_what_it_was_sending_and_nothing_of_another():
    put(1), put(2)
    assert (claim(Leased("one", LEASE)), claim(Leased("one1", LEASE))) == (1, 2)
    with db.transaction():
        Leased("one", LEASE).begin()
    assert (state(1), state(2)) == (("queued", True), ("sending", False))


def test_a_claim_of_which_the_node_never_heard_is_taken_first_and_is_certain():
    """The commit was done, and the connection lost."""
    put(1), put(2)
    forgetful = Leased("one", LEASE)
    assert claim(forgetful) == 1
    assert claim(forgetful) == 1
    assert state(1) == ("sending", False)
    assert holds(forgetful, 1)


def test_what_is_recorded_is_not_recorded_again():
    """The commit was done, and nobody heard: the same is asked again."""
    put(1)
    one = Leased("one", LEASE)
    assert claim(one) == 1
    with db.transaction():
        assert one.holds(1)
        outbox.later(1, "451 busy", NOW + timedelta(hours=1))
    assert not holds(one, 1)

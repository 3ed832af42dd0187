"""Mails that come together are stored together, each as if it had come alone."""

from pathlib import Path

import pytest

from helpdeskd.storage import arrivals, counter, db, inbox
from helpdeskd.storage.arrivals import arrival, put
from helpdeskd.storage.tables import Inbox, Raw
from tests.storage.values import NOW, RAW, envelope

SUPPORT, DUTY = envelope(), envelope("duty@desk.example")


@pytest.fixture(autouse=True)
def opened(state: Path) -> None:
    """Each test has a database."""


def test_mails_that_come_together_have_their_ids_and_places_in_order() -> None:
    inbox.put([SUPPORT], b"before")
    ids = put([arrival([SUPPORT, DUTY], RAW), arrival([SUPPORT], RAW + b"2"), arrival([DUTY], RAW + b"3")])
    assert ids == [[2, 3], [4], [5]]
    assert [row.id for row in inbox.next_queued(10, 1 << 20, NOW)] == [1, 2, 3, 4, 5]
    assert [row.position for row in Inbox.select().order_by(Inbox.id)] == [1, 2, 3, 4, 5]
    assert counter.tallied("accepted") == 5


def test_none_at_all_is_no_work() -> None:
    assert put([]) == []
    assert counter.tallied("accepted") == 0


def test_the_same_mail_twice_among_them_is_one() -> None:
    (first, *_), (second, *_) = put([arrival([SUPPORT], b"A" + RAW, RAW), arrival([SUPPORT], b"B" + RAW, RAW)])
    row = inbox.get(second)
    assert row is not None
    assert (row.status, row.fate, row.reason) == ("done", "duplicate", f"same content as mail {first}")


def test_a_mail_of_a_mailbox_that_is_known_is_left_out_and_the_others_are_not() -> None:
    put([arrival([SUPPORT], RAW, source_key="INBOX/1/7")])
    again = [arrival([SUPPORT], RAW + key.encode(), source_key=f"INBOX/1/{key}") for key in ("6", "7", "8")]
    assert put(again) == [[2], [], [3]]
    assert arrivals.seen(["INBOX/1/6", "INBOX/1/7", "INBOX/1/9"]) == {"INBOX/1/6", "INBOX/1/7"}
    assert counter.tallied("accepted") == 3


def test_raw_bytes_that_are_there_already_are_kept_once() -> None:
    put([arrival([SUPPORT], RAW), arrival([DUTY], RAW)])
    assert Raw.select().count() == 1
    assert [row.raw for row in inbox.next_queued(10, 1 << 20, NOW)] == [RAW, RAW]


def test_what_is_known_of_its_sender_is_stored_with_the_mail_and_not_with_a_duplicate() -> None:
    put([arrival([SUPPORT], RAW, author="anna@bakery.example", check_at=NOW)] * 2)
    rows = [(row.author, row.check_at) for row in Inbox.select().order_by(Inbox.id)]
    assert rows == [("anna@bakery.example", NOW), ("", None)]


def test_where_one_cannot_be_stored_none_is() -> None:
    with pytest.raises(ValueError, match="without zone"), db.transaction():
        put([arrival([SUPPORT], RAW), arrival([envelope(at=NOW.replace(tzinfo=None))], RAW)])
    assert inbox.counts() == {}
    assert counter.tallied("accepted") == 0

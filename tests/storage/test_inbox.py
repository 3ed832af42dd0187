"""A mail received: every way through its states, and that the same mail is one."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.storage import arrivals, db, inbox
from helpdeskd.storage.tables import Raw
from tests.storage.values import MINUTE, NOW, RAW, envelope

Act = Callable[[int], object]


def put(raw: bytes = RAW, to: str = "support@desk.example", **more: object) -> int:
    return inbox.put([envelope(to)], raw, **more)[0]  # type: ignore[arg-type]


def state_of(inbox_id: int) -> str:
    row = inbox.get(inbox_id)
    assert row is not None
    return row.status


def finish(inbox_id: int) -> None:
    inbox.finish(inbox_id, "opened", "accept", "HD-1001", "anna@bakery.example", "It hangs", NOW)


def hold(inbox_id: int) -> None:
    inbox.finish(inbox_id, "held", "unknown", "", "anna@bakery.example", "It hangs", NOW, "held")


def fail(inbox_id: int) -> None:
    for _ in range(inbox.STRIKES):
        inbox.strike(inbox_id, "it broke", NOW)


def strike(inbox_id: int) -> bool:
    return inbox.strike(inbox_id, "it broke", NOW)


BEGIN: dict[str, Act] = {"queued": lambda _: None, "done": finish, "held": hold, "failed": fail}


@pytest.mark.parametrize(
    ("before", "act", "after"),
    [
        ("queued", finish, "done"),
        ("queued", hold, "held"),
        ("queued", fail, "failed"),
        ("queued", strike, "queued"),
        ("queued", inbox.requeue, "queued"),
        ("held", inbox.requeue, "queued"),
        ("held", finish, "done"),
        ("held", strike, "held"),
        ("failed", inbox.requeue, "queued"),
        ("failed", strike, "failed"),
        ("done", inbox.requeue, "done"),
        ("done", strike, "done"),
    ],
)
def test_a_mail_goes_from_state_to_state(state: Path, before: str, act: Act, after: str) -> None:
    with db.transaction():
        inbox_id = put()
        BEGIN[before](inbox_id)
        assert state_of(inbox_id) == before
        act(inbox_id)
        assert state_of(inbox_id) == after


def test_a_stored_mail_is_whole(state: Path) -> None:
    with db.transaction():
        row = inbox.get(put())
    assert row is not None
    assert (row.raw, row.size, row.envelope) == (RAW, len(RAW), envelope())


def test_one_mail_to_two_of_our_addresses_is_two_rows_with_one_content(state: Path) -> None:
    with db.transaction():
        ids = inbox.put([envelope("support@desk.example"), envelope("duty@desk.example")], RAW)
        assert [row.envelope.forward_path for row in map(inbox.get, ids) if row] == [
            "support@desk.example",
            "duty@desk.example",
        ]
        assert Raw.select().count() == 1


def test_the_same_mail_for_the_same_recipient_is_a_duplicate(state: Path) -> None:
    with db.transaction():
        first, again = put(), put()
        row = inbox.get(again)
    assert row is not None
    assert (row.status, row.fate, row.reason) == ("done", "duplicate", f"same content as mail {first}")


@pytest.mark.parametrize(("span", "fate"), [(arrivals.RETRY_WINDOW, "duplicate"), (arrivals.RETRY_WINDOW + MINUTE, "")])
def test_the_same_mail_is_one_within_the_retry_window(state: Path, span: timedelta, fate: str) -> None:
    with db.transaction():
        put()
        row = inbox.get(inbox.put([envelope(at=NOW + span)], RAW)[0])
    assert row is not None
    assert row.fate == fate


def test_what_our_listener_put_before_it_makes_no_other_mail(state: Path) -> None:
    with db.transaction():
        put(b"Received: at 10:00\r\n" + RAW, as_sent=RAW)
        row = inbox.get(put(b"Received: at 10:05\r\n" + RAW, as_sent=RAW))
    assert row is not None
    assert row.fate == "duplicate"


def test_a_source_that_was_seen_is_stored_once(state: Path) -> None:
    with db.transaction():
        assert inbox.put([envelope()], RAW, source_key="INBOX/1/7") != []
        assert inbox.put([envelope()], b"other", source_key="INBOX/1/7") == []
        assert arrivals.seen(["INBOX/1/7", "INBOX/1/8"]) == {"INBOX/1/7"}


def test_the_queue_is_served_in_order_and_a_struck_mail_goes_behind(state: Path) -> None:
    with db.transaction():
        ids = [put(b"mail %d" % number) for number in range(3)]
        strike(ids[0])
        assert [row.id for row in inbox.next_queued(10, 1000, NOW)] == [ids[1], ids[2], ids[0]]


def test_a_mail_that_is_queued_again_goes_behind(state: Path) -> None:
    with db.transaction():
        ids = [put(b"mail %d" % number) for number in range(3)]
        hold(ids[0])
        inbox.requeue(ids[0])
        assert [row.id for row in inbox.next_queued(10, 1000, NOW)] == [ids[1], ids[2], ids[0]]


def test_a_batch_is_limited_in_mails_and_bytes_but_never_empty(state: Path) -> None:
    with db.transaction():
        for number in range(4):
            put(b"%d" % number + b"x" * 99)
        assert len(inbox.next_queued(3, 10_000, NOW)) == 3
        assert len(inbox.next_queued(4, 200, NOW)) == 2
        assert len(inbox.next_queued(4, 199, NOW)) == 1
        assert len(inbox.next_queued(4, 1, NOW)) == 1


def test_the_third_strike_fails_a_mail_and_keeps_it_whole(state: Path) -> None:
    with db.transaction():
        inbox_id = put()
        assert [strike(inbox_id) for _ in range(3)] == [False, False, True]
        row = inbox.get(inbox_id)
    assert row is not None
    assert (row.fate, row.reason, row.raw) == ("failed", "it broke", RAW)


def test_of_some_mails_those_that_wait_and_those_that_came_again_are_told(state: Path) -> None:
    with db.transaction():
        first, other, again = put(), put(b"Else\r\n"), put(to="sales@desk.example")
        finish(first)
        ids = (first, other, again)
        assert (inbox.still_queued(ids), inbox.copied(ids)) == ({other, again}, {first, again})
        assert (inbox.still_queued([first]), inbox.copied([other])) == (set(), set())
        assert [row.id for row in inbox.all_at_hand([again, 99, first])] == [again, first]


def test_rows_are_listed_newest_first_without_their_content(state: Path) -> None:
    with db.transaction():
        ids = [put(b"mail %d" % number) for number in range(3)]
        hold(ids[1])
        assert [row.id for row in inbox.listed()] == ids[::-1]
        assert [(row.id, row.raw) for row in inbox.listed("held")] == [(ids[1], b"")]
        assert inbox.counts() == {"queued": 2, "held": 1}

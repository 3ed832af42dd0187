"""Mails that await the check of their sender: who waits, for how long, and behind whom."""

from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.storage import db, inbox, unchecked
from tests.storage.values import MINUTE, NOW, RAW, envelope

ANNA, BRAM = "anna@bakery.example", "bram@bakery.example"
FOUND = "helpdeskd; dmarc=pass header.from=bakery.example"


@pytest.fixture(autouse=True)
def opened(state: Path) -> None:
    """Each test has a database."""


def put(author: str = ANNA, awaits: bool = True, raw: bytes = b"") -> int:
    """A mail of that author, which awaits its check or needs none."""
    with db.transaction():
        ids = inbox.put([envelope()], raw or RAW + str(inbox.counts()).encode())
        unchecked.awaits(ids, author, NOW if awaits else None)
    return ids[0]


def ready() -> list[int]:
    """What the worker may take, in order."""
    return [row.id for row in inbox.next_queued(100, 1 << 20)]


def row(number: int) -> inbox.Received:
    found = inbox.get(number)
    assert found is not None
    return found


def park(number: int, times: int = 1) -> None:
    for _ in range(times):
        unchecked.park(number, "no answer about bakery.example", NOW)


def test_a_mail_gets_no_turn_before_its_check_and_then_with_what_was_found() -> None:
    number = put()
    assert ready() == []
    unchecked.found(number, FOUND)
    assert ready() == [number]
    assert row(number).envelope.checked == FOUND


def test_a_mail_that_needs_no_check_gets_its_turn_at_once() -> None:
    number = put(awaits=False)
    assert ready() == [number]
    assert unchecked.due(NOW, 10) == []


def test_mails_are_checked_when_they_are_due_those_that_wait_longest_first() -> None:
    parked, fresh = put(), put(BRAM)
    park(parked)
    assert [due.id for due in unchecked.due(NOW, 10)] == [fresh]
    assert [due.id for due in unchecked.due(NOW + MINUTE, 10)] == [fresh, parked]
    assert [due.id for due in unchecked.due(NOW + MINUTE, 1)] == [fresh]


def test_what_a_busy_client_brought_waits_and_mail_of_others_does_not() -> None:
    put()
    assert unchecked.due(NOW, 10, [envelope().peer]) == []
    assert len(unchecked.due(NOW, 10, ["192.0.2.77"])) == 1


def test_a_parked_mail_says_why_it_waits_until_it_is_checked() -> None:
    number = put()
    park(number)
    assert row(number).reason == "parked: no answer about bakery.example"
    assert (row(number).status, row(number).strikes) == ("queued", 0)
    unchecked.found(number, FOUND)
    assert row(number).reason == ""


def test_pauses_grow_to_half_an_hour_and_end_after_two_days() -> None:
    number, pauses = put(), []
    while next_at := unchecked.park(number, "no answer", NOW):
        pauses.append(next_at - NOW)
    assert [pause / MINUTE for pause in pauses[:6]] == [1, 2, 5, 15, 30, 30]
    assert timedelta(days=2) <= sum(pauses, timedelta()) < timedelta(days=2, hours=1)


def test_a_later_mail_of_an_author_never_overtakes_one_that_awaits_its_check() -> None:
    first, second, third = put(), put(awaits=False), put(awaits=False)
    park(first)
    assert ready() == []
    unchecked.found(first, FOUND)
    assert ready() == [first, second, third]


def test_a_later_mail_that_was_checked_sooner_waits_for_the_earlier_one() -> None:
    first, second = put(), put()
    unchecked.found(second, FOUND)
    assert ready() == []
    unchecked.found(first, FOUND)
    assert ready() == [first, second]


def test_mail_of_others_and_earlier_mail_goes_on() -> None:
    earlier = put(awaits=False)
    put()
    bram, nobody = put(BRAM, awaits=False), put("", awaits=False)
    assert ready() == [earlier, bram, nobody]


def test_mails_whose_author_cannot_be_read_wait_for_nobody() -> None:
    put("")
    second = put("", awaits=False)
    assert ready() == [second]


def test_all_rows_of_one_mail_have_the_same_result() -> None:
    with db.transaction():
        ids = inbox.put([envelope(), envelope("duty@desk.example")], RAW)
        unchecked.awaits(ids, ANNA, NOW)
    assert len({due.mail for due in unchecked.due(NOW, 10)}) == 1
    park(ids[0])
    assert unchecked.due(NOW, 10) == []
    unchecked.found(ids[1], FOUND)
    assert {row(number).envelope.checked for number in ids} == {FOUND}
    assert ready() == ids


def test_the_same_mail_that_was_decided_before_keeps_its_own_result() -> None:
    first = put(awaits=False, raw=RAW)
    with db.transaction():
        again = inbox.put([envelope("duty@desk.example")], RAW)
        unchecked.awaits(again, ANNA, NOW)
    unchecked.found(again[0], FOUND)
    assert (row(first).envelope.checked, row(again[0]).envelope.checked) == (None, FOUND)


def test_where_nobody_checks_any_more_all_are_let_go_without_a_result() -> None:
    first, second = put(), put()
    park(first)
    assert unchecked.release() == 2
    assert ready() == [first, second]
    assert (row(first).envelope.checked, row(first).reason) == (None, "")


def test_a_parked_mail_is_checked_at_once_when_somebody_wants_it() -> None:
    number, fresh = put(), put(BRAM)
    park(number)
    assert [unchecked.hurry(each, NOW) for each in (number, fresh, 99)] == [True, False, False]
    assert [due.id for due in unchecked.due(NOW, 10)] == [number, fresh]


def test_a_duplicate_awaits_nothing() -> None:
    number = put(awaits=False, raw=RAW)
    again = put(raw=RAW)
    assert (row(again).fate, unchecked.due(NOW, 10), ready()) == ("duplicate", [], [number])


def test_a_held_mail_that_is_accepted_keeps_what_was_found() -> None:
    number = put()
    unchecked.found(number, FOUND)
    inbox.finish(number, "held", "unknown", "", ANNA, "It hangs", NOW, "held")
    inbox.requeue(number)
    assert ready() == [number]
    assert row(number).envelope.checked == FOUND

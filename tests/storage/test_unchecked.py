"""Mails that await the check of their sender: who waits, for how long, and behind whom."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.domain.directory import Agent, Contact, Customer
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import arrivals, db, directory, inbox, unchecked
from tests.storage.values import MINUTE, NOW, RAW, envelope

ANNA, BRAM = "anna@bakery.example", "bram@bakery.example"
FOUND = "helpdeskd; dmarc=pass header.from=bakery.example"


@pytest.fixture(autouse=True)
def opened(state: Path) -> None:
    """Each test has a database."""


def put(author: str = ANNA, awaits: bool = True, raw: bytes = b"", at: datetime = NOW, **came: str) -> int:
    """A mail of that author, which awaits its check or needs none."""
    raw = raw or RAW + str(inbox.counts()).encode()
    return put_all([replace(envelope(), **came)], author, raw, at if awaits else None)[0]


def put_all(envelopes: list[Envelope], author: str, raw: bytes, check_at: datetime | None) -> list[int]:
    with db.transaction():
        (ids,) = arrivals.put([arrivals.arrival(envelopes, raw, author=author, check_at=check_at)])
    return ids


def ready(at: datetime = NOW) -> list[int]:
    """What the worker may take, in order."""
    return [row.id for row in inbox.next_queued(100, 1 << 20, at)]


def due(at: datetime = NOW, limit: int = 10, busy: tuple[str, ...] = ()) -> tuple[list[int], list[int]]:
    """What is to be checked for the first time, and what again."""
    first, again = (unchecked.due(at, limit, busy, again) for again in (False, True))
    return [row.id for row in first], [row.id for row in again]


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
    later, sooner = put(at=NOW + MINUTE), put(BRAM)
    assert due() == ([sooner], [])
    assert due(NOW + MINUTE) == ([sooner, later], [])
    assert due(NOW + MINUTE, limit=1) == ([sooner], [])


def test_what_was_parked_is_told_apart_from_new_mail_so_that_neither_takes_the_place_of_the_other() -> None:
    parked = [put(raw=b"%d" % number) for number in range(3)]
    for number in parked:
        park(number)
    assert due() == ([], [])
    fresh = put()
    assert due(NOW + MINUTE) == ([fresh], parked)
    assert due(NOW + MINUTE, limit=1) == ([fresh], parked[:1])


def test_a_check_that_a_wrong_clock_put_off_for_longer_than_any_pause_is_due_at_once() -> None:
    ahead, soon = put(at=NOW + timedelta(days=365)), put(BRAM, at=NOW + unchecked.PAUSES[-1])
    assert due() == ([ahead], [])
    assert due(NOW + unchecked.PAUSES[-1]) == ([soon, ahead], [])
    assert ready() == []


def test_what_a_busy_client_brought_waits_and_mail_of_others_does_not() -> None:
    number = put()
    assert due(busy=(envelope().peer,)) == ([], [])
    assert due(busy=("192.0.2.77",)) == ([number], [])


def test_all_addresses_of_an_ipv6_network_are_one_client() -> None:
    one, other = put(peer="2001:db8:0:7::1"), put(peer="2001:db8:0:7:ffff::2")
    elsewhere = put(peer="2001:db8:0:8::1")
    first, second, third = unchecked.due(NOW, 10)
    assert first.client == second.client != third.client
    assert due() == ([one, other, elsewhere], [])
    assert due(busy=(first.client,)) == ([elsewhere], [])


def test_each_mailbox_is_a_client() -> None:
    one = put(source="imap", account="info", peer="")
    other = put(source="imap", account="sales", peer="")
    busy = unchecked.due(NOW, 10)[0].client
    assert due() == ([one, other], [])
    assert due(busy=(busy,)) == ([other], [])


def test_a_parked_mail_says_why_it_waits_until_it_is_checked() -> None:
    number = put()
    park(number)
    assert row(number).reason == "parked: no answer about bakery.example"
    assert (row(number).status, row(number).strikes) == ("queued", 0)
    unchecked.found(number, FOUND)
    assert row(number).reason == ""


def test_pauses_grow_to_half_an_hour_and_end_after_two_days() -> None:
    known()
    pauses = all_pauses(put())
    assert [pause / MINUTE for pause in pauses[:6]] == [1, 2, 5, 15, 30, 30]
    assert timedelta(days=2) <= sum(pauses, timedelta()) < timedelta(days=2, hours=1)


def known() -> None:
    """Anna of the bakery, all of brasserie.example, and Piet of the desk are in the directory."""
    contact = Contact("bakery", "Anna", (ANNA,), "en")
    brasserie = Customer("brasserie", "Brasserie", ("brasserie.example",))
    agent = Agent("piet", "Piet", ("piet@desk.example",))
    directory.replace([Customer("bakery", "Bakery", contacts=(contact,)), brasserie], [agent])


def all_pauses(number: int, expected: tuple[str, ...] = ()) -> list[timedelta]:
    pauses = []
    while next_at := unchecked.park(number, "no answer", NOW, expected):
        pauses.append(next_at - NOW)
    return pauses


@pytest.mark.parametrize(
    ("author", "is_known"),
    [
        (ANNA, True),
        ("piet@desk.example", True),
        ("chef@brasserie.example", True),
        ("nagios@monitor.example", True),
        ("probe@probes.example", True),
        (BRAM, False),
        ("eve@evil.example", False),
        ("", False),
    ],
)
def test_only_whom_the_desk_knows_is_waited_for_longer_than_minutes(author: str, is_known: bool) -> None:
    known()
    waited = sum(all_pauses(put(author), ("nagios@monitor.example", "probes.example")), timedelta())
    assert waited >= timedelta(days=2) if is_known else waited == 3 * MINUTE


def test_a_later_mail_of_an_author_waits_for_the_first_check_of_an_earlier_one() -> None:
    first, second, third = put(), put(awaits=False), put(awaits=False)
    assert ready() == []
    unchecked.found(first, FOUND)
    assert ready() == [first, second, third]


def test_a_parked_mail_holds_up_nobody_because_its_author_may_be_forged() -> None:
    forged, proved, inside = put(), put(), put(awaits=False)
    park(forged)
    unchecked.found(proved, FOUND)
    assert ready() == [proved, inside]
    assert ready(NOW + MINUTE) == [proved, inside]


def test_no_first_check_holds_up_later_mail_for_longer_than_a_minute_however_many_are_forged() -> None:
    for _ in range(20):
        put()
    inside = put(awaits=False)
    assert ready(NOW + MINUTE) == []
    assert ready(NOW + MINUTE + timedelta(seconds=1)) == [inside]


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
    ids = put_all([envelope(), envelope("duty@desk.example")], ANNA, RAW, NOW)
    assert len({row.mail for row in unchecked.due(NOW, 10)}) == 1
    park(ids[0])
    assert due() == ([], [])
    unchecked.found(ids[1], FOUND)
    assert {row(number).envelope.checked for number in ids} == {FOUND}
    assert ready() == ids


def test_the_same_mail_that_was_decided_before_keeps_its_own_result() -> None:
    first = put(awaits=False, raw=RAW)
    again = put_all([envelope("duty@desk.example")], ANNA, RAW, NOW)
    unchecked.found(again[0], FOUND)
    assert (row(first).envelope.checked, row(again[0]).envelope.checked) == (None, FOUND)


def test_where_nobody_checks_any_more_all_are_let_go_without_a_result() -> None:
    first, second = put(), put()
    park(first)
    assert unchecked.release() == 2
    assert ready() == [first, second]
    assert (row(first).envelope.checked, row(first).reason) == (None, "")


def test_a_parked_mail_is_checked_at_once_when_somebody_wants_it() -> None:
    number, unneeded = put(), put(BRAM, awaits=False)
    park(number)
    assert [unchecked.hurry(each, NOW) for each in (number, unneeded, 99)] == [True, False, False]
    assert due() == ([], [number])


def test_any_mail_that_awaits_its_check_can_be_checked_at_once() -> None:
    fresh, ahead = put(), put(BRAM, at=NOW + timedelta(days=365))
    assert [unchecked.hurry(each, NOW) for each in (fresh, ahead)] == [True, True]
    assert due() == ([fresh, ahead], [])
    unchecked.found(fresh, FOUND)
    assert not unchecked.hurry(fresh, NOW)


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

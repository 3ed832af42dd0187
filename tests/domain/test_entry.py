"""Entries are never edited: what was booked wrongly is taken back by reversing entries, and never more than it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.entry import Entry, kept, moved, reverse
from tests.domain.tariffs import local, worked

MORNING, NOON = local(2026, 11, 2, 9), local(2026, 11, 2, 12)
BOOKED = (worked(NOON, 40, 1), worked(MORNING, 6, 2), worked(NOON, 25, 3, agent="ans"))


def stored(entries: tuple[Entry, ...], new: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """As the ledger numbers them."""
    return *entries, *(replace(entry, id=len(entries) + number) for number, entry in enumerate(new, 1))


def left(entries: tuple[Entry, ...]) -> dict[int, int]:
    return {entry.id: entry.minutes for entry in kept(entries)}


def test_entries_stand_in_the_order_of_their_start() -> None:
    assert [entry.id for entry in kept(BOOKED)] == [2, 1, 3]


def test_the_latest_booking_is_taken_back_first_then_the_one_before() -> None:
    made = reverse(BOOKED, "piet", 10, mail="mail-7")
    assert [(entry.reverses, entry.minutes, entry.mail) for entry in made] == [(2, -6, "mail-7"), (1, -4, "mail-7")]
    assert left(stored(BOOKED, made)) == {1: 36, 3: 25}


def test_a_second_reversal_goes_on_where_the_first_one_ended() -> None:
    once = stored(BOOKED, reverse(BOOKED, "piet", 10))
    assert [(entry.reverses, entry.minutes) for entry in reverse(once, "piet", 36)] == [(1, -36)]


def test_what_is_left_of_an_entry_is_its_beginning() -> None:
    (entry,) = kept(stored(BOOKED[:1], reverse(BOOKED[:1], "piet", 10)))
    assert (entry.begins, entry.ends) == (NOON, local(2026, 11, 2, 12, 30))


@pytest.mark.parametrize(("agent", "minutes"), [("piet", 47), ("ans", 26), ("nobody", 1), ("piet", 0), ("piet", -5)])
def test_more_than_was_booked_is_not_taken_back(agent: str, minutes: int) -> None:
    with pytest.raises(ValueError, match="cannot be taken back"):
        reverse(BOOKED, agent, minutes)


def test_all_that_was_booked_can_be_taken_back_and_nothing_after_that() -> None:
    nothing = stored(BOOKED, reverse(BOOKED, "piet", 46))
    assert left(nothing) == {3: 25}
    with pytest.raises(ValueError, match="piet has 0 minutes booked"):
        reverse(nothing, "piet", 1)


def test_kilometres_are_gone_with_the_whole_entry_and_not_before() -> None:
    drive = (worked(NOON, 40, km=42),)
    part = stored(drive, reverse(drive, "piet", 39))
    assert [entry.km for entry in kept(part)] == [42]
    assert kept(stored(part, reverse(part, "piet", 1))) == ()


def test_an_entry_is_priced_from_its_whole_minute() -> None:
    entry = worked(NOON.replace(second=59, microsecond=1), 5)
    assert (entry.begins, entry.ends) == (NOON, local(2026, 11, 2, 12, 5))


@given(st.lists(st.tuples(st.sampled_from(["piet", "ans"]), st.integers(-60, 60).filter(bool)), max_size=12))
def test_what_is_kept_is_the_sum_of_all_entries_and_never_negative(bookings: list[tuple[str, int]]) -> None:
    entries: tuple[Entry, ...] = ()
    for agent, minutes in bookings:
        booked = sum(entry.minutes for entry in entries if entry.agent == agent)
        if minutes > 0:
            entries = stored(entries, (worked(NOON, minutes, 0, agent),))
        elif booked >= -minutes:
            entries = stored(entries, reverse(entries, agent, -minutes))
        else:
            with pytest.raises(ValueError):
                reverse(entries, agent, -minutes)
    assert sum(entry.minutes for entry in kept(entries)) == sum(entry.minutes for entry in entries)
    assert all(entry.minutes > 0 for entry in kept(entries))


def test_moved_work_is_taken_back_here_and_booked_there_as_it_was() -> None:
    booked = stored(BOOKED, reverse(BOOKED, "piet", 10))
    back, there = moved(booked, 7, "HD-2", "mail-9")
    assert [(entry.id, entry.reverses, entry.minutes, entry.mail) for entry in back] == [
        (6, 1, -36, "mail-9"), (7, 3, -25, "mail-9"),
    ]  # fmt: skip
    assert [(entry.id, entry.ticket, entry.minutes, entry.agent) for entry in there] == [
        (8, "HD-2", 36, "piet"), (9, "HD-2", 25, "ans"),
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 90)), max_size=6), st.integers(0, 3))
def test_nothing_is_left_here_and_there_is_as_much_as_there_was(work: list[tuple[int, int]], known: int) -> None:
    booked: tuple[Entry, ...] = ()
    for minutes, back in work:
        booked = stored(booked, (worked(NOON, minutes, km=7),))
        booked = stored(booked, reverse(booked, "piet", min(minutes, back)) if back else ())
    back, there = moved(booked, known, "HD-2")
    assert kept((*booked, *back)) == ()
    was = [(entry.start, entry.minutes, entry.km, entry.agent) for entry in kept(booked)]
    assert [(entry.start, entry.minutes, entry.km, entry.agent) for entry in kept(there)] == was

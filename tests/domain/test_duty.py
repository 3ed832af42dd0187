"""The roster says who is paged at each step: a dated shift first, then the order, turned each week."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from helpdeskd.domain.duty import Roster, Rotation, Shift, next_page, order, shifts_of, watches

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PEOPLE = ("piet", "ans", "kim")
MONDAY = Rotation(date(2026, 11, 2), AMSTERDAM, time(9))


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=AMSTERDAM, fold=fold).astimezone(UTC)  # type: ignore[arg-type, misc]


def test_without_rotation_the_first_agent_is_step_one_every_week() -> None:
    roster = Roster(PEOPLE)
    assert {order(roster, local(2026, 11, 2) + timedelta(weeks=week)) for week in range(60)} == {PEOPLE}


def test_rotation_begins_with_the_first_person_and_goes_round() -> None:
    roster = Roster(PEOPLE, MONDAY)
    first = [order(roster, local(2026, 11, 4) + timedelta(weeks=week))[0] for week in range(-2, 5)]
    assert first == ["ans", "kim", "piet", "ans", "kim", "piet", "ans"]
    assert order(roster, local(2026, 11, 11)) == ("ans", "kim", "piet")


def test_the_handover_is_at_its_minute() -> None:
    roster = Roster(PEOPLE, MONDAY)
    assert order(roster, local(2026, 11, 9, 8, 59, 59))[0] == "piet"
    assert order(roster, local(2026, 11, 9, 9))[0] == "ans"


def test_the_handover_keeps_to_the_wall_clock_over_a_change_of_clocks() -> None:
    roster = Roster(PEOPLE, Rotation(date(2026, 10, 19), AMSTERDAM, time(9)))
    assert order(roster, local(2026, 10, 26, 8, 59, 59))[0] == "piet"
    assert order(roster, local(2026, 10, 26, 9))[0] == "ans"


@pytest.mark.parametrize("day", [date(2026, 10, 18), date(2026, 3, 22)])
def test_a_handover_in_the_hour_of_a_change_of_clocks_happens_once(day: date) -> None:
    roster = Roster(PEOPLE, Rotation(day, AMSTERDAM, time(2, 30)))
    night = [local(*(day + timedelta(days=7)).timetuple()[:3]) + timedelta(minutes=minute) for minute in range(300)]
    firsts = [order(roster, at)[0] for at in night]
    handovers = [at for at, before, after in zip(night[1:], firsts, firsts[1:], strict=False) if before != after]
    assert len(handovers) == 1
    assert (firsts[0], firsts[-1]) == ("piet", "ans")


def test_a_shift_comes_first_and_then_the_order_without_that_person() -> None:
    shift = Shift(local(2026, 11, 3, 18), local(2026, 11, 4, 8), "kim")
    roster = Roster(PEOPLE, MONDAY, (shift,))
    assert order(roster, local(2026, 11, 3, 17, 59, 59)) == PEOPLE
    assert order(roster, local(2026, 11, 3, 18)) == ("kim", "piet", "ans")
    assert order(roster, local(2026, 11, 4, 7, 59, 59)) == ("kim", "piet", "ans")
    assert order(roster, local(2026, 11, 4, 8)) == PEOPLE


def test_a_shift_may_name_somebody_who_is_not_in_the_order() -> None:
    roster = Roster(PEOPLE, None, (Shift(local(2026, 11, 3), local(2026, 11, 4), "guest"),))
    assert order(roster, local(2026, 11, 3)) == ("guest", *PEOPLE)


def test_of_two_shifts_at_once_the_last_comes_first() -> None:
    start, end = local(2026, 11, 3), local(2026, 11, 4)
    roster = Roster(PEOPLE, None, (Shift(start, end, "ans"), Shift(start, end, "kim")))
    assert order(roster, start) == ("kim", "ans", "piet")


def paging(roster: Roster, at: datetime, rounds: int) -> list[str]:
    """Who is woken, one after the other, while nobody answers."""
    woken: list[str] = []
    while (person := next_page(roster, at, woken, rounds)) is not None:
        woken.append(person)
    return woken


def test_each_round_wakes_all_in_their_order() -> None:
    at = local(2026, 11, 4)
    assert paging(Roster(PEOPLE), at, 2) == [*PEOPLE, *PEOPLE]
    shift = Shift(local(2026, 11, 3), local(2026, 11, 5), "guest")
    assert paging(Roster(PEOPLE, None, (shift,)), at, 1) == ["guest", *PEOPLE]
    assert paging(Roster(("piet",)), at, 3) == ["piet"] * 3


def test_an_order_that_changes_between_two_pages_leaves_nobody_out() -> None:
    at = local(2026, 11, 4)
    swapped = Roster(PEOPLE, None, (Shift(at, at + timedelta(days=1), "ans"),))
    assert next_page(swapped, at, ["piet"], 2) == "ans"
    assert next_page(swapped, at, ["piet", "ans"], 2) == "kim"
    assert next_page(swapped, at, ["piet", "ans", "kim"], 2) == "ans"


def test_who_left_the_order_meanwhile_is_not_counted() -> None:
    assert next_page(Roster(("ans",)), local(2026, 11, 4), ["piet"], 1) == "ans"


def test_watches_follow_each_other_without_a_gap_and_end_where_the_order_changes() -> None:
    shift = Shift(local(2026, 11, 5, 18), local(2026, 11, 6, 8), "kim")
    found = watches(Roster(PEOPLE, MONDAY, (shift,)), local(2026, 11, 4), local(2026, 11, 11))
    assert [(watch.start, watch.people[0]) for watch in found] == [
        (local(2026, 11, 4), "piet"),
        (local(2026, 11, 5, 18), "kim"),
        (local(2026, 11, 6, 8), "piet"),
        (local(2026, 11, 9, 9), "ans"),
    ]
    assert [watch.end for watch in found] == [*(watch.start for watch in found[1:]), local(2026, 11, 11)]


def test_a_shift_of_who_is_first_anyway_is_no_watch_of_its_own() -> None:
    shift = Shift(local(2026, 11, 5, 18), local(2026, 11, 6, 8), "piet")
    (watch,) = watches(Roster(PEOPLE, None, (shift,)), local(2026, 11, 4), local(2026, 11, 11))
    assert watch.people == PEOPLE


@pytest.mark.parametrize("hours", [-13, 1, 30 * 24])
def test_at_every_instant_the_watch_has_the_order_of_that_instant(hours: int) -> None:
    shifts = (
        Shift(local(2026, 10, 24, 18), local(2026, 10, 25, 2, 30, fold=1), "kim"),
        Shift(local(2026, 10, 25, 1), local(2026, 10, 27, 9), "ans"),
    )
    roster = Roster(PEOPLE, Rotation(date(2026, 10, 18), AMSTERDAM, time(2, 30)), shifts)
    start = local(2026, 10, 24)
    found = watches(roster, start, start + timedelta(days=60))
    at = start + timedelta(hours=24 + hours)
    (watch,) = [watch for watch in found if watch.start <= at < watch.end]
    assert watch.people == order(roster, at)


def spans(roster: Roster, person: str, day: date) -> list[tuple[datetime, datetime]]:
    return [(shift.start, shift.end) for shift in shifts_of(roster, person, day, AMSTERDAM)]


def test_without_rotation_a_day_of_duty_is_that_of_the_calendar() -> None:
    assert spans(Roster(PEOPLE), "piet", date(2026, 11, 4)) == [(local(2026, 11, 4), local(2026, 11, 5))]
    assert spans(Roster(PEOPLE), "ans", date(2026, 11, 4)) == []


def test_with_a_handover_a_day_of_duty_goes_from_one_to_the_next() -> None:
    assert spans(Roster(PEOPLE, MONDAY), "piet", date(2026, 11, 8)) == [(local(2026, 11, 8, 9), local(2026, 11, 9, 9))]
    assert spans(Roster(PEOPLE, MONDAY), "piet", date(2026, 11, 9)) == []
    assert spans(Roster(PEOPLE, MONDAY), "ans", date(2026, 11, 9)) == [(local(2026, 11, 9, 9), local(2026, 11, 10, 9))]


def test_what_others_have_of_the_day_is_not_the_persons() -> None:
    roster = Roster(PEOPLE, None, (Shift(local(2026, 11, 4, 8), local(2026, 11, 4, 20), "kim"),))
    assert spans(roster, "piet", date(2026, 11, 4)) == [
        (local(2026, 11, 4), local(2026, 11, 4, 8)),
        (local(2026, 11, 4, 20), local(2026, 11, 5)),
    ]


def test_a_night_is_of_the_day_on_which_it_begins_and_goes_on_to_its_end() -> None:
    nights = tuple(Shift(local(2026, 11, day, 18), local(2026, 11, day + 1, 8), "kim") for day in (3, 4))
    assert spans(Roster(PEOPLE, None, nights), "kim", date(2026, 11, 4)) == [
        (local(2026, 11, 4, 18), local(2026, 11, 5, 8))
    ]
    assert spans(Roster(PEOPLE, None, nights[:1]), "kim", date(2026, 11, 4)) == []


def test_of_a_shift_of_several_days_each_day_is_one_of_its_own() -> None:
    week = Shift(local(2026, 11, 2, 9), local(2026, 11, 9, 9), "kim")
    assert spans(Roster(PEOPLE, None, (week,)), "kim", date(2026, 11, 4)) == [(local(2026, 11, 4), local(2026, 11, 5))]


def test_a_day_on_which_the_clocks_change_is_one_day_of_duty() -> None:
    (span,) = spans(Roster(PEOPLE), "piet", date(2026, 10, 25))
    assert span == (local(2026, 10, 25), local(2026, 10, 26))
    whole = Shift(*span, "kim")
    assert spans(Roster(PEOPLE, None, (whole,)), "kim", date(2026, 10, 25)) == [span]


def test_a_roster_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        Roster(())

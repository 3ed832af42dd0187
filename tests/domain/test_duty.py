"""The roster says who is paged at each step: a dated shift first, then the order, turned each week."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from helpdeskd.domain.duty import Roster, Rotation, Shift, last_step, order, person_at_step

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


def test_after_the_last_step_it_goes_round_again() -> None:
    at = local(2026, 11, 4)
    steps = [person_at_step(Roster(PEOPLE), at, step) for step in range(1, 8)]
    assert steps == [("piet", 1), ("ans", 1), ("kim", 1), ("piet", 2), ("ans", 2), ("kim", 2), ("piet", 3)]


def test_the_last_step_is_that_of_the_last_person_in_the_last_round() -> None:
    at = local(2026, 11, 4)
    shift = Shift(local(2026, 11, 3), local(2026, 11, 5), "guest")
    assert last_step(Roster(PEOPLE), at, 1) == 3
    assert last_step(Roster(PEOPLE, None, (shift,)), at, 2) == 8


def test_one_person_is_paged_round_after_round() -> None:
    assert person_at_step(Roster(("piet",)), local(2026, 11, 4), 3) == ("piet", 3)


def test_a_roster_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        Roster(())

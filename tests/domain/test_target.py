"""Deadlines are the first instant at which the amount is used, explain themselves, and are kept track of in targets."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdeskd.config.holiday import public_holidays
from helpdeskd.domain.amount import Amount, Measure, parse_amount
from helpdeskd.domain.calendar import Calendar, SpecialDay
from helpdeskd.domain.target import (
    Pause,
    Segment,
    Target,
    TargetKind,
    deadline,
    ended,
    measure,
    met,
    open_target,
    passed,
    recomputed,
    reopened,
    share_at,
    timeline,
)
from tests.domain.by_the_minute import MINUTE, Hours, Minutes, hours_around, minutes_of, weights

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
PREPAID_CARD = Calendar(
    "office", AMSTERDAM, (((510, 1080),),) * 5 + ((),) * 2, public_holidays("NL", working=["Good Friday"])
)
ROUND_THE_CLOCK = Calendar("office", COPENHAGEN, (((480, 960),),) * 5 + ((),) * 2, public_holidays("DK"))

HALF, THREE_QUARTERS, WHOLE, ONE_AND_A_HALF = SHARES = (Fraction(1, 2), Fraction(3, 4), Fraction(1), Fraction(3, 2))
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=AMSTERDAM, fold=fold).astimezone(UTC)  # type: ignore[arg-type, misc]


def at(text: str, zone: ZoneInfo = AMSTERDAM) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def due(start: str, amount: str, *pauses: Pause, calendar: Calendar = PREPAID_CARD) -> datetime | None:
    return deadline(at(start), parse_amount(amount), calendar, pauses)


@pytest.mark.parametrize(
    ("received", "response", "resolution", "responded", "resolved"),
    [
        ("2026-11-20T17:30", "1 working hour", "4 working hours", "2026-11-23T09:00", "2026-11-23T12:00"),
        ("2026-11-20T17:30", "4 working hours", "2 working days", "2026-11-23T12:00", "2026-11-24T17:30"),
        ("2026-11-21T12:00", "4 working hours", "2 working days", "2026-11-23T12:30", "2026-11-24T18:00"),
        ("2026-11-23T14:00", "4 working hours", "2 working days", "2026-11-23T18:00", "2026-11-25T14:00"),
        ("2026-12-24T16:45", "8 working hours", "5 working days", "2026-12-28T15:15", "2027-01-04T16:45"),
        ("2026-04-02T16:00", "4 working hours", "2 working days", "2026-04-03T10:30", "2026-04-07T16:00"),
        ("2026-10-23T17:15", "1 working hour", "4 working hours", "2026-10-26T08:45", "2026-10-26T11:45"),
    ],
)
def test_the_worked_examples_of_the_prepaid_card(
    received: str, response: str, resolution: str, responded: str, resolved: str
) -> None:
    assert due(received, response) == at(responded)
    assert due(received, resolution) == at(resolved)


@pytest.mark.parametrize(
    ("received", "response", "resolution", "responded", "resolved"),
    [
        ("2026-04-01T15:00", "4 working hours", "8 working hours", "2026-04-07T11:00", "2026-04-07T15:00"),
        ("2026-12-23T12:00", "24 working hours", "36 working hours", "2026-12-29T12:00", "2026-12-30T16:00"),
    ],
)
def test_the_worked_examples_of_round_the_clock(
    received: str, response: str, resolution: str, responded: str, resolved: str
) -> None:
    start = at(received, COPENHAGEN)
    assert deadline(start, parse_amount(response), ROUND_THE_CLOCK) == at(responded, COPENHAGEN)
    assert deadline(start, parse_amount(resolution), ROUND_THE_CLOCK) == at(resolved, COPENHAGEN)


def test_what_is_used_up_at_closing_time_is_due_at_closing_time() -> None:
    assert due("2026-11-20T17:00", "1 working hour") == at("2026-11-20T18:00")
    assert due("2026-11-20T17:00:01", "1 working hour") == at("2026-11-23T08:30:01")


def test_two_working_days_from_a_saturday_are_tuesday_at_closing_time() -> None:
    assert due("2026-11-21T03:00", "2 working days") == at("2026-11-24T18:00")


def test_half_of_a_short_friday_is_half_a_day() -> None:
    short_friday = Calendar("short", AMSTERDAM, (((540, 1020),),) * 4 + (((540, 780),),) + ((),) * 2)
    assert due("2026-11-20T11:00", "1 working day", calendar=short_friday) == at("2026-11-23T13:00")


def test_elapsed_time_knows_no_opening_hours() -> None:
    assert due("2026-11-20T23:45", "30 minutes") == at("2026-11-21T00:15")
    assert due("2026-10-24T12:00", "24 hours") == local(2026, 10, 25, 11)


def test_a_day_that_a_clock_change_shortens_is_still_one_day() -> None:
    nights = Calendar("nights", AMSTERDAM, (((0, 480),),) * 7)
    assert due("2026-03-29T00:00", "0.5 working days", calendar=nights) == local(2026, 3, 29, 4, 30)
    assert due("2026-10-25T00:00", "0.5 working days", calendar=nights) == local(2026, 10, 25, 3, 30)


def test_a_deadline_within_a_second_is_the_next_whole_one() -> None:
    seven_minutes = Calendar("seven", AMSTERDAM, (((540, 547),),) * 7)
    third = share_at(Fraction(1, 9), at("2026-11-20T09:00"), parse_amount("1 working day"), seven_minutes)
    assert third == at("2026-11-20T09:00:47")


def test_a_thousand_working_days_do_not_drift() -> None:
    odd = Calendar("odd", AMSTERDAM, (((480, 907),),) * 7)
    assert due("2026-01-01T08:03:20", "1000 working days", calendar=odd) == at("2028-09-27T08:03:20")


def test_a_pause_moves_the_deadline_by_its_open_time() -> None:
    pause = Pause(at("2026-11-20T17:45"), at("2026-11-23T09:30"), "waiting for the customer")
    assert due("2026-11-20T17:30", "1 working hour", pause) == at("2026-11-23T10:15")


def test_a_pause_before_the_start_or_after_the_deadline_changes_nothing() -> None:
    before = Pause(at("2026-11-20T09:00"), at("2026-11-20T17:30"), "")
    after = Pause(at("2026-11-23T09:00"), None, "")
    assert due("2026-11-20T17:30", "1 working hour", before, after) == at("2026-11-23T09:00")


def test_a_pause_of_no_length_is_no_line_of_the_timeline() -> None:
    moment = at("2026-11-20T17:15")
    lines = timeline(at("2026-11-20T17:00"), parse_amount("1 working hour"), PREPAID_CARD, [Pause(moment, moment, "")])
    assert [line.counted_minutes for line in lines] == [60]


def test_pauses_that_overlap_count_once() -> None:
    waiting = Pause(at("2026-11-23T09:00"), at("2026-11-23T11:00"), "waiting")
    approval = Pause(at("2026-11-23T10:00"), at("2026-11-23T12:00"), "approval")
    within = Pause(at("2026-11-23T09:30"), at("2026-11-23T10:30"), "third party")
    assert due("2026-11-23T08:30", "1 working hour", approval, within, waiting) == at("2026-11-23T12:30")


def test_while_a_pause_has_no_end_nobody_knows_the_deadline() -> None:
    pause = Pause(at("2026-11-23T08:59:59"), None, "waiting for the customer")
    assert due("2026-11-20T17:30", "1 working hour", pause) is None


def test_a_share_is_used_when_that_part_of_the_amount_is() -> None:
    used = [share_at(s, at("2026-11-20T17:30"), parse_amount("2 working hours"), PREPAID_CARD) for s in SHARES]
    assert used == [at(f"2026-11-23T{time}") for time in ("09:00", "09:30", "10:00", "11:00")]


def test_the_measure_leaves_pauses_out() -> None:
    start, end = at("2026-11-20T17:00"), at("2026-11-23T09:30")
    pause = Pause(at("2026-11-20T17:30"), at("2026-11-20T17:40"), "")
    assert measure(start, end, Measure.WORKING_HOURS, PREPAID_CARD, [pause]) == 110
    assert measure(start, end, Measure.WORKING_DAYS, PREPAID_CARD, [pause]) == Fraction(110, 570)
    assert measure(start, end, Measure.ELAPSED, PREPAID_CARD, [pause]) == 64 * 60 + 20


def test_a_timeline_tells_what_counted_and_why_the_rest_did_not() -> None:
    pause = Pause(at("2026-12-28T09:00"), at("2026-12-28T10:00"), "waiting for the customer")
    lines = timeline(at("2026-12-24T16:45"), parse_amount("2 working hours"), PREPAID_CARD, [pause])
    assert lines == (
        Segment(at("2026-12-24T16:45"), at("2026-12-24T18:00"), 75, "open", Fraction(75)),
        Segment(at("2026-12-24T18:00"), at("2026-12-25T00:00"), 0, "closed", Fraction(75)),
        Segment(at("2026-12-25T00:00"), at("2026-12-26T00:00"), 0, "Christmas Day", Fraction(75)),
        Segment(at("2026-12-26T00:00"), at("2026-12-27T00:00"), 0, "Second Day of Christmas", Fraction(75)),
        Segment(at("2026-12-27T00:00"), at("2026-12-28T08:30"), 0, "closed", Fraction(75)),
        Segment(at("2026-12-28T08:30"), at("2026-12-28T09:00"), 30, "open", Fraction(105)),
        Segment(at("2026-12-28T09:00"), at("2026-12-28T10:00"), 0, "paused: waiting for the customer", Fraction(105)),
        Segment(at("2026-12-28T10:00"), at("2026-12-28T10:15"), 15, "open", Fraction(120)),
    )


def test_a_timeline_in_working_days_counts_open_minutes_and_totals_days() -> None:
    lines = timeline(at("2026-11-21T12:00"), parse_amount("2 working days"), PREPAID_CARD)
    assert [(line.why, line.counted_minutes, line.total) for line in lines] == [
        ("closed", 0, 0),
        ("open", 570, 1),
        ("closed", 0, 1),
        ("open", 570, 2),
    ]


def test_a_timeline_joins_what_goes_on_over_midnight() -> None:
    always = Calendar("always", AMSTERDAM, (((0, 1440),),) * 7)
    lines = timeline(at("2026-11-20T17:30"), parse_amount("72 working hours"), always)
    assert lines == (Segment(at("2026-11-20T17:30"), at("2026-11-23T17:30"), 4320, "open", Fraction(4320)),)


def test_a_timeline_of_elapsed_time_is_one_line() -> None:
    (line,) = timeline(at("2026-11-20T23:45"), parse_amount("30 minutes"), PREPAID_CARD)
    assert (line.end, line.counted_minutes, line.why) == (at("2026-11-21T00:15"), 30, "elapsed")


def test_a_timeline_ends_with_the_pause_that_still_lasts() -> None:
    pause = Pause(at("2026-11-20T17:45"), None, "awaiting approval")
    last = timeline(at("2026-11-20T17:30"), parse_amount("1 working hour"), PREPAID_CARD, [pause])[-1]
    assert last == Segment(at("2026-11-20T17:45"), None, 0, "paused: awaiting approval", Fraction(15))


def test_a_special_day_says_its_reason_in_the_timeline() -> None:
    office = Calendar(
        "office", AMSTERDAM, PREPAID_CARD.weekly, special={date(2026, 12, 24): SpecialDay(((510, 720),), "short day")}
    )
    lines = timeline(at("2026-12-24T11:00"), parse_amount("2 working hours"), office)
    assert [line.why for line in lines] == ["open", "short day", "closed", "open"]


def test_whole_minutes_of_a_timeline_add_up_though_it_starts_within_one() -> None:
    lines = timeline(at("2026-11-20T17:30:20"), parse_amount("1 working hour"), PREPAID_CARD)
    assert [line.counted_minutes for line in lines] == [29, 0, 31]


START = at("2026-11-20T17:00")


def running(amount: str = "2 hours", kind: TargetKind = TargetKind.RESOLUTION, *pauses: Pause) -> Target:
    return open_target(kind, parse_amount(amount), PREPAID_CARD, START, pauses, SHARES)


def test_a_target_knows_its_deadline_and_when_to_look_next() -> None:
    target = running()
    assert target.due == START + 2 * HOUR
    assert target.next_at == START + HOUR
    assert target.promised


def test_a_breach_is_looked_for_where_no_warning_is_wanted() -> None:
    goal = open_target(TargetKind.RESPONSE, parse_amount("2 hours"), PREPAID_CARD, START, promised=False)
    assert goal.next_at == goal.due == START + 2 * HOUR
    assert not goal.promised


def test_shares_are_told_once_each() -> None:
    target, told = passed(running(), START + HOUR - SECOND)
    assert told == ()
    target, told = passed(target, START + HOUR)
    assert told == (HALF,)
    target, told = passed(target, START + HOUR)
    assert told == ()
    assert target.next_at == START + 1.5 * HOUR


def test_a_target_is_breached_from_its_deadline_on() -> None:
    assert passed(running(), START + 2 * HOUR - SECOND)[0].breached_at is None
    assert passed(running(), START + 2 * HOUR)[0].breached_at == START + 2 * HOUR


def test_a_late_sweep_catches_up_in_one_go_and_dates_the_breach_rightly() -> None:
    target, told = passed(running(), START + 48 * HOUR)
    assert told == SHARES
    assert target.breached_at == START + 2 * HOUR
    assert target.next_at is None


def test_a_target_that_is_met_is_not_looked_at_again() -> None:
    target = met(running(), START + HOUR)
    assert (target.met_at, target.breached_at, target.next_at) == (START + HOUR, None, None)
    assert passed(target, START + 9 * HOUR) == (target, ())
    assert met(target, START + 2 * HOUR) == target


def test_a_target_that_is_met_late_is_breached_though_no_sweep_saw_it() -> None:
    assert met(running(), START + 2 * HOUR - SECOND).breached_at is None
    assert met(running(), START + 2 * HOUR).breached_at == START + 2 * HOUR


def test_a_target_that_ends_unmet_is_not_met_later() -> None:
    target = ended(running(), START + HOUR)
    assert target.ended_unmet
    assert not target.is_open
    assert target.breached_at is None
    assert met(target, START + HOUR) == target
    assert passed(target, START + 9 * HOUR) == (target, ())
    assert ended(running(), START + 3 * HOUR).breached_at == START + 2 * HOUR


def test_a_change_of_priority_counts_from_the_same_start_with_the_pauses_kept() -> None:
    pause = Pause(START + HOUR, START + 2 * HOUR, "waiting")
    target = recomputed(running("8 hours"), parse_amount("4 hours"), PREPAID_CARD, [pause], START + 2 * HOUR)
    assert target.start == START
    assert target.due == START + 5 * HOUR
    assert str(target.amount) == "4 hours"


def test_a_change_keeps_what_was_told() -> None:
    target, _ = passed(running("2 hours"), START + 1.5 * HOUR)
    target = recomputed(target, parse_amount("8 hours"), PREPAID_CARD, [], START + 1.5 * HOUR)
    assert passed(target, START + 7 * HOUR)[1] == ()
    assert passed(target, START + 8 * HOUR)[1] == (WHOLE,)


def test_a_shorter_amount_that_is_used_already_is_told_by_the_next_sweep() -> None:
    target = recomputed(running("8 hours"), parse_amount("1 hour"), PREPAID_CARD, [], START + 1.2 * HOUR)
    assert target.next_at == START + 0.5 * HOUR
    target, told = passed(target, START + 1.2 * HOUR)
    assert told == (HALF, THREE_QUARTERS, WHOLE)
    assert target.breached_at == START + HOUR


@pytest.mark.parametrize("seen", [True, False])
def test_a_breached_target_stays_breached_with_its_moment(seen: bool) -> None:
    target = passed(running("1 hour"), START + HOUR)[0] if seen else running("1 hour")
    target = recomputed(target, parse_amount("8 hours"), PREPAID_CARD, [], START + HOUR)
    assert target.breached_at == START + HOUR
    assert target.due == START + 8 * HOUR
    assert (WHOLE in passed(target, START + HOUR)[1]) is not seen
    assert passed(target, START + 9 * HOUR)[0].breached_at == START + HOUR


def test_a_change_leaves_a_target_that_is_met_or_ended() -> None:
    for target in (met(running(), START + HOUR), ended(running(), START + HOUR)):
        assert recomputed(target, parse_amount("1 hour"), PREPAID_CARD, [], START + HOUR) == target


def test_a_pause_stops_the_resolution_clock_but_never_a_response_clock() -> None:
    pause = Pause(START + HOUR, None, "waiting")
    amount = parse_amount("4 hours")
    resolution = recomputed(running("4 hours"), amount, PREPAID_CARD, [pause], START + HOUR)
    assert resolution.due is None
    assert resolution.next_at is None
    assert passed(resolution, START + 99 * HOUR)[1] == ()
    for kind in (TargetKind.RESPONSE, TargetKind.NEXT_RESPONSE):
        response = recomputed(running("4 hours", kind), amount, PREPAID_CARD, [pause], START + HOUR)
        assert response.due == START + 4 * HOUR


def test_a_share_that_was_used_before_the_pause_is_still_told() -> None:
    pause = Pause(START + 1.2 * HOUR, None, "waiting")
    target = recomputed(running(), parse_amount("2 hours"), PREPAID_CARD, [pause], START + 1.2 * HOUR)
    assert target.next_at == START + HOUR
    assert passed(target, START + 99 * HOUR)[1] == (HALF,)


def test_a_reopened_ticket_goes_on_with_what_it_had_used() -> None:
    resolved = met(running("4 hours"), START + HOUR)
    pause = Pause(START + HOUR, START + 25 * HOUR, "resolved")
    target = reopened(resolved, PREPAID_CARD, [pause])
    assert target.is_open
    assert target.due == START + 28 * HOUR
    assert target.next_at == START + 26 * HOUR


def test_a_resolution_that_came_late_stays_breached_when_reopened() -> None:
    resolved = met(running("1 hour"), START + 2 * HOUR)
    pause = Pause(START + 2 * HOUR, START + 25 * HOUR, "resolved")
    assert reopened(resolved, PREPAID_CARD, [pause]).breached_at == START + HOUR


def test_what_was_not_met_cannot_be_reopened() -> None:
    target = ended(running(), START + HOUR)
    assert reopened(target, PREPAID_CARD, []) == target
    assert reopened(running(), PREPAID_CARD, []) == running()


pause_minutes = st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 2000)), max_size=3)


def count_each(minutes: Minutes, kind: Measure, begin: int, pauses: list[Pause]) -> list[Fraction]:
    """What each minute from `begin` on counts."""
    if kind is Measure.WORKING_DAYS:
        counts = weights(minutes)
    else:
        counts = [Fraction(kind is Measure.ELAPSED or is_open) for is_open in minutes.open]
    for pause in pauses:
        first, last = minutes.at(pause.start), minutes.at(pause.end or pause.start)
        counts[first:last] = [Fraction(0)] * len(counts[first:last])
    return counts[begin:]


def reached(start: datetime, counts: list[Fraction], wanted: Fraction) -> datetime | None:
    """The instant at which minutes counted one by one reach what is wanted, up to the second."""
    for index, count in enumerate(counts):
        if count and count >= wanted:
            return start + index * MINUTE + timedelta(seconds=ceil(60 * wanted / count))
        wanted -= count
    return None


@settings(max_examples=40, deadline=None)
@given(
    hours_around(),
    st.integers(1440, 3 * 1440),
    st.sampled_from(Measure),
    st.integers(1, 3000),
    st.sampled_from(SHARES),
    pause_minutes,
)
def test_deadlines_agree_with_counting_each_minute(
    around: tuple[Hours, datetime],
    begin: int,
    kind: Measure,
    count: int,
    share: Fraction,
    paused: list[tuple[int, int]],
) -> None:
    hours, change = around
    minutes, office = minutes_of(hours, change), hours.calendar()
    start = minutes.instant(begin)
    pauses = [Pause(minutes.instant(at), minutes.instant(at + length), "any") for at, length in paused]
    amount = Amount(kind, Fraction(count, 700) if kind is Measure.WORKING_DAYS else count)
    # The first and last days of the table lack minutes of their own day: only deadlines between them are compared.
    counts = count_each(minutes, kind, begin, pauses)[: 7 * 1440 - begin]
    expected, found = reached(start, counts, amount.count * share), share_at(share, start, amount, office, pauses)
    assert found is not None
    assert found == expected if expected else found > start + len(counts) * MINUTE - SECOND
    if expected:
        assert measure(start, found, kind, office, pauses) >= amount.count * share
        assert measure(start, found - SECOND, kind, office, pauses) < amount.count * share


@settings(max_examples=40, deadline=None)
@given(hours_around(), st.integers(0, 3 * 1440), st.integers(1, 2000), pause_minutes)
def test_a_timeline_has_no_gap_and_adds_up_to_the_amount(
    around: tuple[Hours, datetime], begin: int, count: int, paused: list[tuple[int, int]]
) -> None:
    hours, change = around
    first = change - timedelta(days=3)
    pauses = [Pause(first + at * MINUTE, first + (at + length) * MINUTE, "any") for at, length in paused]
    start, amount = first + begin * MINUTE, Amount(Measure.WORKING_HOURS, count)
    lines = timeline(start, amount, hours.calendar(), pauses)
    assert lines[0].start == start
    assert lines[-1].end == deadline(start, amount, hours.calendar(), pauses)
    assert all(before.end == after.start and before.why != after.why for before, after in pairwise(lines))
    assert sum(line.counted_minutes for line in lines) == count == lines[-1].total
    assert all(line.counted_minutes == 0 for line in lines if line.why != "open")

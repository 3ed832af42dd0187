"""One ticket is settled: the worked examples of the policies, what runs out, and what always adds up."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.card import Balance, Draw
from helpdeskd.domain.claim import Account
from helpdeskd.domain.entry import Approval, Entry, kept, reverse
from helpdeskd.domain.line import Kind, Share
from helpdeskd.domain.settle import Minutes, Settlement, settle
from helpdeskd.domain.standby import Period
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Reason
from helpdeskd.domain.window import MINUTE
from tests.domain.tariffs import (
    AGREEMENT,
    BEST_EFFORT,
    NO_AGREEMENT,
    PREPAID,
    STANDBY,
    approved,
    local,
    ticket,
    told,
    worked,
)

MONDAY = local(2026, 11, 2, 10)
RESOLVED = local(2026, 11, 6, 12)
SECOND = timedelta(seconds=1)
WEEKEND = Period(local(2026, 11, 27, 18), local(2026, 11, 30, 8, 30))
HALF_HOUR_UNITS = replace(BEST_EFFORT, unit=30, minimum_per_ticket=0)


def lines(account: Account, tariff: Tariff) -> list[tuple[str, int, int, int]]:
    return told(settle(account, (tariff,)).lines)


def test_forty_minutes_on_a_monday() -> None:
    assert lines(ticket(worked(MONDAY, 40)), BEST_EFFORT) == [("work", 40, 100_00, 66_67)]


def test_an_hour_over_the_end_of_the_day_is_two_lines() -> None:
    late = ticket(worked(local(2026, 11, 3, 16, 30), 60))
    assert lines(late, BEST_EFFORT) == [("work", 30, 100_00, 50_00), ("work", 30, 125_00, 62_50)]


def test_the_window_is_told_where_the_tariff_has_several() -> None:
    account = ticket(worked(MONDAY, 20), approvals=(approved(30),))
    assert settle(account, (BEST_EFFORT,)).lines[0].notes[0] == Reason("window", "office hours")
    assert [note.code for note in settle(account, (PREPAID,)).lines[0].notes] == ["rounded", "approved-by"]


def test_twenty_minutes_on_a_saturday() -> None:
    assert lines(ticket(worked(local(2026, 11, 7, 11), 20)), BEST_EFFORT) == [("work", 20, 145_00, 48_33)]


def test_resolved_without_booked_time_costs_the_minimum() -> None:
    assert lines(ticket(resolved=RESOLVED), BEST_EFFORT) == [("minimum", 15, 100_00, 25_00)]


def test_resolved_in_five_minutes_costs_what_is_missing_to_the_minimum() -> None:
    short = ticket(worked(MONDAY, 5), resolved=RESOLVED)
    assert lines(short, BEST_EFFORT) == [("work", 5, 100_00, 8_33), ("minimum", 10, 100_00, 16_67)]


def test_the_sixteenth_ticket_of_the_month_costs_the_rate_over_quota() -> None:
    over = replace(ticket(worked(MONDAY, 30)), over_quota=True)
    assert lines(over, BEST_EFFORT) == [("work", 30, 115_00, 57_50)]
    assert Reason("over-quota") in settle(over, (BEST_EFFORT,)).lines[0].notes
    empty = replace(ticket(resolved=RESOLVED), over_quota=True)
    assert lines(empty, BEST_EFFORT) == [("minimum", 15, 115_00, 28_75)]


def test_three_hours_where_two_and_a_quarter_are_authorised() -> None:
    long = ticket(worked(local(2026, 11, 2, 9), 180))
    settled = settle(long, (BEST_EFFORT,))
    assert told(settled.lines) == [("work", 135, 100_00, 225_00)]
    assert settled.unapproved == (Share("HD-1", date(2026, 11, 2), 45),)
    allowed = settle(replace(long, approvals=(approved(60),)), (BEST_EFFORT,))
    assert told(allowed.lines) == [("work", 135, 100_00, 225_00), ("work", 45, 100_00, 75_00)]
    assert allowed.unapproved == ()
    assert allowed.lines[1].notes[-1] == Reason("approved-by", "anna")


def test_an_approved_question_is_taken_from_the_oldest_card_in_whole_units() -> None:
    question = ticket(worked(MONDAY, 20), approvals=(approved(30),))
    settled = settle(question, (PREPAID,), [Balance("welcome", 180), Balance("five", 300)])
    assert settled.draws == (Draw("welcome", "HD-1", 30),)
    assert told(settled.lines) == [("work", 30, 0, 0)]
    assert settled.minutes == Minutes(real=20, rounding=10, minimum=0, free=0, charged=30, unapproved=0)


def test_without_agreement_five_minutes_cost_the_minimum_too() -> None:
    short = ticket(worked(MONDAY, 5), resolved=RESOLVED)
    assert lines(short, NO_AGREEMENT) == [("work", 5, 800_00, 66_67), ("minimum", 10, 800_00, 133_33)]


def test_an_evening_on_site_costs_twice_and_the_kilometres() -> None:
    drive = ticket(worked(local(2026, 11, 2, 22), 30, level=2, km=42))
    assert lines(drive, NO_AGREEMENT) == [("work", 30, 2190_00, 1095_00), ("travel", 42, 3_52, 147_84)]


def test_an_agreement_has_a_quarter_free_and_a_discount() -> None:
    hour = ticket(worked(local(2026, 11, 2, 15, 30), 60), approvals=(approved(45),))
    settled = settle(hour, (AGREEMENT,))
    assert told(settled.lines) == [("work", 15, 720_00, 180_00), ("work", 30, 1440_00, 720_00)]
    assert settled.free == (Share("HD-1", date(2026, 11, 2), 15),)
    assert Reason("free-minutes", "15") in settled.lines[0].notes


def test_a_call_out_in_an_agreed_period_is_an_hour_at_the_standard_rate() -> None:
    called = replace(ticket(worked(local(2026, 11, 28, 14, 10), 25)), standby=(WEEKEND,))
    settled = settle(called, (STANDBY,))
    assert told(settled.lines) == [("work", 60, 110_00, 110_00)]
    assert settled.minutes == Minutes(real=25, rounding=0, minimum=35, free=0, charged=60, unapproved=0)


def test_call_outs_of_a_ticket_in_one_period_are_one_line_and_more_than_an_hour_costs_what_it_is() -> None:
    night, day = worked(local(2026, 11, 28, 3), 40, 1), worked(local(2026, 11, 28, 14), 35, 2)
    assert lines(replace(ticket(night, day), standby=(WEEKEND,)), STANDBY) == [("work", 75, 110_00, 137_50)]


def test_work_outside_the_agreed_period_needs_approval() -> None:
    after = replace(ticket(worked(WEEKEND.end, 25)), standby=(WEEKEND,))
    assert settle(after, (STANDBY,)).minutes == Minutes(25, 0, 0, 0, 0, 25)
    last = replace(ticket(worked(WEEKEND.end - MINUTE, 25)), standby=(WEEKEND,))
    assert settle(last, (STANDBY,)).minutes == Minutes(25, 0, 35, 0, 60, 0)


def test_free_minutes_are_the_first_of_the_ticket_whoever_worked_them() -> None:
    two = ticket(worked(MONDAY, 10, 1), worked(local(2026, 11, 3, 10), 10, 2), approvals=(approved(60),))
    settled = settle(two, (AGREEMENT,))
    assert told(settled.lines) == [("work", 5, 720_00, 60_00)]
    assert settled.minutes.free == 15


@pytest.mark.parametrize(("worked_minutes", "free", "unapproved"), [(15, 15, 0), (16, 15, 1)])
def test_the_free_minutes_are_fifteen_and_not_sixteen(worked_minutes: int, free: int, unapproved: int) -> None:
    settled = settle(ticket(worked(MONDAY, worked_minutes)), (AGREEMENT,))
    assert (settled.minutes.free, settled.minutes.unapproved) == (free, unapproved)


def test_where_minutes_are_free_in_opening_hours_only_those_before_opening_cost() -> None:
    early = ticket(worked(local(2026, 11, 2, 7, 50), 30), approvals=(approved(60),))
    settled = settle(early, (AGREEMENT,))
    assert told(settled.lines) == [("work", 10, 1440_00, 240_00), ("work", 5, 720_00, 60_00)]
    assert settled.minutes.free == 15


def test_what_remains_is_rounded_up_and_the_rounding_follows_the_work() -> None:
    late = ticket(worked(local(2026, 11, 2, 16, 50), 5))
    settled = settle(late, (HALF_HOUR_UNITS,))
    assert told(settled.lines) == [("work", 10, 100_00, 16_67), ("work", 20, 125_00, 41_67)]
    assert settled.minutes.rounding == 25


def test_nothing_that_is_all_free_is_rounded_up() -> None:
    generous = replace(HALF_HOUR_UNITS, free_per_ticket=5)
    assert settle(ticket(worked(MONDAY, 5)), (generous,)).minutes == Minutes(5, 0, 0, 5, 0, 0)
    assert settle(ticket(worked(MONDAY, 6)), (generous,)).minutes == Minutes(6, 29, 0, 5, 30, 0)


def test_minutes_paid_as_minimum_count_against_later_work() -> None:
    again = ticket(worked(MONDAY, 5, 1), worked(local(2026, 11, 9, 18), 25, 2), resolved=RESOLVED)
    settled = settle(again, (BEST_EFFORT,))
    assert told(settled.lines) == [
        ("work", 5, 100_00, 8_33),
        ("minimum", 10, 100_00, 16_67),
        ("work", 15, 125_00, 31_25),
    ]
    assert settled.minutes == Minutes(real=30, rounding=0, minimum=0, free=0, charged=30, unapproved=0)


def test_work_is_later_from_the_minute_of_the_first_resolution_on() -> None:
    later = ticket(worked(RESOLVED, 20), resolved=RESOLVED)
    assert lines(later, BEST_EFFORT) == [("minimum", 15, 100_00, 25_00), ("work", 5, 100_00, 8_33)]
    earlier = ticket(worked(RESOLVED - MINUTE, 20), resolved=RESOLVED)
    assert lines(earlier, BEST_EFFORT) == [("work", 20, 100_00, 33_33)]


def test_a_ticket_that_is_not_resolved_merged_or_rejected_has_no_minimum() -> None:
    assert lines(ticket(), BEST_EFFORT) == []
    assert lines(replace(ticket(worked(MONDAY, 5), resolved=RESOLVED), dropped=True), BEST_EFFORT) == [
        ("work", 5, 100_00, 8_33)
    ]


def test_a_ticket_without_charge_has_all_its_minutes_free_and_no_line() -> None:
    free = replace(ticket(worked(MONDAY, 200, km=42), resolved=RESOLVED), nocharge=True)
    settled = settle(free, (NO_AGREEMENT,))
    assert settled.lines == ()
    assert settled.minutes == Minutes(real=200, rounding=0, minimum=0, free=200, charged=0, unapproved=0)


def test_a_minimum_that_applies_is_authorised_by_the_contract_and_until_then_nothing_is() -> None:
    strict = replace(BEST_EFFORT, authorised_per_ticket=0)
    work = ticket(worked(MONDAY, 20))
    assert settle(work, (strict,)).minutes == Minutes(20, 0, 0, 0, 0, 20)
    assert settle(replace(work, resolved_at=RESOLVED), (strict,)).minutes == Minutes(20, 0, 0, 0, 15, 5)


def test_cards_that_do_not_suffice_leave_the_rest_unapproved_and_say_how_much() -> None:
    long = ticket(worked(MONDAY, 90), approvals=(approved(60),))
    settled = settle(long, (PREPAID,), [Balance("old", 15), Balance("new", 30)])
    assert settled.draws == (Draw("old", "HD-1", 15), Draw("new", "HD-1", 30))
    assert (settled.minutes.charged, settled.minutes.unapproved, settled.short) == (45, 45, 15)


def test_an_empty_card_is_not_replaced_by_the_statement() -> None:
    settled = settle(ticket(worked(MONDAY, 30), approvals=(approved(30),)), (PREPAID,), [Balance("empty", 0)])
    assert (settled.lines, settled.minutes.unapproved, settled.short) == ((), 30, 30)


def test_an_approved_amount_of_money_is_never_exceeded_in_a_dearer_window() -> None:
    strict = replace(BEST_EFFORT, authorised_per_ticket=0)
    evening = ticket(worked(local(2026, 11, 2, 18), 144), approvals=(approved(144, cents=240_00),))
    settled = settle(evening, (strict,))
    assert told(settled.lines) == [("work", 115, 125_00, 239_58)]
    assert settled.minutes.unapproved == 29


def test_kilometres_of_work_that_is_not_approved_are_not_charged() -> None:
    visit = ticket(worked(MONDAY, 60, km=42))
    assert lines(visit, replace(AGREEMENT, free_per_ticket=0)) == []
    assert lines(replace(visit, approvals=(approved(60),)), AGREEMENT)[-1] == ("travel", 42, 3_52, 147_84)


def test_kilometres_of_free_minutes_cost_where_the_contract_authorises_all() -> None:
    visit = ticket(worked(MONDAY, 15, km=42))
    assert lines(visit, AGREEMENT) == []
    assert lines(visit, replace(AGREEMENT, authorised_per_ticket=None)) == [("travel", 42, 3_52, 147_84)]


def test_work_over_the_end_of_a_month_is_a_line_in_each() -> None:
    night = settle(ticket(worked(local(2026, 11, 30, 23, 30), 60)), (BEST_EFFORT,))
    assert [(line.day, line.minutes) for line in night.lines] == [(date(2026, 11, 30), 30), (date(2026, 12, 1), 30)]


def test_the_allowances_of_a_ticket_are_those_of_the_day_it_was_accepted() -> None:
    stricter = replace(BEST_EFFORT, levels={1: 110_00}, authorised_per_ticket=0, valid_from=date(2026, 11, 9))
    later = ticket(worked(local(2026, 11, 9, 10), 30))
    settled = settle(later, (BEST_EFFORT, stricter))
    assert told(settled.lines) == [("work", 30, 110_00, 55_00)]
    new = replace(later, accepted_at=local(2026, 11, 9, 9))
    assert settle(new, (BEST_EFFORT, stricter)).minutes.unapproved == 30


def test_a_reversal_takes_the_end_of_the_work_off() -> None:
    entry = worked(local(2026, 11, 3, 16, 30), 60)
    account = ticket(entry, *reverse((entry,), "piet", 45))
    assert lines(account, BEST_EFFORT) == [("work", 15, 100_00, 25_00)]


TARIFFS = st.builds(
    lambda tariff, unit, free, authorised, minimum: replace(
        tariff, unit=unit, free_per_ticket=free, authorised_per_ticket=authorised, minimum_per_ticket=minimum
    ),
    st.sampled_from([BEST_EFFORT, PREPAID, NO_AGREEMENT, AGREEMENT, STANDBY]),
    st.sampled_from([1, 6, 15]),
    st.integers(0, 40),
    st.none() | st.integers(0, 200),
    st.integers(0, 40),
)
INSTANTS = st.one_of(
    st.integers(0, 40 * 24 * 60).map(lambda minutes: local(2026, 10, 20) + minutes * MINUTE),
    st.integers(-90, 90).map(lambda minutes: local(2026, 12, 1) + minutes * MINUTE),
    st.integers(-90, 90).map(lambda minutes: local(2026, 10, 25, 3) + minutes * MINUTE),
)
APPROVALS = st.builds(
    Approval,
    st.just("HD-1"),
    st.integers(1, 120),
    st.just("anna"),
    INSTANTS,
    st.none() | st.integers(0, 400_00),
)


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Entry, ...]:
    """Bookings and reversals as agents mail them."""
    entries: list[Entry] = []
    for agent, start, minutes, level, km in draw(
        st.lists(
            st.tuples(
                st.sampled_from(["piet", "ans"]),
                INSTANTS,
                st.integers(-60, 240),
                st.integers(1, 3),
                st.sampled_from([0, 7]),
            ),
            max_size=7,
        )
    ):
        number = count(len(entries) + 1)
        booked = sum(entry.minutes for entry in entries if entry.agent == agent)
        if minutes > 0:
            entries.append(Entry(next(number), "HD-1", agent, start, minutes, level, km=km))
        elif 0 < -minutes <= booked:
            entries += [replace(entry, id=next(number)) for entry in reverse(entries, agent, -minutes)]
    return tuple(entries)


ACCOUNTS = st.builds(
    Account,
    st.just("HD-1"),
    INSTANTS,
    ledgers(),
    st.lists(APPROVALS, max_size=3).map(tuple),
    st.none() | INSTANTS,
    st.sampled_from([(), (WEEKEND,)]),
    over_quota=st.booleans(),
    dropped=st.booleans(),
    nocharge=st.booleans(),
)
CARDS = st.sampled_from([None, (), (Balance("old", 50), Balance("new", 100)), (Balance("empty", 0),)])


@given(ACCOUNTS, TARIFFS, CARDS)
def test_real_and_rounding_and_minimum_are_free_charged_or_unapproved(
    account: Account, tariff: Tariff, cards: tuple[Balance, ...] | None
) -> None:
    settled = settle(account, (tariff,), cards)
    all_minutes = settled.minutes
    assert all_minutes.real == sum(entry.minutes for entry in account.entries)
    assert (
        all_minutes.real + all_minutes.rounding + all_minutes.minimum
        == all_minutes.free + all_minutes.charged + all_minutes.unapproved
    )
    assert min(all_minutes.rounding, all_minutes.minimum, all_minutes.free, all_minutes.unapproved) >= 0
    assert all_minutes.free <= (all_minutes.real if account.nocharge else tariff.free_per_ticket)
    assert all(line.minutes > 0 or line.quantity for line in settled.lines)


def called_out(account: Account, tariff: Tariff) -> int:
    """What call-outs may cost at most: their work in whole units, and an hour."""
    inside = [
        entry for entry in kept(account.entries) if account.standby and WEEKEND.start <= entry.begins < WEEKEND.end
    ]
    return max(60, sum(tariff.rounded_up(entry.minutes) for entry in inside)) if inside else 0


@given(ACCOUNTS, TARIFFS, CARDS)
def test_nothing_is_charged_beyond_what_is_authorised_and_approved(
    account: Account, tariff: Tariff, cards: tuple[Balance, ...] | None
) -> None:
    settled = settle(account, (tariff,), cards)
    approvals = sum(approval.minutes for approval in account.approvals)
    if tariff.authorised_per_ticket is not None:
        contract = max(tariff.authorised_per_ticket, tariff.minimum_per_ticket if account.resolved_at else 0)
        assert settled.minutes.charged <= contract + approvals + called_out(account, tariff)
    by_approval = [line for line in settled.lines if any(note.code == "approved-by" for note in line.notes)]
    assert sum(line.minutes for line in by_approval) <= approvals
    amounts = [approval.cents for approval in account.approvals]
    limits = [cents for cents in amounts if cents is not None]
    assert len(limits) < len(amounts) or sum(line.amount for line in by_approval) <= sum(limits)


@given(ACCOUNTS, TARIFFS, CARDS)
def test_no_card_gives_more_than_it_has_and_no_card_work_costs_money(
    account: Account, tariff: Tariff, cards: tuple[Balance, ...] | None
) -> None:
    settled = settle(account, (tariff,), cards)
    drawn = {draw.card: draw.minutes for draw in settled.draws}
    assert all(drawn.get(card.card, 0) <= card.minutes for card in cards or ())
    assert sum(drawn.values()) == (0 if cards is None else settled.minutes.charged)
    paid = [line.amount for line in settled.lines if line.kind is not Kind.TRAVEL]
    assert cards is None or not any(paid)
    assert again(settled, account, tariff, cards) == settled.lines


def again(
    settled: Settlement, account: Account, tariff: Tariff, cards: tuple[Balance, ...] | None
) -> tuple[object, ...]:
    """Settled with what it has drawn and no more."""
    drawn = {draw.card: draw.minutes for draw in settled.draws}
    reserved = None if cards is None else tuple(Balance(card.card, drawn.get(card.card, 0)) for card in cards)
    return settle(account, (tariff,), reserved).lines


@given(ACCOUNTS, TARIFFS, st.randoms(use_true_random=False))
def test_the_order_in_which_bookings_and_approvals_arrive_makes_no_difference(
    account: Account, tariff: Tariff, chance: Random
) -> None:
    approvals = [replace(each, at=each.at + number * SECOND) for number, each in enumerate(account.approvals)]
    one = replace(account, approvals=tuple(approvals))
    entries = list(account.entries)
    chance.shuffle(approvals)
    chance.shuffle(entries)
    other = replace(account, approvals=tuple(approvals), entries=tuple(entries))
    assert settle(other, (tariff,)) == settle(one, (tariff,))


@given(ACCOUNTS, TARIFFS, APPROVALS)
def test_a_later_approval_changes_no_line_and_only_adds_some(
    account: Account, tariff: Tariff, approval: Approval
) -> None:
    last = max((each.at for each in account.approvals), default=approval.at)
    before = settle(account, (tariff,))
    more = replace(approval, at=last + MINUTE)
    after = settle(replace(account, approvals=(*account.approvals, more)), (tariff,))
    assert after.minutes.charged >= before.minutes.charged
    work = [line for line in after.lines if line.kind is not Kind.TRAVEL]
    assert all(line in work for line in before.lines if line.kind is not Kind.TRAVEL)

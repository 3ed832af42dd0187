"""A charge keeps together what a ticket costs and what it was made of."""

from datetime import date

from helpdeskd.domain.bill import Bill
from helpdeskd.domain.card import Balance
from helpdeskd.domain.charge import Charge, by_day
from helpdeskd.domain.line import Share
from helpdeskd.domain.settle import settle
from tests.domain.tariffs import NO_AGREEMENT, PREPAID, approved, local, ticket, worked
from tests.policy.scenes import TICKET

MONDAY = local(2026, 11, 2, 22)


def test_the_sum_is_that_of_all_lines_kilometres_among_them() -> None:
    account = ticket(worked(MONDAY, 30, level=2, km=42))
    charge = Charge(TICKET, Bill(NO_AGREEMENT, settle(account, (NO_AGREEMENT,))), account.entries)
    assert (charge.net, charge.currency) == (1095_00 + 147_84, "DKK")


def test_minutes_that_nobody_approved_are_those_for_which_no_card_was_asked() -> None:
    account = ticket(worked(MONDAY, 60), approvals=(approved(45),))
    settled = settle(account, (PREPAID,), (Balance("five", 10),))
    assert (settled.minutes.unapproved, settled.short) == (50, 35)
    assert Charge(TICKET, Bill(PREPAID, settled)).not_approved == 15


def test_a_plan_without_prices_costs_nothing_in_no_currency() -> None:
    charge = Charge(TICKET)
    assert (charge.net, charge.currency, charge.not_approved) == (0, "", 0)


def test_shares_of_one_day_are_told_together_in_order() -> None:
    first, second = date(2026, 11, 2), date(2026, 11, 3)
    shares = [Share("HD-1", second, 5), Share("HD-1", first, 10), Share("HD-1", second, 7)]
    assert by_day(shares) == [(first, 10), (second, 12)]

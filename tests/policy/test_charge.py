"""What a ticket costs, told so that a person can reckon it up again."""

import re
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.bill import Bill
from helpdeskd.domain.card import Balance, CardUse
from helpdeskd.domain.charge import Charge
from helpdeskd.domain.claim import Account
from helpdeskd.domain.entry import Entry
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.line import Kind, Line
from helpdeskd.domain.settle import settle
from helpdeskd.domain.tariff import Tariff, price
from helpdeskd.domain.ticket import Reason
from helpdeskd.policy.charge import told, words
from tests.domain.tariffs import AGREEMENT, BEST_EFFORT, NO_AGREEMENT, PREPAID, approved, local, ticket, worked
from tests.policy.scenes import TICKET, ZONE

MONDAY = local(2026, 11, 2, 9)
NIGHT = local(2026, 11, 2, 22)
FIVE_HOURS = CardUse(300, 30)
FREE = Entry(1, "HD-1", "ans", MONDAY, 10, level=2, onsite=True)
TAKEN_BACK = Entry(2, "HD-1", "ans", MONDAY, -4, level=2, onsite=True, reverses=1)


def charge(tariff: Tariff, account: Account, own: tuple[Balance, ...] | None = None, **bill: object) -> Charge:
    """The charge of a ticket with that account, which may draw on its `own` cards."""
    settled = settle(account, (tariff,), own)
    return Charge(TICKET, Bill(tariff, settled, **bill), account.entries, account.approvals)  # type: ignore[arg-type]


def lines(known: Charge) -> list[str]:
    first, *rest = told(known, ZONE)
    assert all(line.startswith("  ") for line in rest)
    return [first, *(line.strip() for line in rest)]


def test_what_is_charged_is_told_as_minutes_at_a_rate_and_what_is_not_with_the_reason() -> None:
    assert lines(charge(BEST_EFFORT, ticket(worked(MONDAY, 180)))) == [
        "HD-1001 costs 225.00 EUR without VAT",
        "180 min worked = 135 min charged + 45 min unapproved",
        "entry 1: Mon 2026-11-02 09:00, piet, 180 min, level 1",
        "work on 2026-11-02: 135 min at 100.00 EUR an hour = 225.00 EUR (office hours)",
        "not charged on 2026-11-02: 45 min unapproved",
        "why: nobody approved 45 min, and the contract allows 135 min without asking",
    ]


def test_an_approval_is_told_where_it_was_given_and_where_it_was_used() -> None:
    text = lines(charge(BEST_EFFORT, ticket(worked(MONDAY, 180), approvals=(approved(60, cents=500_00),))))
    assert "work on 2026-11-02: 45 min at 100.00 EUR an hour = 75.00 EUR (office hours, approved by anna)" in text
    assert "approved by anna, Sun 2026-11-01 12:00: 60 min, at most 500.00 EUR" in text


def test_the_minimum_is_told_where_it_was_added() -> None:
    assert lines(charge(BEST_EFFORT, ticket(worked(MONDAY, 5), resolved=local(2026, 11, 2, 10))))[1:] == [
        "5 min worked + 10 min to the minimum = 15 min charged",
        "entry 1: Mon 2026-11-02 09:00, piet, 5 min, level 1",
        "work on 2026-11-02: 5 min at 100.00 EUR an hour = 8.33 EUR (office hours)",
        "minimum on 2026-11-02: 10 min at 100.00 EUR an hour = 16.67 EUR",
    ]


def test_prepaid_hours_are_told_as_hours() -> None:
    account = ticket(worked(MONDAY, 20), approvals=(approved(30),))
    assert lines(charge(PREPAID, account, (Balance("five", 300),), cards=FIVE_HOURS)) == [
        "HD-1001 costs 30 min of prepaid hours",
        "20 min worked + 10 min rounded up = 30 min charged",
        "entry 1: Mon 2026-11-02 09:00, piet, 20 min, level 1",
        "work on 2026-11-02: 30 min (rounded up by 10 min, from card five, approved by anna)",
        "approved by anna, Sun 2026-11-01 12:00: 30 min",
        "prepaid hours of the customer: 270 of 300 min left",
    ]


def test_hours_that_no_card_has_are_told_apart_from_those_that_nobody_approved() -> None:
    account = ticket(worked(MONDAY, 60), approvals=(approved(45),))
    text = lines(charge(PREPAID, account, (Balance("five", 10),), cards=CardUse(10, 10)))
    assert "not charged on 2026-11-02: 50 min unapproved" in text
    assert "why: nobody approved 15 min, and the contract allows nothing without asking" in text
    assert "why: 35 min may be charged, but the cards do not have them" in text


def test_entries_are_told_as_they_were_booked_and_free_minutes_with_their_date() -> None:
    assert lines(charge(AGREEMENT, ticket(FREE, TAKEN_BACK))) == [
        "HD-1001 costs nothing so far",
        "6 min worked = 6 min free",
        "entry 1: Mon 2026-11-02 09:00, ans, 10 min, level 2, on site",
        "entry 2: Mon 2026-11-02 09:00, ans, -4 min, level 2, on site, takes back from entry 1",
        "free on 2026-11-02: 6 min",
    ]


def test_kilometres_have_a_line_of_their_own() -> None:
    account = ticket(worked(NIGHT, 30, level=2, km=42))
    text = lines(charge(NO_AGREEMENT, account))
    assert text[0] == "HD-1001 costs 1242.84 DKK without VAT"
    assert "entry 1: Mon 2026-11-02 22:00, piet, 30 min, level 2, 42 km" in text
    assert "travel on 2026-11-02: 42 km at 3.52 DKK a km = 147.84 DKK" in text


def test_the_place_in_the_quota_is_told_and_what_it_means_beyond() -> None:
    over = replace(ticket(worked(MONDAY, 30)), over_quota=True)
    assert lines(charge(BEST_EFFORT, over, place=16))[-2:] == [
        "work on 2026-11-02: 30 min at 115.00 EUR an hour = 57.50 EUR (office hours, over quota)",
        "ticket 16 of its month; the quota is 15, so an hour costs 115.00 EUR at least",
    ]
    assert lines(charge(BEST_EFFORT, ticket(), place=15))[-1] == "ticket 15 of its month; the quota is 15"
    assert "quota" not in lines(charge(BEST_EFFORT, ticket(), place=0))[-1]


def test_an_estimate_that_is_open_is_told_with_its_end() -> None:
    asked = Estimate(2, 60, "piet", MONDAY, MONDAY + timedelta(days=14), cents=240_00, by_card=True, topic="training")
    known = charge(PREPAID, ticket(), ())
    assert lines(replace(known, ticket=replace(TICKET, estimate=asked)))[1:] == [
        "asked by piet, Mon 2026-11-02 09:00: 60 min, at most 240.00 EUR from prepaid hours for training; "
        "no answer yet, it can be agreed to until Mon 2026-11-16 09:00"
    ]


def test_what_an_agent_does_not_charge_is_told_as_such() -> None:
    known = charge(BEST_EFFORT, replace(ticket(worked(MONDAY, 180)), nocharge=True))
    text = lines(replace(known, ticket=replace(TICKET, nocharge=True)))
    assert text[0] == "HD-1001 costs nothing: an agent decided so (/nocharge)"
    assert "180 min worked = 180 min free" in text


def test_without_prices_what_was_worked_is_told_all_the_same() -> None:
    assert lines(Charge(TICKET, entries=(worked(MONDAY, 40),))) == [
        "HD-1001 costs nothing: its plan has no prices",
        "entry 1: Mon 2026-11-02 09:00, piet, 40 min, level 1",
    ]


def test_details_and_notes_that_are_not_known_are_never_read_as_a_format() -> None:
    notes = (Reason("window", "{0.__class__}"), Reason("new{}", "{x}"))
    line = Line(Kind.WORK, "HD-1", MONDAY.date(), 1, 1, 1, notes=notes)
    assert words(line) == "{0.__class__}, new{}: {x}"


ENTRIES = st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 300)), max_size=5).map(
    lambda made: tuple(worked(MONDAY + timedelta(minutes=at), length, n) for n, (at, length) in enumerate(made, 1))
)
ACCOUNTS = st.builds(
    lambda entries, resolved, minutes: ticket(
        *entries, resolved=resolved, approvals=(approved(minutes),) if minutes else ()
    ),
    ENTRIES,
    st.sampled_from([None, MONDAY + timedelta(days=1)]),
    st.integers(0, 200),
)


@given(ACCOUNTS, st.sampled_from([BEST_EFFORT, NO_AGREEMENT, AGREEMENT]))
def test_the_lines_can_be_reckoned_up_to_what_it_costs(account: Account, tariff: Tariff) -> None:
    known = charge(tariff, account)
    text = lines(known)
    amounts = [re.search(r": (\d+) min at (\d+)\.(\d\d) \w+ an hour = (\d+)\.(\d\d) ", line + " ") for line in text]
    parts = [tuple(map(int, found.groups())) for found in amounts if found]
    cents = [whole * 100 + part for *_, whole, part in parts]
    assert cents == [price(minutes, rate * 100 + part) for minutes, rate, part, *_ in parts]
    assert sum(cents) == known.net
    assert sum(minutes for minutes, *_ in parts) == known.bill.settlement.minutes.charged  # type: ignore[union-attr]


@given(ACCOUNTS, st.sampled_from([None, (Balance("one", 20), Balance("two", 500))]))
def test_what_is_unapproved_is_explained_to_the_minute(account: Account, cards: tuple[Balance, ...] | None) -> None:
    known = charge(PREPAID, account, cards)
    text = "\n".join(lines(known))
    unapproved = sum(map(int, re.findall(r": (\d+) min unapproved", text)))
    assert unapproved == sum(map(int, re.findall(r"why: (?:nobody approved )?(\d+) min", text)))

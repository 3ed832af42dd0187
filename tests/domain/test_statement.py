"""A statement is issued once; what changes afterwards comes on the next one, and all together is what is owed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.card import Balance, Card
from helpdeskd.domain.claim import Account
from helpdeskd.domain.entry import reverse
from helpdeskd.domain.line import Kind, Line, Share
from helpdeskd.domain.month import Month
from helpdeskd.domain.settle import settle
from helpdeskd.domain.standby import Period, standby_lines
from helpdeskd.domain.statement import CardUse, Ledger, Quota, Statement, money, record, statement
from helpdeskd.domain.tariff import price
from helpdeskd.domain.ticket import Reason
from tests.domain.tariffs import BEST_EFFORT, NO_AGREEMENT, PREPAID, STANDBY, approved, local, ticket, told, worked

OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)
MONDAY = local(2026, 11, 2, 10)
WELCOME = Card("welcome", 180, 0, date(2026, 10, 5), free=True)
FIVE = Card("five", 300, 400_00, date(2026, 11, 3))


def ledger(*accounts: Account) -> Ledger:
    return Ledger(tuple(settle(account, (BEST_EFFORT,)) for account in accounts))


def made(month: Month, entries: Ledger, *issued: Statement) -> Statement:
    return statement("bakery", month, entries, BEST_EFFORT, issued)


def test_a_statement_has_the_lines_of_its_month_and_vat_once_on_their_sum() -> None:
    over_the_end = ticket(worked(local(2026, 11, 30, 23, 30), 60))
    forty, night = ledger(ticket(worked(MONDAY, 40))), ledger(over_the_end)
    november = made(NOVEMBER, Ledger((*forty.settlements, *night.settlements)))
    assert told(november.lines) == [("work", 40, 100_00, 66_67), ("work", 30, 125_00, 62_50)]
    assert (november.net, november.vat, november.total) == (129_17, 27_13, 156_30)
    december = made(DECEMBER, night)
    assert told(december.lines) == [("work", 30, 125_00, 62_50)]


def test_vat_is_rounded_half_up_on_the_net_sum_and_not_by_line() -> None:
    lines = tuple(Line(Kind.WORK, "HD-1", date(2026, 11, day), 1, 2, 2) for day in (2, 3, 4))
    quarter = replace(made(NOVEMBER, Ledger(standby=lines)), vat_rate=Decimal(25))
    assert (quarter.net, quarter.vat) == (6, 2)


def test_it_is_to_be_paid_fourteen_days_after_the_first_of_the_next_month() -> None:
    assert made(NOVEMBER, Ledger()).due_date == date(2026, 12, 15)
    assert made(DECEMBER, Ledger()).due_date == date(2027, 1, 15)
    assert statement("bakery", NOVEMBER, Ledger(), PREPAID, ()).due_date is None


def test_the_quota_is_told_where_there_is_one() -> None:
    assert made(NOVEMBER, Ledger(counted=16)).quota == Quota(15, 16)
    assert statement("bakery", NOVEMBER, Ledger(counted=16), PREPAID, ()).quota is None


def test_unapproved_and_free_minutes_are_told_in_their_month() -> None:
    long = made(NOVEMBER, ledger(ticket(worked(MONDAY, 180))))
    assert (long.unapproved_minutes, long.net) == (45, 225_00)
    free = ledger(replace(ticket(worked(MONDAY, 20)), nocharge=True))
    assert made(NOVEMBER, free).free == (Share("HD-1", date(2026, 11, 2), 20),)
    assert made(DECEMBER, free).free == ()


def test_of_each_ticket_and_date_the_minutes_that_are_not_charged_are_told_as_one_sum() -> None:
    over_the_end_of_the_day = worked(local(2026, 11, 3, 16, 30), 60, 2)
    free = ledger(replace(ticket(worked(MONDAY, 20), over_the_end_of_the_day), nocharge=True))
    assert made(NOVEMBER, free).free == (
        Share("HD-1", date(2026, 11, 2), 20),
        Share("HD-1", date(2026, 11, 3), 60),
    )
    late = ledger(ticket(worked(local(2026, 11, 3, 14), 300)))
    assert made(NOVEMBER, late).unapproved == (Share("HD-1", date(2026, 11, 3), 165),)


def test_a_statement_without_lines_and_minutes_is_empty() -> None:
    entries = ledger(ticket(worked(MONDAY, 40)))
    assert made(DECEMBER, entries).is_empty
    assert not made(NOVEMBER, entries).is_empty
    assert not made(NOVEMBER, ledger(replace(ticket(worked(MONDAY, 20)), nocharge=True))).is_empty


def test_a_card_is_a_line_in_the_month_in_which_it_is_bought_and_work_from_it_costs_nothing() -> None:
    question = settle(ticket(worked(MONDAY, 20), approvals=(approved(30),)), (PREPAID,), [Balance("welcome", 180)])
    entries = Ledger((question,), cards=(WELCOME, FIVE))
    november = statement("school", NOVEMBER, entries, PREPAID, ())
    assert told(november.lines) == [("work", 30, 0, 0), ("card", 1, 400_00, 400_00)]
    assert november.card == CardUse(bought=480, used=30)
    assert november.card.balance == 7 * 60 + 30
    assert statement("school", OCTOBER, entries, PREPAID, ()).card == CardUse(bought=180, used=0)
    assert statement("school", Month(2026, 9), entries, PREPAID, ()).card is None


def test_standby_and_kilometres_are_lines_too() -> None:
    standby = standby_lines(Period(local(2026, 12, 1, 20), local(2026, 12, 1, 21)), (STANDBY,))
    drive = settle(ticket(worked(local(2026, 12, 2, 22), 30, level=2, km=42)), (NO_AGREEMENT,))
    december = made(DECEMBER, Ledger((drive,), standby))
    assert [line.kind.value for line in december.lines] == ["standby", "work", "travel"]


def test_an_issued_statement_is_answered_as_it_was_issued() -> None:
    issued = made(NOVEMBER, ledger(ticket(worked(MONDAY, 40))))
    assert made(NOVEMBER, ledger(ticket(worked(MONDAY, 400))), issued) is issued


def test_minutes_approved_after_the_month_was_issued_come_on_the_next_as_a_correction() -> None:
    long = ticket(worked(local(2026, 11, 2, 9), 180))
    issued = made(NOVEMBER, ledger(long))
    december = made(DECEMBER, ledger(replace(long, approvals=(approved(60),))), issued)
    (line,) = december.lines
    assert (line.correction, line.minutes, line.amount, line.day) == (True, 45, 75_00, date(2026, 11, 2))


def test_a_reversal_after_the_month_was_issued_gives_money_back() -> None:
    entry = worked(MONDAY, 40)
    issued = made(NOVEMBER, ledger(ticket(entry)))
    december = made(DECEMBER, ledger(ticket(entry, *reverse((entry,), "piet", 10))), issued)
    assert told(december.lines) == [("work", -10, 100_00, -16_67)]
    assert (december.net, december.vat, december.total) == (-16_67, -3_50, -20_17)


def test_a_correction_is_told_once() -> None:
    later = ledger(ticket(worked(MONDAY, 50)))
    november = made(NOVEMBER, ledger(ticket(worked(MONDAY, 40))))
    december = made(DECEMBER, later, november)
    assert december.net == price(50, 100_00) - price(40, 100_00)
    assert made(Month(2027, 1), later, november, december).lines == ()


def test_a_month_that_is_not_issued_is_no_correction() -> None:
    assert made(DECEMBER, ledger(ticket(worked(MONDAY, 40)))).lines == ()


def test_a_later_month_corrects_nothing_in_an_earlier_one() -> None:
    november = made(NOVEMBER, ledger(ticket(worked(MONDAY, 40))))
    assert made(OCTOBER, ledger(ticket(worked(MONDAY, 50))), november).lines == ()


def test_a_statement_is_recorded_in_the_fields_of_the_interfaces() -> None:
    found = record(
        made(NOVEMBER, replace(ledger(ticket(worked(MONDAY, 40))), counted=1)), lambda line: line.notes[0].detail
    )
    assert found == {
        "customer": "bakery",
        "month": "2026-11",
        "currency": "EUR",
        "due_date": "2026-12-15",
        "lines": [
            {
                "kind": "work",
                "ticket": "HD-1",
                "date": "2026-11-02",
                "minutes": 40,
                "rate": "100.00",
                "quantity": None,
                "amount": "66.67",
                "text": "office hours",
            }
        ],
        "unapproved_minutes": 0,
        "quota": {"limit": 15, "used": 1},
        "card": None,
        "net": "66.67",
        "vat_rate": "21.00",
        "vat": "14.00",
        "total": "80.67",
    }


def test_a_line_without_a_ticket_has_none_and_a_correction_is_called_one() -> None:
    line = Line(Kind.CARD, "", date(2026, 11, 3), 0, 400_00, -400_00, -1, "five", True, (Reason("window", ""),))
    entries = replace(made(NOVEMBER, Ledger(cards=(FIVE,))), lines=(line,))
    found = record(entries, lambda _: "a card")["lines"]
    assert found == [
        {
            "kind": "correction",
            "ticket": None,
            "date": "2026-11-03",
            "minutes": 0,
            "rate": "400.00",
            "quantity": -1,
            "amount": "-400.00",
            "text": "a card",
        }
    ]


def test_money_has_two_decimals() -> None:
    assert [money(cents) for cents in (0, 5, -5, 66_67, 1_000_000_00)] == [
        "0.00",
        "0.05",
        "-0.05",
        "66.67",
        "1000000.00",
    ]


LINES = st.lists(
    st.builds(
        lambda kind, name, day, minutes, rate: Line(kind, name, day, minutes, rate, price(minutes, rate)),
        st.sampled_from([Kind.WORK, Kind.MINIMUM, Kind.STANDBY]),
        st.sampled_from(["HD-1", "HD-2"]),
        st.dates(date(2026, 9, 25), date(2026, 12, 5)),
        st.integers(1, 120),
        st.sampled_from([0, 99_99, 100_00]),
    ),
    max_size=8,
).map(tuple)


@given(LINES, LINES, LINES)
def test_all_statements_together_always_come_to_what_the_ledger_comes_to(
    first: tuple[Line, ...], second: tuple[Line, ...], third: tuple[Line, ...]
) -> None:
    issued: list[Statement] = []
    months = [Month(2026, 9), OCTOBER, NOVEMBER, DECEMBER]
    for month, lines in zip(months, (first, second, third, third), strict=True):
        new = made(month, Ledger(standby=lines), *issued)
        assert all(made(old.month, Ledger(standby=lines), *issued, new) is old for old in issued)
        issued.append(new)
        assert new.net == sum(line.amount for line in new.lines)
        assert sum(each.net for each in issued) == sum(line.amount for line in lines if line.month <= month)
        assert sum(line.minutes for each in issued for line in each.lines) == sum(
            line.minutes for line in lines if line.month <= month
        )

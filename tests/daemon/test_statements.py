"""At the turn of the month each customer is billed, once, whatever happened meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpdeskd.daemon.registry import store
from helpdeskd.domain.month import Month
from helpdeskd.domain.statement import Statement
from helpdeskd.storage import billing, db, ledger
from helpdeskd.storage.tables import CustomerRow, proxy
from tests.world import PIET, World

BEN = "Ben Blom <ben@dentist.example>"
NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)
MAILED = ["dora statement", "tom statement"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A ticket with 40 minutes of work on it."""
    with World(tmp_path / "desk") as desk:
        worked(desk)
        yield desk


def worked(world: World) -> None:
    world.receives(BEN)
    world.replies(PIET, world.last("piet"), "/time 40m")
    world.news()


def statements(customer: str = "dentist") -> tuple[Statement, ...]:
    with db.transaction():
        return ledger.issued(customer)


def nets(customer: str = "dentist") -> list[tuple[Month, int]]:
    return [(each.month, each.net) for each in statements(customer)]


def test_it_is_issued_and_mailed_as_soon_as_the_month_is_over(world: World) -> None:
    world.at("2026-11-30 23:59")
    assert statements() == ()
    world.at("2026-12-01 00:00")
    assert nets() == [(NOVEMBER, 66_67)]
    assert [mail for mail in world.news() if "statement" in mail] == MAILED
    world.at("2026-12-31 23:59")
    assert len(statements()) == 1
    assert world.sent(notice="statement")[2:] == []


def test_the_mail_says_what_is_owed(world: World) -> None:
    world.at("2026-12-01 00:00")
    mail = world.last("dora", "statement")
    assert mail.subject == "Statement for November 2026"
    for words in ("Tandarts Dekker", "HD-1001", "40 min", "€66.67", "VAT (21 %)", "€80.67", "15 December 2026"):
        assert words in mail.text
    assert mail.header("Auto-Submitted") == "auto-generated"


def test_a_month_in_which_nothing_was_is_issued_and_not_mailed(world: World) -> None:
    world.at("2027-01-01 00:00")
    assert nets() == [(NOVEMBER, 66_67), (DECEMBER, 0)]
    assert [f"{mail.to.partition('@')[0]} statement" for mail in world.sent(notice="statement")] == MAILED


def test_months_that_were_missed_are_made_up_for_once_in_their_order(world: World) -> None:
    world.is_down_until("2027-02-10 10:00")
    # In January no contract is in force.
    assert nets() == [(NOVEMBER, 66_67), (DECEMBER, 0)]
    world.advance(hours=1)
    assert len(world.sent(notice="statement")) == len(MAILED)


def test_work_that_is_booked_later_is_a_correction_on_the_next(world: World) -> None:
    world.at("2026-12-02 10:00")
    world.replies(PIET, world.last("piet", "agent-transcript"), "/time 30m at 14:00 on 2026-11-24")
    world.at("2027-01-01 00:00")
    assert nets() == [(NOVEMBER, 66_67), (DECEMBER, 33_33)]
    assert [line.correction for line in statements()[-1].lines] == [True]


def test_customers_without_prices_have_no_statements(world: World) -> None:
    world.at("2026-12-01 00:00")
    assert statements("bakery") == ()


def test_a_customer_that_fails_costs_itself_and_is_tried_again(world: World) -> None:
    whole = CustomerRow.get_by_id("garage").state
    CustomerRow.update(state="{}").where(CustomerRow.name == "garage").execute()
    world.is_down_until("2026-12-01 10:00")
    assert nets() == [(NOVEMBER, 66_67)]
    CustomerRow.update(state=whole).where(CustomerRow.name == "garage").execute()
    world.is_down_until("2026-12-01 10:04")
    assert nets("garage") == []
    world.is_down_until("2026-12-01 10:05")
    assert nets("garage") == [(NOVEMBER, 0)]


def test_a_customer_who_has_left_is_not_billed(world: World) -> None:
    CustomerRow.delete().where(CustomerRow.name == "dentist").execute()
    world.at("2026-12-01 00:00")
    assert statements() == ()
    assert statements("garage") != ()


def test_a_statement_that_nobody_gets_is_an_alarm(world: World, caplog: pytest.LogCaptureFixture) -> None:
    loaded = world.office.loaded
    assert loaded.directory is not None
    customers = (replace(each, contacts=()) for each in loaded.directory.customers if each.name == "dentist")
    with db.transaction():
        store(replace(loaded.directory, customers=tuple(customers)), loaded.desk, world.now)
    world.at("2026-12-01 00:00")
    assert nets() == [(NOVEMBER, 66_67)]
    assert "statement for nobody" in caplog.text


def test_a_desk_that_sends_much_bills_later(tmp_path: Path) -> None:
    with World(tmp_path / "desk", "[caps]\ndesk_hour = 4\n") as world:
        worked(world)
        world.at("2026-12-01 00:00")
        # Of the four mails an hour two are left for others.
        assert len(statements()) == 1
        world.receives(BEN, subject="Another")
        assert "ben ticket-received" in world.news()


def test_nothing_is_due_before_the_turn_of_a_month(world: World) -> None:
    with db.transaction():
        assert billing.first_month("dentist") == NOVEMBER
        assert billing.due(world.now, 100) == []
    assert proxy.execute_sql("SELECT count(*) FROM billing").fetchone()[0] == 7

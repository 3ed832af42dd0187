"""Money that does not add up is found, and named."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from helpdeskd.domain.card import Card, Draw
from helpdeskd.domain.cost_event import EstimateApproved, TimeBooked
from helpdeskd.domain.directory import Customer
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.event import StatementIssued, TicketOpened
from helpdeskd.domain.join_event import ApprovalMoved
from helpdeskd.domain.line import Kind, Line
from helpdeskd.domain.month import Month
from helpdeskd.domain.statement import Statement
from helpdeskd.storage import counter, db, directory, ledger, tickets
from helpdeskd.storage.audit import audit
from helpdeskd.storage.tables import proxy
from tests.storage.engines import unguard
from tests.storage.values import NOW, ticket

ENTRY = Entry(1, "HD-1001", "piet", NOW, 40)
BACK = Entry(2, "HD-1001", "piet", NOW, -10, reverses=1)
ANNA = "anna@bakery.example"
BAKERY = Customer("bakery", "Bakery", cards=(Card("five", 300, 400_00, date(2026, 11, 2)),))
MONDAY = date(2026, 11, 2)
LINES = (
    Line(Kind.WORK, "HD-1001", MONDAY, 5, 100_00, 8_33),
    Line(Kind.WORK, "HD-1001", MONDAY, 20, 145_00, 48_33),
    Line(Kind.WORK, "HD-1001", MONDAY, 1, 30, 1),
    Line(Kind.TRAVEL, "HD-1001", MONDAY, 0, 3_52, 147_84, 42),
    Line(Kind.CARD, "", MONDAY, 0, 400_00, 400_00, 1, "five"),
    Line(Kind.WORK, "HD-1001", date(2026, 10, 5), -10, 100_00, -16_66, correction=True),
)
NOVEMBER = Statement("bakery", Month(2026, 11), "EUR", None, LINES, (), (), None, None, Decimal(21))


@pytest.fixture
def desk(state: Path) -> Path:
    """A ticket with work that was booked, taken back in part, approved, drawn on a card, and billed."""
    with db.transaction():
        opened = ticket(counter.count("ticket"))
        tickets.save(opened)
        directory.replace([BAKERY], [])
        for entry in (ENTRY, BACK):
            ledger.book(1, entry)
        ledger.approve(1, 1, Approval("HD-1001", 60, ANNA, NOW))
        ledger.save_draws("bakery", 1, [Draw("five", "HD-1001", 300)])
        ledger.issue(NOVEMBER, NOW)
        happened = (TimeBooked(NOW, "piet", ENTRY), TimeBooked(NOW, "piet", BACK), EstimateApproved(NOW, ANNA, 1, 60))
        for event in (TicketOpened(NOW, ANNA, opened, "It hangs", "normal"), *happened):
            tickets.record(event, 1, None)
        tickets.record(StatementIssued(NOW, "desk", "bakery", Month(2026, 11)), None, None)
    unguard()
    return state


def faults() -> list[str]:
    with db.transaction():
        return audit().faults


def test_a_ledger_that_is_in_order(desk: Path) -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM entry WHERE number = 2", "HD-1001 has entries of 40 min, but 30 min were booked"),
        ("UPDATE entry SET minutes = 41 WHERE number = 1", "HD-1001 has entries of 31 min, but 30 min were booked"),
        ("DELETE FROM event WHERE type = 'TimeBooked'", "HD-1001 has entries of 30 min, but 0 min were booked"),
        ("DELETE FROM approval", "HD-1001 has approvals of 0 min, but 60 min were approved"),
        ("UPDATE approval SET minutes = 90", "HD-1001 has approvals of 90 min, but 60 min were approved"),
        ("UPDATE draw SET minutes = 301", "bakery has drawn 301 min on the card five, which has 300 min"),
        ("UPDATE draw SET card = 'ten'", "bakery has drawn 300 min on the card ten, which has 0 min"),
        ("DELETE FROM statement", "the statement of bakery for 2026-11 is there 0 times, but was issued 1 times"),
        (
            "DELETE FROM event WHERE type = 'StatementIssued'",
            "the statement of bakery for 2026-11 is there 1 times, but was issued 0 times",
        ),
    ],
)
def test_a_fault_is_found(desk: Path, statement: str, fault: str) -> None:
    proxy.execute_sql(statement)
    assert fault in faults()


@pytest.mark.parametrize(
    ("line", "key", "value", "fault"),
    [
        (0, "amount", 834, "has a line of 834 cents, which comes to 833"),
        (3, "quantity", 41, "has a line of 14784 cents, which comes to 14432"),
        (4, "day", "2026-10-02", "has a line of 2026-10-02"),
    ],
)
def test_a_line_of_a_statement_that_was_changed_is_found(
    desk: Path, line: int, key: str, value: object, fault: str
) -> None:
    told = json.loads(proxy.execute_sql("SELECT state FROM statement").fetchone()[0])
    told["lines"][line][key] = value
    proxy.execute_sql("UPDATE statement SET state = ?", (json.dumps(told),))
    assert f"the statement of bakery for 2026-11 {fault}" in faults()


def test_two_tickets_that_make_up_for_each_other_do_not(desk: Path) -> None:
    proxy.execute_sql("UPDATE entry SET ticket_id = 2 WHERE number = 1")
    assert faults() == [
        "HD-1001 has entries of -10 min, but 30 min were booked",
        "2 has entries of 40 min, but 0 min were booked",
        "entry 1 of HD-1001 has 0 min, but the audit record has 40 min",
    ]


def test_an_approval_that_was_moved_from_a_merged_ticket_is_one_of_the_ticket_that_is_left(desk: Path) -> None:
    approval = Approval("HD-1001", 30, ANNA, NOW)
    with db.transaction():
        tickets.record(ApprovalMoved(NOW, "piet", 2, approval), 1, None)
    assert faults() == ["HD-1001 has approvals of 60 min, but 90 min were approved"]
    with db.transaction():
        ledger.approve(1, 2, approval)
    assert faults() == []


def test_a_customer_who_was_removed_has_no_cards_to_compare_with(desk: Path) -> None:
    with db.transaction():
        directory.replace([], [])
    assert faults() == []

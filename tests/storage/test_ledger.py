"""The ledger keeps what was booked, approved and issued for good, and what is drawn as it is now."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from peewee import IntegrityError

from helpdeskd.domain.card import Draw
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.line import Kind, Line
from helpdeskd.domain.month import Month
from helpdeskd.domain.quota import Accepted
from helpdeskd.domain.statement import Statement
from helpdeskd.domain.ticket import Reason, Status, Ticket
from helpdeskd.storage import db, ledger, sqlite, tickets
from helpdeskd.storage.codec import dump
from helpdeskd.storage.engine import Where
from helpdeskd.storage.tables import proxy
from tests.storage.values import MINUTE, NOW, ticket

ENTRY = Entry(1, "HD-1001", "piet", NOW, 40, 2, onsite=True, km=42, mail="<1@desk.example>")
APPROVAL = Approval("HD-1001", 60, "anna@bakery.example", NOW, 100_00)
LINE = Line(Kind.WORK, "HD-1001", date(2026, 11, 2), 40, 100_00, 66_67, notes=(Reason("window", "office"),))


def statement(month: int, customer: str = "bakery") -> Statement:
    return Statement(
        customer=customer,
        month=Month(2026, month),
        currency="EUR",
        lines=(LINE,),
        free=(),
        unapproved=(),
        quota=None,
        card=None,
        vat_rate=Decimal(21),
        due_date=date(2026, 12, 15),
    )


def test_entries_are_kept_as_they_were_booked_in_the_order_of_booking(state: Path) -> None:
    taken_back = Entry(2, "HD-1001", "piet", NOW - MINUTE, -10, reverses=1)
    with db.transaction():
        for number, entry in ((1, taken_back), (1, ENTRY), (2, replace(ENTRY, ticket="HD-1002"))):
            ledger.book(number, entry)
        assert ledger.entries(1) == (ENTRY, taken_back)
        assert ledger.entries(2) == (replace(ENTRY, ticket="HD-1002"),)
        assert ledger.entries(3) == ()


def test_an_entry_is_never_booked_over_another(state: Path) -> None:
    with db.transaction():
        ledger.book(1, ENTRY)
    with pytest.raises(IntegrityError), db.transaction():
        ledger.book(1, replace(ENTRY, minutes=1))
    with db.transaction():
        assert ledger.entries(1) == (ENTRY,)


def test_approvals_are_kept_in_the_order_of_the_estimates(state: Path) -> None:
    second = replace(APPROVAL, minutes=30, cents=None)
    with db.transaction():
        ledger.approve(1, 12, second)
        ledger.approve(1, 2, APPROVAL)
        assert ledger.approvals(1) == (APPROVAL, second)
        assert ledger.approvals(2) == ()


def test_an_estimate_is_approved_once(state: Path) -> None:
    with db.transaction():
        ledger.approve(1, 1, APPROVAL)
    with pytest.raises(IntegrityError), db.transaction():
        ledger.approve(1, 1, replace(APPROVAL, by="tom@bakery.example"))
    with db.transaction():
        assert ledger.approvals(1) == (APPROVAL,)


def test_what_a_ticket_has_drawn_is_replaced_whole_and_what_others_have_stays(state: Path) -> None:
    theirs = Draw("old", "HD-1002", 30)
    with db.transaction():
        ledger.save_draws("bakery", 1, [Draw("old", "HD-1001", 60), Draw("new", "HD-1001", 15)])
        ledger.save_draws("bakery", 2, [theirs])
        ledger.save_draws("florist", 3, [Draw("first", "HD-1003", 5)])
        assert ledger.draws("bakery") == (Draw("new", "HD-1001", 15), Draw("old", "HD-1001", 60), theirs)
        ledger.save_draws("bakery", 1, [Draw("old", "HD-1001", 45)])
        assert ledger.draws("bakery") == (Draw("old", "HD-1001", 45), theirs)
        ledger.save_draws("bakery", 1, [])
        assert ledger.draws("bakery") == (theirs,)
        assert ledger.draws("florist") == (Draw("first", "HD-1003", 5),)


def test_a_statement_is_issued_once_and_never_changes(state: Path) -> None:
    with db.transaction():
        ledger.issue(statement(11), NOW)
        ledger.issue(statement(9), NOW)
        ledger.issue(statement(10, "florist"), NOW)
        assert ledger.issued("bakery") == (statement(9), statement(11))
    with pytest.raises(IntegrityError), db.transaction():
        ledger.issue(replace(statement(11), lines=()), NOW)
    with db.transaction():
        assert ledger.issued("bakery") == (statement(9), statement(11))


def test_what_the_ledger_has_is_kept_when_it_is_opened_again(state: Path, where: Where) -> None:
    with db.transaction():
        ledger.book(1, ENTRY)
        ledger.approve(1, 1, APPROVAL)
        ledger.save_draws("bakery", 1, [Draw("old", "HD-1001", 40)])
        ledger.issue(statement(11), NOW)
    db.close()
    db.connect(where)
    with db.transaction():
        assert (ledger.entries(1), ledger.approvals(1)) == ((ENTRY,), (APPROVAL,))
        assert (ledger.draws("bakery"), ledger.issued("bakery")) == ((Draw("old", "HD-1001", 40),), (statement(11),))


def before_the_ledger(folder: Path, known: list[Ticket]) -> None:
    """A database of the version before there was a ledger, with tickets in it."""
    shipped, first = sqlite.Database.migrations, folder / "first"
    first.mkdir()
    (first / "0001_initial.py").write_text((shipped / "0001_initial.py").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite.Database, "migrations", first)
        db.connect(folder)
    for one in known:
        proxy.execute_sql(
            "INSERT INTO ticket (id, reference, customer, status, owner, state) VALUES (?, ?, ?, ?, ?, ?)",
            (one.id, one.reference, one.customer, one.status.value, one.owner, dump(one)),
        )
    db.close()


def test_tickets_that_are_older_than_the_ledger_are_found_and_counted_in_it(tmp_path: Path) -> None:
    exactly = NOW.replace(microsecond=123456)
    known = [ticket(1), ticket(2, opened_at=exactly, status=Status.REJECTED), ticket(3, opened_at=NOW + MINUTE)]
    before_the_ledger(tmp_path, known)
    db.connect(tmp_path)
    with db.transaction():
        assert [tickets.by_id(one.id) for one in known] == known
        assert tickets.accepted("bakery", "standard", NOW, NOW + MINUTE) == (
            Accepted("HD-1001", NOW, True),
            Accepted("HD-1002", NOW.replace(microsecond=123000), False),
        )
        assert tickets.accepted("bakery", "other", NOW, NOW + MINUTE) == ()
        assert tickets.to_ask(NOW + timedelta(days=9999), 10) == []
    db.close()


def test_what_is_made_of_an_older_ticket_is_what_saving_it_makes(tmp_path: Path) -> None:
    old = ticket(1, opened_at=NOW.replace(microsecond=123000), status=Status.CLOSED, owner="piet")
    before_the_ledger(tmp_path, [old])
    db.connect(tmp_path)
    with db.transaction():
        made = proxy.execute_sql("SELECT * FROM ticket").fetchone()
        tickets.save(old)
        assert proxy.execute_sql("SELECT * FROM ticket").fetchone() == made
    db.close()

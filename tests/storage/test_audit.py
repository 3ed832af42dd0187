"""What does not add up is found, and named."""

from pathlib import Path

import pytest

from helpdeskd.domain.event import TicketOpened
from helpdeskd.storage import counter, db, inbox, outbox, tickets
from helpdeskd.storage.audit import audit
from helpdeskd.storage.tables import proxy
from tests.storage.values import NOW, RAW, envelope, mail, ticket


@pytest.fixture
def desk(state: Path) -> Path:
    """One mail that opened a ticket and was acknowledged, and one that waits."""
    with db.transaction():
        (first, _) = inbox.put([envelope(), envelope("duty@desk.example")], RAW)
        opened = ticket(counter.count("ticket"))
        tickets.save(opened)
        tickets.record(TicketOpened(NOW, "anna@bakery.example", opened, "It hangs", "normal"), 1, first)
        outbox.queue(mail(outbox.take_id()))
        inbox.finish(first, "opened", "accept", "HD-1001", "anna@bakery.example", "It hangs", NOW)
    return state


def test_a_desk_that_is_in_order(desk: Path) -> None:
    with db.transaction():
        report = audit()
    assert report.faults == []
    assert report.accepted == 2
    assert report.inbox == {"done": 1, "queued": 1, "held": 0, "failed": 0}
    assert report.outbox == {"queued": 1}


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM inbox WHERE id = 2", "2 mails were accepted, but 1 are there"),
        ("DELETE FROM outbox", "1 mails to send were made, but 0 are there"),
        ("UPDATE inbox SET fate = '' WHERE id = 1", "mail 1 is done without a fate"),
        ("UPDATE inbox SET status = 'lost' WHERE id = 2", "2 mails were accepted, but 1 are there"),
        ("UPDATE inbox SET reference = 'HD-7' WHERE id = 1", "mail 1 has the fate opened, but no ticket"),
        ("UPDATE ticket SET reference = 'HD-7'", "mail 1 has the fate opened, but no ticket"),
        ("DELETE FROM event", "ticket 1 was opened more or less than once"),
        (
            "INSERT INTO event (ticket_id, inbox_id, at, type, state)"
            " SELECT ticket_id, inbox_id, at, type, state FROM event",
            "mail 1 opened more than one ticket",
        ),
        (
            "INSERT INTO outbox SELECT 2, channel, '<2@x>', sender, recipient, notice, reference, automatic, to_agent,"
            " content, status, uncertain, attempts, next_at, created_at, done_at, reply, by_people, is_blank,"
            " claim, claimed_by, lease_until, inbox_id FROM outbox",
            "ticket HD-1001 was acknowledged more than once",
        ),
        ("UPDATE outbox SET content = ''", "mail 1 in the outbox has no content"),
        ("UPDATE outbox SET status = 'lost'", "mail 1 in the outbox is in no known state (lost)"),
        ("UPDATE outbox SET reference = 'HD-7'", "mail 1 in the outbox is about HD-7, which is not there"),
        ("UPDATE ticket SET status = 'closed'", "ticket HD-1001 is stored as closed and is new"),
    ],
)
def test_a_fault_is_found(desk: Path, statement: str, fault: str) -> None:
    proxy.execute_sql(statement)
    with db.transaction():
        assert fault in audit().faults


def test_a_ticket_that_vanished_is_found(desk: Path) -> None:
    proxy.execute_sql("DELETE FROM event")
    proxy.execute_sql("DELETE FROM ticket")
    with db.transaction():
        assert "1 tickets were opened, but 0 are there" in audit().faults

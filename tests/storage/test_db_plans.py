"""What is asked for every mail and every few seconds is answered from an index, however full the tables are."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpdeskd.domain.event import TicketOpened
from helpdeskd.storage import (
    alarms,
    arrivals,
    billing,
    blocked,
    directory,
    duty,
    gauges,
    inbox,
    leftovers,
    mornings,
    outbox,
    reminders,
    search,
    tickets,
    unchecked,
)
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.reminders import Collected
from helpdeskd.storage.tables import proxy
from tests.storage.engines import on_sqlite
from tests.storage.values import NOW, RAW, envelope, mail, target, ticket

ANNA = "anna@bakery.example"
QUESTIONS: dict[str, Callable[[], object]] = {
    "inbox.put": lambda: inbox.put([envelope("help@desk.example")], RAW),
    "inbox.put from a mailbox": lambda: inbox.put([envelope()], RAW, source_key="INBOX/1/7"),
    "arrivals.seen": lambda: arrivals.seen(["INBOX/1/7", "INBOX/1/8"]),
    "inbox.next_queued": lambda: inbox.next_queued(16, 1 << 20, NOW),
    "inbox.get": lambda: inbox.get(1),
    "leftovers.owed": leftovers.owed,
    "leftovers.unnamed": lambda: leftovers.unnamed(["one"]),
    "unchecked.due": lambda: unchecked.due(NOW, 16),
    "directory.knows": lambda: directory.knows(ANNA),
    "unchecked.found": lambda: unchecked.found(1, "helpdeskd; none"),
    "unchecked.park": lambda: unchecked.park(1, "no answer", NOW),
    "unchecked.release": unchecked.release,
    "inbox.strike": lambda: inbox.strike(1, "it broke", NOW),
    "inbox.requeue": lambda: inbox.requeue(1),
    "inbox.held_since": lambda: inbox.held_since(NOW),
    "outbox.talk": lambda: outbox.talk("HD-1001", ANNA, NOW),
    "outbox.was_sent": lambda: outbox.was_sent("waiting", "sam@x.example", NOW),
    "outbox.claim": lambda: outbox.claim(NOW, 20),
    "outbox.by_our_clock": lambda: outbox.by_our_clock(NOW),
    "outbox.claim by mail": lambda: outbox.claim(NOW, 20, by_mail=True),
    "outbox.claim otherwise": lambda: outbox.claim(NOW, 20, by_mail=False),
    "duty.version": duty.version,
    "duty.swaps": duty.swaps,
    "outbox.sent": lambda: outbox.sent(1, "250 ok", NOW),
    "outbox.recover": outbox.recover,
    "outbox.by_message_id": lambda: outbox.by_message_id("<1@desk.example>"),
    "caps of an address": lambda: outbox.automatic_mails(ANNA, NOW),
    "caps of the desk": lambda: outbox.automatic_mails("", NOW),
    "tickets.by_reference": lambda: tickets.by_reference("HD-1001"),
    "tickets.of_alert": lambda: tickets.of_alert("nagios/web1/HTTP"),
    "tickets.unfinished": lambda: tickets.unfinished("bakery"),
    "tickets.earlier": lambda: tickets.earlier("bakery", ANNA, 1, 3),
    "search.find": lambda: search.find(["hangs", "anna"]),
    "search.similar": lambda: search.similar(ticket(2), 3),
    "tickets.to_wake": lambda: tickets.to_wake(NOW, 100),
    "tickets.to_page": lambda: tickets.to_page(NOW, 100),
    "tickets.with_targets_due": lambda: tickets.with_targets_due(NOW, 100),
    "tickets.targets": lambda: tickets.targets(1),
    "tickets.save_targets": lambda: tickets.save_targets(1, []),
    "tickets.events": lambda: tickets.events(1),
    "tickets.events_of_mail": lambda: tickets.events_of_mail(1),
    "tickets.asked_to_adopt": lambda: tickets.asked_to_adopt("sam@bakery.example", "bakery", NOW),
    "tickets.reference_heard": lambda: tickets.reference_heard("<a@x>"),
    "reminders.due": lambda: reminders.due(NOW, 100),
    "reminders.take": lambda: reminders.take(Collected("target-warning", "piet@desk.example"), NOW),
    "blocked.is_blocked": lambda: blocked.is_blocked("sam@elsewhere.example"),
    "mornings.due": lambda: mornings.due(NOW, 100),
    "mornings.news": lambda: mornings.news(NOW),
    "tickets.unfinished of all": tickets.unfinished,
    "inbox.held_from": lambda: inbox.held_from("sam@elsewhere.example"),
    "gauges.read": lambda: gauges.read(NOW),
    "gauges.targets": gauges.targets,
    "alarms.read": alarms.read,
    "billing.due": lambda: billing.due(NOW, 100),
    "billing.next_at": lambda: billing.next_at("bakery", NOW),
    "directory.contact_list": lambda: StoredDirectory().contact_list("bakery"),
    "directory.contact": lambda: StoredDirectory().contact(ANNA),
    "directory.customer_of_domain": lambda: StoredDirectory().customer_of_domain("bakery.example"),
}


@pytest.fixture
def asked(state: Path) -> Iterator[list[tuple[str, object]]]:
    """A database with a row of each kind, and the statements that are executed on it."""
    inbox.put([envelope()], RAW)
    outbox.queue(mail(1))
    for number in (1, 2):
        tickets.save(ticket(number, wake_at=NOW))
        tickets.record(TicketOpened(NOW, ANNA, ticket(number), "It hangs.", "normal"), number, None)
    tickets.save_targets(1, [target(1)])
    directory.replace([], [])
    statements: list[tuple[str, object]] = []
    connection = proxy.connection()
    connection.exec_trace = lambda _cursor, sql, bindings: statements.append((sql, bindings)) or True
    yield statements
    connection.exec_trace = None


@on_sqlite
@pytest.mark.parametrize("question", QUESTIONS)
def test_no_table_is_read_from_end_to_end(asked: list[tuple[str, object]], question: str) -> None:
    QUESTIONS[question]()
    proxy.connection().exec_trace = None
    plans = [(sql, proxy.execute_sql(f"EXPLAIN QUERY PLAN {sql}", bindings).fetchall()) for sql, bindings in asked]
    scans = [
        (sql, step)
        for sql, plan in plans
        for *_, step in plan
        # What stands in parentheses is no table: its own lines tell how its rows are found.
        if step.startswith("SCAN") and "INDEX" not in step and not step.startswith(("SCAN CONSTANT ROW", "SCAN ("))
    ]
    assert scans == []
    assert plans != []

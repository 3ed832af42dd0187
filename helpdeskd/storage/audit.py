"""The proof that no mail is lost, nothing was done twice (P2, P3), the ledger adds up (P13) and the audit record is as
it was written: every row is counted against what it must agree with.

Mails accepted, tickets opened and mails to send are counted in the transactions that store them, apart from their rows;
a row that vanished shows as a difference.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from helpdeskd.storage import audit_chain, audit_ledger, counter, inbox, outbox
from helpdeskd.storage.counter import SKIPPED
from helpdeskd.storage.db import quick_check
from helpdeskd.storage.tables import proxy

_CONTENT = "SELECT sha256, content, stored_in <> '' AND size > 0 FROM raw WHERE id = ?"
STATUSES = ("done", "queued", "held", "failed")
ACCEPTED = "accepted"

CHECKS = (
    ("mail {} is done without a fate", "SELECT id FROM inbox WHERE status = 'done' AND fate = ''"),
    ("mail {} has the fate opened, but no ticket", """
        SELECT inbox.id FROM inbox LEFT JOIN ticket ON ticket.reference = inbox.reference
        WHERE fate = 'opened' AND ticket.id IS NULL"""),
    ("mail {} opened more than one ticket", """
        SELECT inbox_id FROM event WHERE type = 'TicketOpened' AND inbox_id IS NOT NULL
        GROUP BY inbox_id HAVING count(*) > 1"""),
    ("ticket {} was opened more or less than once", """
        SELECT ticket.id FROM ticket LEFT JOIN event ON event.ticket_id = ticket.id AND type = 'TicketOpened'
        GROUP BY ticket.id HAVING count(event.id) <> 1"""),
    ("ticket {} is stored as {} and is {}", """
        SELECT reference, status, state ->> 'status' FROM ticket WHERE status <> state ->> 'status'"""),
    ("ticket {} was acknowledged more than once", """
        SELECT outbox.reference FROM outbox
        LEFT JOIN ticket ON ticket.reference = outbox.reference
        WHERE notice IN ('ticket-received', 'duty-informed')
        GROUP BY outbox.reference, ticket.id HAVING count(*) > 1 AND count(*) > (
            SELECT count(*) FROM event
            WHERE ticket_id = ticket.id AND type = 'DutyPaged' AND CAST(event.state -> 'first' AS TEXT) = 'true')"""),
    ("mail {} in the outbox has no content", "SELECT id FROM outbox WHERE length(content) = 0"),
    ("mail {} in the outbox is in no known state ({})", """
        SELECT id, status FROM outbox
        WHERE status NOT IN ('queued', 'sending', 'sent', 'bounced', 'failed', 'dropped')"""),
    ("mail {} in the outbox is about {}, which is not there", """
        SELECT outbox.id, outbox.reference FROM outbox LEFT JOIN ticket ON ticket.reference = outbox.reference
        WHERE outbox.reference <> '' AND ticket.id IS NULL"""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """`accepted` mails, rows by status, and what is wrong, a sentence each; none when all is well.

    `head` is the hash of the newest row of the audit record, "" without any.
    """

    accepted: int
    inbox: dict[str, int]
    outbox: dict[str, int]
    faults: list[str]
    head: str


def audit() -> Report:
    """Count and compare everything, in the caller's transaction."""
    counted = inbox.counts()
    by_status = {status: counted.get(status, 0) for status in STATUSES}
    faults = [
        words.format(*row)
        for words, query in (*CHECKS, *audit_ledger.CHECKS)
        for row in proxy.execute_sql(query).fetchall()
    ]
    faults += _missing(sum(by_status.values()))
    faults += _changed()
    faults += audit_chain.faults()
    if (state := quick_check()) != "ok":
        faults.append(f"the database is damaged: {state}")
    return Report(counter.tallied(ACCEPTED), by_status, outbox.counts(), faults, audit_chain.head())


def _missing(received: int) -> Iterator[str]:
    """Numbers that were given, against the rows that have one."""
    counted = (
        (ACCEPTED, received, "mails were accepted"),
        ("ticket", _rows("ticket"), "tickets were opened"),
        ("outbox", _rows("outbox"), "mails to send were made"),
    )
    for name, there, words in counted:
        given = counter.tallied(name) - counter.last(SKIPPED.format(name))
        if given != there:
            yield f"{given} {words}, but {there} are there"


def _changed() -> Iterator[str]:
    """Mails whose bytes are not those that were stored: an engine knows its pages, not what stands in them."""
    for number, raw_id in proxy.execute_sql("SELECT min(id), raw_id FROM inbox GROUP BY raw_id").fetchall():
        sha256, content, is_elsewhere = proxy.execute_sql(_CONTENT, (raw_id,)).fetchone()
        if not is_elsewhere and hashlib.sha256(content).hexdigest() != sha256:
            yield f"the stored bytes of mail {number} are not those that came (a backup may have them)"


def _rows(table: str) -> int:
    return int(proxy.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - names from this file

"""The proof that no mail is lost and nothing was done twice (P2, P3): every row is counted against what it must agree
with.

`accepted` is counted in the transaction that stores a mail, apart from its row; a row that vanished shows as a
difference.
"""

from dataclasses import dataclass

from helpdeskd.storage import inbox, outbox
from helpdeskd.storage.db import quick_check
from helpdeskd.storage.tables import Counter, proxy

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
    ("ticket {} was acknowledged more than once", """
        SELECT reference FROM outbox WHERE notice IN ('ticket-received', 'duty-informed')
        GROUP BY reference HAVING count(*) > 1"""),
    ("mail {} in the outbox has no content", "SELECT id FROM outbox WHERE length(content) = 0"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    accepted: int
    inbox: dict[str, int]
    outbox: dict[str, int]
    faults: list[str]


def audit() -> Report:
    """Count and compare everything, in the caller's transaction."""
    counted = inbox.counts()
    by_status = {status: counted.get(status, 0) for status in STATUSES}
    accepted = Counter.get_or_none(Counter.name == ACCEPTED)
    total = accepted.value if accepted else 0
    faults = [words.format(row[0]) for words, query in CHECKS for row in proxy.execute_sql(query).fetchall()]
    if total != sum(by_status.values()):
        faults.append(f"{total} mails were accepted, but {sum(by_status.values())} are there")
    if (state := quick_check()) != "ok":
        faults.append(f"the database is damaged: {state}")
    return Report(total, by_status, outbox.counts(), faults)

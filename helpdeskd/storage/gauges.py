"""Figures of the desk as it stands, for metrics and alarms: what waits, how long, and what is late.

In: the tables, in the caller's transaction. Out: counts, and instants in aware UTC. Each figure is read from an index
that holds only what is counted, so none becomes slower by what was done before; `targets` looks at each open ticket and
is asked less often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from helpdeskd.storage.tables import proxy, stamp

COUNTS = {
    "queued": "SELECT count(*) FROM inbox WHERE status = 'queued'",
    "parked": "SELECT count(*) FROM inbox WHERE check_at IS NOT NULL",
    "held": "SELECT count(*) FROM inbox WHERE status = 'held'",
    "failed": "SELECT count(*) FROM inbox WHERE status = 'failed'",
    "to_send": "SELECT count(*) FROM outbox WHERE status = 'queued'",
    "sending": "SELECT count(*) FROM outbox WHERE status = 'sending'",
    "unsent": "SELECT count(*) FROM outbox WHERE status = 'failed'",
    "pages": "SELECT count(*) FROM ticket WHERE duty_at IS NOT NULL",
}
OLDEST_QUEUED = """
SELECT received_at FROM inbox WHERE status = 'queued' AND check_at IS NULL ORDER BY id LIMIT 1"""
OLDEST_HELD = "SELECT received_at FROM inbox WHERE status = 'held' ORDER BY id LIMIT 1"
OLDEST_TO_SEND = "SELECT created_at, reply FROM outbox WHERE status = 'queued' ORDER BY id LIMIT 1"
JUST_FAILED = """
SELECT id, decided_at FROM inbox WHERE status = 'failed' ORDER BY id DESC LIMIT 1000"""
"""Not the newest only: one that waited long may fail after those that came when it waited."""
OF_OPEN_TICKETS = """
SELECT
    count(*) FILTER (WHERE target.state ->> 'breached_at' IS NOT NULL),
    count(*) FILTER (WHERE target.state ->> 'breached_at' IS NULL AND target.state ->> 'warned' <> '[]')
FROM ticket
JOIN target ON target.ticket_id = ticket.id
WHERE ticket.status IN ('new', 'open', 'waiting', 'pending', 'awaiting approval')
AND target.state ->> 'met_at' IS NULL AND CAST(target.state ->> 'ended_unmet' AS TEXT) IN ('0', 'false')"""


@dataclass(frozen=True, slots=True)
class Gauges:
    """`queued` mails received wait for their turn, of which `parked` wait for the DNS; `held` for a person.

    `to_send` mails and pages are queued, `sending` in hand, `unsent` failed. `pages` are emergencies that nobody has
    acknowledged. `reply` is what the other side said last to the oldest mail to send. `just_failed` are the numbers of
    mails that failed since yesterday.
    """

    queued: int
    parked: int
    held: int
    failed: int
    to_send: int
    sending: int
    unsent: int
    pages: int
    oldest_queued: datetime | None
    oldest_held: datetime | None
    oldest_to_send: datetime | None
    reply: str
    just_failed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Targets:
    """Open targets: those that are breached, and those of which somebody was warned before."""

    breached: int
    at_risk: int


def read(now: datetime) -> Gauges:
    """All of them but the targets."""
    created_at, reply = _row(OLDEST_TO_SEND) or (None, "")
    since = stamp(now - timedelta(days=1), "since")
    failed = proxy.execute_sql(JUST_FAILED).fetchall()
    return Gauges(
        **{name: int(proxy.execute_sql(query).fetchone()[0]) for name, query in COUNTS.items()},
        oldest_queued=_instant(_row(OLDEST_QUEUED)),
        oldest_held=_instant(_row(OLDEST_HELD)),
        oldest_to_send=_instant((created_at,)),
        reply=reply,
        just_failed=tuple(sorted(number for number, decided_at in failed if decided_at > since)),
    )


def targets() -> Targets:
    """Those of tickets that are not resolved and have not ended."""
    breached, at_risk = proxy.execute_sql(OF_OPEN_TICKETS).fetchone()
    return Targets(int(breached), int(at_risk))


def _row(query: str) -> Sequence[str] | None:
    row: Sequence[str] | None = proxy.execute_sql(query).fetchone()
    return row


def _instant(row: Sequence[str | None] | None) -> datetime | None:
    return datetime.fromisoformat(row[0]) if row and row[0] else None

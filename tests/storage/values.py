"""Small values to store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.message import Envelope
from helpdeskd.domain.target import Target, TargetKind, open_target
from helpdeskd.domain.ticket import Decision, Entitlement, Participant, Reason, Ticket
from helpdeskd.storage.outbox import MAIL, Queued

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ENVELOPE = Envelope("anna@bakery.example", "support@desk.example", NOW, peer="192.0.2.25", account="mx")
RAW = b"From: anna@bakery.example\r\n\r\nIt hangs.\r\n"
TICKET = Ticket(
    id=1,
    reference="HD-1001",
    subject="It hangs",
    customer="bakery",
    requester="anna@bakery.example",
    plan="standard",
    queue="support",
    team="support",
    priority="normal",
    kind="problem",
    opened_at=NOW,
    entitlement=Entitlement(Decision.ACCEPT, (Reason("paid"),)),
    participants=(Participant("anna@bakery.example", NOW),),
)


def envelope(to: str = ENVELOPE.forward_path, at: datetime = NOW) -> Envelope:
    return replace(ENVELOPE, forward_path=to, received_at=at)


def mail(outbox_id: int, **changes: object) -> Queued:
    row = Queued(
        id=outbox_id,
        channel=MAIL,
        message_id=f"<{outbox_id}@desk.example>",
        sender="support@desk.example",
        recipient="anna@bakery.example",
        notice="ticket-received",
        reference="HD-1001",
        automatic=True,
        to_agent=False,
        next_at=NOW,
        created_at=NOW,
        content=b"bytes",
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def ticket(ticket_id: int, **changes: object) -> Ticket:
    return replace(TICKET, id=ticket_id, reference=f"HD-{1000 + ticket_id}", **changes)  # type: ignore[arg-type]


def target(minutes: int, kind: TargetKind = TargetKind.RESPONSE) -> Target:
    """A target that is due so many minutes after NOW."""
    always = Calendar("always", ZoneInfo("UTC"), ((),) * 7)
    return open_target(kind, parse_amount(f"{minutes} minutes"), always, NOW, shares=(Fraction(1),))

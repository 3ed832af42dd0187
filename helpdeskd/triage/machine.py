"""Mail that no person wrote: recorded where it belongs, never answered, never a command, never reopening anything.

Handlers of the spine, which stand before all that deal with people. A delivery report is believed only about a mail of
ours that it names by its token or Message-ID, never by its text. Other automatic mail is kept on a ticket only when its
sender is proved and may join it.
"""

from helpdeskd.domain.event import DeliveryFailed, MailRecorded
from helpdeskd.domain.merged import merged_into
from helpdeskd.domain.message import Nature
from helpdeskd.domain.ticket import Ticket
from helpdeskd.domain.token import BOUNCE, read
from helpdeskd.triage.case import Case, Outcome


def loop(case: Case) -> Outcome | None:
    """Our own mail has come back."""
    if case.nature is not Nature.LOOP:
        return None
    return Outcome("loop", case.nature_reason)


def bounce(case: Case) -> Outcome | None:
    """A delivery report: the agents of its ticket learn who was not reached."""
    if case.nature is not Nature.BOUNCE:
        return None
    sent_id = _reported(case)
    sent = case.directory.sent_by_id(sent_id) if sent_id else None
    about = case.directory.ticket(sent.reference) if sent else None
    ticket = merged_into(about, case.directory) if about else None
    failed = [r for r in case.message.bounce.recipients if r.action != "delayed"] if case.message.bounce else []
    if sent is None or not failed or (ticket is not None and _is_known(sent.outbox_id, ticket, case)):
        return Outcome("recorded", case.nature_reason, ticket if failed else None)
    worst = failed[0]
    detail = f"{worst.action} {worst.status}".strip()
    event = DeliveryFailed(case.now, case.by, sent.recipient, detail, worst.bad_address, sent.outbox_id)
    return Outcome("recorded", case.nature_reason, ticket, (event,))


def _is_known(outbox_id: int, ticket: Ticket, case: Case) -> bool:
    """Whether the agents have been told already that this mail did not arrive."""
    story = case.directory.story(ticket.id)
    return any(isinstance(event, DeliveryFailed) and event.outbox_id == outbox_id for event in story)


def _reported(case: Case) -> int:
    """Our mail that the report is about: by the token in the envelope, else by our Message-ID; 0 for none."""
    kind, _, text = case.detail.partition(".")
    claim = read(text) if kind == BOUNCE else None
    if claim is not None and claim.purpose == BOUNCE:
        sent = case.directory.sent_by_id(claim.ticket_id)
        return claim.ticket_id if sent and case.keyring.holder(text, [sent.recipient], case.now) else 0
    original = case.message.bounce.original_message_id if case.message.bounce else ""
    sent = case.directory.sent(original) if original else None
    return sent.outbox_id if sent else 0


def automatic(case: Case) -> Outcome | None:
    """Vacation notes, lists, programs: kept on the ticket that they belong to, if the sender is proved and may join."""
    if case.nature is Nature.PERSON or case.accepted:
        return None
    ticket = case.thread.ticket
    if ticket is None or not case.proved:
        return Outcome("recorded", case.nature_reason)
    recorded = MailRecorded(case.now, case.by, case.new, case.nature_reason)
    return Outcome("recorded", case.nature_reason, ticket, (recorded,))

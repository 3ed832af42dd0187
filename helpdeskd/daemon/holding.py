"""Held mails are decided: served for a contact, refused, or refused with all that their sender writes later.

In: what a contact, an agent or a person at the command line has decided, in the caller's transaction. Out: the turn of
the held mail itself, after the one in which it was decided. A mail that waits no longer is left as it is, so that two
who decide at once do nothing twice. A refusal is told to a contact who was proved to have written the mail, and to
nobody else. A mail that is accepted or adopted and cannot be served is held as before, and `judged` says so beforehand.
Raises what `turn` raises.
"""

from datetime import datetime
from typing import assert_never

from helpdeskd.daemon import log
from helpdeskd.daemon.letters import Post
from helpdeskd.daemon.turn import Cause, carry_out, decide
from helpdeskd.domain.event import AdoptionDeclined, MailAdopted, MailHeld, MailRefused
from helpdeskd.domain.held_event import HeldAccepted, HeldEvent, HeldRefused, SenderBlocked
from helpdeskd.domain.ticket import Reason
from helpdeskd.mail.parse import parse
from helpdeskd.storage import blocked, inbox, tickets
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.inbox import Received
from helpdeskd.triage.case import Outcome
from helpdeskd.triage.triage import World, triage

Decision = MailAdopted | AdoptionDeclined | HeldEvent


def judged(inbox_id: int, contact: str, post: Post, now: datetime) -> Outcome:
    """What becomes of a held mail that is accepted for a contact (their normalised address); nothing is done."""
    held = inbox.get(inbox_id)
    assert held is not None
    world = World(post.desk, StoredDirectory(), post.keyring, post.instance, contact)
    return triage(parse(held.raw), held.envelope, world, now)


def settle(decision: HeldEvent, post: Post, now: datetime) -> None:
    """What a person at the command line decides."""
    carry_out(None, (decision,), None, post, now)
    end(decision, post, now)


def end(decision: Decision, post: Post, now: datetime) -> None:
    """Carry out a decision that is recorded."""
    held = inbox.get(decision.inbox_id)
    if held is None or not inbox.is_held(held.id):
        return
    match decision:
        case MailAdopted():
            decide(held, parse(held.raw), post, now, decision.by, adopted=True)
        case HeldAccepted():
            decide(held, parse(held.raw), post, now, decision.contact)
        case AdoptionDeclined():
            _refuse(held, decision, Reason("not-adopted", decision.by), "not-adopted", post)
        case HeldRefused():
            reason = Reason("refused-by-desk", decision.reason)
            _refuse(held, decision, reason, decision.reason, post, _who_is_told(held))
        case SenderBlocked():
            _block(decision, post)
        case _:
            assert_never(decision)


def _block(decision: SenderBlocked, post: Post) -> None:
    """The sender, with all of theirs that waits."""
    blocked.block(decision.address, decision.by, decision.at)
    reason = Reason("blocked", decision.address)
    for held in inbox.held_from(decision.address):
        _refuse(held, decision, reason, str(reason), post)


def _refuse(held: Received, decision: Decision, reason: Reason, why: str, post: Post, writer: str = "") -> None:
    """End a held mail; `writer` is who is told."""
    message = parse(held.raw)
    refused = MailRefused(decision.at, decision.by, message.subject, (reason,), tell=bool(writer))
    people = StoredDirectory(post.people)
    cause = Cause(held.id, message, held.envelope.forward_path, writer, "", directory=people)
    carry_out(None, (refused,), cause, post, decision.at)
    inbox.finish(held.id, "refused", why, "", held.sender, held.subject, decision.at)
    log.decided(inbox_id=held.id, fate="refused", reason=why, ticket="")


def _who_is_told(held: Received) -> str:
    """The contact who was proved to have written it; "" for nobody."""
    why = next((e for e in reversed(tickets.events_of_mail(held.id)) if isinstance(e, MailHeld)), None)
    contact = StoredDirectory().contact(why.by) if why is not None and why.tell else None
    return contact.address if contact else ""

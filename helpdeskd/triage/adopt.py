"""What a contact answers about a stranger of their own domain: `yes` has the held mail handled for them.

An answer counts when all of it holds: the word alone on the first line; written by a contact who may open tickets and
is proved, in answer to the request that was sent to that very contact; the mail still held. Whoever answers too late is
told who was earlier. Anything else, such as a question about the stranger, is a mail like any other; `is_not_alone`
knows the one that only begins with an answer, so that its writer can be told.

A handler of the spine, which stands before all that look for a ticket: what is held has none.
"""

from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.event import AdoptionDeclined, Event, MailAdopted, MailRefused, TicketOpened
from helpdeskd.domain.ticket import Reason
from helpdeskd.domain.token import ADOPT
from helpdeskd.triage.authorise import is_proved
from helpdeskd.triage.capability import answered
from helpdeskd.triage.case import Case, Outcome
from helpdeskd.triage.forms import other_word
from helpdeskd.triage.words import APPROVE, DECLINE, Word, begins, said

ANSWERS = frozenset({Word(APPROVE), Word(DECLINE)})
ADOPTED = "adopted"
BY_A_CONTACT = frozenset({ADOPTED, "not-adopted"})


def answer(case: Case) -> Outcome | None:
    """The first answer decides; what it does to the held mail follows in its turn."""
    contact, word = case.contact, said(case.own)
    if contact is None or word not in ANSWERS or case.accepted or not is_proved(case):
        return None
    held = _asked_about(case, contact)
    if not held or Right.OPEN not in contact.rights:
        return None
    if other_word(case):
        unclear = MailRefused(case.now, case.by, case.message.subject, (Reason("two-texts"),), tell=True)
        return Outcome("refused", "two-texts", events=(unclear,))
    if not case.directory.is_held(held):
        late = MailRefused(case.now, case.by, case.message.subject, (_decided(case, held),), tell=True)
        return Outcome("refused", "already-decided", events=(late,))
    if word == Word(DECLINE):
        return Outcome("approval", f"mail {held} declined", events=(AdoptionDeclined(case.now, contact.address, held),))
    return Outcome("approval", f"mail {held} adopted", events=(MailAdopted(case.now, contact.address, held),))


def is_not_alone(case: Case) -> bool:
    """Whether more than the answer stands on the first line, so that the mail that is asked about is still held."""
    contact = case.contact
    if contact is None or case.accepted or not begins(case.own) or said(case.own) in ANSWERS:
        return False
    return case.directory.is_held(_asked_about(case, contact))


def _decided(case: Case, held: int) -> Reason:
    """Which contact was earlier, and the ticket if one followed; no name where the desk has decided."""
    for event in case.directory.story_of_mail(held):
        if any(reason.code in BY_A_CONTACT for reason in _reasons(event)):
            contact = case.directory.contact(event.by)
            about = f" ({event.ticket.reference})" if isinstance(event, TicketOpened) else ""
            return Reason("already-answered", (contact.name if contact else event.by) + about)
    return Reason("already-decided")


def _reasons(event: Event) -> tuple[Reason, ...]:
    match event:
        case TicketOpened():
            return event.ticket.entitlement.reasons
        case MailRefused():
            return event.reasons
        case _:
            return ()


def _asked_about(case: Case, contact: Contact) -> int:
    """The held mail that the contact was asked about in the notice that this answers; 0 for none."""
    return answered(case, contact, ADOPT)

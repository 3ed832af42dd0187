"""The words by which contacts ask and close: `status`, `balance`, `help`, `contacts`, `close`.

A word counts alone: as the first line or the subject of a mail that says nothing else, but for a greeting and a name;
beside `balance` as a subject a few words more. Everything else is a request, or belongs to a ticket, and so is a mail
with a picture in its text that may show something: nothing that somebody wrote may be lost. So `close` keeps what
stands below it, and closes only a ticket that its writer takes part in. A mail to the address of duty that answers
nothing is an emergency, whatever it says.

Handlers of the spine, which stand behind those that hold what is not proved; silent where no word was written.
"""

from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.event import MailRefused, QuestionAsked, StatusChanged
from helpdeskd.domain.ticket import Reason, Status, Ticket
from helpdeskd.triage.case import Case, Outcome
from helpdeskd.triage.forms import other_word
from helpdeskd.triage.words import BALANCE, CLOSE, CONTACTS, HELP, STATUS, Word, after_word, asked, is_only_signed, said

QUESTIONS = frozenset({STATUS, BALANCE, HELP, CONTACTS, CLOSE})
FEW_WORDS = 15
"""Beside a subject that nobody writes above a request."""


def question(case: Case) -> Outcome | None:
    """A word that is a whole mail: answered to who wrote it."""
    word, contact, ticket = _whole(case), case.contact, case.thread.ticket
    if word is None or contact is None:
        return None
    if word.name == CONTACTS and Right.MANAGE not in contact.rights:
        return without_right(case)
    if word.name == CLOSE and ticket is not None and _takes_part(contact, ticket):
        return _closed(case, contact, ticket, "")
    return Outcome("commands", word.name, events=(QuestionAsked(case.now, contact.address, word.name),))


def close(case: Case) -> Outcome | None:
    """A ticket is closed by who takes part in it, with what else they say."""
    contact, ticket = case.contact, case.thread.ticket
    if contact is None or ticket is None or ticket.status.ended or said(case.own) != Word(CLOSE) or other_word(case):
        return None
    return _closed(case, contact, ticket, after_word(case.own)) if _takes_part(contact, ticket) else None


def without_right(case: Case) -> Outcome:
    """Who may not manage contacts is told so."""
    reason = Reason("no-right", Right.MANAGE)
    refused = MailRefused(case.now, case.by, case.message.subject, (reason,), tell=True)
    return Outcome("refused", str(reason), events=(refused,))


def _whole(case: Case) -> Word | None:
    """The question that a mail asks and says nothing beside."""
    emergency = case.queue.duty and case.thread.ticket is None
    if emergency or not case.proved or any(not attached.is_decoration for attached in case.message.attachments):
        return None
    word, of_subject = said(case.own), asked(case.message.subject)
    name = case.contact.name if case.contact else ""
    if word and word.name in QUESTIONS and is_only_signed(after_word(case.own), name) and not other_word(case):
        return word
    if of_subject is None or of_subject.name not in QUESTIONS:
        return None
    few = of_subject == Word(BALANCE) and len(case.own.split()) <= FEW_WORDS
    return of_subject if few or is_only_signed(case.own, name) else None


def _closed(case: Case, contact: Contact, ticket: Ticket, text: str) -> Outcome:
    """Closed, or, where it is over already, its writer is told so."""
    if ticket.status.ended:
        return Outcome("commands", CLOSE, ticket, (QuestionAsked(case.now, contact.address, CLOSE),))
    closed = StatusChanged(case.now, contact.address, ticket.status, Status.CLOSED, text=text)
    return Outcome("commands", CLOSE, ticket, (closed,))


def _takes_part(contact: Contact, ticket: Ticket) -> bool:
    return any(ticket.takes_part(address) for address in contact.addresses)

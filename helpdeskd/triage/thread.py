"""Which ticket a mail belongs to: candidates in order, each only a suggestion until the sender may join.

Candidates (spec "Where: thread"): the token in the address the mail was sent to; our Message-IDs in In-Reply-To and
References, newest first; our mark in what is quoted; foreign Message-IDs that we have heard; the tag `[ACME-1042]` in
the subject. A candidate is taken if the sender takes part in the ticket, is a contact of its customer who may open
tickets, or is an agent. Otherwise the mail is a new matter that notes the reference for agents, and the sender learns
nothing of the other ticket.

A token, in the address, in one of our Message-IDs or in a mark, counts only for the person it was issued to. A reply
address that somebody else uses is a misuse, and names no candidate; a Message-ID of a mail to somebody else is no
proof, but as good a suggestion as a foreign one: it travels in the References of every conversation that goes on
without us.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent, Contact, Directory, Right
from helpdeskd.domain.merged import merged_into
from helpdeskd.domain.message import Message
from helpdeskd.domain.ticket import Ticket
from helpdeskd.domain.token import APPROVE, DESK, DUTY, REPLY, THIRD_PARTY, Keyring, read
from helpdeskd.triage.case import Misuse, Thread

MAX_REFERENCES = 20
MAX_TAGS = 3
MAX_MARKS = 10
_MARK = re.compile(r"\[ref:([a-z2-7]{39})\]", re.IGNORECASE)
_MARKS = re.compile(r"(?:(?:re|aw|sv|vs|antw|betr|rif|odp|fw|fwd|wg|tr|doorst|vb)\s?:\s*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """What threading looks at. `addresses` are all of the sender's own, or just the one of a stranger.

    `own` is what the sender wrote themselves, in which no mark is looked for.
    """

    message: Message
    detail: str
    contact: Contact | None
    agent: Agent | None
    addresses: tuple[str, ...]
    desk: Desk
    directory: Directory
    keyring: Keyring
    now: datetime
    own: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A token that somebody holds: for which ticket, who, for what purpose, and about which estimate (0: none)."""

    ticket: Ticket
    holder: str
    purpose: str
    about: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that the mail may belong to. `token` is the sender's own; `holder` is whose token somebody else used."""

    ticket: Ticket
    how: str
    token: Held | None = None
    holder: str = ""


Strategy = Callable[[Question], Iterator[Candidate]]


def find(question: Question) -> Thread:
    """The first candidate that the sender may join, or a new matter."""
    told_of = _of_the_desk(question)
    if told_of is not None:
        return Thread(how="reply address of the desk", proved=True, purpose=DESK, about=told_of)
    thread = Thread()
    for candidate in (found for strategy in STRATEGIES for found in strategy(question)):
        ticket = merged_into(candidate.ticket, question.directory)
        if candidate.holder:
            thread = replace(thread, misuse=Misuse(ticket, candidate.holder))
        elif question.agent is not None or may_join(question.contact, ticket) or _was_asked(question, candidate):
            return _joined(thread, candidate, ticket, question.contact)
        thread = replace(thread, noted=thread.noted or ticket.reference)
    return thread


def may_join(contact: Contact | None, ticket: Ticket) -> bool:
    """A contact who takes part in the ticket, or may open tickets for its customer."""
    if contact is None:
        return False
    takes_part = any(ticket.takes_part(address) for address in contact.addresses)
    return takes_part or (contact.customer == ticket.customer and Right.OPEN in contact.rights)


def _of_the_desk(question: Question) -> int | None:
    """Which held mail the notice was about (0: none, or several) where an agent answers one of their own that is about
    no ticket; None for any other mail.
    """
    if question.agent is None:
        return None
    kind, _, text = question.detail.removeprefix("note.").partition(".")
    answered = question.message.in_reply_to.strip("<>").partition("@")[0].partition(".")[2]
    tokens = [text] if kind == "t" else [answered, *marks(question.message, question.own)]
    claims = ((token, read(token)) for token in tokens)
    ours = ((token, claim.ticket_id) for token, claim in claims if claim is not None and claim.purpose == DESK)
    held = (number for token, number in ours if question.keyring.holder(token, question.addresses, question.now))
    return next(held, None)


def _was_asked(question: Question, candidate: Candidate) -> bool:
    """Who is asked may answer that, without any part in the ticket: to approve costs, or as a third party."""
    purpose = candidate.token.purpose if candidate.token is not None else ""
    approves = question.contact is not None and question.contact.customer == candidate.ticket.customer
    return purpose == THIRD_PARTY or (purpose == APPROVE and approves)


def _is_good_for(ticket: Ticket, candidate: Candidate, contact: Contact | None) -> bool:
    """Whether a token for a ticket that goes on as another proves a contact there: where they take part in that too."""
    replies = candidate.token is not None and candidate.token.purpose == REPLY
    if contact is None or not replies or ticket.id == candidate.ticket.id:
        return True
    return any(ticket.takes_part(address) for address in contact.addresses)


def _joined(thread: Thread, candidate: Candidate, ticket: Ticket, contact: Contact | None) -> Thread:
    token = candidate.token
    return replace(
        thread,
        ticket=ticket,
        how=candidate.how,
        proved=token is not None and _is_good_for(ticket, candidate, contact),
        purpose=token.purpose if token else "",
        about=token.about if token and ticket.id == candidate.ticket.id else 0,
        noted="" if thread.noted == ticket.reference else thread.noted,
    )


def address_token(question: Question) -> Iterator[Candidate]:
    """`support+t.…@`: the reply address that we gave to one person; `support+note.t.…@` for what stays inside."""
    kind, _, text = question.detail.removeprefix("note.").partition(".")
    token = _by_token(question, text) if kind == "t" else None
    if token is not None and token.holder in question.addresses:
        yield Candidate(token.ticket, "reply address", token)
    elif token is not None:
        yield Candidate(token.ticket, "reply address", holder=token.holder)


def own_message_ids(question: Question) -> Iterator[Candidate]:
    """Our Message-IDs hold a token too, for providers that have no plus-addresses."""
    for message_id in _references(question.message):
        sent = question.directory.sent(message_id)
        text = message_id.strip("<>").partition("@")[0].partition(".")[2]
        token = _by_token(question, text) if sent and sent.reference else None
        if token is not None and token.holder in question.addresses:
            yield Candidate(token.ticket, "our Message-ID", token)


def quoted_marks(question: Question) -> Iterator[Candidate]:
    """The mark that a mail of ours carries in its text, where the sender quotes one of their own."""
    for text in marks(question.message, question.own):
        token = _by_token(question, text)
        if token is not None and token.holder in question.addresses:
            yield Candidate(token.ticket, "our mark", token)


def known_message_ids(question: Question) -> Iterator[Candidate]:
    """A mail that is on a ticket already, of somebody else or of ours to somebody else."""
    for message_id in _references(question.message):
        ticket = question.directory.ticket(question.directory.reference_of(message_id))
        if ticket is not None:
            yield Candidate(ticket, "known Message-ID")


def subject_tag(question: Question) -> Iterator[Candidate]:
    """The tag that our subjects carry."""
    for reference in _tag(question.desk).findall(question.message.subject)[:MAX_TAGS]:
        ticket = question.directory.ticket(reference)
        if ticket is not None:
            yield Candidate(ticket, "subject tag")


STRATEGIES: tuple[Strategy, ...] = (address_token, own_message_ids, quoted_marks, known_message_ids, subject_tag)


def marks(message: Message, own: str) -> list[str]:
    """The tokens of the marks in what a mail quotes, each once, the first ones first."""
    found = dict.fromkeys(_MARK.findall(message.text))
    typed = set(_MARK.findall(own)) if found else set()
    return [token for token in found if token not in typed][:MAX_MARKS]


def topic(subject: str, desk: Desk) -> str:
    """A subject without our tags and without what mail programs put before it."""
    return _MARKS.sub("", " ".join(_tag(desk).sub(" ", subject).split())).strip()


def _tag(desk: Desk) -> re.Pattern[str]:
    return _tag_of(desk.prefix)


@cache
def _tag_of(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"\[({re.escape(prefix)}-[0-9]{{1,9}})\]", re.IGNORECASE)


def _by_token(question: Question, text: str) -> Held | None:
    """The ticket of a token, and to whom of the sender and all who could hold one it was issued, for what purpose."""
    claim = read(text)
    ticket = question.directory.ticket_by_id(claim.ticket_id) if claim else None
    if claim is None or ticket is None or claim.purpose not in {REPLY, DUTY, APPROVE, THIRD_PARTY}:
        return None
    known = [participant.address for participant in ticket.participants]
    known += [address for agent in question.directory.agents() for address in agent.addresses]
    known += ticket.third_parties if claim.purpose == THIRD_PARTY else ()
    customer = question.directory.customer(ticket.customer)
    known += [contact.address for contact in customer.contacts] if customer else []
    people = [*question.addresses, *known]
    # The newest estimate is the likeliest; a mail about an older one is still a way to the ticket.
    for about in range(ticket.estimates, 0, -1) if claim.purpose == APPROVE else (0,):
        if holder := question.keyring.holder(text, people, question.now, about):
            return Held(ticket, holder, claim.purpose, about)
    return None


def _references(message: Message) -> list[str]:
    """In-Reply-To, then References from the newest, each once."""
    newest_first = [message.in_reply_to, *reversed(message.references)]
    return list(dict.fromkeys(filter(None, newest_first)))[:MAX_REFERENCES]

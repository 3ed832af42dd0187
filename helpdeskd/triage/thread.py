"""Which ticket a mail belongs to: candidates in order, each only a suggestion until the sender may join.

Candidates (spec "Where: thread"): the token in the address the mail was sent to; our Message-IDs in In-Reply-To and
References, newest first; foreign Message-IDs that we have heard; the tag `[ACME-1042]` in the subject. A candidate is
taken if the sender takes part in the ticket, is a contact of its customer who may open tickets, or is an agent.
Otherwise the mail is a new matter that notes the reference for agents, and the sender learns nothing of the other
ticket.

A token, in the address or in one of our Message-IDs, counts only for the person it was issued to; anybody else who uses
one is ignored and its holder is told.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent, Contact, Directory, Right
from helpdeskd.domain.message import Message
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.domain.token import Keyring, read
from helpdeskd.triage.case import Thread

MAX_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Question:
    """What threading looks at. `addresses` are all of the sender's own, or just the one of a stranger."""

    message: Message
    detail: str
    contact: Contact | None
    agent: Agent | None
    addresses: tuple[str, ...]
    desk: Desk
    directory: Directory
    keyring: Keyring
    now: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    ticket: Ticket
    how: str
    proved: bool = False
    purpose: str = ""
    holder: str = ""


Strategy = Callable[[Question], Iterator[Candidate]]


def find(question: Question) -> Thread:
    """The first candidate that the sender may join, or a new matter."""
    noted, holder = "", ""
    for candidate in (found for strategy in STRATEGIES for found in strategy(question)):
        ticket = _merged(candidate.ticket, question.directory)
        if candidate.holder and not candidate.proved:
            holder = holder or candidate.holder
        elif _may_join(question, ticket):
            return Thread(ticket, candidate.how, candidate.proved, candidate.purpose, holder=holder)
        noted = noted or ticket.reference
    return Thread(noted=noted, holder=holder)


def address_token(question: Question) -> Iterator[Candidate]:
    """`support+t.…@`: the reply address that we gave to one person."""
    kind, _, text = question.detail.partition(".")
    if kind == "t":
        yield from _by_token(question, text, "reply address")


def own_message_ids(question: Question) -> Iterator[Candidate]:
    """Our Message-IDs hold a token too, for providers that have no plus-addresses."""
    for message_id in _references(question.message):
        sent = question.directory.sent(message_id)
        if sent and sent.reference:
            yield from _by_token(question, message_id.strip("<>").partition("@")[0].partition(".")[2], "our Message-ID")


def foreign_message_ids(question: Question) -> Iterator[Candidate]:
    """A mail of somebody else that is on a ticket already."""
    for message_id in _references(question.message):
        ticket = question.directory.ticket(question.directory.reference_of(message_id))
        if ticket is not None:
            yield Candidate(ticket, "known Message-ID")


def subject_tag(question: Question) -> Iterator[Candidate]:
    """The tag that our subjects carry."""
    pattern = rf"\[({re.escape(question.desk.prefix)}-[0-9]{{1,9}})\]"
    for reference in re.findall(pattern, question.message.subject, re.IGNORECASE)[:3]:
        ticket = question.directory.ticket(reference)
        if ticket is not None:
            yield Candidate(ticket, "subject tag")


STRATEGIES: tuple[Strategy, ...] = (address_token, own_message_ids, foreign_message_ids, subject_tag)


def _by_token(question: Question, text: str, how: str) -> Iterator[Candidate]:
    claim = read(text)
    ticket = question.directory.ticket_by_id(claim.ticket_id) if claim else None
    if claim is None or ticket is None:
        return
    known = [participant.address for participant in ticket.participants]
    known += [address for agent in question.directory.agents() for address in agent.addresses]
    holder = question.keyring.holder(text, [*question.addresses, *known], question.now)
    if holder:
        yield Candidate(ticket, how, holder in question.addresses, claim.purpose, holder)


def _references(message: Message) -> list[str]:
    """In-Reply-To, then References from the newest, each once."""
    newest_first = [message.in_reply_to, *reversed(message.references)]
    return list(dict.fromkeys(filter(None, newest_first)))[:MAX_REFERENCES]


def _may_join(question: Question, ticket: Ticket) -> bool:
    contact = question.contact
    if question.agent is not None:
        return True
    if contact is None:
        return False
    takes_part = any(ticket.takes_part(address) for address in contact.addresses)
    return takes_part or (contact.customer == ticket.customer and Right.OPEN in contact.rights)


def _merged(ticket: Ticket, directory: Directory) -> Ticket:
    """Where a merged ticket leads."""
    for _ in range(10):
        target = directory.ticket(ticket.links[-1]) if ticket.status is Status.MERGED and ticket.links else None
        if target is None:
            break
        ticket = target
    return ticket

"""A notice: a mail that the desk sends, before it has bytes; and the letter that composing turns into bytes.

A policy asks for a Notice: which template, to whom, with which facts. Committing it adds what only the database knows
(Message-ID, thread, reply token) and makes a Letter; `mail.compose` makes the finished bytes of it. `Facts` are the
only names that templates know; those that a notice does not use are empty.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from helpdeskd.domain.card import CardUse
from helpdeskd.domain.message import Attachment
from helpdeskd.domain.statement import Statement
from helpdeskd.domain.ticket import Reason


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person who gets a mail, with the language and IANA zone they are written to in."""

    address: str
    name: str
    language: str
    zone: str
    agent: bool = False


@dataclass(frozen=True, slots=True)
class Promise:
    """A promised target as people are told of it. `due` is None while it is not known."""

    kind: str
    amount: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class HeadLine:
    """A line of the head of an agent's notice: `label` is a key of words.toml ([head]), `value` text or an instant."""

    label: str
    value: str | datetime
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list (target warnings, held mail): what it is about, and words or an instant.

    `excerpt` is the beginning of a held mail, `mail_id` its number, and `accept`, `refuse` and `block` the replies that
    decide. `day` stands where only a date is meant.
    """

    reference: str
    subject: str
    text: str = ""
    due: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    kind: str = ""
    percent: int = 0
    excerpt: str = ""
    accept: str = ""
    refuse: str = ""
    mail_id: int = 0
    block: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a morning mail: `name` is a word of [digest], `more` is how many lines there was no room for."""

    name: str
    items: tuple[Item, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class EstimateFacts:
    """What is asked, or was answered: minutes, and at most so many cents (None: what they cost, at `rate` cents an
    hour).

    `by_card`: from prepaid hours. `topic` is what is outside the contract, in the reader's language, or "".
    `varies`: other times or levels have other rates. `asked` are the minutes that were asked, also where fewer were
    approved; `worked` those of them that were worked before. `answered_by` is an address, "" while nobody has answered.
    `authorised` are the minutes of a ticket that the contract gives without asking, beside what is asked; None for all.
    """

    minutes: int
    cents: int | None
    rate: int
    currency: str
    by_card: bool
    topic: str
    text: str
    asked_by: str
    expires_at: datetime
    varies: bool = False
    asked: int = 0
    worked: int = 0
    answered_by: str = ""
    authorised: int | None = 0


@dataclass(frozen=True, slots=True)
class QuotaFacts:
    """Which ticket of how many in the month this is, and cents an hour beyond."""

    place: int
    limit: int
    rate: int
    currency: str

    @property
    def over(self) -> bool:
        return self.place > self.limit


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A contact as colleagues are told of them: `rights` and `roles` are words, `sites` those they stand for."""

    name: str
    addresses: tuple[str, ...]
    rights: tuple[str, ...]
    roles: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketFacts:
    reference: str
    subject: str
    status: str
    priority: str
    kind: str
    owner: str
    customer: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class DeskFacts:
    name: str
    address: str
    opens_at: datetime | None = None
    duty_phone: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a mail quotes at its end: who wrote what, and when (aware UTC)."""

    person: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a template may name. `at` is when it happened; `person` who acted; `text` is quoted or passed on as text.

    `refers` is the reference of another ticket, `more` how many items there was no room for.
    """

    desk: DeskFacts
    at: datetime
    ticket: TicketFacts | None = None
    person: str = ""
    what: str = ""
    text: str = ""
    promises: tuple[Promise, ...] = ()
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()
    head: tuple[HeadLine, ...] = ()
    items: tuple[Item, ...] = ()
    sections: tuple[Section, ...] = ()
    lines: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    until: datetime | None = None
    step: int = 0
    may_cost: bool = False
    warning: str = ""
    estimate: EstimateFacts | None = None
    quota: QuotaFacts | None = None
    cards: CardUse | None = None
    rate: int = 0
    currency: str = ""
    statement: Statement | None = None
    refers: str = ""
    rights: tuple[str, ...] = ()
    contacts: tuple[ContactFacts, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """`name` is the template's; `automatic` marks mail that no person wrote (RFC 3834); `answers` that it replies to a
    mail.

    `attach` passes on what came with the mail that caused it. `sender` is the agent's name shown in From, "" for the
    desk's. `about` is the number of the estimate, held mail or list of contacts that it
    asks about. `earlier` is what it answers, as far
    as its recipient may read that. `subject` stands for the ticket's where its recipient does not know that.
    """

    name: str
    to: Recipient
    facts: Facts
    automatic: bool = True
    answers: bool = True
    attach: bool = False
    sender: str = ""
    about: int = 0
    earlier: Earlier | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A Notice with everything that its bytes need. Addresses are bare; `tag` is the reference in the subject or "".

    `mark` is the token that the text itself carries, where addresses cannot; "" for none.
    """

    notice: Notice
    message_id: str
    from_address: str
    from_name: str
    reply_to: str
    tag: str
    subject: str
    in_reply_to: str
    references: tuple[str, ...]
    instance: str
    date: datetime
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    mark: str = ""

"""A letter with every fact filled in: to render each template before a mail depends on it, and to try hostile text.

In: the name of a notice, a language and the text to put wherever a sender could have written. Out: a `Letter`, or one
for each `what` that the notice may tell of. Pure and always the same; the addresses are of `.example`, so that it could
never be sent to anybody. No fact is empty, so that a name that a template misspells is found at start
(`StrictUndefined`) and not when a customer waits.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from helpdeskd.domain.card import CardUse
from helpdeskd.domain.line import Kind, Line, Share
from helpdeskd.domain.month import Month
from helpdeskd.domain.notice import (
    ContactFacts,
    DeskFacts,
    Earlier,
    EstimateFacts,
    Facts,
    HeadLine,
    Item,
    Letter,
    Notice,
    Promise,
    QuotaFacts,
    Recipient,
    Section,
    TicketFacts,
)
from helpdeskd.domain.statement import Quota, Statement
from helpdeskd.domain.ticket import Reason, Status

AT = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
DUE = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
REFERENCE = "ACME-1042"
TO_AGENTS = frozenset(
    {
        "agent-new",
        "agent-update",
        "agent-transcript",
        "agent-error",
        "duty-page",
        "agent-digest",
        "manager-digest",
        "held-digest",
        "target-warning",
    }
)
QUOTING = frozenset({"reply", "agent-update"})
WHAT = {
    "approval-request": ("", "reminder"),
    "approval-result": ("approved", "declined", "expired", "not-counted"),
    "duty-page": ("", "drill"),
    "refused": ("refused", "held", "late"),
    "reply": ("", "resolved"),
    "status": (*Status, "opened", "opened-for", "token-misused", "duty-known", "tickets"),
    "help": ("", "close"),
    "contacts": ("listed", "added", "removed", "not-changed"),
    "address-misused": ("contacts", "adopt-request", ""),
}
"""What a notice may tell of, where its template asks; the others are told of anything."""

REASONS = (Reason("billable-without-contract"), Reason("contract-ended", "2026-10-31"))


def sample_letters(notice: str, language: str) -> Iterator[Letter]:
    """A letter of that notice for each `what` that its template distinguishes."""
    letter = sample_letter(notice, language)
    for what in WHAT.get(notice, (letter.notice.facts.what,)):
        yield replace(letter, notice=replace(letter.notice, facts=replace(letter.notice.facts, what=what)))


def sample_letter(
    notice: str, language: str, text: str = "The invoice screen hangs.", name: str = "Anna de Vries"
) -> Letter:
    """A letter of that notice; `text` stands for all that a sender wrote, `name` for every name that they chose."""
    to = Recipient("anna@customer.example", name, language, "Europe/Amsterdam", agent=notice in TO_AGENTS)
    earlier = Earlier(name, AT, text) if notice in QUOTING else None
    return Letter(
        notice=Notice(notice, to, sample_facts(text, name), sender=name, earlier=earlier),
        message_id="<1042.1@desk.example>",
        from_address="support@desk.example",
        from_name="Helpdesk",
        reply_to="support+t.token@desk.example",
        tag=REFERENCE,
        subject=text,
        in_reply_to="<mail@customer.example>",
        references=("<first@customer.example>", "<mail@customer.example>"),
        instance="sample",
        date=AT,
    )


def sample_facts(text: str, name: str) -> Facts:
    """Every fact of a notice."""
    replies = ("/accept 1", "/refuse 1 REASON", 1, "/block 1")
    item = Item(REFERENCE, text, text, DUE, REASONS, "resolution", 75, text, *replies)
    return Facts(
        desk=DeskFacts("Helpdesk", "support@desk.example", opens_at=DUE, duty_phone="+31 20 000 0000"),
        at=AT,
        ticket=TicketFacts(REFERENCE, text, "new", "normal", "problem", "piet", name, AT),
        person=name,
        what="customer-wrote",
        text=text,
        promises=(Promise("response", "4 working hours", DUE), Promise("resolution", "2 working days", None)),
        reasons=REASONS,
        missing=("web address",),
        head=(HeadLine("contact", name), HeadLine("response", DUE, warning=True)),
        items=(item,),
        sections=(Section("late", (replace(item, day=DAY),), 3), Section("waits", (item,))),
        lines=(text,),
        errors=(text,),
        commands=("/take",),
        until=DUE,
        step=1,
        may_cost=True,
        warning=text,
        estimate=EstimateFacts(135, 22500, 10000, "EUR", False, text, text, name, DUE, asked=180, worked=45),
        quota=QuotaFacts(14, 15, 11500, "EUR"),
        cards=CardUse(480, 30),
        rate=10000,
        statement=sample_statement(text, name),
        refers="ACME-1043",
        more=3,
        rights=("open", "spend", "approve", "manage"),
        contacts=(ContactFacts(name, ("anna@customer.example",), ("open", "manage"), ("general",), (text,)),),
    )


def sample_statement(text: str, name: str) -> Statement:
    """A statement with a line of each kind, where `text` stands for what is configured and `name` for who approved."""
    notes = (Reason("window", text), Reason("free-minutes", "15"), Reason("rounded", "5"), Reason("approved-by", name))
    lines = (
        Line(Kind.WORK, REFERENCE, DAY, 40, 10000, 6667, notes=notes),
        Line(Kind.WORK, REFERENCE, DAY, 30, 0, 0, card=text, notes=(Reason("from-card", text),)),
        Line(Kind.WORK, REFERENCE, DAY, 60, 11000, 11000, notes=(Reason("call-out", "25"), Reason("over-quota"))),
        Line(Kind.MINIMUM, REFERENCE, DAY, 10, 10000, 1667),
        Line(Kind.STANDBY, "", DAY, 120, 11000, 22000, notes=(Reason("standby-minimum", "60"),)),
        Line(Kind.TRAVEL, REFERENCE, DAY, 0, 352, 14784, 42),
        Line(Kind.CARD, "", DAY, 0, 40000, 40000, 1, text),
        Line(Kind.WORK, REFERENCE, DAY, -15, 10000, -2500, correction=True),
    )
    shares = (Share(REFERENCE, DAY, 15),)
    quota, cards, rate = Quota(15, 14), CardUse(480, 30), Decimal(21)
    return Statement(name, Month(2026, 11), "EUR", date(2026, 12, 15), lines, shares, shares, quota, cards, rate)

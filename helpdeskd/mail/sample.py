"""A letter with every fact filled in: to render each template before a mail depends on it, and to try hostile text.

In: the name of a notice, a language and the text to put wherever a sender could have written. Out: a `Letter`. Pure and
always the same; the addresses are of `.example`, so that it could never be sent to anybody. No fact is empty, so that a
name that a template misspells is found at start (`StrictUndefined`) and not when a customer waits.
"""

from datetime import UTC, datetime

from helpdeskd.domain.notice import (
    DeskFacts,
    Facts,
    HeadLine,
    Item,
    Letter,
    Notice,
    Promise,
    Recipient,
    TicketFacts,
)
from helpdeskd.domain.ticket import Reason

AT = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
DUE = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
TO_AGENTS = frozenset(
    {
        "agent-new",
        "agent-update",
        "agent-transcript",
        "agent-error",
        "duty-page",
        "held-digest",
        "target-warning",
    }
)
REASONS = (Reason("billable-without-contract"), Reason("contract-ended", "2026-10-31"))


def sample_letter(
    notice: str, language: str, text: str = "The invoice screen hangs.", name: str = "Anna de Vries"
) -> Letter:
    """A letter of that notice; `text` stands for all that a sender wrote, `name` for every name that they chose."""
    to = Recipient("anna@customer.example", name, language, "Europe/Amsterdam", agent=notice in TO_AGENTS)
    return Letter(
        notice=Notice(notice, to, sample_facts(text, name), sender=name),
        message_id="<1042.1@desk.example>",
        from_address="support@desk.example",
        from_name="Helpdesk",
        reply_to="support+t.token@desk.example",
        tag="ACME-1042",
        subject=text,
        in_reply_to="<mail@customer.example>",
        references=("<first@customer.example>", "<mail@customer.example>"),
        instance="sample",
        date=AT,
    )


def sample_facts(text: str, name: str) -> Facts:
    """Every fact of a notice."""
    item = Item("ACME-1042", text, text, DUE, REASONS, "resolution", 75, text, "accept 1", "refuse 1 REASON")
    return Facts(
        desk=DeskFacts("Helpdesk", "support@desk.example", opens_at=DUE, duty_phone="+31 20 000 0000"),
        at=AT,
        ticket=TicketFacts("ACME-1042", text, "new", "normal", "problem", "piet", name, AT),
        person=name,
        what="customer-wrote",
        text=text,
        promises=(Promise("response", "4 working hours", DUE), Promise("resolution", "2 working days", None)),
        reasons=REASONS,
        missing=("web address",),
        head=(HeadLine("contact", name), HeadLine("response", DUE, warning=True)),
        items=(item,),
        lines=(text,),
        errors=(text,),
        commands=("/take",),
        until=DUE,
        step=1,
        may_cost=True,
        warning=text,
    )

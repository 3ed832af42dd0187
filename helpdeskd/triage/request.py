"""Mail of customers and strangers: added to a ticket, opened as one, held, or refused.

Nobody is believed without proof: what an unproved sender writes is held for a person, who sees it as what it is. A
request that is decided against is told to a proved contact, with the reason and what they can do, and to nobody else.
A mail that was let in and cannot be served is not refused: it is held as before.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from helpdeskd.domain.address import normalise
from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.duty import order
from helpdeskd.domain.event import (
    CustomerWrote,
    DutyPaged,
    Event,
    MailHeld,
    MailRefused,
    StatusChanged,
    TicketOpened,
)
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.plan import PriorityBy
from helpdeskd.domain.ticket import Decision, Emergency, Entitlement, Participant, Reason, Status, Ticket
from helpdeskd.triage import adopt
from helpdeskd.triage.authorise import REFUSALS, Served, entitle, is_proved
from helpdeskd.triage.case import Case, Outcome, Step
from helpdeskd.triage.missing import missing, reminded_at
from helpdeskd.triage.terms import site_of
from helpdeskd.triage.thread import may_join, topic

UNNUMBERED = 0
SUBJECT_LENGTH = 200
ASKED_AGAIN = timedelta(days=1)
MOST_REOPENINGS = 5
"""By mail, in a day."""


def blocked(case: Case) -> Outcome | None:
    """A sender whom an agent has blocked: refused without a word. Never a contact or an agent."""
    address = normalise(case.author.address) if case.author else ""
    if case.accepted or case.contact is not None or case.agent is not None or not case.directory.is_blocked(address):
        return None
    refused = MailRefused(case.now, address, case.message.subject, (Reason("blocked", address),))
    return Outcome("refused", f"blocked: {address}", events=(refused,))


def misused_token(case: Case) -> Outcome | None:
    """Somebody else's reply address, when nothing else leads to its ticket: held. Its holder is told by the spine."""
    misuse, ticket = case.thread.misuse, case.thread.ticket
    if misuse is None or case.accepted or (ticket is not None and ticket.id == misuse.ticket.id):
        return None
    held = MailHeld(case.now, case.by, case.message.subject, (Reason("token", misuse.ticket.reference),))
    return Outcome("held", "reply address of somebody else", events=(held,))


def unproved(case: Case) -> Outcome | None:
    """Strangers, and contacts whose From nothing proves: held."""
    if case.contact is not None and case.proved:
        return None
    reasons = [] if is_proved(case) else [case.proof.reason]
    if case.contact is None:
        reasons.append(Reason("unknown-sender", case.proof.address))
    why, subject, customer = Entitlement(Decision.HOLD, tuple(reasons)), case.message.subject, _who_may_adopt(case)
    held = MailHeld(case.now, case.by, subject, why.reasons, urgent=case.queue.duty, customer=customer)
    return Outcome("held", str(reasons[0]), events=(held,), steps=_steps(why))


def _who_may_adopt(case: Case) -> str:
    """The customer whose contacts are asked about a stranger who is proved to write from its domain; "" for nobody.

    They are asked about one stranger once a day.
    """
    if case.contact is not None or case.customer is None or not is_proved(case):
        return ""
    asked = case.directory.asked_to_adopt(case.by, case.customer.name, case.now - ASKED_AGAIN)
    return "" if asked else case.customer.name


def addition(case: Case) -> Outcome | None:
    """An answer on a ticket that is not closed; it opens again what waited for the customer or was resolved.

    An emergency that answers an ordinary ticket is one of its own, which refers to that ticket.
    """
    ticket = case.thread.ticket
    if ticket is None or ticket.status.ended or case.contact is None:
        return None
    if ticket.emergency is None and _wakes(case):
        return None
    return _added(case, ticket, case.thread.how)


def same_emergency(case: Case) -> Outcome | None:
    """The same emergency mailed again: one ticket, one page.

    Once it is taken, only the same subject is the same. Where every step was silent, any subject wakes them again.
    """
    if case.contact is None or not case.queue.duty:
        return None
    ticket = case.directory.open_emergency(case.contact.customer)
    if ticket is None or ticket.emergency is None or not may_join(case.contact, ticket):
        return None
    same = topic(case.message.subject, case.desk).casefold() == topic(ticket.subject, case.desk).casefold()
    being_paged = ticket.emergency.waiting and ticket.emergency.next_at is not None
    if not (same or being_paged or _wakes_again(case, ticket)):
        return None
    return _added(case, ticket, "open emergency of the customer")


def _added(case: Case, ticket: Ticket, how: str) -> Outcome:
    """What a contact wrote when the mail reached the desk; who wrote it and whom they copied take part from now on."""
    writers = (case.contact, *_colleagues(case))
    joining = (c for c in writers if c is not None and not any(ticket.takes_part(a) for a in c.addresses))
    joined = tuple(dict.fromkeys(contact.address for contact in joining))
    events: list[Event] = [CustomerWrote(case.envelope.received_at, case.by, case.new, joined, case.accepted)]
    if ticket.status in {Status.WAITING, Status.PENDING, Status.RESOLVED} and not _reopened_too_often(case, ticket):
        again = Status.OPEN if ticket.owner else Status.NEW
        events.append(StatusChanged(case.now, case.by, ticket.status, again))
    if _wakes_again(case, ticket):
        events += first_page(case)
    return Outcome("added", how, ticket, tuple(events))


def _reopened_too_often(case: Case, ticket: Ticket) -> bool:
    """Whether mail has opened it again so often today that a program may be answering the desk.

    Its mails are added and told to the agents as ever; opening it once more is theirs (`/reopen`).
    """
    since = case.now - timedelta(days=1)
    story = (
        event for event in case.directory.story(ticket.id) if isinstance(event, StatusChanged) and event.at > since
    )
    return (
        sum(case.directory.contact(event.by) is not None and not event.new.ended for event in story) >= MOST_REOPENINGS
    )


def new(case: Case) -> Outcome:
    """A new matter of a proved contact: entitled or not."""
    served = entitle(case)
    decision = served.entitlement.decision
    reasons = served.entitlement.reasons
    steps = _steps(served.entitlement)
    subject, why = case.message.subject, str(reasons[-1])
    if decision is Decision.REFUSE and not case.accepted:
        return Outcome(
            "refused", why, events=(MailRefused(case.now, case.by, subject, reasons, tell=True),), steps=steps
        )
    if decision in REFUSALS:
        return Outcome("held", why, events=(_held(case, reasons),), steps=steps)
    return _opened(case, served)


def _held(case: Case, reasons: tuple[Reason, ...]) -> MailHeld:
    """It waits for a person, which its writer is told; of a mail that was let in, only the contact who did so."""
    subject, urgent = case.message.subject, case.queue.duty
    if not case.accepted:
        return MailHeld(case.now, case.by, subject, reasons, urgent, tell=True)
    author = case.author.address if case.author else ""
    return MailHeld(case.now, author, subject, reasons, urgent, tell=case.proof.reason.code == adopt.ADOPTED)


def _steps(entitlement: Entitlement) -> tuple[Step, ...]:
    return tuple(Step("entitlement", str(entitlement.decision), str(reason)) for reason in entitlement.reasons)


def _opened(case: Case, served: Served) -> Outcome:
    plan, ticket = served.terms.plan, _ticket(case, served)
    # While the highest priority only holds until triaged, the standard one is promised.
    promised = plan.highest if served.duty else plan.standard
    informed = tuple(_informed(case, served))
    opened = TicketOpened(case.now, case.by, ticket, case.new, promised, ticket.missing, informed)
    events: tuple[Event, ...] = (opened,)
    if ticket.emergency is not None:
        events += first_page(case)
    return Outcome("opened", str(ticket.entitlement.decision), ticket, events, _steps(ticket.entitlement))


def _ticket(case: Case, served: Served) -> Ticket:
    """The ticket as it begins; its number is given when it is stored."""
    assert case.contact is not None
    plan, contract, earlier = served.terms.plan, served.terms.contract, case.thread.ticket
    untriaged = plan.priority_by is PriorityBy.HIGHEST and not served.duty
    # An emergency is not sent back for a picture.
    lacking = () if served.woken else missing(case, plan)
    colleagues = (contact.address for contact in _colleagues(case))
    participants = dict.fromkeys((case.contact.address, *colleagues, *_informed(case, served)))
    return Ticket(
        id=UNNUMBERED,
        reference="",
        subject=topic(case.message.subject, case.desk)[:SUBJECT_LENGTH].strip(),
        customer=case.contact.customer,
        requester=case.contact.address,
        plan=plan.name,
        agreement=contract.agreement if contract else "",
        queue=case.queue.name,
        team=case.queue.team,
        priority=plan.highest if served.duty or untriaged else plan.standard,
        kind=plan.kinds[0],
        opened_at=case.envelope.received_at,
        entitlement=_with_remarks(case, served),
        triaged=not untriaged,
        participants=tuple(Participant(address, case.now) for address in participants),
        unanswered_since=case.envelope.received_at,
        links=tuple(filter(None, (case.thread.noted, earlier.reference if earlier else ""))),
        emergency=Emergency() if served.woken else None,
        product=case.queue.product,
        site=site_of(case.contact, case.customer),
        accepted_at=case.now if case.accepted else None,
        on_quota=is_proved(case),
        missing=lacking,
        missing_at=reminded_at(case, plan) if lacking else None,
    )


def _wakes(case: Case) -> bool:
    """Whether this mail, as a new request, would be an emergency."""
    return case.queue.duty and entitle(case).woken


def _wakes_again(case: Case, ticket: Ticket) -> bool:
    """Whether paging begins again: the emergency was released, or every step was silent and no agent has answered."""
    emergency = ticket.emergency
    if emergency is None:
        return False
    silent = emergency.waiting and emergency.next_at is None and ticket.unanswered_since is not None
    return (emergency.released or silent) and _wakes(case)


def first_page(case: Case) -> tuple[DutyPaged, ...]:
    """Paging begins: whoever is on duty now; nobody where the desk has no duty."""
    duty = case.desk.duty
    if duty is None:
        return ()
    person = order(duty.roster, case.now)[0]
    return (DutyPaged(case.now, DESK, person, 1, case.now + duty.step, first=True),)


def _with_remarks(case: Case, served: Served) -> Entitlement:
    """The entitlement, with what else there is to say: tickets that the mail refers to, and what it did not answer."""
    closed, reasons = case.thread.ticket, list(served.entitlement.reasons)
    if closed is not None and closed.status.ended:
        reasons.append(Reason("closed-ticket", closed.reference))
    if case.thread.noted:
        reasons.append(Reason("not-participant", case.thread.noted))
    if adopt.is_not_alone(case):
        reasons.append(Reason("not-alone"))
    return replace(served.entitlement, reasons=tuple(reasons))


def _informed(case: Case, served: Served) -> Iterator[str]:
    """Who takes part because the contract says so, and was not copied."""
    terms = served.terms
    if case.customer and (terms.plan.contacts.inform_all or (terms.contract and terms.contract.inform_all)):
        seen = {case.contact, *_colleagues(case)}
        yield from (contact.address for contact in case.customer.contacts if contact not in seen)


def _colleagues(case: Case) -> tuple[Contact, ...]:
    """Authorised contacts of the same customer in To and Cc; nobody else joins by being copied."""
    written = dict.fromkeys(normalise(mailbox.address) for mailbox in (*case.message.to, *case.message.cc))
    contacts = (case.directory.contact(address) for address in written if address)
    same = (c for c in contacts if c is not None and case.contact is not None and c.customer == case.contact.customer)
    return tuple(c for c in same if Right.OPEN in c.rights)

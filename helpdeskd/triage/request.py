"""Mail of customers and strangers: added to a ticket, opened as one, held, or refused.

Nobody is believed without proof: what an unproved sender writes is held for a person, who sees it as what it is. A
request that is decided against is told to a proved contact, with the reason and what they can do, and to nobody else.
"""

from dataclasses import replace

from helpdeskd.domain.address import normalise
from helpdeskd.domain.desk import Queue
from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.duty import person_at_step
from helpdeskd.domain.event import (
    CustomerWrote,
    DutyPaged,
    Event,
    MailHeld,
    MailRefused,
    StatusChanged,
    TicketOpened,
    TokenMisused,
)
from helpdeskd.domain.plan import Plan, PriorityBy
from helpdeskd.domain.ticket import Decision, Emergency, Entitlement, Participant, Reason, Status, Ticket
from helpdeskd.triage.authorise import Served, entitle
from helpdeskd.triage.case import Case, Outcome, Step, Strength
from helpdeskd.triage.lookalike import resembles
from helpdeskd.triage.missing import missing

UNNUMBERED = 0
SUBJECT_LENGTH = 200


def misused_token(case: Case) -> Outcome | None:
    """A reply address in other hands: held like any unproved mail, and its holder is told."""
    if not case.thread.holder or case.thread.ticket is not None:
        return None
    held = MailHeld(case.now, case.by, case.message.subject, (Reason("token", case.thread.noted),))
    noted = case.directory.ticket(case.thread.noted)
    misused = TokenMisused(case.now, case.by, case.thread.holder)
    return Outcome("held", "reply address of somebody else", noted, (held, misused))


def unproved(case: Case) -> Outcome | None:
    """Strangers, and contacts whose From nothing proves: held."""
    if case.contact is not None and case.proved:
        return None
    reason = case.proof.reason if case.proof.strength is Strength.NONE else Reason("unknown-sender", case.proof.address)
    reasons = [reason]
    imitated = resembles(case.proof.address, case.directory.known_domains())
    if imitated:
        reasons.append(Reason("look-alike", imitated))
    held = MailHeld(case.now, case.by, case.message.subject, tuple(reasons), urgent=case.queue.duty)
    return Outcome("held", str(reason), events=(held,))


def addition(case: Case) -> Outcome | None:
    """An answer on a ticket that is not closed; it opens again what waited for the customer or was resolved."""
    ticket = case.thread.ticket
    if ticket is None or ticket.status.ended or case.contact is None:
        return None
    return _added(case, ticket, case.thread.how)


def same_emergency(case: Case) -> Outcome | None:
    """The same emergency mailed again: one ticket, one page."""
    if case.contact is None or not case.queue.duty:
        return None
    ticket = case.directory.open_emergency(case.contact.customer)
    return _added(case, ticket, "open emergency of the customer") if ticket else None


def _added(case: Case, ticket: Ticket, how: str) -> Outcome:
    joined = tuple(address for address in _colleagues(case) if not ticket.takes_part(address))
    events: list[Event] = [CustomerWrote(case.now, case.by, case.new, joined)]
    if ticket.status in {Status.WAITING, Status.PENDING, Status.RESOLVED}:
        again = Status.OPEN if ticket.owner else Status.NEW
        events.append(StatusChanged(case.now, case.by, ticket.status, again))
    return Outcome("added", how, ticket, tuple(events))


def new(case: Case) -> Outcome:
    """A new matter of a proved contact: entitled or not."""
    served = entitle(case)
    decision = served.entitlement.decision
    reasons = served.entitlement.reasons
    steps = tuple(Step("entitlement", str(decision), str(reason)) for reason in reasons)
    subject, why = case.message.subject, str(reasons[-1])
    if decision is Decision.REFUSE:
        return Outcome(
            "refused", why, events=(MailRefused(case.now, case.by, subject, reasons, tell=True),), steps=steps
        )
    if decision is Decision.HOLD:
        held = MailHeld(case.now, case.by, subject, reasons, urgent=case.queue.duty, tell=True)
        return Outcome("held", why, events=(held,), steps=steps)
    return _opened(case, served, steps)


def _opened(case: Case, served: Served, steps: tuple[Step, ...]) -> Outcome:
    ticket = _ticket(case, served)
    emergency = _is_emergency(case, served)
    promised = ticket.priority if emergency else _promised(served.plan, case.queue)
    opened = TicketOpened(case.now, case.by, ticket, case.new, promised, missing(case, served.plan))
    events: tuple[Event, ...] = (opened,)
    if emergency and case.desk.duty is not None:
        person, _ = person_at_step(case.desk.duty.roster, case.now, 1)
        events += (DutyPaged(case.now, "desk", person, 1, case.now + case.desk.duty.step, first=True),)
    return Outcome("opened", str(served.entitlement.decision), ticket, events, steps)


def _ticket(case: Case, served: Served) -> Ticket:
    """The ticket as it begins; its number is given when it is stored."""
    assert case.contact is not None
    plan, closed = served.plan, case.thread.ticket
    links = tuple(filter(None, (case.thread.noted, closed.reference if closed else "")))
    participants = (case.contact.address, *_colleagues(case))
    emergency = _is_emergency(case, served)
    highest = emergency or case.queue.duty or plan.priority_by is PriorityBy.HIGHEST
    return Ticket(
        id=UNNUMBERED,
        reference="",
        subject=case.message.subject[:SUBJECT_LENGTH].strip(),
        customer=case.contact.customer,
        requester=case.contact.address,
        plan=plan.name,
        agreement=served.contract.agreement if served.contract else "",
        queue=case.queue.name,
        team=case.queue.team,
        priority=plan.highest if highest and not _no_duty(case, served) else plan.standard,
        kind=plan.kinds[0],
        opened_at=case.envelope.received_at,
        entitlement=_told(case, served),
        triaged=plan.priority_by is not PriorityBy.HIGHEST or case.queue.duty,
        participants=tuple(Participant(address, case.now) for address in dict.fromkeys(participants)),
        unanswered_since=case.envelope.received_at,
        links=links,
        emergency=Emergency() if emergency else None,
    )


def _is_emergency(case: Case, served: Served) -> bool:
    """Mail to the duty address outside opening hours, from a contract that includes duty (spec "Duty")."""
    outside = not served.plan.calendar.is_open(case.envelope.received_at)
    return case.queue.duty and outside and served.plan.duty and case.desk.duty is not None


def _no_duty(case: Case, served: Served) -> bool:
    return case.queue.duty and not served.plan.duty


def _told(case: Case, served: Served) -> Entitlement:
    """The entitlement, with a word about duty that the contract does not include."""
    if not _no_duty(case, served):
        return served.entitlement
    return replace(served.entitlement, reasons=(*served.entitlement.reasons, Reason("duty-not-included")))


def _promised(plan: Plan, queue: Queue) -> str:
    """The priority that the customer is told of: the standard one while the highest only holds until triaged."""
    return plan.highest if queue.duty and plan.duty else plan.standard


def _colleagues(case: Case) -> tuple[str, ...]:
    """Authorised contacts of the same customer in To and Cc; nobody else joins by being copied."""
    written = (normalise(mailbox.address) for mailbox in (*case.message.to, *case.message.cc))
    contacts = (case.directory.contact(address) for address in written if address)
    same = (c for c in contacts if c is not None and case.contact is not None and c.customer == case.contact.customer)
    return tuple(dict.fromkeys(c.address for c in same if _authorised(c)))


def _authorised(contact: Contact) -> bool:
    return Right.OPEN in contact.rights

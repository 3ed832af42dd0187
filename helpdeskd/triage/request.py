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
)
from helpdeskd.domain.plan import Plan, PriorityBy
from helpdeskd.domain.ticket import Decision, Emergency, Entitlement, Participant, Reason, Status, Ticket
from helpdeskd.triage.authorise import Served, entitle
from helpdeskd.triage.case import Case, Outcome, Step, Strength
from helpdeskd.triage.missing import missing
from helpdeskd.triage.thread import may_join, topic

UNNUMBERED = 0
SUBJECT_LENGTH = 200


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
    reasons = [case.proof.reason] if case.proof.strength is Strength.NONE else []
    if case.contact is None:
        reasons.append(Reason("unknown-sender", case.proof.address))
    held = MailHeld(case.now, case.by, case.message.subject, tuple(reasons), urgent=case.queue.duty)
    return Outcome("held", str(reasons[0]), events=(held,))


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
    events: list[Event] = [CustomerWrote(case.envelope.received_at, case.by, case.new, joined)]
    if ticket.status in {Status.WAITING, Status.PENDING, Status.RESOLVED}:
        again = Status.OPEN if ticket.owner else Status.NEW
        events.append(StatusChanged(case.now, case.by, ticket.status, again))
    if _wakes_again(case, ticket):
        events += _first_page(case)
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
    promised = _promised(served.plan, case.queue)
    opened = TicketOpened(case.now, case.by, ticket, case.new, promised, missing(case, served.plan))
    events: tuple[Event, ...] = (opened,)
    if ticket.emergency is not None:
        events += _first_page(case)
    return Outcome("opened", str(served.entitlement.decision), ticket, events, steps)


def _ticket(case: Case, served: Served) -> Ticket:
    """The ticket as it begins; its number is given when it is stored."""
    assert case.contact is not None
    plan, earlier = served.plan, case.thread.ticket
    duty = case.queue.duty and plan.duty
    untriaged = plan.priority_by is PriorityBy.HIGHEST and not duty
    participants = dict.fromkeys(contact.address for contact in (case.contact, *_colleagues(case)))
    return Ticket(
        id=UNNUMBERED,
        reference="",
        subject=topic(case.message.subject, case.desk)[:SUBJECT_LENGTH].strip(),
        customer=case.contact.customer,
        requester=case.contact.address,
        plan=plan.name,
        agreement=served.contract.agreement if served.contract else "",
        queue=case.queue.name,
        team=case.queue.team,
        priority=plan.highest if duty or untriaged else plan.standard,
        kind=plan.kinds[0],
        opened_at=case.envelope.received_at,
        entitlement=_with_remarks(case, served),
        triaged=not untriaged,
        participants=tuple(Participant(address, case.now) for address in participants),
        unanswered_since=case.envelope.received_at,
        links=tuple(filter(None, (case.thread.noted, earlier.reference if earlier else ""))),
        emergency=Emergency() if _is_emergency(case, served) else None,
    )


def _is_emergency(case: Case, served: Served) -> bool:
    """Mail to the duty address outside opening hours, from a contract that includes duty (spec "Duty")."""
    return case.queue.duty and served.plan.duty and case.desk.duty is not None and _is_closed(case, served.plan)


def _wakes(case: Case) -> bool:
    """Whether this mail, as a new request, would be an emergency."""
    if not case.queue.duty:
        return False
    served = entitle(case)
    return served.entitlement.decision in {Decision.ACCEPT, Decision.BILLABLE} and _is_emergency(case, served)


def _wakes_again(case: Case, ticket: Ticket) -> bool:
    """Whether paging begins again: the emergency was released, or every step was silent and no agent has answered."""
    emergency = ticket.emergency
    if emergency is None:
        return False
    silent = emergency.waiting and emergency.next_at is None and ticket.unanswered_since is not None
    return (emergency.released or silent) and _wakes(case)


def _first_page(case: Case) -> tuple[DutyPaged, ...]:
    duty = case.desk.duty
    if duty is None:
        return ()
    person, _ = person_at_step(duty.roster, case.now, 1)
    return (DutyPaged(case.now, "desk", person, 1, case.now + duty.step, first=True),)


def _is_closed(case: Case, plan: Plan) -> bool:
    return not plan.calendar.is_open(case.envelope.received_at)


def _with_remarks(case: Case, served: Served) -> Entitlement:
    """The entitlement, with what else there is to say: other tickets, and duty that the contract does not include."""
    closed, reasons = case.thread.ticket, list(served.entitlement.reasons)
    if closed is not None and closed.status.ended:
        reasons.append(Reason("closed-ticket", closed.reference))
    if case.thread.noted:
        reasons.append(Reason("not-participant", case.thread.noted))
    if case.queue.duty and not served.plan.duty and _is_closed(case, served.plan):
        reasons.append(Reason("duty-not-included"))
    return replace(served.entitlement, reasons=tuple(reasons))


def _promised(plan: Plan, queue: Queue) -> str:
    """The priority that the customer is told of: the standard one while the highest only holds until triaged."""
    return plan.highest if queue.duty and plan.duty else plan.standard


def _colleagues(case: Case) -> tuple[Contact, ...]:
    """Authorised contacts of the same customer in To and Cc; nobody else joins by being copied."""
    written = dict.fromkeys(normalise(mailbox.address) for mailbox in (*case.message.to, *case.message.cc))
    contacts = (case.directory.contact(address) for address in written if address)
    same = (c for c in contacts if c is not None and case.contact is not None and c.customer == case.contact.customer)
    return tuple(c for c in same if Right.OPEN in c.rights)

"""What a contact answers to an estimate: agreed, in part or not at all (spec/mail.md, "Who: strength").

An answer counts when all of it holds: the word alone on the first line that is the writer's own; written by a contact
who may agree to it, who is aligned by more than SPF and not by a person of the desk, to the reply address that they got
in that very request; the same word in what its HTML shows; the estimate open, not replaced, not expired. Any
other answer is added to the ticket as what it
is, and its writer is told why it did not count. It counts once: with it the estimate is over, in the same transaction.
What only begins with the word ("Yes please") is an answer that does not count, while the estimate is open. Who may
agree and writes no such word ("Sounds good!") is told once for each estimate how to answer it.

Two handlers of the spine, which stand before the one that adds to a ticket.
"""

from dataclasses import replace

from helpdeskd.domain.bill import bill, by_card, may_agree
from helpdeskd.domain.cost_event import ApprovalRefused, EstimateApproved, EstimateDeclined, EstimateExpired
from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.event import CustomerWrote, StatusChanged, TicketEvent
from helpdeskd.domain.ticket import Reason, Status, Ticket
from helpdeskd.domain.token import APPROVE as TO_APPROVE
from helpdeskd.triage import request
from helpdeskd.triage.case import Case, Outcome, Strength
from helpdeskd.triage.forms import other_word
from helpdeskd.triage.once import has_one_name
from helpdeskd.triage.quantity import minutes_of, money_of
from helpdeskd.triage.words import DECLINE, Word, after_word, begins, said

SPF = "spf"


def answer(case: Case) -> Outcome | None:
    """A word of agreement, or the opposite, on a ticket for which an estimate was asked."""
    ticket, word = case.thread.ticket, said(case.own)
    if ticket is None or case.contact is None or not begins(case.own):
        return None
    if not _is_meant(case, ticket, word):
        return None
    why_not = _why_not(case, ticket, case.contact)
    if why_not is not None or word is None:
        return _not_counted(case, ticket, why_not or Reason("not-alone"))
    assert ticket.estimate is not None
    if word.name == DECLINE:
        declined = EstimateDeclined(case.now, case.contact.address, ticket.estimate.number, after_word(case.own))
        return _decided(case, ticket, declined, "declined")
    return _agreed(case, ticket, ticket.estimate, word)


def no_answer(case: Case) -> Outcome | None:
    """Other words of who is asked: added like any mail, and its writer learns that it is no answer, if not told yet."""
    ticket, contact = case.thread.ticket, case.contact
    if ticket is None or ticket.estimate is None or contact is None or case.accepted:
        return None
    if case.proof.strength is Strength.NONE or _without_right(case, ticket, contact) is not None:
        return None
    if _was_told(case, ticket, ticket.estimate, contact):
        return None
    added = request.addition(case)
    told = ApprovalRefused(case.now, contact.address, Reason("no-answer"))
    return added and replace(added, events=(*added.events, told))


def _was_told(case: Case, ticket: Ticket, estimate: Estimate, contact: Contact) -> bool:
    """Whether they have heard since it was asked that a mail of theirs did not count."""
    refusals = (event for event in case.directory.story(ticket.id) if isinstance(event, ApprovalRefused))
    return any(event.by == contact.address and event.at >= estimate.asked_at for event in refusals)


def _is_meant(case: Case, ticket: Ticket, word: Word | None) -> bool:
    """Whether it answers a request: one that is open, or with the word alone any that its writer got."""
    estimate = ticket.estimate
    if case.thread.purpose == TO_APPROVE:
        return word is not None or (estimate is not None and case.thread.about == estimate.number)
    if estimate is None or case.contact is None or case.proof.strength is Strength.NONE:
        return False
    # Who cannot decide it says "no" to something else.
    declines = word is not None and word.name == DECLINE
    return not (declines and _without_right(case, ticket, case.contact))


def _agreed(case: Case, ticket: Ticket, estimate: Estimate, word: Word) -> Outcome:
    """All that was asked, or the smaller amount behind the word."""
    assert case.contact is not None
    part = _part(case, ticket, estimate, word.argument) if word.argument else (estimate.minutes, estimate.cents)
    if part is None:
        return _not_counted(case, ticket, Reason("not-understood", word.argument))
    minutes, cents = part
    approved = EstimateApproved(case.now, case.contact.address, estimate.number, minutes, cents, after_word(case.own))
    return _decided(case, ticket, approved, f"approved {minutes} minutes")


def _part(case: Case, ticket: Ticket, estimate: Estimate, written: str) -> tuple[int, int | None] | None:
    """Minutes and cents of a part of what was asked; None for what is no time, and no money that it can be paid in."""
    minutes, money = minutes_of(written.casefold()), money_of(written.casefold())
    if minutes is not None:
        return min(minutes, estimate.minutes), estimate.cents
    costs = bill(ticket, case.desk.plan_named(ticket.plan), case.directory)
    if money is None or costs is None or estimate.by_card or money[1] != costs.tariff.currency:
        return None
    cents = min(money[0], estimate.cents or money[0])
    payable = costs.tariff.minutes_for(cents, None, costs.over_quota)
    return (min(estimate.minutes, payable), cents) if payable else None


def _decided(case: Case, ticket: Ticket, event: TicketEvent, why: str) -> Outcome:
    again = Status.OPEN if ticket.owner else Status.NEW
    return Outcome("approval", why, ticket, (event, StatusChanged(case.now, case.by, ticket.status, again)))


def _not_counted(case: Case, ticket: Ticket, reason: Reason) -> Outcome:
    assert case.contact is not None
    wrote = CustomerWrote(case.envelope.received_at, case.by, case.new, accepted=case.accepted)
    refused = ApprovalRefused(case.now, case.contact.address, reason)
    return Outcome("added", f"no approval: {reason}", ticket, (wrote, refused))


def _why_not(case: Case, ticket: Ticket, contact: Contact) -> Reason | None:
    """Why the answer does not count; None where it does."""
    if case.thread.purpose != TO_APPROVE:
        return _without_right(case, ticket, contact) or Reason("not-in-reply")
    if ticket.estimate is None or case.thread.about != ticket.estimate.number:
        return _ended(case, ticket)
    if case.now >= ticket.estimate.expires_at:
        return Reason("expired")
    if case.proof.strength is not Strength.TOKEN or not is_sure(case):
        return Reason("weakly-proved")
    if not case.message.plain:
        return Reason("not-plain")
    if not has_one_name(case.message):
        return Reason("no-name")
    if other_word(case):
        return Reason("two-texts")
    return _without_right(case, ticket, contact)


def is_sure(case: Case) -> bool:
    """Whether what must not be forged may rest on the sender's proof: more than SPF, and of the sender's own."""
    return case.proof.strength is not Strength.NONE and case.proof.reason.detail != SPF and not case.accepted


def _without_right(case: Case, ticket: Ticket, contact: Contact) -> Reason | None:
    plan, customer = case.desk.plan_named(ticket.plan), case.directory.customer(ticket.customer)
    if contact in may_agree(ticket, customer, plan):
        return None
    return Reason("no-right", Right.SPEND if by_card(ticket, customer, plan) else Right.APPROVE)


def _ended(case: Case, ticket: Ticket) -> Reason:
    """What became of the estimate that is answered."""
    number = case.thread.about
    for event in case.directory.story(ticket.id):
        match event:
            case EstimateApproved(number=told) if told == number:
                return Reason("already-approved", event.by)
            case EstimateDeclined(number=told) if told == number:
                return Reason("already-declined", event.by)
            case EstimateExpired(number=told) if told == number:
                return Reason("expired")
            case _:
                continue
    return Reason("withdrawn" if ticket.estimate is None else "replaced")

"""The entitlement of a new request: questions in the spec's order, each answer recorded; the gravest decides.

In: who asks, how well that is proved, and the terms that serve them. Out: `Served`: an Entitlement with its reasons,
and what follows from it. (spec "Who may ask for what": sender known? proved? has the right? contract in force? paid?
scope and product? quota? priority allowed? hours: now, or duty?) Who is held or refused is asked nothing more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from helpdeskd.domain.plan import PriorityBy
from helpdeskd.domain.ticket import Decision, Entitlement, Reason
from helpdeskd.triage.case import Case, Strength
from helpdeskd.triage.coverage import OF_CONTACT, OF_CONTRACT, Answer, within_quota
from helpdeskd.triage.importance import importance
from helpdeskd.triage.terms import Terms, terms_of

BY_GRAVITY = tuple(Decision)
REFUSALS = frozenset({Decision.HOLD, Decision.REFUSE})
"""No ticket follows, at least not now."""
THIS_ONE = ""


@dataclass(frozen=True, slots=True)
class Served:
    """The decision, and the terms that it was taken by.

    `duty`: it came to the address of duty, which is there for it, so it has the top priority; if it is `woken` too,
    whoever is on duty is.
    """

    entitlement: Entitlement
    terms: Terms
    duty: bool
    woken: bool


Question = Callable[[Case, Terms], Answer]


def entitle(case: Case) -> Served:
    """Decide how a new request is served. Every question that was answered leaves its reason.

    What is held waits for a person; who has accepted it has answered those questions.
    """
    terms = terms_of(case)
    decision, reasons = Decision.ACCEPT, list[Reason]()
    for question in QUESTIONS:
        answer, *why = question(case, terms)
        reasons += why
        if answer is Decision.HOLD and case.accepted:
            continue
        if answer is not Decision.ACCEPT:
            decision = max(decision, answer, key=BY_GRAVITY.index)
        if decision in REFUSALS:
            break
    duty = case.queue.duty and terms.duty
    woken = duty and decision not in REFUSALS and _can_wake(case, terms)
    return Served(Entitlement(decision, tuple(reasons)), terms, duty, woken)


def known(case: Case, _terms: Terms) -> Answer:
    """A stranger is held."""
    if case.contact is None:
        return Decision.HOLD, Reason("unknown-sender", case.proof.address)
    return Decision.ACCEPT, Reason("contact", f"{case.contact.name}, {case.contact.customer}")


def proved(case: Case, _terms: Terms) -> Answer:
    """A From line proves nothing; where it may open tickets all the same, it does not wake anybody."""
    wakes = case.queue.duty and not is_proved(case)
    return (Decision.ACCEPT if case.proved and not wakes else Decision.HOLD), case.proof.reason


def counted(case: Case, terms: Terms) -> Answer:
    """Only what a proved contact asks takes a place of the quota."""
    if case.contact is None or not is_proved(case):
        return (Decision.ACCEPT,)
    return within_quota(terms, case.contact.customer, THIS_ONE, case.directory)


def may_set_priority(case: Case, terms: Terms) -> Answer:
    """A mark of importance is no priority: an agent judges it, or it does not count."""
    mark = importance(case.message)
    if not mark or (case.queue.duty and terms.duty):
        return (Decision.ACCEPT,)
    match terms.plan.priority_by:
        case PriorityBy.ASK:
            return Decision.ACCEPT, Reason("priority-asked", mark)
        case PriorityBy.LOCKED:
            return Decision.ACCEPT, Reason("priority-locked")
        case PriorityBy.HIGHEST:
            return (Decision.ACCEPT,)
        case _:
            assert_never(terms.plan.priority_by)


def hours(case: Case, terms: Terms) -> Answer:
    """Now, or when the desk opens; or duty, where the contract has it."""
    if not terms.closed:
        return (Decision.ACCEPT,)
    if case.queue.duty and not (terms.plan.duty and terms.covers):
        return Decision.ACCEPT, Reason("duty-not-included")
    if case.queue.duty and not terms.duty:
        return Decision.ACCEPT, Reason("duty-not-agreed")
    return Decision.ACCEPT, Reason("duty" if case.queue.duty and _can_wake(case, terms) else "outside-hours")


def _of_terms(question: Callable[[Terms], Answer]) -> Question:
    return lambda _, terms: question(terms)


QUESTIONS: tuple[Question, ...] = (
    known, proved, *map(_of_terms, (*OF_CONTACT, *OF_CONTRACT)), counted, may_set_priority, hours,
)  # fmt: skip


def is_proved(case: Case) -> bool:
    """Whether more than a From line says who wrote; nothing else takes a place of the quota or wakes anybody."""
    return case.proof.strength is not Strength.NONE


def _can_wake(case: Case, terms: Terms) -> bool:
    return terms.closed and case.desk.duty is not None

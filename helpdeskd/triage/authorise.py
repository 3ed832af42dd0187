"""The entitlement of a new request: questions in the spec's order, each answer recorded; the gravest decides.

In: who asks, how well that is proved, and the terms that serve them. Out: `Served`: an Entitlement with its reasons,
and what follows from it. (spec "Who may ask for what": sender known? proved? has the right? contract in force? paid?
scope and product? quota? priority allowed? hours: now, or duty?) Who is held or refused is asked nothing more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from helpdeskd.domain.bill import bounds
from helpdeskd.domain.directory import Right
from helpdeskd.domain.month import month_at
from helpdeskd.domain.plan import PriorityBy, Without
from helpdeskd.domain.quota import Accepted, is_over, place
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Decision, Entitlement, Reason
from helpdeskd.triage.case import Case, Strength
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


Answer = tuple[Decision, *tuple[Reason, ...]]
"""The decision, and why; no reason where the question does not arise."""


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


def has_right(case: Case, _terms: Terms) -> Answer:
    """The customer says who may open tickets."""
    if case.contact is not None and Right.OPEN in case.contact.rights:
        return Decision.ACCEPT, Reason("right", Right.OPEN)
    return Decision.REFUSE, Reason("no-right", Right.OPEN)


def has_role(case: Case, terms: Terms) -> Answer:
    """Where the plan serves the holders of roles only, the right alone is not enough."""
    rules, roles = terms.plan.contacts, case.contact.roles if case.contact else ()
    if not rules.roles:
        return (Decision.ACCEPT,)
    if rules.admit(roles):
        return Decision.ACCEPT, Reason("role", ", ".join(roles))
    return Decision.REFUSE, Reason("no-role", ", ".join(rules.roles))


def in_force(_case: Case, terms: Terms) -> Answer:
    """A contract today; without one, what the plan says."""
    if terms.contract is not None:
        return Decision.ACCEPT, Reason("contract", terms.plan.name)
    match terms.plan.without_contract:
        case Without.REFUSE:
            return Decision.REFUSE, _why_not(terms)
        case Without.HOLD:
            return Decision.HOLD, _why_not(terms)
        case Without.BILLABLE:
            return _billable(terms.tariff)
        case _:
            assert_never(terms.plan.without_contract)


def paid(_case: Case, terms: Terms) -> Answer:
    """Where a contract is paid until a day, it serves until that day."""
    if terms.contract is None or terms.contract.paid_until is None:
        return (Decision.ACCEPT,)
    if terms.today <= terms.contract.paid_until:
        return Decision.ACCEPT, Reason("paid")
    return Decision.HOLD, Reason("unpaid", terms.contract.paid_until.isoformat())


def in_scope(case: Case, terms: Terms) -> Answer:
    """What no contract in force covers becomes a ticket, but work on it needs somebody's approval first."""
    product = case.queue.product
    if terms.contract is None or not product:
        return (Decision.ACCEPT,)
    if terms.covers:
        return Decision.ACCEPT, Reason("covered", product)
    return Decision.ASK, Reason("not-covered", product)


def within_quota(case: Case, terms: Terms) -> Answer:
    """Tickets beyond those that the contract has for a month are charged at another rate."""
    tariff, plan = terms.tariff, terms.plan
    if tariff is None or tariff.quota is None or case.contact is None or not is_proved(case):
        return (Decision.ACCEPT,)
    zone = plan.calendar.zone
    month = bounds(month_at(terms.served_at, zone), plan)
    others = case.directory.accepted(case.contact.customer, plan.name, *month)
    standing = place(THIS_ONE, (*others, Accepted(THIS_ONE, terms.served_at)), zone)
    told = f"{standing}/{tariff.quota}"
    if not is_over(standing, tariff.quota):
        return Decision.ACCEPT, Reason("quota", told)
    return Decision.BILLABLE, Reason("over-quota", told), Reason("over-quota-rate", _an_hour(tariff, over_quota=True))


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


QUESTIONS: tuple[Callable[[Case, Terms], Answer], ...] = (
    known, proved, has_right, has_role, in_force, paid, in_scope, within_quota, may_set_priority, hours,
)  # fmt: skip


def is_proved(case: Case) -> bool:
    """Whether more than a From line says who wrote; nothing else takes a place of the quota or wakes anybody."""
    return case.proof.strength is not Strength.NONE


def _can_wake(case: Case, terms: Terms) -> bool:
    return terms.closed and case.desk.duty is not None


def _billable(tariff: Tariff | None) -> Answer:
    """Without a contract: what an hour costs, and how many minutes each ticket costs at least."""
    rate = (Reason("rate", _an_hour(tariff)),) if tariff else ()
    minimum = (Reason("minimum", str(tariff.minimum_per_ticket)),) if tariff and tariff.minimum_per_ticket else ()
    return Decision.BILLABLE, Reason("billable-without-contract"), *rate, *minimum


def _an_hour(tariff: Tariff, over_quota: bool = False) -> str:
    """What an hour of ordinary time costs at least, as `95.00 EUR`."""
    cents = tariff.ordinary_rate(None, over_quota)
    return f"{cents // 100}.{cents % 100:02} {tariff.currency}"


def _why_not(terms: Terms) -> Reason:
    contract = terms.lapsed
    if contract is None:
        return Reason("no-contract")
    if contract.first_day > terms.today:
        return Reason("contract-not-started", contract.first_day.isoformat())
    return Reason("contract-ended", contract.last_day.isoformat())

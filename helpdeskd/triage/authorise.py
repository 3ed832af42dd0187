"""The entitlement of a new request: questions in the spec's order, each answer recorded, the first "no" decides.

In: who asks, how well that is proved, and the day. Out: an Entitlement with its reasons, and the plan and contract that
serve it. (spec "Who may ask for what": sender known? proved? has the right? contract in force?)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contract, Right
from helpdeskd.domain.plan import Plan, Without
from helpdeskd.domain.ticket import Decision, Entitlement, Reason
from helpdeskd.triage.case import Case, Strength


@dataclass(frozen=True, slots=True)
class Served:
    """The decision, and what serves the request: `contract` is None without one in force."""

    entitlement: Entitlement
    plan: Plan
    contract: Contract | None


Answer = tuple[Decision, Reason | None]
"""The decision, and why; no reason where the question does not arise."""


def entitle(case: Case) -> Served:
    """Decide how a new request is served. Every question that was answered leaves its reason.

    What is held waits for a person; who has accepted it has answered those questions.
    """
    plan, contract = _agreement(case)
    reasons: list[Reason] = []
    for question in QUESTIONS:
        decision, reason = question(case, plan, contract)
        reasons += [reason] if reason else []
        if decision is Decision.HOLD and case.accepted:
            continue
        if decision is not Decision.ACCEPT:
            return Served(Entitlement(decision, tuple(reasons)), plan, contract)
    return Served(Entitlement(Decision.ACCEPT, tuple(reasons)), plan, contract)


def known(case: Case, _plan: Plan, _contract: Contract | None) -> Answer:
    """A stranger is held."""
    if case.contact is None:
        return Decision.HOLD, Reason("unknown-sender", case.proof.address)
    return Decision.ACCEPT, Reason("contact", f"{case.contact.name}, {case.contact.customer}")


def proved(case: Case, _plan: Plan, _contract: Contract | None) -> Answer:
    """A From line proves nothing; where it may open tickets all the same, it does not wake anybody."""
    wakes = case.queue.duty and case.proof.strength is Strength.NONE
    return (Decision.ACCEPT if case.proved and not wakes else Decision.HOLD), case.proof.reason


def has_right(case: Case, _plan: Plan, _contract: Contract | None) -> Answer:
    """The customer says who may open tickets."""
    if case.contact is not None and Right.OPEN in case.contact.rights:
        return Decision.ACCEPT, Reason("right", Right.OPEN)
    return Decision.REFUSE, Reason("no-right", Right.OPEN)


def in_force(case: Case, plan: Plan, contract: Contract | None) -> Answer:
    """A contract today; without one, what the plan says."""
    if contract is not None and contract.in_force(_today(case, plan)):
        return Decision.ACCEPT, Reason("contract", plan.name)
    match plan.without_contract:
        case Without.REFUSE:
            return Decision.REFUSE, _why_not(case, plan, contract)
        case Without.HOLD:
            return Decision.HOLD, _why_not(case, plan, contract)
        case Without.BILLABLE:
            return Decision.BILLABLE, Reason("billable-without-contract")
        case _:
            assert_never(plan.without_contract)


def paid(case: Case, plan: Plan, contract: Contract | None) -> Answer:
    """Where a contract is paid until a day, it serves until that day."""
    if contract is None or contract.paid_until is None:
        return Decision.ACCEPT, None
    if _today(case, plan) <= contract.paid_until:
        return Decision.ACCEPT, Reason("paid")
    return Decision.HOLD, Reason("unpaid", contract.paid_until.isoformat())


QUESTIONS: tuple[Callable[[Case, Plan, Contract | None], Answer], ...] = (known, proved, has_right, in_force, paid)


def _agreement(case: Case) -> tuple[Plan, Contract | None]:
    """The plan that serves: of the contract in force, else of the customer's last one, else the desk's."""
    contracts = case.customer.contracts if case.customer else ()
    for contract in contracts:
        plan = _plan(case.desk, contract.plan)
        if contract.in_force(_today(case, plan)):
            return plan, contract
    if contracts:
        latest = max(contracts, key=lambda contract: contract.last_day)
        return _plan(case.desk, latest.plan), latest
    return _plan(case.desk, case.desk.plan), None


def _plan(desk: Desk, name: str) -> Plan:
    """A plan by its name; one that the configuration no longer has is served as the desk's own."""
    return desk.plans.get(name) or desk.plans[desk.plan]


def _today(case: Case, plan: Plan) -> date:
    """The day of receipt as the plan's clock shows it."""
    return case.envelope.received_at.astimezone(plan.calendar.zone).date()


def _why_not(case: Case, plan: Plan, contract: Contract | None) -> Reason:
    if contract is None:
        return Reason("no-contract")
    if contract.first_day > _today(case, plan):
        return Reason("contract-not-started", contract.first_day.isoformat())
    return Reason("contract-ended", contract.last_day.isoformat())

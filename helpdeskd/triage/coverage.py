"""What a contract says to a request: has its contact the right and the role, is it in force, paid, and about that, and
which ticket of the month is it?

In: the terms that serve the request. Out: an answer to each question: a decision, and the reasons for it. They are
asked of a new request (`triage.authorise`), and again of a ticket that comes under another contract (`triage.anew`).
Nothing fails.
"""

from collections.abc import Callable
from typing import assert_never

from helpdeskd.domain.bill import bounds
from helpdeskd.domain.directory import Directory, Right
from helpdeskd.domain.month import month_at
from helpdeskd.domain.plan import Without
from helpdeskd.domain.quota import Accepted, is_over, place
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Decision, Reason
from helpdeskd.triage.terms import Terms

Answer = tuple[Decision, *tuple[Reason, ...]]
"""The decision, and why; no reason where the question does not arise."""


def has_right(terms: Terms) -> Answer:
    """The customer says who may open tickets."""
    if terms.contact is not None and Right.OPEN in terms.contact.rights:
        return Decision.ACCEPT, Reason("right", Right.OPEN)
    return Decision.REFUSE, Reason("no-right", Right.OPEN)


def has_role(terms: Terms) -> Answer:
    """Where the plan serves the holders of roles only, the right alone is not enough."""
    rules, roles = terms.plan.contacts, terms.contact.roles if terms.contact else ()
    if not rules.roles:
        return (Decision.ACCEPT,)
    if rules.admit(roles):
        return Decision.ACCEPT, Reason("role", ", ".join(roles))
    return Decision.REFUSE, Reason("no-role", ", ".join(rules.roles))


def in_force(terms: Terms) -> Answer:
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


def paid(terms: Terms) -> Answer:
    """Where a contract is paid until a day, it serves until that day."""
    if terms.contract is None or terms.contract.paid_until is None:
        return (Decision.ACCEPT,)
    if terms.today <= terms.contract.paid_until:
        return Decision.ACCEPT, Reason("paid")
    return Decision.HOLD, Reason("unpaid", terms.contract.paid_until.isoformat())


def in_scope(terms: Terms) -> Answer:
    """What no contract in force covers becomes a ticket, but work on it needs somebody's approval first."""
    if terms.contract is None or not terms.about:
        return (Decision.ACCEPT,)
    about = ", ".join(terms.about)
    return (Decision.ACCEPT, Reason("covered", about)) if terms.covers else (Decision.ASK, Reason("not-covered", about))


OF_CONTACT: tuple[Callable[[Terms], Answer], ...] = (has_right, has_role)
OF_CONTRACT: tuple[Callable[[Terms], Answer], ...] = (in_force, paid, in_scope)


def within_quota(terms: Terms, customer: str, ticket: str, directory: Directory) -> Answer:
    """Tickets beyond those that the contract has for a month are charged at another rate.

    `ticket` is the reference of the one that counts now, "" for one that has none yet.
    """
    tariff, plan = terms.tariff, terms.plan
    if tariff is None or tariff.quota is None:
        return (Decision.ACCEPT,)
    zone = plan.calendar.zone
    month = bounds(month_at(terms.served_at, zone), plan)
    others = (one for one in directory.accepted(customer, plan.name, *month) if one.ticket != ticket)
    standing = place(ticket, (*others, Accepted(ticket, terms.served_at)), zone)
    told = f"{standing}/{tariff.quota}"
    if not is_over(standing, tariff.quota):
        return Decision.ACCEPT, Reason("quota", told)
    return Decision.BILLABLE, Reason("over-quota", told), Reason("over-quota-rate", _an_hour(tariff, over_quota=True))


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

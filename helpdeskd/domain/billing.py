"""Billing: a customer's ledger as it is stored, and the statements that it makes (policies, "Statement").

In: a customer, the desk's plans, and what is stored, asked through the Directory. Out: statements: of one month as it
was issued or would be, or of all months that are still to be issued, in order, each as if the earlier ones were. A
month is over when it has ended in the zone of every plan.

A customer is billed for the months in which a contract with prices was in force, and for those on which something
stands. Prices, VAT and quota of a month are those of the contract then in force, else of the last one, else of the
desk's own plan; a customer for whom none of these has prices is never billed. Pure; nothing fails.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from helpdeskd.domain.bill import bill, bounds
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contract, Customer, Directory
from helpdeskd.domain.line import Line
from helpdeskd.domain.month import Month, month_of
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.quota import used
from helpdeskd.domain.standby import standby_lines
from helpdeskd.domain.statement import Ledger, Statement, statement
from helpdeskd.domain.tariff import Tariff, in_force

DAY = timedelta(days=1)


def statement_of(customer: Customer, month: Month, desk: Desk, directory: Directory) -> Statement | None:
    """The statement of a month; None for a customer without prices."""
    issued = directory.statements(customer.name)
    return _made(customer, month, ledger_of(customer, desk, directory), desk, directory, issued)


def unissued(customer: Customer, months: Iterable[Month], desk: Desk, directory: Directory) -> Iterator[Statement]:
    """The statements of these months (in order) that the customer has not been issued, the earliest first."""
    issued = list(directory.statements(customer.name))
    done = {each.month for each in issued}
    missing = [month for month in months if month not in done]
    ledger = ledger_of(customer, desk, directory) if missing else Ledger()
    for month in missing:
        made = _made(customer, month, ledger, desk, directory, issued)
        if made is not None and (not made.is_empty or _priced(customer, month, desk)):
            issued.append(made)
            yield made


def ledger_of(customer: Customer, desk: Desk, directory: Directory) -> Ledger:
    """All that the customer was ever charged with, as its tickets were settled last."""
    tickets = directory.tickets_of(customer.name)
    bills = (bill(ticket, desk.plan_named(ticket.plan), directory) for ticket in tickets)
    standby = (line for contract in customer.contracts for line in _standby(contract, desk))
    since = directory.billed_since(customer.name)
    return Ledger(tuple(one.settlement for one in bills if one), tuple(standby), customer.cards, since=since)


def prices(customer: Customer, desk: Desk) -> tuple[Tariff, ...]:
    """All tariffs of the customer's contracts."""
    return tuple(tariff for contract in customer.contracts for tariff in _tariffs(contract, desk))


def end_of(month: Month, desk: Desk) -> datetime:
    """When the month is over in every zone, aware UTC."""
    return max(bounds(month, plan)[1] for plan in desk.plans.values())


def month_now(desk: Desk, now: datetime) -> Month:
    """The month that is not over yet."""
    month = month_of((now.astimezone(UTC) - DAY).date())
    while end_of(month, desk) <= now:
        month = month.following
    return month


def _made(
    customer: Customer, month: Month, ledger: Ledger, desk: Desk, directory: Directory, issued: Iterable[Statement]
) -> Statement | None:
    terms = _terms(customer, month, desk)
    if terms is None:
        return None
    plan, tariff = terms
    accepted = directory.accepted(customer.name, plan.name, *bounds(month, plan))
    counted = used(accepted, month, plan.calendar.zone)
    return statement(customer.name, month, replace(ledger, counted=counted), tariff, issued)


def _terms(customer: Customer, month: Month, desk: Desk) -> tuple[Plan, Tariff] | None:
    """Which plan and tariff a month goes by."""
    known = [contract for contract in customer.contracts if _tariffs(contract, desk)]
    then = _priced(customer, month, desk)
    # Of those that last the month the first; else the one that ended last.
    contract = max(then or known, key=lambda one: min(one.last_day, month.last_day), default=None)
    plan = desk.plans[contract.plan if contract else desk.plan]
    tariffs = plan.tariffs_of(contract.agreement if contract else "")
    return (plan, in_force(tariffs, month.last_day)) if tariffs else None


def _priced(customer: Customer, month: Month, desk: Desk) -> list[Contract]:
    """The contracts with prices that were in force in the month."""
    return [
        contract
        for contract in customer.contracts
        if contract.first_day <= month.last_day and month.first_day <= contract.last_day and _tariffs(contract, desk)
    ]


def _standby(contract: Contract, desk: Desk) -> Iterator[Line]:
    tariffs = _tariffs(contract, desk)
    for period in contract.standby if tariffs else ():
        yield from standby_lines(period, tariffs)


def _tariffs(contract: Contract, desk: Desk) -> tuple[Tariff, ...]:
    """The prices of a contract; none where its plan has none, or is no longer configured."""
    plan = desk.plans.get(contract.plan)
    return plan.tariffs_of(contract.agreement) if plan else ()

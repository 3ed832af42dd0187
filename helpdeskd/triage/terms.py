"""What a new request is judged by: the contract that serves it, its plan, and the moment that counts.

In: a case. Out: `Terms`. The first contract in force that covers the queue's product serves; where none does, the first
in force; where none is in force, the plan of the last one says what happens, and without any the desk's own. A contract
is in force on the day of receipt, by the clock of its plan. Hours, quota and prices go by the moment at which the desk
accepts: that of receipt, or now where a person has accepted a held mail. Nothing fails.
"""

from dataclasses import dataclass
from datetime import date, datetime

from helpdeskd.domain.bill import periods
from helpdeskd.domain.directory import Contract
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.standby import period_at
from helpdeskd.domain.tariff import Tariff, tariff_at
from helpdeskd.triage.case import Case


@dataclass(frozen=True, slots=True)
class Terms:
    """`contract` is the one in force, and `covers` says whether it covers the product; `lapsed` is, without one in
    force, the last of the others.

    `today` is the day of receipt in the plan's zone, `served_at` (aware UTC) when the desk accepts, `agreed` whether
    that is in an agreed standby period.
    """

    plan: Plan
    today: date
    served_at: datetime
    contract: Contract | None = None
    covers: bool = True
    lapsed: Contract | None = None
    agreed: bool = False

    @property
    def closed(self) -> bool:
        """Is it outside the opening hours of the plan?"""
        return not self.plan.calendar.is_open(self.served_at)

    @property
    def duty(self) -> bool:
        """May the customer have duty for it now? In opening hours that needs no agreed period."""
        needs_period = self.plan.duty_by_agreement and self.closed
        return self.plan.duty and self.covers and (self.agreed or not needs_period)

    @property
    def tariff(self) -> Tariff | None:
        """What work on it costs; None for a plan without prices. Only a contract in force has an agreement."""
        tariffs = self.plan.tariffs_of(self.contract.agreement if self.contract else "")
        return tariff_at(tariffs, self.served_at) if tariffs else None


def terms_of(case: Case) -> Terms:
    """The terms of a new request."""
    contracts = case.customer.contracts if case.customer else ()
    current = [
        contract for contract in contracts if contract.in_force(_today(case, case.desk.plan_named(contract.plan)))
    ]
    fitting = [contract for contract in current if _covers(contract, case.queue.product)]
    contract = next(iter(fitting or current), None)
    latest = max(contracts, key=lambda contract: contract.last_day, default=None)
    serving = contract or latest
    plan, served_at = case.desk.plan_named(serving.plan if serving else ""), _served_at(case)
    return Terms(
        plan=plan,
        today=_today(case, plan),
        served_at=served_at,
        contract=contract,
        covers=bool(fitting) or contract is None,
        lapsed=None if contract else latest,
        agreed=contract is not None and period_at(periods(case.customer, plan), served_at) is not None,
    )


def _covers(contract: Contract, product: str) -> bool:
    """A contract that names no products covers all, and what is about none is covered by each."""
    return not (contract.covers and product) or product in contract.covers


def _served_at(case: Case) -> datetime:
    return case.now if case.accepted else case.envelope.received_at


def _today(case: Case, plan: Plan) -> date:
    return case.envelope.received_at.astimezone(plan.calendar.zone).date()

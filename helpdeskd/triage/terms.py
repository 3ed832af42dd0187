"""What a new request is judged by: the contract that serves it, its plan, and the moment that counts.

In: a case, or who asks for what and when. Out: `Terms`. The first contract in force that covers product and site
serves; where none does, the first in force; where none is in force, the plan of the last one says what happens, and
without any the desk's own. A contract is in force on the day of receipt, by the clock of its plan. Hours, quota and
prices go by the moment at which the desk accepts: that of receipt, or now where a person has accepted a held mail.
Nothing fails.
"""

from dataclasses import dataclass
from datetime import date, datetime

from helpdeskd.domain.bill import periods
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contact, Contract, Customer
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.standby import period_at
from helpdeskd.domain.tariff import Tariff, tariff_at
from helpdeskd.triage.case import Case

SITE = "site:"
"""How the role begins of a contact who stands for a site."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`contract` is the one in force, and `covers` says whether it covers what the request is `about`, the names of a
    product and a site; `lapsed` is, without one in force, the last of the others. `contact` asks, if a contact does.

    `today` is the day of receipt in the plan's zone, `served_at` (aware UTC) when the desk accepts, `agreed` whether
    that is in an agreed standby period.
    """

    plan: Plan
    today: date
    served_at: datetime
    contact: Contact | None = None
    about: tuple[str, ...] = ()
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


@dataclass(frozen=True, slots=True)
class Request:
    """Who of which customer asks for help with what, when it came, and when the desk accepts it (aware UTC).

    `site` is one of the customer's, "" where nobody has said for which.
    """

    customer: Customer | None
    contact: Contact | None
    product: str
    site: str
    received_at: datetime
    served_at: datetime

    @property
    def about(self) -> tuple[str, ...]:
        """What contracts are asked to cover: a site only where one of them names sites."""
        contracts = self.customer.contracts if self.customer else ()
        sites = {name for contract in contracts for name in contract.covers} & set(self._sites)
        return tuple(filter(None, (self.product, self.site if sites else "")))

    def is_covered_by(self, contract: Contract) -> bool:
        """A contract that names no products covers all, and what is about none is covered by each; so it is with
        sites.
        """
        return all(name in contract.covers or not self._others(name, contract) for name in self.about)

    def _others(self, name: str, contract: Contract) -> bool:
        """Whether the contract names others of that sort: sites for a site, products for a product."""
        return any((other in self._sites) == (name == self.site) for other in contract.covers)

    @property
    def _sites(self) -> tuple[str, ...]:
        return self.customer.sites if self.customer else ()


def terms_of(case: Case) -> Terms:
    """The terms of a new request."""
    received_at = case.envelope.received_at
    served_at = case.now if case.accepted else received_at
    asked = Request(
        case.customer, case.contact, case.queue.product, site_of(case.contact, case.customer), received_at, served_at
    )
    return terms_for(asked, case.desk)


def site_of(contact: Contact | None, customer: Customer | None) -> str:
    """The site that a contact stands for, where it is one."""
    roles = contact.roles if contact else ()
    sites = [site for site in (customer.sites if customer else ()) if f"{SITE}{site}" in roles]
    return sites[0] if len(sites) == 1 else ""


def terms_for(asked: Request, desk: Desk) -> Terms:
    """The terms of a request, also of one that was made earlier."""
    contracts = asked.customer.contracts if asked.customer else ()
    current = [contract for contract in contracts if contract.in_force(_today(asked, desk.plan_named(contract.plan)))]
    fitting = [contract for contract in current if asked.is_covered_by(contract)]
    contract = next(iter(fitting or current), None)
    latest = max(contracts, key=lambda contract: contract.last_day, default=None)
    serving = contract or latest
    plan = desk.plan_named(serving.plan if serving else "")
    return Terms(
        plan=plan,
        today=_today(asked, plan),
        served_at=asked.served_at,
        contact=asked.contact,
        about=asked.about,
        contract=contract,
        covers=bool(fitting) or contract is None,
        lapsed=None if contract else latest,
        agreed=contract is not None and period_at(periods(asked.customer, plan), asked.served_at) is not None,
    )


def _today(asked: Request, plan: Plan) -> date:
    return asked.received_at.astimezone(plan.calendar.zone).date()

"""A desk with prices, two of its customers, and their ledger in memory."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from helpdeskd.domain.card import Draw
from helpdeskd.domain.desk import Desk, Queue
from helpdeskd.domain.directory import Contract, Customer
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.month import Month
from helpdeskd.domain.plan import CardOffer, Plan, Priority
from helpdeskd.domain.quota import Accepted
from helpdeskd.domain.statement import Statement
from helpdeskd.domain.ticket import Decision, Entitlement, Ticket
from tests.domain.tariffs import AGREEMENT, AMSTERDAM, BEST_EFFORT, PREPAID, STANDBY, local, office, worked

OFFICE = office("09:00-17:00")
NORMAL = (Priority("normal"),)
HOURLY = Plan("hourly", OFFICE, ("nl",), NORMAL, "normal", tariffs=(BEST_EFFORT,), agreements={"good": (AGREEMENT,)})
PREPAID_PLAN = Plan(
    "prepaid", OFFICE, ("nl",), NORMAL, "normal", tariffs=(PREPAID,), welcome_card=180, cards=(CardOffer(300, 400_00),)
)
STANDING_BY = replace(HOURLY, name="standby", tariffs=(STANDBY,), agreements={})
FREE = Plan("free", OFFICE, ("nl",), NORMAL, "normal")
ISLAND = replace(FREE, name="island", calendar=office("09:00-17:00", ZoneInfo("Pacific/Honolulu")))
DESK = Desk(
    name="Helpdesk",
    domain="desk.example",
    prefix="HD",
    language="nl",
    languages=("nl",),
    calendar=OFFICE,
    calendars={"office": OFFICE},
    plans={plan.name: plan for plan in (FREE, HOURLY, PREPAID_PLAN, STANDING_BY)},
    plan="free",
    queues=(Queue("support", ("support@desk.example",), "support"),),
)
YEAR = date(2026, 1, 1), date(2026, 12, 31)
BAKERY = Customer("bakery", "Bakery", contracts=(Contract("hourly", *YEAR),))
SCHOOL = Customer("school", "School", contracts=(Contract("prepaid", date(2026, 2, 1), date(2027, 1, 31)),))


def case(number: int, opened: datetime, **changes: object) -> Ticket:
    """A ticket of the bakery."""
    entitlement = Entitlement(Decision.ACCEPT)
    made = Ticket(
        id=number,
        reference=f"HD-{number}",
        subject="It hangs",
        customer="bakery",
        requester="anna@bakery.example",
        plan="hourly",
        queue="support",
        team="support",
        priority="normal",
        kind="problem",
        opened_at=opened,
        entitlement=entitlement,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class Kept:
    """The Directory's answers about one customer."""

    known: Customer = BAKERY
    tickets: tuple[Ticket, ...] = ()
    booked: tuple[Entry, ...] = ()
    issued: tuple[Statement, ...] = ()

    def customer(self, name: str) -> Customer | None:
        return self.known if name == self.known.name else None

    def tickets_of(self, customer: str) -> tuple[Ticket, ...]:
        return self.tickets

    def entries(self, ticket_id: int) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.booked if entry.ticket == f"HD-{ticket_id}")

    def approvals(self, ticket_id: int) -> tuple[Approval, ...]:
        return ()

    def draws(self, customer: str) -> tuple[Draw, ...]:
        return ()

    def billed_since(self, customer: str) -> Month | None:
        return None

    def accepted(self, customer: str, plan: str, since: datetime, until: datetime) -> tuple[Accepted, ...]:
        own = (ticket for ticket in self.tickets if ticket.plan == plan and since <= ticket.served_at < until)
        return tuple(Accepted(ticket.reference, ticket.served_at) for ticket in own)

    def statements(self, customer: str) -> tuple[Statement, ...]:
        return self.issued


def with_work(*starts: datetime) -> Kept:
    """A ticket with 60 minutes of work for each start."""
    numbered = list(enumerate(starts, start=1))
    booked = tuple(replace(worked(start, 60), ticket=f"HD-{number}") for number, start in numbered)
    return Kept(tickets=tuple(case(number, start) for number, start in numbered), booked=booked)


def at(month: int, day: int, hour: int = 10) -> datetime:
    return local(2026, month, day, hour, zone=AMSTERDAM)

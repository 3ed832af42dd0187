"""A desk, its people and a ticket, as policies see them: values only, and a directory in memory."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.card import Draw
from helpdeskd.domain.desk import Channel, ChannelKind, Desk, Duty, Queue
from helpdeskd.domain.directory import Agent, Contact, Contract, Customer, Right, SentMail
from helpdeskd.domain.duty import Roster
from helpdeskd.domain.effect import Effect, Remind
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.event import Event, TicketEvent
from helpdeskd.domain.month import Month
from helpdeskd.domain.notice import Notice
from helpdeskd.domain.plan import Plan, Priority, PriorityBy, TargetRule
from helpdeskd.domain.quota import Accepted
from helpdeskd.domain.statement import Statement
from helpdeskd.domain.target import Target, TargetKind
from helpdeskd.domain.ticket import Decision, Entitlement, Participant, Reason, Ticket
from helpdeskd.policy.clock import wind
from helpdeskd.policy.react import react
from helpdeskd.policy.scene import Scene

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 23, 10, tzinfo=ZONE).astimezone(UTC)
NIGHT = datetime(2026, 11, 23, 23, tzinfo=ZONE).astimezone(UTC)
OFFICE = Calendar("office", ZONE, (((510, 1080),),) * 5 + ((), ()))


def rule(kind: TargetKind, amount: str, promised: bool = True) -> TargetRule:
    return TargetRule(kind, parse_amount(amount), promised)


HIGH = Priority(
    "high", (rule(TargetKind.RESPONSE, "1 working hour"), rule(TargetKind.RESOLUTION, "4 working hours", False))
)
NORMAL = Priority(
    "normal",
    (
        rule(TargetKind.RESPONSE, "4 working hours"),
        rule(TargetKind.NEXT_RESPONSE, "4 working hours"),
        rule(TargetKind.RESOLUTION, "2 working days"),
    ),
)
LOW = Priority("low", (rule(TargetKind.RESOLUTION, "5 working days"),))
PLAN = Plan("standard", OFFICE, ("en", "nl"), (HIGH, NORMAL, LOW), "normal", duty=True, duty_may_cost=True)
UNTRIAGED = replace(PLAN, name="untriaged", priority_by=PriorityBy.HIGHEST)

ANNA = Contact("bakery", "Anna", ("anna@bakery.example",), "nl")
BRAM = Contact("bakery", "Bram", ("bram@bakery.example",), "xx", frozenset({Right.OPEN, Right.SPEND}), ("general",))
CONTRACT = Contract("standard", date(2026, 1, 1), date(2026, 12, 31), duty_phone="+31 20 555 0100")
BAKERY = Customer("bakery", "Bakery", language="en", contacts=(ANNA, BRAM), contracts=(CONTRACT,))
PIET = Agent("piet", "Piet Jansen", ("piet@desk.example",), teams=("support",))
ANS = Agent("ans", "Ans Smit", ("ans@desk.example",), teams=("support",))
MIA = Agent("mia", "Mia Manager", ("mia@desk.example",), manager=True)
DESK = Desk(
    name="Helpdesk",
    domain="desk.example",
    prefix="HD",
    language="en",
    languages=("en", "nl"),
    calendar=OFFICE,
    calendars={"office": OFFICE},
    plans={"standard": PLAN, "untriaged": UNTRIAGED},
    plan="standard",
    queues=(Queue("support", ("support@desk.example",), "support"),),
    duty=Duty(Roster(("piet", "ans")), timedelta(minutes=15), channels=(Channel(ChannelKind.COMMAND, "hook"),)),
)
TICKET = Ticket(
    id=1,
    reference="HD-1001",
    subject="It hangs",
    customer="bakery",
    requester="anna@bakery.example",
    plan="standard",
    queue="support",
    team="support",
    priority="normal",
    kind="problem",
    opened_at=NOW,
    entitlement=Entitlement(Decision.ACCEPT, (Reason("contract", "standard"),)),
    participants=(Participant("anna@bakery.example", NOW), Participant("bram@bakery.example", NOW)),
    unanswered_since=NOW,
)


@dataclass
class People:
    """The Directory of these few."""

    told: tuple[Event, ...] = ()
    others: tuple[Ticket, ...] = ()
    everybody: tuple[Agent, ...] = (PIET, ANS, MIA)
    bakery: Customer = BAKERY
    booked: tuple[Entry, ...] = ()
    approved: tuple[Approval, ...] = ()
    drawn: tuple[Draw, ...] = ()
    counted: tuple[Accepted, ...] = ()
    fixed: tuple[Statement, ...] = ()
    happened: tuple[tuple[int, TicketEvent], ...] = ()

    def contact(self, address: str) -> Contact | None:
        return next((contact for contact in self.bakery.contacts if address in contact.addresses), None)

    def customer(self, name: str) -> Customer | None:
        return self.bakery if name == self.bakery.name else None

    def customer_of_domain(self, domain: str) -> Customer | None:
        return None

    def was_sent(self, notice: str, address: str, since: datetime) -> bool:
        return False

    def held_since(self, since: datetime) -> int:
        return 0

    def agent(self, address: str) -> Agent | None:
        return next((agent for agent in self.everybody if address in agent.addresses), None)

    def agents(self) -> tuple[Agent, ...]:
        return self.everybody

    def known_domains(self) -> frozenset[str]:
        return frozenset()

    def ticket(self, reference: str) -> Ticket | None:
        return next((ticket for ticket in self.others if ticket.reference == reference), None)

    def ticket_by_id(self, ticket_id: int) -> Ticket | None:
        return None

    def reference_of(self, message_id: str) -> str:
        return ""

    def sent(self, message_id: str) -> SentMail | None:
        return None

    def sent_by_id(self, outbox_id: int) -> SentMail | None:
        return None

    def targets(self, ticket_id: int) -> tuple[Target, ...]:
        return ()

    def story(self, ticket_id: int) -> tuple[Event, ...]:
        return self.told

    def earlier(self, ticket: Ticket, limit: int, alike: bool) -> tuple[Ticket, ...]:
        return self.others[:limit]

    def open_emergency(self, customer: str) -> Ticket | None:
        return None

    def ticket_of_alert(self, key: str) -> Ticket | None:
        return None

    def automatic_mails(self, address: str, since: datetime) -> int:
        return 0

    def entries(self, ticket_id: int) -> tuple[Entry, ...]:
        return self.booked

    def approvals(self, ticket_id: int) -> tuple[Approval, ...]:
        return self.approved

    def draws(self, customer: str) -> tuple[Draw, ...]:
        return self.drawn

    def accepted(self, customer: str, plan: str, since: datetime, until: datetime) -> tuple[Accepted, ...]:
        return tuple(ticket for ticket in self.counted if since <= ticket.at < until)

    def billed_since(self, customer: str) -> Month | None:
        return None

    def is_blocked(self, address: str) -> bool:
        return False

    def news(self, since: datetime) -> tuple[tuple[int, TicketEvent], ...]:
        return tuple((number, event) for number, event in self.happened if event.at >= since)

    def is_held(self, inbox_id: int) -> bool:
        return False

    def story_of_mail(self, inbox_id: int) -> tuple[Event, ...]:
        return ()

    def asked_to_adopt(self, sender: str, customer: str, since: datetime) -> bool:
        return False

    def tickets_of(self, customer: str) -> tuple[Ticket, ...]:
        return self.others

    def unfinished(self, customer: str | None = None) -> tuple[Ticket, ...]:
        own = (ticket for ticket in self.others if customer in {None, ticket.customer})
        return tuple(ticket for ticket in own if not ticket.status.ended)

    def customer_titles(self) -> dict[str, str]:
        return {self.bakery.name: self.bakery.title}

    def heard_from(self, message_id: str, sender: str) -> tuple[str, ...]:
        return ()

    def contact_list(self, customer: str) -> int:
        return 7

    def who_got_list(self, number: int) -> tuple[str, ...]:
        return ()

    def statements(self, customer: str) -> tuple[Statement, ...]:
        return self.fixed


def scene(*events: Event, ticket: Ticket | None = TICKET, now: datetime = NOW, **more: object) -> Scene:
    """What policies see when these events happen to the ticket."""
    desk, people = more.pop("desk", DESK), more.pop("people", People())
    made = Scene(desk, people, now, events, ticket, **more)  # type: ignore[arg-type]
    return made if ticket is None else replace(made, targets=wind(ticket, (), made.plan, now))


def told(*events: Event, **more: object) -> list[str]:
    """Who gets which notice: `anna ticket-received`."""
    return [f"{n.to.address.partition('@')[0]} {n.name}" for n in notices(react(scene(*events, **more)))]  # type: ignore[arg-type]


def notices(effects: list[Effect]) -> list[Notice]:
    return [effect for effect in effects if isinstance(effect, Notice)]


def reminders(effects: list[Effect]) -> list[Remind]:
    return [effect for effect in effects if isinstance(effect, Remind)]

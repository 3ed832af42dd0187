"""What a policy sees beside its event: the ticket after all events of the turn, and the mail that caused them, if any
did.

Also the small words that all policies share: who a recipient is, and what a template may say of desk and ticket.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from helpdeskd.domain.bill import Bill
from helpdeskd.domain.calendar import Calendar
from helpdeskd.domain.desk import Desk, Queue
from helpdeskd.domain.directory import Agent, Contact, Customer, Directory
from helpdeskd.domain.event import Event, TicketOpened
from helpdeskd.domain.notice import DeskFacts, Facts, Notice, Promise, Recipient, TicketFacts
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Scene:
    """`mail_id`, `text`, `strength` and `attachments` are of the mail that caused the turn, if any; `writer` wrote it.

    `addressed` is false when no address of ours is in its To or Cc: such mail is not answered automatically (RFC 3834
    §2). `commands` are usages that make sense for the ticket, `help` one line for each command that there is. `bill` is
    what the ticket comes to after the turn; None where it costs nothing.
    """

    desk: Desk
    directory: Directory
    now: datetime
    events: tuple[Event, ...]
    ticket: Ticket | None = None
    targets: tuple[Target, ...] = ()
    queue: Queue | None = None
    mail_id: int = 0
    addressed: bool = True
    writer: str = ""
    strength: str = ""
    attachments: tuple[str, ...] = ()
    text: str = ""
    commands: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    bill: Bill | None = None

    def happened(self, kind: type) -> bool:
        """Whether an event of that kind is among the turn's."""
        return any(isinstance(event, kind) for event in self.events)

    @property
    def plan(self) -> Plan:
        name = self.ticket.plan if self.ticket else self.desk.plan
        return self.desk.plan_named(name)

    @property
    def own_queue(self) -> Queue:
        """The queue that a notice comes from: the ticket's, else the one that the mail was sent to, else the first."""
        known = self.desk.queue_named(self.ticket.queue) if self.ticket else self.queue
        return known or self.desk.queues[0]


def calendar_of(agent: Agent, desk: Desk) -> Calendar:
    """An agent's working time."""
    return desk.calendars.get(agent.calendar, desk.calendar)


def to_agent(agent: Agent, desk: Desk) -> Recipient:
    zone = calendar_of(agent, desk).zone.key
    return Recipient(agent.address, agent.title, _language(desk.languages, desk, agent.language), zone, agent=True)


def to_contact(contact: Contact, customer: Customer | None, scene: Scene) -> Recipient:
    wanted = (contact.language, customer.language if customer else "")
    plan = scene.plan if scene.ticket else _plan_of(customer, scene)
    language = _language(plan.languages, scene.desk, *wanted)
    zone = (customer.zone if customer else "") or plan.calendar.zone.key
    return Recipient(contact.address, contact.name, language, zone)


def to_address(address: str, scene: Scene) -> Recipient | None:
    """The recipient behind an address of the directory; None for somebody who has left it."""
    agent = scene.directory.agent(address)
    if agent is not None:
        return to_agent(agent, scene.desk)
    contact = scene.directory.contact(address)
    if contact is None:
        return None
    return to_contact(contact, scene.directory.customer(contact.customer), scene)


def rung_address(address: str, scene: Scene) -> Recipient | None:
    """The recipient behind an address of the ladder that is in no directory; None for any other address."""
    if not any(address in rung.to for rung in scene.desk.ladder):
        return None
    return Recipient(address, "", scene.desk.language, scene.desk.calendar.zone.key, agent=True)


def customers(scene: Scene) -> list[Recipient]:
    """Everybody of the customer who takes part in the ticket, the requester first, nobody twice."""
    if scene.ticket is None:
        return []
    found = (to_address(participant.address, scene) for participant in scene.ticket.participants)
    people = (recipient for recipient in found if recipient is not None and not recipient.agent)
    return list(dict.fromkeys(people))


def requester(scene: Scene) -> list[Recipient]:
    """The requester, if they are still known."""
    recipient = to_address(scene.ticket.requester, scene) if scene.ticket else None
    return [recipient] if recipient is not None else []


def team(scene: Scene, name: str = "") -> list[Agent]:
    """The agents of a team (default: the ticket's or the queue's) who are of the ticket's level, if any are; all agents
    where nobody is in it.
    """
    wanted = name or (scene.ticket.team if scene.ticket else "") or scene.own_queue.team
    level = scene.ticket.level if scene.ticket else 0
    everybody = scene.directory.agents()
    members = [agent for agent in everybody if wanted in agent.teams] or list(everybody)
    return [agent for agent in members if agent.level == level] or members


def concerned(scene: Scene) -> list[Agent]:
    """Who of the desk is told about a ticket: its owner, else its team."""
    owner = named(scene, scene.ticket.owner) if scene.ticket and scene.ticket.owner else None
    return [owner] if owner is not None else team(scene)


def named(scene: Scene, name: str) -> Agent | None:
    return next((agent for agent in scene.directory.agents() if agent.name == name), None)


def opening(scene: Scene) -> str:
    """What the customer wrote first."""
    story = scene.directory.story(scene.ticket.id) if scene.ticket else ()
    return next((event.text for event in (*story, *scene.events) if isinstance(event, TicketOpened)), "")


def title(scene: Scene, by: str) -> str:
    """How people call who did something: an agent's title, a contact's name, or what is written."""
    agent = named(scene, by)
    contact = scene.directory.contact(by)
    return agent.title if agent else contact.name if contact else by


def promises(targets: Iterable[Target]) -> tuple[Promise, ...]:
    """The promised targets that are open, for a customer. A goal is never told."""
    return tuple(Promise(t.kind.value, str(t.amount), t.due) for t in targets if t.promised and t.is_open)


def facts(scene: Scene, **more: object) -> Facts:
    """The facts of this scene, with those that a notice adds."""
    queue = scene.own_queue
    desk = DeskFacts(scene.desk.name, queue.address)
    if not scene.plan.calendar.is_open(scene.now):
        opens = scene.plan.calendar.next_opening(scene.now)
        desk = replace(desk, opens_at=opens, duty_phone=_duty_phone(scene))
    ticket = scene.ticket
    told = None
    if ticket is not None:
        customer = scene.directory.customer(ticket.customer)
        owner = title(scene, ticket.owner) if ticket.owner else ""
        told = TicketFacts(
            ticket.reference, ticket.subject, ticket.status.value, ticket.priority, ticket.kind, owner,
            customer.title if customer else ticket.customer or scene.desk.name, ticket.opened_at,
        )  # fmt: skip
    cards = scene.bill.cards if scene.bill else None
    return Facts(desk=desk, at=scene.now, ticket=told, **{"cards": cards} | more)  # type: ignore[arg-type]


def notices(name: str, people: Iterable[Recipient], told: Facts, **more: object) -> Iterable[Notice]:
    """The same notice to each of them."""
    return [Notice(name, person, told, **more) for person in people]  # type: ignore[arg-type]


def _duty_phone(scene: Scene) -> str:
    customer = scene.directory.customer(scene.ticket.customer) if scene.ticket else None
    contract = customer.contract_on(scene.now.astimezone(scene.plan.calendar.zone).date()) if customer else None
    return contract.duty_phone if contract else ""


def _plan_of(customer: Customer | None, scene: Scene) -> Plan:
    """The plan by which a customer is served in what is about no ticket; the desk's where none is agreed."""
    contract = customer.contract_on(scene.now.astimezone(scene.plan.calendar.zone).date()) if customer else None
    return (scene.desk.plans.get(contract.plan) if contract else None) or scene.plan


def _language(spoken: tuple[str, ...], desk: Desk, *wanted: str) -> str:
    """The first language that is wanted and spoken, else the desk's."""
    return next((language for language in wanted if language in spoken), desk.language)

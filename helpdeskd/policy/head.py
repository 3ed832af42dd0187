"""The head of an agent's notice: in a few lines who asks, what they are entitled to, and what is due when
(spec/desk.md).

Each line is a function of the scene; a line without anything to say is left out. Words, minutes and instants are left
to the reader's language and zone (`mail.words`). Of a delivery report it says which mail did not arrive, and nothing of
the report's own sender and attachments.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from textwrap import shorten

from helpdeskd.domain.event import DeliveryFailed, TicketOpened
from helpdeskd.domain.notice import HeadLine
from helpdeskd.domain.ticket import Ticket
from helpdeskd.policy.scene import Scene, title, to_contact

EARLIER = 3
LONGEST_SOLUTION = 160
Line = Callable[[Scene, Ticket], Iterator[HeadLine]]


def head(scene: Scene) -> tuple[HeadLine, ...]:
    """The head of the scene's ticket; instants are left to the template, which knows the reader's zone."""
    ticket = scene.ticket
    return () if ticket is None or ticket.is_drill else tuple(line for rows in LINES for line in rows(scene, ticket))


def undelivered(scene: Scene, _ticket: Ticket) -> Iterator[HeadLine]:
    """Which mail of ours did not arrive."""
    for event in scene.events:
        sent = scene.directory.sent_by_id(event.outbox_id) if isinstance(event, DeliveryFailed) else None
        if sent is not None:
            yield HeadLine("undelivered", sent.notice)
        if sent is not None and sent.created_at is not None:
            yield HeadLine("written", sent.created_at)


def contact(scene: Scene, ticket: Ticket) -> Iterator[HeadLine]:
    person = scene.directory.contact(ticket.requester)
    yield HeadLine("contact", f"{person.name} <{person.address}>" if person else ticket.requester)
    if person is not None:
        yield HeadLine("rights", ", ".join(sorted(person.rights)))
        written_to = to_contact(person, scene.directory.customer(person.customer), scene)
        yield HeadLine("language", person.language or written_to.language)
    if person is not None and person.roles:
        yield HeadLine("roles", ", ".join(person.roles))


def customer(scene: Scene, ticket: Ticket) -> Iterator[HeadLine]:
    known = scene.directory.customer(ticket.customer)
    if ticket.customer:
        yield HeadLine("customer", f"{known.title} ({known.name})" if known else ticket.customer)


def strength(scene: Scene, _ticket: Ticket) -> Iterator[HeadLine]:
    if scene.strength and not scene.happened(DeliveryFailed):
        yield HeadLine("strength", scene.strength, warning=scene.strength == "none")


def acknowledged(scene: Scene, _ticket: Ticket) -> Iterator[HeadLine]:
    if not scene.addressed and not scene.happened(DeliveryFailed):
        yield HeadLine("acknowledged", "no: our address is in neither To nor Cc", warning=True)


def entitlement(_scene: Scene, ticket: Ticket) -> Iterator[HeadLine]:
    """The reasons are lines of one value."""
    yield HeadLine("plan", f"{ticket.plan} {ticket.agreement}".strip())
    yield HeadLine("entitlement", ticket.entitlement.decision)
    if ticket.entitlement.reasons:
        yield HeadLine("reason", "\n".join(map(str, ticket.entitlement.reasons)))


def state(scene: Scene, ticket: Ticket) -> Iterator[HeadLine]:
    yield HeadLine("status", f"{ticket.status}, {ticket.priority}, {ticket.kind}")
    if ticket.owner:
        yield HeadLine("owner", title(scene, ticket.owner))


def about(_scene: Scene, ticket: Ticket) -> Iterator[HeadLine]:
    """What agents have said of it, and of which contract and team."""
    said = (("product", ticket.product), ("site", ticket.site), ("level", str(ticket.level or "")))
    yield from (HeadLine(label, value) for label, value in said if value)


def due(scene: Scene, _ticket: Ticket) -> Iterator[HeadLine]:
    for target in scene.targets:
        late = target.breached_at is not None and target.is_open
        if target.is_open:
            value: str | datetime = target.due or f"{target.amount} (the clock stands)"
            yield HeadLine(target.kind.value if target.promised else f"{target.kind.value} goal", value, warning=late)


def costs(scene: Scene, _ticket: Ticket) -> Iterator[HeadLine]:
    """The place in the quota, what is left of prepaid hours, what is charged, and what the customer is asked."""
    found = scene.bill
    if found is None:
        return
    if found.tariff.quota is not None and found.place:
        yield HeadLine("quota", f"{found.place}/{found.tariff.quota}", warning=found.over_quota)
    if found.cards is not None:
        yield HeadLine("cards", f"{found.cards.balance} / {found.cards.bought}")
    minutes = found.settlement.minutes
    if minutes.real:
        yield HeadLine("charge", f"{minutes.charged} / {minutes.real}")
    if minutes.unapproved:
        yield HeadLine("unapproved", str(minutes.unapproved))


def estimate(scene: Scene, ticket: Ticket) -> Iterator[HeadLine]:
    """What the customer has agreed to in all, and what is asked now."""
    if approved := sum(approval.minutes for approval in scene.directory.approvals(ticket.id)):
        yield HeadLine("approved", str(approved))
    if ticket.estimate is not None:
        yield HeadLine("estimate", str(ticket.estimate.minutes))


def earlier(scene: Scene, ticket: Ticket) -> Iterator[HeadLine]:
    """Tickets of the same customer, and in the first notice those with the same words, each with what solved it."""
    for old in scene.directory.earlier(ticket, EARLIER, scene.happened(TicketOpened)):
        solution = shorten(old.solution, LONGEST_SOLUTION, placeholder="…") if old.solution else ""
        yield HeadLine("earlier", f"{old.reference} {old.status}: {old.subject}{solution and f' → {solution}'}")


def links(_scene: Scene, ticket: Ticket) -> Iterator[HeadLine]:
    if ticket.links:
        yield HeadLine("refers", ", ".join(ticket.links))


def attachments(scene: Scene, _ticket: Ticket) -> Iterator[HeadLine]:
    if scene.attachments and not scene.happened(DeliveryFailed):
        yield HeadLine("attachments", ", ".join(scene.attachments))


LINES: tuple[Line, ...] = (
    undelivered, contact, customer, strength, acknowledged, entitlement, costs, estimate, state, about, due, links,
    earlier, attachments,
)  # fmt: skip

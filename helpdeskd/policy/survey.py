"""What an agent sees over many tickets: the answers to `/mine`, `/due` and `/customer?`.

In: what is stored at this moment, and who asks. Out: plain text in English, with instants in the reader's zone; of each
list its beginning, and how many more there are. Pure; nothing fails.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from textwrap import shorten
from zoneinfo import ZoneInfo

from helpdeskd.domain.card import use
from helpdeskd.domain.directory import Agent, Contact, Contract, Customer
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Ticket
from helpdeskd.policy.allowance import quota_now
from helpdeskd.policy.scene import Scene, calendar_of

MOST = 40
MOST_SOLUTIONS = 3
LONGEST = 120
NEVER = datetime.max.replace(tzinfo=UTC)


def mine(agent: Agent, scene: Scene) -> str:
    """The open tickets of an agent, with what is due when; what is due first comes first."""
    own = [ticket for ticket in scene.directory.unfinished() if ticket.owner == agent.name]
    lines = [_with_targets(ticket, agent, scene) for ticket in sorted(own, key=lambda one: _due_first(one, scene))]
    return _list("your open tickets", lines)


def due(agent: Agent, scene: Scene) -> str:
    """The targets that are open on tickets of an agent or their teams: late first, then what is due next."""
    wanted = {ticket.id: ticket for ticket in scene.directory.unfinished() if _concerns(agent, ticket)}
    zone = calendar_of(agent, scene.desk).zone
    found = [
        (target.due, f"{_target(target, scene.now, zone)}: {_short(ticket, scene)}")
        for ticket in wanted.values()
        for target in _open(ticket, scene)
        if target.due is not None
    ]
    return _list("due on your tickets and those of your teams", [line for _, line in sorted(found)])


def customer(name: str, agent: Agent, scene: Scene) -> str:
    """Who a customer is, by what contract, what is left of it, and what is open."""
    known = scene.directory.customer(name)
    if known is None:
        return f"there is no customer {name}"
    tickets = [_with_targets(ticket, agent, scene) for ticket in scene.directory.unfinished(name)]
    parts = (
        "\n".join([f"{known.title} ({known.name})", *_terms(known, scene)]),
        _list("contacts", [_contact(contact) for contact in known.contacts]),
        _list("open tickets", tickets),
        _solutions(known, scene),
    )
    return "\n\n".join(filter(None, parts))


def _concerns(agent: Agent, ticket: Ticket) -> bool:
    return ticket.owner == agent.name or ticket.team in agent.teams


def _due_first(ticket: Ticket, scene: Scene) -> tuple[datetime, int]:
    """By when it is due first; what is not due comes last."""
    dues = (target.due for target in _open(ticket, scene) if target.due is not None)
    return min(dues, default=NEVER), ticket.id


def _open(ticket: Ticket, scene: Scene) -> list[Target]:
    return [target for target in scene.directory.targets(ticket.id) if target.is_open]


def _with_targets(ticket: Ticket, agent: Agent, scene: Scene) -> str:
    zone = calendar_of(agent, scene.desk).zone
    dues = [_target(target, scene.now, zone) for target in _open(ticket, scene)]
    return "; ".join([_short(ticket, scene), *dues])


def _short(ticket: Ticket, scene: Scene) -> str:
    known = scene.directory.customer(ticket.customer)
    whose = known.title if known else ticket.customer or scene.desk.name
    told = f"{ticket.reference} {ticket.status}, {ticket.priority}, {ticket.owner or ticket.team}, {whose}: "
    return told + (shorten(ticket.subject, LONGEST, placeholder="…") or "(no subject)")


def _target(target: Target, now: datetime, zone: ZoneInfo) -> str:
    kind = target.kind if target.promised else f"{target.kind} goal"
    if target.due is None:
        return f"{kind} stands"
    late = "late, was " if target.due <= now else ""
    return f"{kind} {late}due {target.due.astimezone(zone):%a %Y-%m-%d %H:%M}"


def _terms(known: Customer, scene: Scene) -> Iterator[str]:
    today = scene.now.astimezone(scene.plan.calendar.zone).date()
    contracts = [contract for contract in known.contracts if contract.in_force(today)]
    yield from (f"contract: {_contract(contract)}" for contract in contracts)
    if not contracts:
        last = max((contract.last_day for contract in known.contracts), default=None)
        yield "contract: none in force" + (f" (the last day of the last one is {last})" if last else "")
    quota, cards = quota_now(known, scene), use(known.cards, scene.directory.draws(known.name))
    if quota is not None:
        yield f"tickets this month: {quota.place} of {quota.limit}"
    if cards is not None:
        yield f"prepaid hours: {cards.balance} of {cards.bought} min left"
    if known.sites:
        yield f"sites: {', '.join(known.sites)}"


def _contract(contract: Contract) -> str:
    told = (
        f"{contract.plan} {contract.agreement}".rstrip(),
        f"{contract.first_day} to {contract.last_day}",
        f"paid until {contract.paid_until}" if contract.paid_until else "",
        f"covers {', '.join(contract.covers)}" if contract.covers else "",
    )
    return ", ".join(filter(None, told))


def _contact(contact: Contact) -> str:
    may = ", ".join(sorted(contact.rights)) or "nothing"
    roles = f"; {', '.join(contact.roles)}" if contact.roles else ""
    return f"{contact.name} <{contact.address}>: may {may}{roles}"


def _solutions(known: Customer, scene: Scene) -> str:
    """The newest, with what was solved."""
    solved = [ticket for ticket in scene.directory.tickets_of(known.name) if ticket.solution]
    lines = [f"{one.reference} {one.subject}: {shorten(one.solution, LONGEST, placeholder='…')}" for one in solved]
    return _list("newest solutions", lines[: -MOST_SOLUTIONS - 1 : -1]) if lines else ""


def _list(title: str, lines: Sequence[str]) -> str:
    """A heading with the count, and the first lines."""
    if not lines:
        return f"{title}: none"
    more = [f"  and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return "\n".join([f"{title}: {len(lines)}", *(f"  {line}" for line in lines[:MOST]), *more])

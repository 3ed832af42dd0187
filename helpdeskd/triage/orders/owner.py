"""Whose a ticket is: `/take`, `/assign`.

In: an order. Out: the change of owner and team, and of the status that goes with it: what an agent has is open, what
nobody has is new; waiting, pending and the rest stay. A name that means nobody or more than one is refused with the
names that there are.
"""

from collections.abc import Iterable

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.event import OwnerChanged, StatusChanged, TicketEvent
from helpdeskd.domain.ticket import Status
from helpdeskd.triage.orders.order import Done, Order, Wrong


def take(order: Order) -> Done:
    return Done(owned(order, order.agent), f"owner is {order.agent.title}")


def assign(order: Order) -> Done:
    """To one agent or one team. A name counts before a title, and that before a first name."""
    if not order.argument:
        raise Wrong("to whom? (/assign NAME or /assign TEAM)")
    wanted, agents, teams = order.argument.casefold(), order.directory.agents(), _teams(order)
    for reading in (_name, _title, _first_name):
        people = [agent for agent in agents if reading(agent).casefold() == wanted]
        named = [team for team in teams if reading is _name and team.casefold() == wanted]
        found: list[Agent | str] = [*people, *named]
        if len(found) > 1:
            raise Wrong(f"{order.argument} names more than one{_known(agents, teams)}")
        if found:
            return _given(order, found[0])
    raise Wrong(f"{order.argument} names nobody{_known(agents, teams)}")


def owned(order: Order, agent: Agent) -> tuple[TicketEvent, ...]:
    """That agent has the ticket from now on; a new one is open with that."""
    own = OwnerChanged(order.now, order.by, agent.name, order.ticket.team)
    return (own, *_status(order, Status.NEW, Status.OPEN))


def to_team(order: Order, team: str) -> tuple[TicketEvent, ...]:
    """That team has the ticket from now on, and none of them yet; an open one is new with that."""
    return (OwnerChanged(order.now, order.by, "", team), *_status(order, Status.OPEN, Status.NEW))


def _given(order: Order, receiver: Agent | str) -> Done:
    if isinstance(receiver, Agent):
        return Done(owned(order, receiver), f"owner is {receiver.title}")
    return Done(to_team(order, receiver), f"team is {receiver}, without an owner")


def _status(order: Order, old: Status, new: Status) -> tuple[TicketEvent, ...]:
    """Open is what an agent has, new what nobody has; other statuses stay."""
    return (StatusChanged(order.now, order.by, old, new),) if order.ticket.status is old else ()


def _teams(order: Order) -> tuple[str, ...]:
    of_agents = (team for agent in order.directory.agents() for team in agent.teams)
    return tuple(dict.fromkeys((*of_agents, *(queue.team for queue in order.desk.queues))))


def _known(agents: Iterable[Agent], teams: Iterable[str]) -> str:
    return f" (known: {', '.join(sorted({*(agent.name for agent in agents), *teams}))})"


def _name(agent: Agent) -> str:
    return agent.name


def _title(agent: Agent) -> str:
    return agent.title


def _first_name(agent: Agent) -> str:
    return agent.title.partition(" ")[0]

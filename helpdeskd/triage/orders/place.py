"""Where a ticket belongs in the desk: `/level`, `/queue`.

In: an order with a level that agents have, or the name of a queue. Out: the change, with the team that has the ticket
from now on and without an owner; whoever of them is concerned is told. Level and team stay together: where nobody of
the team is of that level, it goes to the only team that has somebody.

Refused: a level that nobody has, one that several other teams have, and a queue of duty, whose address wakes people.
"""

from helpdeskd.domain.desk import Queue
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.event import Event
from helpdeskd.domain.sort_event import LevelChanged, QueueChanged
from helpdeskd.triage.orders.named import one_of
from helpdeskd.triage.orders.order import Done, Order, Wrong
from helpdeskd.triage.orders.owner import to_team
from helpdeskd.triage.orders.sort import about


def level(order: Order) -> Done:
    """To the agents of a level, of the ticket's team if it has any."""
    agents = order.directory.agents()
    levels = sorted({agent.level for agent in agents})
    if order.argument not in map(str, levels):
        problem = f'nobody is of level "{order.argument}"' if order.argument else "which level?"
        raise Wrong(f"{problem} (one of {', '.join(map(str, levels))})")
    wanted = int(order.argument)
    able = [agent for agent in agents if agent.level == wanted]
    team = _team(order, able)
    told = [agent.title for agent in able if team in agent.teams] or [agent.title for agent in able]
    changed = LevelChanged(order.now, order.by, order.ticket.level, wanted)
    words = f"level is {wanted}, team is {team}, without an owner; it is for {', '.join(told)}"
    return Done((*to_team(order, team), changed), words)


def queue(order: Order) -> Done:
    """Notices come from its address from now on, and its team has the ticket."""
    queues = {queue.name: queue for queue in order.desk.queues if not queue.duty}
    new = queues[one_of(order.argument, queues, "queue")]
    if new.name == order.ticket.queue:
        raise Wrong("it is in that queue already")
    moved: tuple[Event, ...] = (
        QueueChanged(order.now, order.by, order.ticket.queue, new.name),
        *to_team(order, new.team),
    )
    told = f"queue is {new.name}, team is {new.team}, without an owner; notices come from {new.address}"
    if not _brings_product(order, new):
        return Done(moved, told)
    follows = about(order, new.product)
    return Done((*moved, *follows.events), f"{told}; {follows.told}")


def _brings_product(order: Order, new: Queue) -> bool:
    """Whether the ticket is about what its mail is about, as nobody has said otherwise."""
    old = order.desk.queue_named(order.ticket.queue)
    unsaid = order.ticket.product == (old.product if old else "")
    return unsaid and new.product not in {"", order.ticket.product}


def _team(order: Order, able: list[Agent]) -> str:
    own = order.ticket.team
    teams = list(dict.fromkeys(team for agent in able for team in agent.teams))
    if own in teams or not teams:
        return own
    if len(teams) > 1:
        raise Wrong(f"several teams have that level: {', '.join(teams)} (/assign TEAM on a line above)")
    return teams[0]

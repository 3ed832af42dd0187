"""What a ticket is about: `/priority`, `/kind`.

In: an order with a name of the ticket's plan, in any case. Out: the change. A name that the plan does not have is
refused with those that it has. Deadlines follow from the changed ticket, not from here.
"""

from collections.abc import Iterable

from helpdeskd.domain.event import KindChanged, PriorityChanged
from helpdeskd.triage.orders.order import Done, Order, Wrong


def priority(order: Order) -> Done:
    """One of the plan's; deadlines are computed anew from that."""
    wanted = _one_of(order.argument, (priority.name for priority in order.plan.priorities), "priority")
    return Done((PriorityChanged(order.now, order.by, order.ticket.priority, wanted),), f"priority is {wanted}")


def kind(order: Order) -> Done:
    """One of the plan's."""
    wanted = _one_of(order.argument, order.plan.kinds, "kind")
    return Done((KindChanged(order.now, order.by, order.ticket.kind, wanted),), f"kind is {wanted}")


def _one_of(word: str, names: Iterable[str], what: str) -> str:
    """The name that is meant, whatever its case. Raises Wrong for none."""
    known = list(names)
    found = next((name for name in known if name.casefold() == word.casefold()), None)
    if found is None:
        problem = f'there is no {what} "{word}"' if word else f"which {what}?"
        raise Wrong(f"{problem} (one of {', '.join(known)})")
    return found

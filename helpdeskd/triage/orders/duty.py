"""Emergencies: `/ack`, `/downgrade`.

In: an order on a ticket for which somebody was paged. Out: who has it now, or that it is no emergency; either ends the
paging. Any agent may take an emergency that waits, not only who was paged. What was taken already is refused with the
name of who has it.
"""

from helpdeskd.domain.event import DutyReleased, DutyTaken, PriorityChanged
from helpdeskd.domain.ticket import Emergency
from helpdeskd.triage.orders.order import Done, Order, Wrong
from helpdeskd.triage.orders.owner import owned


def ack(order: Order) -> Done:
    """The agent takes an emergency that nobody has yet, and the ticket with it."""
    emergency = order.ticket.emergency
    if emergency is None:
        raise Wrong("nobody was paged for this ticket")
    if not emergency.waiting:
        raise Wrong(whose(emergency))
    taken = DutyTaken(order.now, order.by, order.by)
    return Done((taken, *owned(order, order.agent)), "yours; the customer is told")


def downgrade(order: Order) -> Done:
    """Not top priority after all: the standard one, and nobody else is woken."""
    emergency = order.ticket.emergency
    if emergency is None or emergency.released:
        raise Wrong("this ticket is no emergency")
    opens = order.plan.calendar.next_opening(order.now)
    if opens is None:
        raise Wrong("the desk never opens")
    changed = PriorityChanged(order.now, order.by, order.ticket.priority, order.plan.standard)
    told = f"priority is {order.plan.standard}; the customer is told when the desk opens"
    return Done((DutyReleased(order.now, order.by, opens), changed), told)


def whose(emergency: Emergency) -> str:
    """Who has an emergency that is not waiting any more."""
    return "it is no emergency any more" if emergency.released else f"it was taken by {emergency.taken_by}"

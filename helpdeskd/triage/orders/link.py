"""Tickets that know of each other: `/link REF`. Customers never see it."""

from helpdeskd.domain.sort_event import TicketLinked
from helpdeskd.triage.case import Elsewhere
from helpdeskd.triage.orders.order import Done, Order, Wrong


def link(order: Order) -> Done:
    """Both refer to each other; nothing else happens to either."""
    own, reference = order.ticket.reference, order.argument.strip("[]").upper()
    if not reference:
        raise Wrong("to which ticket? (/link REF)")
    other = order.directory.ticket(reference)
    if other is None:
        raise Wrong(f"there is no ticket {reference}")
    if reference == own:
        raise Wrong("that is this ticket")
    there = () if own in other.links else (Elsewhere(other, (TicketLinked(order.now, order.by, own),)),)
    told = f"linked to {reference}, {other.subject}"
    return Done((TicketLinked(order.now, order.by, reference),), told, elsewhere=there)

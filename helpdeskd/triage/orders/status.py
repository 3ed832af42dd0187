"""What becomes of a ticket: `/wait`, `/pending`, `/resolve`, `/reopen`, `/close`, `/reject`, `/spam`.

In: an order. Out: the change of status, with the instant (aware UTC) at which the clock looks at the ticket again. The
table of `triage.commands` says from which status a command makes sense. When `/pending` ends is read by
`orders.moment`.
"""

from datetime import datetime

from helpdeskd.domain.directory import Directory
from helpdeskd.domain.event import AgentReplied, StatusChanged
from helpdeskd.domain.sort_event import SpamFound
from helpdeskd.domain.target import deadline
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.triage.orders.moment import moment, shown
from helpdeskd.triage.orders.order import Done, Order, Wrong

NOBODY = "nobody of the customer is reached"


def wait(order: Order) -> Done:
    return _to(order, Status.WAITING, "waits for the customer")


def pending(order: Order) -> Done:
    """`DATE|2wd|3h [reason]`, in the agent's zone and working time; a date means its first opening."""
    word, _, text = order.argument.partition(" ")
    until = moment(order, word, "/pending")
    return _to(order, Status.PENDING, f"pending until {shown(order, until)}", until, text.strip())


def resolve(order: Order) -> Done:
    """Solved, and closed by itself after the quiet period."""
    until = deadline(order.now, order.desk.quiet, order.desk.calendar) if order.desk.quiet else None
    return _to(order, Status.RESOLVED, "resolved", until)


def reopen(order: Order) -> Done:
    """Open for its owner; without one, new for its team."""
    nobody = "" if is_reached(order.ticket, order.directory) else f"; {NOBODY}"
    return _to(order, Status.OPEN if order.ticket.owner else Status.NEW, f"open again{nobody}")


def close(order: Order) -> Done:
    return _to(order, Status.CLOSED, "closed")


def reject(order: Order) -> Done:
    if not order.argument:
        raise Wrong("why? the customer is told (/reject REASON)")
    return _to(order, Status.REJECTED, "rejected; the customer is told why", text=order.argument)


def spam(order: Order) -> Done:
    """Nobody's request: it ends without a word to who sent it, takes no place of a quota, and costs nothing."""
    if any(isinstance(event, AgentReplied) for event in order.done):
        raise Wrong("what you wrote would go to its sender (leave it out, or put /note above it)")
    found = SpamFound(order.now, order.by)
    return Done((found, *_to(order, Status.REJECTED, "").events), "rejected as spam; its sender is not told")


def is_reached(ticket: Ticket, directory: Directory) -> bool:
    """Whether anybody who takes part is a contact still, to whom an answer would go."""
    addresses = [one.address for one in ticket.participants]
    return any(directory.contact(address) is not None and directory.agent(address) is None for address in addresses)


def _to(order: Order, new: Status, told: str, until: datetime | None = None, text: str = "") -> Done:
    return Done((StatusChanged(order.now, order.by, order.ticket.status, new, until, text),), told)

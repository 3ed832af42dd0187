"""What changes nothing on the ticket: `/note`, and questions that are answered by mail only."""

from helpdeskd.triage.orders.named import called
from helpdeskd.triage.orders.order import Done, Order, Wrong


def note(_order: Order) -> Done:
    """The text belongs to the mail, not to this line; `triage.agent` keeps it inside."""
    return Done(told="the text stays inside")


def for_(_order: Order) -> Done:
    """What opens a ticket (`triage.behalf`) cannot stand in an answer to one."""
    raise Wrong("this mail belongs to a ticket already; write or forward a new one to the desk")


def why(_order: Order) -> Done:
    return Done(asked="why")


def mine(_order: Order) -> Done:
    return Done(asked="mine")


def due(_order: Order) -> Done:
    return Done(asked="due")


def customer(order: Order) -> Done:
    """A customer by name or title, or the one of the ticket."""
    titles = order.directory.customer_titles()
    known = {name: (name, title) for name, title in titles.items()}
    return Done(asked=f"customer {called(order.argument or order.ticket.customer, known, 'customer')}")


def help_(_order: Order) -> Done:
    return Done(asked="help")


def show(order: Order) -> Done:
    """This ticket, or the one that is named with or without the brackets of its tag."""
    reference = (order.argument or order.ticket.reference).strip("[]").upper()
    if order.directory.ticket(reference) is None:
        raise Wrong(f"there is no ticket {reference}")
    return Done(asked=reference)

"""What a ticket is about: `/priority`, `/kind`, `/product`, `/site`.

In: an order with a name of the ticket's plan, of what queues and contracts know, or of the customer's sites. Out: the
change, and for a product or site what it is entitled to with that, by the contract that covers it (`triage.anew`). A
name that there is not is refused with those that there are. Deadlines follow from the changed ticket, not from here.
"""

from helpdeskd.domain.event import KindChanged, PriorityChanged, StatusChanged
from helpdeskd.domain.sort_event import ProductChanged, SiteChanged
from helpdeskd.domain.ticket import Status
from helpdeskd.triage.anew import Anew, Owner, judged_anew
from helpdeskd.triage.orders.named import one_of
from helpdeskd.triage.orders.order import Done, Order

WITHDRAWN = "; the customer is no longer asked for an approval (/estimate asks again)"


def priority(order: Order) -> Done:
    """One of the plan's; deadlines are computed anew from that."""
    wanted = one_of(order.argument, (priority.name for priority in order.plan.priorities), "priority")
    return Done((PriorityChanged(order.now, order.by, order.ticket.priority, wanted),), f"priority is {wanted}")


def kind(order: Order) -> Done:
    """One of the plan's."""
    wanted = one_of(order.argument, order.plan.kinds, "kind")
    return Done((KindChanged(order.now, order.by, order.ticket.kind, wanted),), f"kind is {wanted}")


def product(order: Order) -> Done:
    """One that a queue is about or a contract of the customer covers; another contract may serve it."""
    return about(order, one_of(order.argument, _products(order), "product"))


def about(order: Order, product: str) -> Done:
    """The ticket is about that product, with what follows from that."""
    anew = _judged(order, product, order.ticket.site)
    changed = ProductChanged(order.now, order.by, order.ticket.product, product, anew.basis)
    return _done(order, changed, anew, f"product is {product}")


def site(order: Order) -> Done:
    """One of the customer's; another contract may serve it."""
    customer = order.directory.customer(order.ticket.customer)
    wanted = one_of(order.argument, customer.sites if customer else (), "site")
    anew = _judged(order, order.ticket.product, wanted)
    changed = SiteChanged(order.now, order.by, order.ticket.site, wanted, anew.basis)
    return _done(order, changed, anew, f"site is {wanted}")


def withdraw(order: Order) -> tuple[StatusChanged, ...]:
    """Nobody is asked any more to agree to an estimate under the old terms."""
    if order.ticket.status is not Status.APPROVAL:
        return ()
    again = Status.OPEN if order.ticket.owner else Status.NEW
    return (StatusChanged(order.now, order.by, Status.APPROVAL, again),)


def _judged(order: Order, product: str, site: str) -> Anew:
    ticket, directory = order.ticket, order.directory
    owner = Owner(directory.customer(ticket.customer), directory.contact(ticket.requester), product, site)
    return judged_anew(ticket, owner, order.desk, directory)


def _done(order: Order, changed: ProductChanged | SiteChanged, anew: Anew, told: str) -> Done:
    """The change, with what follows from it."""
    withdrawn = withdraw(order) if anew.is_other_contract else ()
    return Done((*withdrawn, changed), f"{told}{anew.told}{WITHDRAWN if withdrawn else ''}")


def _products(order: Order) -> list[str]:
    customer = order.directory.customer(order.ticket.customer)
    of_queues = (queue.product for queue in order.desk.queues if queue.product)
    covered = (name for contract in (customer.contracts if customer else ()) for name in contract.covers)
    sites = customer.sites if customer else ()
    return list(dict.fromkeys((*of_queues, *(name for name in covered if name not in sites))))

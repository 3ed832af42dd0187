"""Tickets that become one, and one that becomes two: `/merge REF`, `/split [subject]`.

In: an order. Out of a merge: the ticket ends and goes on as the other one, with whoever takes part, how long they have
waited, the work that was booked and what was approved; what the desk still has to act on opens the other one again, or
makes it pending until the day that it meant. Out of a split: the text of the mail as a request of its own, by the same
contact, of the same queue and team.

A merge is refused where it would tell one customer of another, where nobody would be awake for an emergency any more,
where the work of both would cost something else, and while a customer is asked to approve costs; the minimum of a
ticket without work ends with it. It is not undone: what was merged by mistake is split off. The transcript names the
promises that end with the ticket.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import reduce

from helpdeskd.domain.bill import by_card
from helpdeskd.domain.cost_event import TimeBooked
from helpdeskd.domain.directory import Contact
from helpdeskd.domain.entry import moved
from helpdeskd.domain.event import AgentReplied, NoteAdded, StatusChanged, TicketEvent, TicketOpened
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.join_event import ApprovalMoved, TicketJoined, TicketMerged, TicketSplit
from helpdeskd.domain.merged import merged_into
from helpdeskd.domain.statement import money
from helpdeskd.domain.supposed import Cost, Supposed, cost
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Emergency, Status, Ticket
from helpdeskd.triage.anew import warned
from helpdeskd.triage.case import Elsewhere
from helpdeskd.triage.orders.booking import booked
from helpdeskd.triage.orders.moment import shown
from helpdeskd.triage.orders.order import Done, Order, Wrong

FOR_THE_DESK = frozenset({Status.NEW, Status.OPEN})
OPENED_AGAIN = frozenset({Status.WAITING, Status.PENDING, Status.RESOLVED})


def merge(order: Order) -> Done:
    """This ticket goes on as another one of the same customer."""
    ticket, into = order.ticket, _named(order)
    for one, other in ((ticket, into), (into, ticket)):
        _refuse_undecided(one, other)
    _refuse_asleep(ticket, into)
    _refuse_other_bill(order, into)
    back, there = _work(order, into)
    joins = (_joined(order, into), *there, *_approvals(order, into), *_for_later(order, into))
    _refuse_other_cost(order, into, joins)
    own: tuple[TicketEvent, ...] = (*back, TicketMerged(order.now, order.by, ticket.status, into.reference))
    return Done(own, _told(order, into), elsewhere=(Elsewhere(into, joins),))


def split(order: Order) -> Done:
    """The text of the mail becomes a ticket of its own, of this one's requester."""
    ticket, contact = order.ticket, order.directory.contact(order.ticket.requester)
    if any(isinstance(event, TicketSplit) for event in order.done):
        raise Wrong("one new ticket a mail (send another mail for the next one)")
    if not order.text:
        raise Wrong("what becomes a ticket of its own? (write it below the commands)")
    if contact is None:
        raise Wrong(f"{ticket.requester} is no contact any more (open a new ticket for somebody else: /for ADDRESS)")
    elsewhere = _split_off(order, contact)
    told = f"a ticket of its own for {contact.name}{warned(elsewhere.ticket.entitlement)}"
    return Done((TicketSplit(order.now, order.by),), told, elsewhere=(elsewhere,))


def _named(order: Order) -> Ticket:
    """The ticket that is meant; one that was merged already leads to where it went."""
    reference = order.argument.strip("[]").upper()
    if not reference:
        raise Wrong("into which ticket? (/merge REF, with the reference of another one)")
    named = order.directory.ticket(reference)
    if named is None:
        raise Wrong(f"there is no ticket {reference}")
    into = merged_into(named, order.directory)
    if into.id == order.ticket.id:
        raise Wrong(
            f"{reference} goes on as this ticket already" if named.merged_into else "that is this ticket itself"
        )
    if into.customer != order.ticket.customer or into.is_drill or order.ticket.is_drill:
        raise Wrong(f"{into.reference} is not of this customer (tickets of one customer can become one)")
    if into.status.ended:
        raise Wrong(f"{into.reference} is {into.status} (open it again first: /reopen in answer to its notice)")
    return into


def _refuse_undecided(ticket: Ticket, other: Ticket) -> None:
    """A customer who is asked to approve costs knows for what."""
    if ticket.estimate is not None:
        raise Wrong(
            f"the customer is asked to approve costs of {ticket.reference}; merge it with {other.reference} when they "
            "have answered (or withdraw the estimate first: /wait)"
        )


def _refuse_asleep(ticket: Ticket, into: Ticket) -> None:
    """An emergency goes on as an emergency only that somebody has taken, or that people are still woken for."""
    emergency, other = ticket.emergency, into.emergency
    if emergency is None or emergency.released:
        return
    if other is None or other.released:
        raise Wrong(
            f"this is an emergency and {into.reference} is none (merge that one into this, or /downgrade first)"
        )
    if emergency.waiting and not _is_watched(other):
        raise Wrong(f"nobody has taken {into.reference}, and nobody is woken for it any more (/ack there first)")


def _is_watched(emergency: Emergency) -> bool:
    return bool(emergency.taken_by) or emergency.next_at is not None


def _refuse_other_bill(order: Order, into: Ticket) -> None:
    """What was worked or approved goes where it is served and paid in the same way."""
    if not (_moves(order) or order.directory.approvals(order.ticket.id)):
        return
    customer, plan = order.directory.customer(into.customer), order.plan
    here, there = ((one.plan, one.agreement, by_card(one, customer, plan)) for one in (order.ticket, into))
    if here != there:
        raise Wrong(
            f"the time that is booked here would cost something else on {into.reference}: its contract is another "
            f"({_leave(into)})"
        )


def _refuse_other_cost(order: Order, into: Ticket, joins: tuple[TicketEvent, ...]) -> None:
    """The work of both costs together what it costs apart, by the minutes that the contract gives each ticket, quotas,
    free time and what was approved or declined. Where nothing of that goes with the ticket, it only ends.
    """
    ledger, here, plan = order.directory, order.ticket, order.plan
    entries = tuple(event.entry for event in joins if isinstance(event, TimeBooked))
    approvals = tuple(event.approval for event in joins if isinstance(event, ApprovalMoved))
    if not (entries or approvals or here.declined_at):
        return
    apart = cost((here, into), plan, Supposed(ledger, {here.id: booked(order)}))
    worked, approved = (*ledger.entries(into.id), *entries), (*ledger.approvals(into.id), *approvals)
    supposed = Supposed(ledger, {into.id: worked}, {into.id: approved}, gone=here.reference)
    together = cost((reduce(evolve, joins, into),), plan, supposed)
    if together != apart:
        raise Wrong(
            f"the work of both would cost something else on one ticket: {_shown(together, order)} instead of "
            f"{_shown(apart, order)} ({_leave(into)})"
        )


def _shown(costs: Cost, order: Order) -> str:
    currency = order.plan.tariffs_of(order.ticket.agreement)[0].currency
    return f"{costs.minutes} min, {money(costs.cents)} {currency}"


def _leave(into: Ticket) -> str:
    return f"leave both, and let them refer to each other: /link {into.reference}"


def _moves(order: Order) -> bool:
    """Whether there is work that counts on the other ticket; what costs nothing at all stays where it was booked."""
    return bool(booked(order)) and not order.ticket.nocharge


def _work(order: Order, into: Ticket) -> tuple[list[TimeBooked], list[TimeBooked]]:
    """The bookings that take the ticket's work back, and those that book it on the other one."""
    entries = booked(order) if _moves(order) else ()
    known = len(order.directory.entries(into.id))
    back, there = moved(entries, known, into.reference, order.mail)
    return (
        [TimeBooked(order.now, order.by, entry, f"goes on as {into.reference}") for entry in back],
        [TimeBooked(order.now, order.by, entry, f"from {order.ticket.reference}") for entry in there],
    )


def _approvals(order: Order, into: Ticket) -> Iterator[ApprovalMoved]:
    approvals = order.directory.approvals(order.ticket.id)
    for number, approval in enumerate(approvals, into.estimates + 1):
        yield ApprovalMoved(order.now, order.by, number, replace(approval, ticket=into.reference))


def _joined(order: Order, into: Ticket) -> TicketJoined:
    """What the other ticket gets to know. Who takes part there from now on is of its customer."""
    ticket = order.ticket
    contacts = (order.directory.contact(one.address) for one in ticket.participants)
    own = (contact for contact in contacts if contact is not None and contact.customer == into.customer)
    joined = (contact.address for contact in own if not any(into.takes_part(address) for address in contact.addresses))
    said = (event.text for event in order.done if isinstance(event, AgentReplied | NoteAdded))
    return TicketJoined(
        order.now,
        order.by,
        ticket.reference,
        tuple(dict.fromkeys(joined)),
        ticket.unanswered_since,
        ticket.declined_at,
        "\n\n".join(said),
        ticket.third_parties,
    )


def _for_later(order: Order, into: Ticket) -> tuple[TicketEvent, ...]:
    """What the desk has to act on is not left with a ticket that waits or is resolved: now, or when it meant to."""
    if into.status not in OPENED_AGAIN:
        return ()
    until = _until(order.ticket)
    if order.ticket.status in FOR_THE_DESK:
        return (StatusChanged(order.now, order.by, into.status, Status.OPEN if into.owner else Status.NEW),)
    if until is None or (into.status is Status.PENDING and into.wake_at is not None and into.wake_at <= until):
        return ()
    return (StatusChanged(order.now, order.by, into.status, Status.PENDING, until),)


def _until(ticket: Ticket) -> datetime | None:
    """When the desk meant to go on with it; a ticket that waits for the customer goes on when they answer."""
    return ticket.wake_at if ticket.status is Status.PENDING else None


def _told(order: Order, into: Ticket) -> str:
    """Where it went, what that promises, and which promises of this ticket are over."""
    here, there = _promises(order, order.ticket), _promises(order, into)
    now = ", ".join(filter(None, (f"goes on as {into.reference}", into.priority, there)))
    lost = f"promised here until now: {here}" if here else ""
    return "; ".join(filter(None, (now, _later(order, into), _counts(order, into), lost)))


def _later(order: Order, into: Ticket) -> str:
    """Words for what the desk meant to do later."""
    until = _until(order.ticket)
    if until is None:
        return ""
    if any(isinstance(event, StatusChanged) for event in _for_later(order, into)):
        return f"pending there until {shown(order, until)}, as it was here"
    return f"it was pending until {shown(order, until)}, and {into.reference} is {_as_it_is(order, into)}"


def _as_it_is(order: Order, into: Ticket) -> str:
    until = _until(into)
    return f"pending until {shown(order, until)}" if until else str(into.status)


def _counts(order: Order, into: Ticket) -> str:
    """Words for the work that goes with it."""
    minutes = sum(entry.minutes for entry in booked(order)) if _moves(order) else 0
    told = f"{minutes} min that were booked here count there"
    return "" if not minutes else told + (", where nothing is charged" if into.nocharge else "")


def _promises(order: Order, ticket: Ticket) -> str:
    open_ = (target for target in order.directory.targets(ticket.id) if target.promised and target.is_open)
    return ", ".join(_due(target, order) for target in open_)


def _due(target: Target, order: Order) -> str:
    due = target.due
    return f"{target.kind} due {due.astimezone(order.calendar.zone):%Y-%m-%d %H:%M}" if due else f"{target.kind} stands"


def _split_off(order: Order, contact: Contact) -> Elsewhere:
    """The new ticket: what the agent has written, in the team that has this one."""
    assert order.split_off is not None
    ticket, outcome = order.ticket, order.split_off(contact, order.argument or order.ticket.subject, order.text)
    opened = next((event for event in outcome.events if isinstance(event, TicketOpened)), None)
    if opened is None:
        raise Wrong(f"it is not served for {contact.name} ({outcome.reason})")
    own = replace(opened.ticket, team=ticket.team, site=ticket.site)
    return Elsewhere(own, (replace(opened, by=order.by, ticket=own),))

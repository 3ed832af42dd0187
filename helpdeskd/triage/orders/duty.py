"""Emergencies and duty: `/ack`, `/downgrade`, `/duty`, `/duty swap NAME DATE`.

In: an order. Out: who has an emergency now, or that it is none; either ends the paging, and a drill is over when it is
taken. Any agent may take an emergency that waits, not only who was paged; what was taken already is refused with the
name of who has it. `/duty` asks who is on duty; a swap gives what the asker has of a day of duty to somebody else.

A swap is refused where nobody or more than one is called so, with oneself, for a day that is over or more than a year
away, and for one on which the asker is not on duty. Days are those of the desk's zone (`domain.duty.shifts_of`).
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import DAY, Roster, Shift, shifts_of
from helpdeskd.domain.event import (
    DutyReleased,
    DutySwapped,
    DutyTaken,
    OwnerChanged,
    PriorityChanged,
    StatusChanged,
    TicketEvent,
)
from helpdeskd.domain.planned import meant
from helpdeskd.domain.ticket import Emergency, Status, Ticket
from helpdeskd.triage.orders.order import Done, Order, Wrong
from helpdeskd.triage.orders.owner import owned

QUESTION = "duty"
SWAP = "swap"
USAGE = "/duty, or /duty swap NAME 2026-11-28"
LONGEST_AHEAD = timedelta(days=366)
DRILL_TAKEN = "yours; it was a drill, and it is over"


def ack(order: Order) -> Done:
    """The agent takes an emergency that nobody has yet, and the ticket with it."""
    emergency = order.ticket.emergency
    if emergency is None:
        raise Wrong("nobody was paged for this ticket")
    if not emergency.waiting:
        raise Wrong(whose(emergency))
    if emergency.drill:
        return Done(drilled(order.ticket, order.by, order.now), DRILL_TAKEN)
    taken = DutyTaken(order.now, order.by, order.by)
    return Done((taken, *owned(order, order.agent)), "yours; the customer is told")


def drilled(ticket: Ticket, by: str, now: datetime) -> tuple[TicketEvent, ...]:
    """A drill that somebody has taken is over."""
    own = OwnerChanged(now, by, by, ticket.team)
    return (DutyTaken(now, by, by), own, StatusChanged(now, by, ticket.status, Status.CLOSED))


def downgrade(order: Order) -> Done:
    """Not top priority after all: the standard one, and nobody else is woken."""
    emergency = order.ticket.emergency
    if emergency is None or emergency.released:
        raise Wrong("this ticket is no emergency")
    if emergency.drill:
        raise Wrong("this is a drill (/ack takes it)")
    opens = order.plan.calendar.next_opening(order.now)
    if opens is None:
        raise Wrong("the desk never opens")
    changed = PriorityChanged(order.now, order.by, order.ticket.priority, order.plan.standard)
    told = f"priority is {order.plan.standard}; the customer is told when the desk opens"
    return Done((DutyReleased(order.now, order.by, opens), changed), told)


def duty(order: Order) -> Done:
    """A question about duty, or a swap."""
    word, _, rest = order.argument.partition(" ")
    if not word:
        return Done(asked=QUESTION)
    if word.lower() != SWAP:
        raise Wrong(f'"{order.argument}" is no word about duty ({USAGE})')
    name, _, written = rest.strip().rpartition(" ")
    if not name:
        raise Wrong(f"with whom, and on which day? ({USAGE})")
    return _swapped(order, _colleague(order, name), _day(order, written))


def _swapped(order: Order, other: Agent, day: date) -> Done:
    """What the asker has of the day from now on, for somebody else."""
    roster, zone = _roster(order), order.desk.calendar.zone
    own = shifts_of(roster, order.by, day, zone)
    given = tuple(Shift(max(shift.start, order.now), shift.end, other.name) for shift in own if shift.end > order.now)
    if not given:
        over = day < order.now.astimezone(zone).date()
        raise Wrong(f"{day} is over" if over else f"you are not on duty on {day} (/duty says who is)")
    first, last = (each.astimezone(zone) for each in (given[0].start, given[-1].end))
    told = f"{other.title} is on duty from {first:%a %Y-%m-%d %H:%M} to {last:%a %Y-%m-%d %H:%M}, and is told"
    return Done((DutySwapped(order.now, order.by, day, given),), told)


def _roster(order: Order) -> Roster:
    """The roster, with what earlier lines of the same mail have swapped."""
    if order.desk.duty is None:
        raise Wrong("nobody is ever on duty (the desk has no roster)")
    roster = order.desk.duty.roster
    swaps = (shift for event in order.done if isinstance(event, DutySwapped) for shift in event.shifts)
    return replace(roster, overrides=(*roster.overrides, *swaps))


def _colleague(order: Order, name: str) -> Agent:
    agents = order.directory.agents()
    found = meant(name, agents)
    if len(found) != 1:
        known = ", ".join(sorted(agent.name for agent in agents))
        raise Wrong(f"{name} names {'more than one' if found else 'nobody'} (known: {known})")
    if found[0].name == order.by:
        raise Wrong("that is yourself (a swap is with somebody else)")
    return found[0]


def _day(order: Order, written: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise Wrong(f'"{written}" is no date (/duty swap NAME 2026-11-28)') from None
    today = order.now.astimezone(order.desk.calendar.zone).date()
    if not today - DAY <= day <= today + LONGEST_AHEAD:
        raise Wrong(f"{day} is over" if day < today else f"{day} is more than a year away")
    return day


def whose(emergency: Emergency) -> str:
    """Who has an emergency that is not waiting any more."""
    return "it is no emergency any more" if emergency.released else f"it was taken by {emergency.taken_by}"

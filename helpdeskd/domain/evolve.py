"""How events change a ticket: `evolve(ticket, event) -> ticket`, the only way one ever changes. Pure and total."""

from dataclasses import replace

from helpdeskd.domain.event import (
    AgentReplied,
    CustomerWrote,
    DutyPaged,
    DutyReleased,
    DutyTaken,
    KindChanged,
    OwnerChanged,
    PriorityChanged,
    StatusChanged,
    TicketEvent,
)
from helpdeskd.domain.target import Pause
from helpdeskd.domain.ticket import Emergency, Participant, Status, Ticket

PAUSING = {Status.WAITING, Status.PENDING, Status.APPROVAL}


def evolve(ticket: Ticket, event: TicketEvent) -> Ticket:
    """The ticket after that event; an event that changes no state of it gives it back as it was."""
    match event:
        case CustomerWrote():
            joined = tuple(Participant(address, event.at) for address in event.joined)
            since = ticket.unanswered_since or event.at
            return replace(ticket, unanswered_since=since, participants=ticket.participants + joined)
        case AgentReplied():
            return replace(ticket, answered_at=ticket.answered_at or event.at, unanswered_since=None)
        case OwnerChanged():
            return replace(ticket, owner=event.owner, team=event.team)
        case PriorityChanged():
            return replace(ticket, priority=event.new, triaged=True)
        case KindChanged():
            return replace(ticket, kind=event.new)
        case StatusChanged():
            return _status(ticket, event)
        case DutyPaged() | DutyTaken() | DutyReleased():
            return replace(ticket, emergency=_emergency(ticket.emergency or Emergency(), event))
        case _:
            return ticket


def _status(ticket: Ticket, event: StatusChanged) -> Ticket:
    """A new status, with the resolution clock stopped or going on: a ticket that is resolved or over stands still."""
    pauses = tuple(replace(pause, end=event.at) if pause.end is None else pause for pause in ticket.pauses)
    done = event.new is Status.RESOLVED or event.new.ended
    if done or event.new in PAUSING:
        pauses += (Pause(event.at, None, (Status.RESOLVED if done else event.new).value),)
    resolved_at = (ticket.resolved_at or event.at) if done else None
    return replace(ticket, status=event.new, pauses=pauses, wake_at=event.until, resolved_at=resolved_at)


def _emergency(emergency: Emergency, event: DutyPaged | DutyTaken | DutyReleased) -> Emergency:
    match event:
        case DutyPaged():
            # Paging begins again after a release too: who was woken is remembered, that it was over is not.
            return Emergency(event.step, event.person, (*emergency.paged, event.person), event.next_at)
        case DutyTaken():
            return replace(emergency, taken_by=event.person, taken_at=event.at, next_at=None)
        case DutyReleased():
            return replace(emergency, released=True, next_at=None)

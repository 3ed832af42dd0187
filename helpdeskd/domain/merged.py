"""Tickets that went on as others: where one leads now, and all that happened to one and to those that went into it."""

from collections.abc import Iterator

from helpdeskd.domain.directory import Directory
from helpdeskd.domain.event import Event
from helpdeskd.domain.join_event import TicketJoined
from helpdeskd.domain.ticket import Ticket


def merged_into(ticket: Ticket, directory: Directory) -> Ticket:
    """Where a merged ticket leads; the ticket itself if it is not merged."""
    seen = {ticket.id}
    while ticket.merged_into and (target := directory.ticket(ticket.merged_into)) and target.id not in seen:
        seen.add(target.id)
        ticket = target
    return ticket


def whole_story(ticket: Ticket, directory: Directory) -> tuple[Event, ...]:
    """What happened to the ticket and to those that were merged into it, in order."""
    return tuple(sorted(_stories(ticket, directory), key=lambda event: event.at))


def _stories(ticket: Ticket, directory: Directory) -> Iterator[Event]:
    story = directory.story(ticket.id)
    yield from story
    came = (directory.ticket(event.merged) for event in story if isinstance(event, TicketJoined))
    for other in came:
        if other is not None and other.merged_into == ticket.reference:
            yield from _stories(other, directory)

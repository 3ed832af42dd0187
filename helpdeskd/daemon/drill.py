"""A drill: pages for practice, that go the way of real ones.

In: the desk as it is now, and the one agent who is to be woken, or nobody for the whole roster. Out: in the caller's
transaction, a ticket of the desk's own and its first page, by mail and by every channel. It belongs to no customer, has
no targets, costs nothing and takes no place of a quota. Whoever takes it closes it; where nobody does, the next are
woken as in an emergency (not where one agent was named), the log has an alarm, and the team is told.

Raises NoDrill, whose text is for people, where nobody is ever on duty.
"""

from datetime import datetime

from helpdeskd.daemon.letters import Post
from helpdeskd.daemon.turn import carry_out
from helpdeskd.domain.desk import Desk, Queue
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import order
from helpdeskd.domain.event import DutyPaged, TicketOpened
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.ticket import Decision, Emergency, Entitlement, Ticket

SUBJECT = "Duty drill"
DRILL = "drill"


class NoDrill(ValueError):
    """Why there is nobody to practise with."""


def begin(post: Post, now: datetime, person: Agent | None = None) -> Ticket:
    """Open the ticket and wake the first, or that person alone."""
    duty = post.desk.duty
    if duty is None:
        raise NoDrill("nobody is ever on duty (the configuration has no [duty], or it names nobody)")
    ticket = _ticket(post.desk, now, alone=person is not None)
    first = person.name if person else order(duty.roster, now)[0]
    events = (
        TicketOpened(now, DESK, ticket, "", ticket.priority),
        DutyPaged(now, DESK, first, 1, now + duty.step, first=True),
    )
    opened = carry_out(None, events, None, post, now)
    assert opened is not None
    return opened


def _ticket(desk: Desk, now: datetime, alone: bool) -> Ticket:
    """No plan has its priority, so that nothing of it is ever due."""
    queue = _queue(desk)
    return Ticket(
        id=0,
        reference="",
        subject=SUBJECT,
        customer="",
        requester="",
        plan=desk.plan,
        queue=queue.name,
        team=queue.team,
        priority=DRILL,
        kind=DRILL,
        opened_at=now,
        entitlement=Entitlement(Decision.ACCEPT),
        emergency=Emergency(drill=True, alone=alone),
        on_quota=False,
        nocharge=True,
    )


def _queue(desk: Desk) -> Queue:
    return next((queue for queue in desk.queues if queue.duty), desk.queues[0])

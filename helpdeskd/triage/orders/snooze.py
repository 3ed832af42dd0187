"""What an agent wants to be reminded of: `/snooze DATE|2wd|3h [text]`. The ticket stays as it is."""

from helpdeskd.domain.sort_event import Snoozed
from helpdeskd.triage.orders.moment import moment, shown
from helpdeskd.triage.orders.order import Done, Order


def snooze(order: Order) -> Done:
    """A line to that agent, at that instant or at the next opening of their calendar."""
    word, _, text = order.argument.partition(" ")
    at = moment(order, word, "/snooze")
    until = order.calendar.next_opening(at) or at
    return Done((Snoozed(order.now, order.by, until, text.strip()),), f"you are reminded on {shown(order, until)}")

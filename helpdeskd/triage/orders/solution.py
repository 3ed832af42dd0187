"""What solved a ticket, recorded for whoever meets the same again: `/solution`.

In: an order with the text. Out: the solution, which agents alone ever see. Several lines in one mail are the lines of
one solution, since a line that a mail program breaks is refused (`grammar.Parsed.broken`); that of a later mail takes
the place of an earlier one. A solution without any word is refused.
"""

from helpdeskd.domain.solution_event import SolutionRecorded
from helpdeskd.triage.orders.order import Done, Order, Wrong


def solution(order: Order) -> Done:
    if not order.argument:
        raise Wrong("what solved it? (/solution TEXT, in several such lines if it is long)")
    above = [event.text for event in order.done if isinstance(event, SolutionRecorded)][-1:]
    text = "\n".join((*above, order.argument))
    return Done((SolutionRecorded(order.now, order.by, text),), "recorded for agents; the customer is not told")

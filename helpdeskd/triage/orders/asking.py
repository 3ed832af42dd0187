"""What a customer is asked before it costs anything: `/estimate`, `/outside` (policies, "Money", rule 5).

In: an order. Out: the estimate that awaits an answer, or that something is outside the contract. An estimate of time is
rounded up to the tariff's unit; one of money gives the minutes that it pays at the base rate, and never costs more.
The transcript says what the customer is told: of whom it is asked, what it costs, until when it is valid.

Refused: an estimate that nobody of the customer may agree to, or that is more than the customer's cards have left, one
of money in another currency or without any price, and a topic that the plan does not name.
"""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

from helpdeskd.domain.amount import Amount, Measure, duration
from helpdeskd.domain.bill import Bill, bill, by_card, may_agree
from helpdeskd.domain.cost_event import EstimateAsked, OutsideContract
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.event import StatusChanged, TicketEvent
from helpdeskd.domain.statement import money
from helpdeskd.domain.target import deadline
from helpdeskd.domain.tariff import price
from helpdeskd.domain.ticket import Status
from helpdeskd.triage.orders.order import Done, Order, Wrong
from helpdeskd.triage.quantity import minutes_of, money_of

REMINDED_AFTER = Amount(Measure.WORKING_DAYS, Fraction(2))


def estimate(order: Order) -> Done:
    """Ask those who may agree to it; the ticket waits for their answer."""
    words = order.argument.split()
    minutes, cents, rest = _asked(order, words)
    customer = order.directory.customer(order.ticket.customer)
    from_card = by_card(order.ticket, customer, order.plan)
    people = may_agree(order.ticket, customer, order.plan)
    if not people:
        right = "spend prepaid hours" if from_card else "approve costs"
        raise Wrong(f"no contact of {order.ticket.customer} may {right} (give one the right in the directory)")
    costs = bill(order.ticket, order.plan, order.directory)
    if from_card:
        _refuse_more_than_there_is(minutes, costs)
    asked = Estimate(
        number=order.ticket.estimates + 1,
        minutes=minutes,
        asked_by=order.by,
        asked_at=order.now,
        expires_at=_after(order, order.plan.estimate_valid),
        remind_at=_after(order, REMINDED_AFTER),
        cents=None if from_card else cents,
        by_card=from_card,
        topic=_topic(order),
        text=" ".join(rest),
    )
    events: tuple[TicketEvent, ...] = (EstimateAsked(order.now, order.by, asked), *_awaiting(order))
    names = ", ".join(contact.name for contact in people)
    until = f"valid until {asked.expires_at.astimezone(order.calendar.zone):%Y-%m-%d %H:%M}"
    return Done(events, "; ".join(filter(None, (f"{duration(minutes)} asked of {names}", _paid(asked, costs), until))))


def _paid(asked: Estimate, costs: Bill | None) -> str:
    """What the customer is told that it costs; "" without prices."""
    if asked.by_card:
        return "from prepaid hours"
    if costs is None:
        return ""
    if asked.cents is not None:
        told = f"at most {money(asked.cents)} {costs.tariff.currency}"
    else:
        cents = price(asked.minutes, costs.tariff.ordinary_rate(None, costs.over_quota))
        told = f"{money(cents)} {costs.tariff.currency} at the base rate"
    return f"{told} (rates vary by time or level)" if costs.tariff.varies else told


def outside(order: Order) -> Done:
    """Say that a topic is outside the contract, before anything costs."""
    word, _, text = order.argument.partition(" ")
    topic = _one_of(word, order.plan.outside)
    if any(isinstance(event, EstimateAsked) for event in order.done):
        raise Wrong("write it above /estimate, so that the request names the topic")
    told = OutsideContract(order.now, order.by, topic, text.strip())
    waits = order.ticket.status in {Status.NEW, Status.OPEN} and bool(order.plan.tariffs_of(order.ticket.agreement))
    changed = (StatusChanged(order.now, order.by, order.ticket.status, Status.WAITING),) if waits else ()
    return Done((told, *changed), "the customer is told" + (" and asked" if waits else ""))


def _asked(order: Order, words: list[str]) -> tuple[int, int | None, list[str]]:
    """Minutes, cents if it is money, and the words behind it."""
    for count in (2, 1):
        written = " ".join(words[:count]) if len(words) >= count else ""
        if (minutes := minutes_of(written)) is not None:
            return _rounded_up(order, minutes), None, words[count:]
        if (money := money_of(written)) is not None:
            return _payable(order, *money), money[0], words[count:]
    raise Wrong("how much? (/estimate 3h [text], or /estimate €240 [text])")


def _rounded_up(order: Order, minutes: int) -> int:
    costs = bill(order.ticket, order.plan, order.directory)
    return costs.tariff.rounded_up(minutes) if costs else minutes


def _payable(order: Order, cents: int, currency: str) -> int:
    """The minutes that an amount of money pays."""
    costs = bill(order.ticket, order.plan, order.directory)
    if costs is None:
        raise Wrong("the plan has no prices (write a time: /estimate 3h)")
    if currency != costs.tariff.currency:
        raise Wrong(f"the contract is in {costs.tariff.currency}, not in {currency}")
    minutes = costs.tariff.minutes_for(cents, order.agent.level, costs.over_quota)
    if not minutes:
        raise Wrong(f"that pays for less than {costs.tariff.unit} min")
    return minutes


def _refuse_more_than_there_is(minutes: int, costs: Bill | None) -> None:
    left = costs.cards.balance if costs and costs.cards else 0
    if minutes > left:
        raise Wrong(f"the cards have {duration(left)} left (ask for no more, or have a card bought first)")


def _topic(order: Order) -> str:
    """What an earlier line of the same mail said to be outside the contract."""
    told = (event.topic for event in order.done if isinstance(event, OutsideContract))
    return next(told, "")


def _awaiting(order: Order) -> tuple[StatusChanged, ...]:
    if order.ticket.status is Status.APPROVAL:
        return ()
    return (StatusChanged(order.now, order.by, order.ticket.status, Status.APPROVAL),)


def _after(order: Order, amount: Amount) -> datetime:
    due = deadline(order.now, amount, order.plan.calendar)
    assert due is not None
    return due


def _one_of(word: str, topics: Iterable[str]) -> str:
    """The topic that is meant, whatever its case."""
    known = list(topics)
    found = next((topic for topic in known if topic.casefold() == word.casefold()), None)
    if found is None:
        named = f"it names {', '.join(known)}" if known else "it names none"
        raise Wrong(f'the plan names no topic "{word}" ({named})' if word else f"outside what? ({named})")
    return found

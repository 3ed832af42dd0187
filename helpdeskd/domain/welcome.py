"""Welcome cards: the prepaid hours that some plans give each new customer, once (policies, "Card").

In: a customer, the desk's plans, and an instant (aware UTC). Out: the customer, with the card if it is due. Pure.
"""

from dataclasses import replace
from datetime import datetime

from helpdeskd.domain.card import Card
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Customer


def welcomed(customer: Customer, desk: Desk, now: datetime) -> Customer:
    """The customer; one without any free card has the welcome card of the first contract whose plan gives one.

    It counts from the contract's first day, or from today (on the plan's calendar) if that is later; a contract that
    has ended gives none.
    """
    if any(card.free for card in customer.cards):
        return customer
    for contract in customer.contracts:
        plan = desk.plans.get(contract.plan)
        if plan is None or not plan.welcome_card:
            continue
        today = now.astimezone(plan.calendar.zone).date()
        if today <= contract.last_day:
            card = Card(f"{customer.name}-welcome", plan.welcome_card, 0, max(contract.first_day, today), free=True)
            return replace(customer, cards=(*customer.cards, card))
    return customer

"""What comes to an end: contracts, what is paid of them, and prepaid hours (policies, "Contract" and "Card").

In: the scene of the clock. Out: a line for each, with a key by which it is told once to each manager. A contract is
told from 30 days before its last day on, unless the next one begins without a gap; what is paid, 30 days before it is
not any more; prepaid hours, when most of them are used. Days are those of the desk's zone. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from helpdeskd.domain.calendar import ONE_DAY
from helpdeskd.domain.card import use
from helpdeskd.domain.directory import Contract, Customer
from helpdeskd.domain.notice import Item
from helpdeskd.policy.scene import Scene

AHEAD = timedelta(days=30)
ALL_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Ending:
    """`key` stays the same as long as it is the same end."""

    key: str
    item: Item


def endings(scene: Scene) -> list[Ending]:
    """All that there are now, by customer."""
    today = scene.now.astimezone(scene.desk.calendar.zone).date()
    customers = map(scene.directory.customer, scene.directory.customer_titles())
    return [ending for customer in customers if customer for ending in _of(customer, today, scene)]


def _of(customer: Customer, today: date, scene: Scene) -> Iterator[Ending]:
    for contract in customer.contracts:
        if _is_near(contract.last_day, today) and not _goes_on(customer, contract):
            yield _ending("contract-ends", customer, contract, contract.last_day)
        paid = contract.paid_until
        if paid is not None and paid < contract.last_day and _is_near(paid, today):
            yield _ending("paid-until", customer, contract, paid)
    cards = use(customer.cards, scene.directory.draws(customer.name)) if customer.cards else None
    if cards is not None and cards.is_low:
        percent = cards.used * ALL_PERCENT // cards.bought
        item = Item("", customer.title, kind="cards-low", percent=percent)
        yield Ending(f"cards-low {customer.name} {cards.bought}", item)


def _ending(kind: str, customer: Customer, contract: Contract, day: date) -> Ending:
    item = Item("", customer.title, text=contract.plan, kind=kind, day=day)
    return Ending(f"{kind} {customer.name} {contract.plan} {day}", item)


def _is_near(day: date, today: date) -> bool:
    return today <= day <= today + AHEAD


def _goes_on(customer: Customer, contract: Contract) -> bool:
    """Whether another contract takes its place: of the same plan, or one that begins where it ends."""
    return any(
        other.last_day > contract.last_day
        and other.first_day <= contract.last_day + ONE_DAY
        and (other.plan == contract.plan or other.first_day > contract.last_day)
        for other in customer.contracts
    )

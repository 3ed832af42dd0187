"""What customers have left: prepaid hours and the tickets of the month (policies, "Card" and rule 8).

In: events and the scene's bill. Out: a word before it runs out, and the balance when a contact asks for it.
"""

from collections.abc import Iterable

from helpdeskd.domain.bill import bounds
from helpdeskd.domain.card import use
from helpdeskd.domain.cost_event import CardsLow
from helpdeskd.domain.directory import Customer, Right
from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import Event, QuestionAsked, TicketOpened
from helpdeskd.domain.month import month_at
from helpdeskd.domain.notice import QuotaFacts, Recipient
from helpdeskd.domain.quota import used
from helpdeskd.domain.tariff import tariff_at
from helpdeskd.policy.scene import Scene, facts, notices, to_contact

BALANCE = "balance"


def cards_low(event: Event, scene: Scene) -> Iterable[Effect]:
    """Most of the prepaid hours are used: to those who may have them spent, or may approve costs."""
    if not isinstance(event, CardsLow):
        return []
    return notices("card-low", _with_a_right(scene, {Right.SPEND, Right.APPROVE}), facts(scene))


def quota_used_up(event: Event, scene: Scene) -> Iterable[Effect]:
    """The last ticket of the month's quota: what more tickets cost, to those who approve costs."""
    quota = quota_of(scene)
    if not isinstance(event, TicketOpened) or quota is None or quota.place != quota.limit:
        return []
    return notices("quota-warning", _with_a_right(scene, {Right.APPROVE}), facts(scene, quota=quota))


def balance(event: Event, scene: Scene) -> Iterable[Effect]:
    """What the customer has left, to the contact who asked."""
    if not isinstance(event, QuestionAsked) or event.question != BALANCE:
        return []
    contact = scene.directory.contact(event.by)
    customer = scene.directory.customer(contact.customer) if contact else None
    if contact is None or customer is None:
        return []
    cards = use(customer.cards, scene.directory.draws(customer.name))
    told = facts(scene, cards=cards, quota=quota_now(customer, scene))
    return notices("balance", [to_contact(contact, customer, scene)], told)


def quota_of(scene: Scene) -> QuotaFacts | None:
    """Which ticket of its month the scene's is; None where nothing is counted."""
    costs = scene.bill
    if costs is None or costs.tariff.quota is None or not costs.place:
        return None
    return QuotaFacts(costs.place, costs.tariff.quota, costs.tariff.over_quota_rate, costs.tariff.currency)


def quota_now(customer: Customer, scene: Scene) -> QuotaFacts | None:
    """How many tickets of this month are used."""
    zone = scene.plan.calendar.zone
    contract = customer.contract_on(scene.now.astimezone(zone).date())
    plan = scene.desk.plans.get(contract.plan) if contract else None
    tariffs = plan.tariffs_of(contract.agreement) if plan and contract else ()
    tariff = tariff_at(tariffs, scene.now) if tariffs else None
    if plan is None or tariff is None or tariff.quota is None:
        return None
    month = month_at(scene.now, plan.calendar.zone)
    accepted = scene.directory.accepted(customer.name, plan.name, *bounds(month, plan))
    count = used(accepted, month, plan.calendar.zone)
    return QuotaFacts(count, tariff.quota, tariff.over_quota_rate, tariff.currency)


def _with_a_right(scene: Scene, rights: set[Right]) -> list[Recipient]:
    customer = scene.directory.customer(scene.ticket.customer) if scene.ticket else None
    contacts = customer.contacts if customer else ()
    return [to_contact(contact, customer, scene) for contact in contacts if rights & contact.rights]

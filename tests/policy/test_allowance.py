"""What customers have left is told when they ask, and before it runs out."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helpdeskd.domain.bill import bill
from helpdeskd.domain.card import Card, CardUse, Draw
from helpdeskd.domain.cost_event import CardsLow
from helpdeskd.domain.directory import Contact, Contract, Right
from helpdeskd.domain.event import Event, QuestionAsked, TicketOpened
from helpdeskd.domain.notice import Notice, QuotaFacts
from helpdeskd.domain.quota import Accepted
from helpdeskd.domain.tariff import Tariff
from helpdeskd.policy.allowance import quota_of
from helpdeskd.policy.react import react
from helpdeskd.policy.scene import Scene
from tests.policy.scenes import ANNA, BAKERY, BRAM, CONTRACT, DESK, NOW, OFFICE, PLAN, TICKET, People, notices, scene

DORA = Contact("bakery", "Dora", ("dora@bakery.example",), "en", frozenset({Right.APPROVE}))
TARIFF = Tariff("EUR", OFFICE, {1: 100_00}, quota=3, over_quota_rate=115_00)
PRICED = replace(PLAN, tariffs=(TARIFF,))
LIMITED = replace(DESK, plans={"standard": PRICED})
OPENED = TicketOpened(NOW, ANNA.address, TICKET, "Help", "normal")
ASKED = QuestionAsked(NOW, BRAM.address, "balance")


def counted(number: int, at: datetime = NOW) -> tuple[Accepted, ...]:
    """So many tickets of a month, the scene's the last of them."""
    earlier = (Accepted(f"HD-{n}", at - n * timedelta(minutes=1)) for n in range(1, number))
    return (*earlier, Accepted(TICKET.reference, at))


def people(number: int = 1, **more: object) -> People:
    customer = replace(BAKERY, contacts=(ANNA, BRAM, DORA), cards=more.pop("cards", ()))  # type: ignore[arg-type]
    return People(bakery=customer, counted=counted(number), **more)  # type: ignore[arg-type]


def seen(event: Event, known: People) -> Scene:
    return scene(event, people=known, desk=LIMITED, bill=bill(TICKET, PRICED, known))  # type: ignore[arg-type]


def told(event: Event, known: People, name: str) -> list[Notice]:
    return [notice for notice in notices(react(seen(event, known))) if notice.name == name]


@pytest.mark.parametrize(("number", "warned"), [(1, False), (2, False), (3, True), (4, False)])
def test_the_last_ticket_of_the_quota_warns_those_who_approve_costs(number: int, warned: bool) -> None:
    sent = told(OPENED, people(number), "quota-warning")
    assert [notice.to.address for notice in sent] == ([DORA.address] if warned else [])
    assert all(notice.facts.quota == QuotaFacts(3, 3, 115_00, "EUR") for notice in sent)


@pytest.mark.parametrize(("number", "place"), [(1, 1), (3, 3), (4, 4)])
def test_the_acknowledgement_says_which_ticket_of_how_many_it_is(number: int, place: int) -> None:
    (notice,) = told(OPENED, people(number), "ticket-received")
    assert notice.facts.quota == QuotaFacts(place, 3, 115_00, "EUR")
    assert notice.facts.quota.over is (place > 3)


def test_a_ticket_that_is_not_counted_has_no_place_to_tell() -> None:
    assert quota_of(seen(OPENED, replace(people(), counted=()))) is None
    assert quota_of(scene(OPENED)) is None


def test_cards_that_are_low_are_told_to_who_spends_them_and_who_approves_costs() -> None:
    known = people(cards=(Card("five", 300, 400_00, NOW.date()),), drawn=(Draw("five", "HD-1001", 250),))
    sent = told(CardsLow(NOW, "desk", 300, 250), known, "card-low")
    assert [notice.to.address for notice in sent] == [BRAM.address, DORA.address]
    assert {notice.facts.cards for notice in sent} == {CardUse(300, 250)}


def test_the_balance_is_told_to_who_asked() -> None:
    known = people(2, cards=(Card("five", 300, 400_00, NOW.date()),), drawn=(Draw("five", "HD-1001", 60),))
    (notice,) = notices(react(scene(ASKED, ticket=None, people=known, desk=LIMITED)))
    assert (notice.to.address, notice.name) == (BRAM.address, "balance")
    assert notice.facts.cards == CardUse(300, 60)
    assert notice.facts.quota == QuotaFacts(2, 3, 115_00, "EUR")


def balance(known: People, now: datetime = NOW) -> Notice:
    (notice,) = notices(react(scene(ASKED, ticket=None, people=known, desk=LIMITED, now=now)))
    return notice


def test_where_nothing_is_limited_the_balance_says_nothing_of_it() -> None:
    (notice,) = notices(react(scene(ASKED, ticket=None, people=people())))
    assert (notice.facts.cards, notice.facts.quota) == (None, None)


def test_tickets_of_another_month_are_not_counted_in_the_balance() -> None:
    december = datetime.fromisoformat("2026-12-01T00:00+01:00")
    assert balance(people(2), december).facts.quota == QuotaFacts(0, 3, 115_00, "EUR")
    assert balance(people(2), december - timedelta(seconds=1)).facts.quota == QuotaFacts(2, 3, 115_00, "EUR")


@pytest.mark.parametrize(
    "contract", [replace(CONTRACT, last_day=NOW.date() - timedelta(1)), replace(CONTRACT, plan="gone")]
)
def test_without_a_contract_in_force_there_is_no_quota(contract: Contract) -> None:
    known = people()
    assert balance(replace(known, bakery=replace(known.bakery, contracts=(contract,)))).facts.quota is None


@pytest.mark.parametrize(
    "event",
    [QuestionAsked(NOW, "gone@bakery.example", "balance"), QuestionAsked(NOW, BRAM.address, "something else")],
)
def test_who_has_left_or_asks_something_else_gets_no_balance(event: QuestionAsked) -> None:
    assert notices(react(scene(event, ticket=None, people=people()))) == []

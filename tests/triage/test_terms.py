"""Which contract serves a request, and what it may have."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contract
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.ticket import Ticket
from tests.triage.small_desk import BAKERY, DESK, NOW, PLAN, THIS_YEAR, FakeDirectory, decide, envelope, mail

WEBSHOP = replace(THIS_YEAR, agreement="webshop", covers=("webshop",))
HOSTING = replace(THIS_YEAR, agreement="hosting", covers=("hosting", "backup"))
ALL = replace(THIS_YEAR, agreement="all")


def desk_of(product: str = "", plan: Plan = PLAN) -> Desk:
    """Its first queue is about that product."""
    queues = (replace(DESK.queues[0], product=product), *DESK.queues[1:])
    return replace(DESK, queues=queues, plans={"basic": plan})


def opened(*contracts: Contract, product: str = "", at: datetime = NOW) -> Ticket:
    directory = FakeDirectory(customers=(replace(BAKERY, contracts=contracts),), tickets=())
    ticket = decide(mail(), envelope(at=at), directory, desk_of(product), now=at).ticket
    assert ticket is not None
    return ticket


@pytest.mark.parametrize(
    ("contracts", "product", "serves"),
    [
        ((WEBSHOP, HOSTING), "webshop", "webshop"),
        ((WEBSHOP, HOSTING), "backup", "hosting"),
        ((WEBSHOP, HOSTING), "", "webshop"),
        ((WEBSHOP, ALL, HOSTING), "hosting", "all"),
        ((WEBSHOP, HOSTING), "telephone", "webshop"),
        ((replace(HOSTING, last_day=date(2026, 11, 22)), WEBSHOP), "hosting", "webshop"),
    ],
)
def test_the_first_contract_in_force_that_covers_the_product_serves(
    contracts: tuple[Contract, ...], product: str, serves: str
) -> None:
    ticket = opened(*contracts, product=product)
    assert (ticket.agreement, ticket.product) == (serves, product)


def test_a_contract_serves_to_midnight_of_its_last_day_by_the_clock_of_its_plan() -> None:
    """In Amsterdam 23:59 and 24:00 of the 31st are 22:59 and 23:00 in UTC."""
    this_year, next_year = replace(THIS_YEAR, agreement="2026"), Contract("basic", date(2027, 1, 1), date(2027, 12, 31))
    last_minute, midnight = datetime(2026, 12, 31, 22, 59, tzinfo=UTC), datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert opened(this_year, next_year, at=last_minute).agreement == "2026"
    assert opened(this_year, next_year, at=midnight).agreement == ""


def test_a_contract_that_is_over_gives_nobody_its_agreement() -> None:
    assert opened(ALL, at=NOW).agreement == "all"
    over = replace(ALL, last_day=date(2026, 11, 22))
    directory = FakeDirectory(customers=(replace(BAKERY, contracts=(over,)),))
    ticket = decide(mail(), directory=directory, accepted_for=BAKERY.contacts[0].address).ticket
    assert ticket is not None
    assert ticket.agreement == ""

"""Which contract serves a request, and what it may have."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contract
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.ticket import Decision, Ticket
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


NORTH, SOUTH = (replace(THIS_YEAR, agreement=name.lower(), covers=(name,)) for name in ("North", "South"))


def opened_by(roles: tuple[str, ...], *contracts: Contract) -> Ticket:
    """A ticket of a contact with these roles, of a customer with two sites."""
    anna = replace(BAKERY.contacts[0], roles=roles)
    bakery = replace(BAKERY, sites=("North", "South"), contacts=(anna,), contracts=contracts)
    ticket = decide(mail(), envelope(), FakeDirectory(customers=(bakery,), tickets=())).ticket
    assert ticket is not None
    return ticket


@pytest.mark.parametrize(
    ("roles", "contracts", "serves", "decision"),
    [
        (("site:South",), (NORTH, SOUTH), "south", Decision.ACCEPT),
        (("site:South",), (NORTH,), "north", Decision.ASK),
        (("site:South", "site:North"), (NORTH,), "north", Decision.ACCEPT),
        (("technical",), (NORTH, SOUTH), "north", Decision.ACCEPT),
        (("site:South",), (WEBSHOP,), "webshop", Decision.ACCEPT),
        (("site:South",), (replace(WEBSHOP, covers=("webshop", "North")),), "webshop", Decision.ASK),
    ],
)
def test_a_contract_may_cover_sites(
    roles: tuple[str, ...], contracts: tuple[Contract, ...], serves: str, decision: Decision
) -> None:
    """Whoever stands for one site asks for that one; whoever stands for none or several has not said for which."""
    ticket = opened_by(roles, *contracts)
    assert (ticket.agreement, ticket.entitlement.decision) == (serves, decision)
    assert ticket.site == ("South" if roles == ("site:South",) else "")

"""A ticket that comes under other terms is judged as it was when the desk accepted it."""

from dataclasses import replace
from datetime import date, timedelta

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contact, Customer
from helpdeskd.domain.plan import ContactRules, Without
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Decision, Ticket
from helpdeskd.triage.anew import Anew, Owner, judged_anew
from tests.triage.small_desk import (
    ANNA,
    BAKERY,
    CARL,
    DESK,
    EARLIER,
    FLEUR,
    FLORIST,
    NOW,
    OFFICE_HOURS,
    PLAN,
    THIS_YEAR,
    FakeDirectory,
    ticket,
)

COUNTED = replace(PLAN, tariffs=(Tariff("EUR", OFFICE_HOURS, {1: 100_00}, quota=1, over_quota_rate=115_00),))
COUNTING = replace(DESK, plans={"basic": COUNTED})


def judged(
    on: Ticket, customer: Customer, contact: Contact | None, desk: Desk = DESK, product: str = "", **known: object
) -> Anew:
    directory = FakeDirectory(customers=(BAKERY, customer), **known)  # type: ignore[arg-type]
    return judged_anew(on, Owner(customer, contact, product), desk, directory)


def codes(anew: Anew) -> list[str]:
    return [reason.code for reason in anew.basis.entitlement.reasons]


def test_it_goes_by_the_contract_in_force_when_it_came_not_by_that_of_today() -> None:
    began = NOW.date() - timedelta(days=1)
    old, new = (
        replace(THIS_YEAR, agreement="old", last_day=began),
        replace(THIS_YEAR, agreement="new", first_day=NOW.date()),
    )
    assert judged(ticket(), replace(FLORIST, contracts=(new, old)), FLEUR).basis.agreement == "old"


def test_it_takes_a_place_of_the_new_customers_month() -> None:
    earlier = ticket(id=2, reference="ACME-1002", customer="florist", opened_at=EARLIER - timedelta(hours=1))
    second = judged(ticket(), FLORIST, FLEUR, COUNTING, tickets=(ticket(), earlier))
    assert "warning: it is beyond the tickets of the month (2/1)" in second.told
    assert second.basis.entitlement.decision is Decision.BILLABLE
    assert "quota" in codes(judged(ticket(), FLORIST, FLEUR, COUNTING, tickets=(ticket(),)))
    assert "quota" not in codes(judged(ticket(on_quota=False), FLORIST, FLEUR, COUNTING))


def test_of_a_ticket_that_stays_with_its_customer_the_place_is_not_asked_again() -> None:
    assert not {"quota", "over-quota"} & set(codes(judged(ticket(), BAKERY, ANNA, COUNTING, "printer")))


def test_who_asks_is_judged_only_as_another_customers() -> None:
    assert "no-right" not in codes(judged(ticket(), BAKERY, CARL))
    moved = judged(ticket(customer="florist"), BAKERY, CARL)
    assert "no-right" in codes(moved)
    assert moved.basis.entitlement.decision is Decision.ASK
    assert "who asks may not open tickets" in moved.told
    roles = replace(DESK, plans={"basic": replace(PLAN, contacts=ContactRules(roles=("technical",)))})
    assert "none of the roles that the plan wants: technical" in judged(ticket(), FLORIST, FLEUR, roles).told


def test_what_was_accepted_is_not_refused_to_its_own_customer() -> None:
    ended = replace(BAKERY, contracts=(replace(THIS_YEAR, last_day=date(2026, 2, 1)),))
    same = judged(ticket(), ended, ANNA, product="printer")
    assert same.basis.entitlement.decision is Decision.ACCEPT
    assert "warning: the contract ended on 2026-02-01" in same.told


def test_without_a_contract_it_may_be_charged() -> None:
    billable = replace(DESK, plans={"basic": replace(COUNTED, without_contract=Without.BILLABLE)})
    anew = judged(ticket(), replace(FLORIST, contracts=()), FLEUR, billable)
    assert anew.basis.entitlement.decision is Decision.BILLABLE
    assert "no contract in force, so it is charged" in anew.told


def test_the_contract_may_want_everybody_informed() -> None:
    assert judged(ticket(), replace(FLORIST, contracts=(replace(THIS_YEAR, inform_all=True),)), FLEUR).informs
    assert not judged(ticket(), FLORIST, FLEUR).informs

"""What tickets would cost by another ledger."""

from dataclasses import replace
from datetime import date

from helpdeskd.domain.card import Card, Draw
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.supposed import Cost, Supposed, cost
from tests.domain.tariffs import BEST_EFFORT, PREPAID
from tests.triage.small_desk import BAKERY, NOW, PLAN, FakeDirectory, ticket

PRICED = replace(PLAN, tariffs=(replace(BEST_EFFORT, quota=1),))
ENTRY = Entry(1, "ACME-1001", "piet", NOW, 60)
FIRST, SECOND = ticket(), ticket(id=2, reference="ACME-1002")
BOTH = (ENTRY, replace(ENTRY, ticket="ACME-1002"))


def test_without_prices_nothing_costs_anything() -> None:
    assert cost((FIRST,), PLAN, FakeDirectory(booked=BOTH)) == Cost(0, 0)


def test_tickets_cost_together_what_each_costs_in_its_place_of_the_month() -> None:
    assert cost((FIRST, SECOND), PRICED, FakeDirectory(booked=BOTH)) == Cost(120, 100_00 + 115_00)


def test_the_place_of_a_ticket_that_is_gone_is_another_ones() -> None:
    supposed = Supposed(FakeDirectory(booked=BOTH), {}, gone="ACME-1001")
    assert cost((SECOND,), PRICED, supposed) == Cost(60, 100_00)


def test_what_is_supposed_counts_instead_of_what_is_booked_and_approved() -> None:
    long = (replace(ENTRY, minutes=150),)
    supposed = Supposed(FakeDirectory(booked=BOTH), {1: long})
    assert cost((FIRST,), PRICED, supposed) == Cost(135, 225_00)
    approved = (Approval("ACME-1001", 15, "Anna", NOW),)
    assert cost((FIRST,), PRICED, replace(supposed, approved={1: approved})) == Cost(150, 250_00)
    assert cost((FIRST,), PRICED, replace(supposed, booked={1: ()})) == Cost(0, 0)


def test_prepaid_hours_of_a_ticket_that_is_gone_can_be_drawn() -> None:
    card = Card("one", 60, 80_00, date(2026, 1, 1))
    customers = (replace(BAKERY, cards=(card,)),)
    plan = replace(PLAN, tariffs=(replace(PREPAID, authorised_per_ticket=60),))
    directory = FakeDirectory(customers=customers, booked=BOTH, drawn=(Draw("one", "ACME-1001", 60),))
    assert cost((SECOND,), plan, directory) == Cost(0, 0)
    assert cost((SECOND,), plan, Supposed(directory, {}, gone="ACME-1001")) == Cost(60, 0)

"""The monthly statement goes to those at the customer who are about money."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from helpdeskd.domain.directory import Contact, Customer, Right
from helpdeskd.domain.event import StatementIssued
from helpdeskd.domain.line import Kind, Line, Share
from helpdeskd.domain.month import Month
from helpdeskd.domain.statement import Statement
from helpdeskd.policy.react import react
from tests.policy.scenes import ANNA, BAKERY, BRAM, CONTRACT, DESK, NOW, PLAN, People, notices, scene

NOVEMBER = Month(2026, 11)
ISSUED = StatementIssued(NOW, "desk", "bakery", NOVEMBER)
LINE = Line(Kind.WORK, "HD-1001", date(2026, 11, 2), 40, 100_00, 66_67)
FREE = Share("HD-1001", date(2026, 11, 2), 15)
MADE = Statement("bakery", NOVEMBER, "EUR", None, (LINE,), (), (), None, None, Decimal(21))
EMPTY = replace(MADE, lines=())


def able(*rights: Right) -> Contact:
    return replace(ANNA, rights=frozenset(rights))


def told(customer: Customer = BAKERY, made: Statement = MADE) -> list[str]:
    asked = scene(ISSUED, ticket=None, people=People(bakery=customer, fixed=(made,)))
    return [f"{each.to.name} {each.name}" for each in notices(react(asked))]


@pytest.mark.parametrize(
    ("rights", "people"),
    [
        ((Right.APPROVE,), ["Anna"]),
        ((Right.APPROVE, Right.MANAGE, Right.OPEN), ["Anna"]),
        ((Right.MANAGE,), ["Anna"]),
        ((Right.OPEN,), ["Anna", "Bram"]),
        ((Right.SPEND,), ["Bram"]),
    ],
)
def test_it_goes_to_who_approves_else_manages_else_opens(rights: tuple[Right, ...], people: list[str]) -> None:
    assert told(replace(BAKERY, contacts=(able(*rights), BRAM))) == [f"{name} statement" for name in people]


def test_one_with_nothing_in_it_goes_to_nobody() -> None:
    assert told(made=EMPTY) == []
    assert told(made=replace(EMPTY, free=(FREE,))) == ["Anna statement", "Bram statement"]
    assert told(made=replace(EMPTY, unapproved=(FREE,))) == ["Anna statement", "Bram statement"]


def test_a_customer_without_contacts_is_written_to_by_nobody() -> None:
    assert told(replace(BAKERY, contacts=())) == []


def test_it_is_automatic_answers_nothing_and_holds_the_statement_of_its_month() -> None:
    october = replace(MADE, month=Month(2026, 10))
    asked = scene(ISSUED, ticket=None, people=People(fixed=(october, MADE)))
    notice = notices(react(asked))[0]
    assert (notice.automatic, notice.answers) == (True, False)
    assert (notice.facts.statement, notice.facts.text) == (MADE, "Bakery")


def test_it_is_in_a_language_that_the_customers_plan_speaks() -> None:
    plans = {"standard": replace(PLAN, languages=("en",)), "dutch": replace(PLAN, name="dutch", languages=("nl",))}
    customer = replace(BAKERY, contracts=(replace(CONTRACT, plan="dutch"),))
    asked = replace(
        scene(ISSUED, ticket=None, people=People(bakery=customer, fixed=(MADE,))),
        desk=replace(DESK, plans=plans),
    )
    assert notices(react(asked))[0].to.language == "nl"

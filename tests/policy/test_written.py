"""What an agent reads first of a customer's mail."""

from dataclasses import replace
from datetime import timedelta

import pytest

from helpdeskd.domain.cost_event import ApprovalRefused
from helpdeskd.domain.directory import Right
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.event import CustomerWrote
from helpdeskd.domain.ticket import Reason, Status
from helpdeskd.policy.written import what_was_written
from tests.policy.scenes import ANNA, BAKERY, BRAM, NOW, TICKET, People, scene

ESTIMATE = Estimate(1, 120, "piet", NOW, NOW + timedelta(days=30))
AWAITING = replace(TICKET, status=Status.APPROVAL, estimate=ESTIMATE, estimates=1)
MAY = People(bakery=replace(BAKERY, contacts=(replace(ANNA, rights=frozenset({Right.APPROVE})), BRAM)))


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        ("no-right", "may-not-approve"),
        ("not-alone", "no-approval"),
        ("no-answer", "no-approval"),
        ("expired", "approval-refused"),
        ("already-approved", "approval-refused"),
    ],
)
def test_an_answer_that_does_not_count_is_said_to_be_none(reason: str, what: str) -> None:
    wrote = CustomerWrote(NOW, ANNA.address, "Akkoord")
    told = scene(wrote, ApprovalRefused(NOW, ANNA.address, Reason(reason)), ticket=AWAITING, people=MAY)
    assert what_was_written(wrote, told) == what


def test_other_words_are_said_to_be_no_approval_only_of_who_is_asked() -> None:
    anna, bram = CustomerWrote(NOW, ANNA.address, "Fine"), CustomerWrote(NOW, BRAM.address, "Fine")
    assert what_was_written(anna, scene(anna, ticket=AWAITING, people=MAY)) == "no-approval"
    assert what_was_written(bram, scene(bram, ticket=AWAITING, people=MAY)) == "customer-wrote"
    assert what_was_written(anna, scene(anna, ticket=TICKET, people=MAY)) == "customer-wrote"


def test_what_was_let_in_is_said_to_be_so() -> None:
    wrote = CustomerWrote(NOW, ANNA.address, "Fine", accepted=True)
    assert what_was_written(wrote, scene(wrote, ticket=AWAITING, people=MAY)) == "let-in"

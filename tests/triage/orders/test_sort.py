"""`/priority` and `/kind`: one of the plan's, or nothing."""

from helpdeskd.domain.event import KindChanged, PriorityChanged
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import NOW, ticket


def test_a_priority_of_the_plan_is_set_whatever_its_case() -> None:
    assert order("/priority HIGH").events == (PriorityChanged(NOW, "piet", "normal", "high"),)


def test_setting_the_same_priority_says_that_it_is_triaged() -> None:
    assert order("/priority high", ticket(priority="high", triaged=False)).ticket.triaged


def test_a_priority_that_the_plan_does_not_have_is_refused_with_those_that_it_has() -> None:
    assert refusal("/priority urgent").endswith('there is no priority "urgent" (one of high, normal, low)')
    assert refusal("/priority").endswith("which priority? (one of high, normal, low)")


def test_a_kind_of_the_plan_is_set() -> None:
    assert order("/kind Problem").events == (KindChanged(NOW, "piet", "question", "problem"),)


def test_a_kind_that_the_plan_does_not_have_is_refused() -> None:
    assert refusal("/kind complaint").endswith('there is no kind "complaint" (one of question, problem)')

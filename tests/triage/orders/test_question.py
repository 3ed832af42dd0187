"""`/note`, `/why`, `/show` and `/help` change nothing."""

import pytest

from tests.triage.orders.orders import order, refusal


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("/why", "why"),
        ("/help", "help"),
        ("/show", "ACME-1001"),
        ("/show ACME-1002", "ACME-1002"),
        ("/show [acme-1002]", "ACME-1002"),
        ("/mine", "mine"),
        ("/due", "due"),
        ("/customer? flor", "customer florist"),
        ("/customer?", "customer bakery"),
    ],
)
def test_a_question_is_asked_and_nothing_happens(line: str, asked: str) -> None:
    result = order(line)
    assert (result.asked, result.events, result.errors) == ((asked,), (), ())


def test_a_ticket_that_does_not_exist_cannot_be_shown() -> None:
    assert refusal("/show ACME-9999") == "/show ACME-9999: there is no ticket ACME-9999"


def test_a_note_says_that_the_text_stays_inside() -> None:
    assert (order("/note").lines, order("/note").events) == (("/note: the text stays inside",), ())


def test_a_customer_that_there_is_not_cannot_be_told_of() -> None:
    assert refusal("/customer? garage").endswith('there is no customer "garage" (one of bakery, florist)')

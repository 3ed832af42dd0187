"""Alerts that would wake nobody are warned of."""

from pathlib import Path

import pytest

from helpdeskd.config.advice import advice
from tests.config.small_desk import loaded
from tests.config.test_advice import AGENT, CUSTOMER, GOOD

ALERT = '[[alert]]\nname = "nagios"\nlike = "nagios"\nsenders = ["{sender}"]\ncustomer = "{customer}"\n'
ANNA = '[[customer.contact]]\nname = "Anna"\naddresses = ["anna@bakery.example"]\n'


@pytest.mark.parametrize(
    ("sender", "customer", "warned"),
    [
        ("nagios@monitor.example", "bakery", []),
        ("bakery.example", "bakery", []),
        ("nagios@monitor.example", "butcher", ['alert.customer: there is no customer "butcher"']),
        ("anna@bakery.example", "bakery", ['alert.senders: "anna@bakery.example" is a contact or an agent']),
        ("piet@desk.example", "bakery", ['alert.senders: "piet@desk.example" is a contact or an agent']),
    ],
)
def test_a_customer_who_is_unknown_and_a_sender_who_is_a_person_are_warned_of(
    tmp_path: Path, sender: str, customer: str, warned: list[str]
) -> None:
    text = GOOD + ALERT.format(sender=sender, customer=customer) + AGENT + CUSTOMER + ANNA
    said = [line.partition(": ")[2] for line in advice(loaded(tmp_path, text))]
    assert [line.partition(", so")[0] for line in said if line.startswith("alert")] == warned


def test_without_a_directory_in_sight_nothing_is_said_of_customers(tmp_path: Path) -> None:
    text = GOOD + ALERT.format(sender="nagios@monitor.example", customer="bakery")
    assert advice(loaded(tmp_path, text)) == []

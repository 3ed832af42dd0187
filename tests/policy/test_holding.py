"""Held mail: to whom it is told, when, and by which replies it is decided."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helpdeskd.domain.event import MailHeld
from helpdeskd.domain.notice import Item
from helpdeskd.domain.ticket import Reason
from helpdeskd.policy.holding import held
from tests.policy.scenes import BAKERY, NIGHT, NOW, People, reminders, scene

MORNING = NIGHT + timedelta(hours=9, minutes=30)
HELD = MailHeld(NOW, "sam@x.example", "Hello", (Reason("unknown-sender"),))


@pytest.mark.parametrize(
    ("now", "urgent", "told"),
    [
        (NOW, False, NOW + timedelta(hours=1)),
        (NOW + timedelta(minutes=59), False, NOW + timedelta(hours=1)),
        (NIGHT, False, MORNING),
        (NIGHT, True, NIGHT),
    ],
)
def test_held_mail_is_collected_for_up_to_an_hour_of_working_time(now: datetime, urgent: bool, told: datetime) -> None:
    event = replace(HELD, urgent=urgent)
    lines = reminders(list(held(event, scene(event, ticket=None, now=now))))
    assert {line.not_before for line in lines} == {told}


def item(event: MailHeld = HELD, text: str = "") -> Item:
    (line, _) = reminders(list(held(event, scene(event, ticket=None, mail_id=12, text=text))))
    return line.item


def test_a_strangers_mail_is_accepted_for_somebody() -> None:
    assert item().text == "sam@x.example"
    assert (item().accept, item().refuse) == ("/accept 12 as CONTACT", "/refuse 12 REASON")
    assert item().mail_id == 12


def test_a_contacts_mail_is_accepted_for_themselves() -> None:
    assert item(replace(HELD, by="anna@bakery.example")).accept == "/accept 12"


@pytest.mark.parametrize(
    ("by", "block"),
    [
        ("sam@x.example", "/block 12"),
        ("anna@bakery.example", ""),
        ("piet@desk.example", ""),
        ("piet", ""),
        ("", ""),
    ],
    ids=["stranger", "contact", "agent", "agent by name", "nobody"],
)
def test_only_a_stranger_can_be_blocked(by: str, block: str) -> None:
    assert item(replace(HELD, by=by)).block == block


def test_that_contacts_were_asked_is_told() -> None:
    (why, asked) = item(replace(HELD, customer="bakery")).reasons
    assert (why.code, str(asked)) == ("unknown-sender", "contacts-asked: Bakery")


def test_that_nobody_could_be_asked_is_not_told() -> None:
    event = replace(HELD, customer="bakery")
    nobody = People(bakery=replace(BAKERY, contacts=()))
    (line, _) = reminders(list(held(event, scene(event, ticket=None, people=nobody))))
    assert line.item.reasons == HELD.reasons


def test_held_mail_is_told_with_its_first_three_lines() -> None:
    assert item(text=" One\n\nTwo\n>Three\nFour").excerpt == "One\nTwo\n>Three"
    assert item(text="").excerpt == ""


@pytest.mark.parametrize(("letters", "shown"), [(300, "x" * 300), (301, "x" * 299 + "…")])
def test_of_long_lines_three_hundred_letters_are_told(letters: int, shown: str) -> None:
    assert item(text="x" * letters).excerpt == shown

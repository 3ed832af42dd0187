"""Attack rows M01 and M06: a right is a right of its own, and who is not proved uses up nobody's quota or sleep.

The matrix of M01 is exhaustive: each contact has exactly one right, and tries each action in each way.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Status
from helpdeskd.storage import db
from helpdeskd.storage.directory import StoredDirectory
from tests.world import PIET, World

RIGHTS = ("open", "spend", "approve", "manage")
LAB, BARN = "lab.example", "barn.example"
ACTIONS = {"open": LAB, "spend": BARN, "approve": LAB, "manage": LAB}
"""The action that each right is for, and at which customer: the barn has prepaid hours, the lab is billed."""

CUSTOMER = """
[[customer]]
name = "{name}"
title = "{name}"
language = "en"
{contacts}
[[customer.contract]]
plan = "{plan}"
first_day = 2026-01-01
last_day = 2026-12-31
"""
CONTACT = """[[customer.contact]]
name = "{right} only"
addresses = ["{right}@{domain}"]
rights = ["{right}"]
"""
CARD = """[[customer.card]]
name = "barn-1"
hours = 5
price = "400.00"
bought = 2026-10-05
"""


def customer(domain: str, plan: str, more: str = "") -> str:
    contacts = "".join(CONTACT.format(right=right, domain=domain) for right in RIGHTS)
    return CUSTOMER.format(name=domain.partition(".")[0], contacts=contacts, plan=plan) + more


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk", extra=customer(LAB, "hourly") + customer(BARN, "prepaid", CARD)) as desk:
        yield desk


def tried(world: World, action: str, who: str, way: str) -> bool:
    """Whether it has the effect that only that right may have."""
    strength = "none" if way == "none" else "aligned"
    match action:
        case "open":
            return world.receives(who, strength=strength).fate == "opened"
        case "manage":
            return _manages(world, who, way, strength)
        case _:
            return _agrees(world, action, who, way, strength)


def _agrees(world: World, action: str, who: str, way: str, strength: str) -> bool:
    world.receives(f"open@{ACTIONS[action]}")
    world.replies(PIET, world.last("piet"), "/estimate 2h")
    request = world.last(action, "approval-request")
    if way == "aligned":
        world.receives(who, subject=request.subject, text="approve")
    else:
        world.replies(who, request, "approve", strength=strength)
    with db.transaction():
        approved = StoredDirectory().approvals(world.ticket().id)
    assert bool(approved) is (world.ticket().status is not Status.APPROVAL)
    return bool(approved)


def _manages(world: World, who: str, way: str, strength: str) -> bool:
    world.receives(f"manage@{LAB}", subject="contacts", text="")
    if way == "aligned":
        world.receives(who, subject="A word", text="add Nina Nieuw <nina@lab.example>")
    else:
        world.replies(who, world.last("manage", "contacts"), "add Nina Nieuw <nina@lab.example>", strength=strength)
    with db.transaction():
        return StoredDirectory().contact("nina@lab.example") is not None


@pytest.mark.parametrize("way", ["token", "aligned", "none"])
@pytest.mark.parametrize("right", RIGHTS)
@pytest.mark.parametrize("action", ACTIONS)
def test_m01_each_right_allows_its_action_and_no_other(world: World, action: str, right: str, way: str) -> None:
    ways = ("token", "aligned") if action == "open" else ("token",)
    assert tried(world, action, f"{right}@{ACTIONS[action]}", way) is (right == action and way in ways)


def test_m01_a_contact_of_whom_nothing_is_said_may_open_and_nothing_else(world: World) -> None:
    with db.transaction():
        contact = StoredDirectory().contact("ben@dentist.example")
    assert contact is not None
    assert {right.value for right in contact.rights} == {"open"}


def test_m06_forged_mail_takes_no_place_in_the_quota(world: World) -> None:
    for number in range(5):
        world.receives("Ben Blom <ben@dentist.example>", subject=f"Forged {number}", strength="none")
    world.receives("Ben Blom <ben@dentist.example>", subject="Honest")
    assert world.sent(notice="quota-warning") == []
    assert len(world.tickets()) == 1


def test_m06_forged_mail_to_the_duty_address_wakes_nobody(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.news()
    mail = world.receives("Bram <bram@bakery.example>", "duty@desk.example", "Shop is down", "Help!", strength="none")
    assert mail.status == "held"
    world.at("2026-11-24 03:00")
    assert (world.sent(notice="duty-page"), world.hooks) == ([], [])
    assert world.tickets() == []

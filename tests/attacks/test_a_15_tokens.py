"""Attack row A15: reply addresses in other hands, by every purpose and every way that a token travels."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.domain.token import ADOPT, APPROVE, BOUNCE, MANAGE, PURPOSES, REPLY, read
from tests.attacks.tokens import HOLDERS, issued, logged, of_bakery, to, token_of
from tests.mail_client import answer
from tests.world import ANNA, BRAM, EVE, PIET, STRANGER, Sent, World

PLAIN = "\n[mail]\nplus_addresses = false\n"
USERS = {
    "a stranger": STRANGER,
    "a contact of another customer": EVE,
    "a colleague": "Cato Bakker <cato@bakery.example>",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as world:
        yield world


@pytest.fixture
def without_plus(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk", PLAIN) as world:
        yield world


def told_of_misuse(world: World) -> list[str]:
    return [each for each in world.news() if each.split()[1] in {"status", "address-misused", "agent-update"}]


def test_a15_every_purpose_has_its_row() -> None:
    assert {*HOLDERS, BOUNCE} == PURPOSES


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("purpose", HOLDERS)
def test_a15_in_other_hands_it_is_not_honoured_its_holder_is_told_and_it_is_logged(
    desk: World, purpose: str, user: str
) -> None:
    mail, (holder, told) = issued(desk, purpose), HOLDERS[purpose]
    claim = read(token_of(mail))
    assert claim is not None
    assert (claim.purpose, mail.to) == (purpose, holder)
    desk.news()
    before, contacts = desk.tickets(), of_bakery()
    desk.replies(USERS[user], mail, "yes\n/close\nSECRET", strength="aligned")
    assert told in told_of_misuse(desk)
    assert logged(desk) >= 1
    assert [(t.status, t.owner, t.estimate) for t in desk.tickets()[-len(before) :]] == [
        (t.status, t.owner, t.estimate) for t in before
    ] or not before
    assert of_bakery() == contacts
    assert all("SECRET" not in each.text for each in desk.sent() if each.to == holder and not each.row.to_agent)


@pytest.mark.parametrize("purpose", HOLDERS)
def test_a15_its_holder_may_use_it_and_nobody_is_told(desk: World, purpose: str) -> None:
    mail = issued(desk, purpose)
    desk.news()
    desk.replies(f"X <{mail.to}>", mail, "Thank you.")
    assert logged(desk) == 0
    assert all("address-misused" not in each for each in desk.news())


@pytest.mark.parametrize("purpose", [REPLY, APPROVE, ADOPT, MANAGE])
def test_a15_behind_the_mark_of_a_note_it_is_told_too(desk: World, purpose: str) -> None:
    token = token_of(issued(desk, purpose))
    desk.receives(STRANGER, to(token, "note.t"), text="Hello")
    assert logged(desk) == 1


def test_a15_who_took_part_once_is_told_too(desk: World) -> None:
    mail = issued(desk, REPLY)
    desk.replies(PIET, desk.last("piet", "agent-new"), "/cc anna@bakery.example")
    desk.replies(PIET, desk.last("piet", "agent-new"), "We look at it.")
    anna = desk.last("anna", "reply")
    desk.replies(PIET, desk.last("piet", "agent-new"), "/uncc anna@bakery.example")
    desk.news()
    desk.replies(STRANGER, anna, "Hello")
    assert "anna status" in desk.news()
    assert mail.to == "bram@bakery.example"


# Address, Message-ID, marker


WAYS = ("address", "Message-ID", "references", "marker")


def by(world: World, way: str, person: str, mail: Sent, text: str) -> str:
    """An answer by nothing but that way; what became of it."""
    address = mail.header("Reply-To") if way == "address" else "support@desk.example"
    parts = {
        "Message-ID": {"in_reply_to": mail.message.message_id},
        "references": {"references": ("<a@b>", mail.message.message_id)},
    }
    quoted = answer(mail.message, text)[2] if way == "marker" else text
    row = world.receives(person, address, "Till", quoted, **parts.get(way, {}))
    return row.fate


@pytest.mark.parametrize("way", WAYS)
def test_a15_a_token_counts_by_address_message_id_and_marker_where_there_is_no_plus(
    without_plus: World, way: str
) -> None:
    desk = without_plus
    desk.receives(BRAM)
    notice = desk.last("piet", "agent-new")
    assert "+" not in notice.header("Reply-To")
    counts = way != "address"
    assert by(desk, way, PIET, notice, "/take") == "commands"
    assert (desk.ticket().owner == "piet") is counts
    desk.replies(PIET, notice, "/estimate 2h")
    request = desk.last("anna", "approval-request")
    by(desk, way, ANNA, request, "approve")
    assert ("EstimateApproved" in desk.story()) is counts


@pytest.mark.parametrize("plus", [True, False])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("person", [BRAM, EVE, STRANGER, "Ans Smit <ans@desk.example>"])
def test_a15_none_of_them_counts_for_anybody_else(tmp_path: Path, person: str, way: str, plus: bool) -> None:
    with World(tmp_path / "desk", "" if plus else PLAIN) as desk:
        desk.receives(BRAM)
        notice = desk.last("piet", "agent-new")
        before = desk.ticket()
        by(desk, way, person, notice, "/close")
        after = desk.ticket()
        assert (after.status, after.owner) == (before.status, before.owner)
        desk.replies(PIET, notice, "/estimate 2h")
        by(desk, way, person, desk.last("anna", "approval-request"), "approve")
        assert "EstimateApproved" not in desk.story()

"""Attack row A15: a lost reply address is told of once a day, and replayed mail of an agent counts once."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parseaddr
from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Participant
from helpdeskd.storage import db, tickets
from tests.mail_client import answer, thread
from tests.world import ANNA, PIET, World


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as world:
        world.receives(ANNA)
        yield world


def misuses(world: World, address: str, times: int) -> None:
    for number in range(times):
        world.receives(f"Sam <s{number}@elsewhere.example>", address, f"Re: {number}", "hello", strength="none")


def test_a15_a_lost_address_is_told_once_a_day_and_takes_nothing_of_its_holders_caps(desk: World) -> None:
    address = parseaddr(desk.last("anna").header("Reply-To"))[1]
    desk.news()
    misuses(desk, address, 12)
    assert sorted(desk.news()) == ["anna status", "ans agent-update", "piet agent-update"]
    assert desk.story().count("TokenMisused") == 1
    for _ in range(4):
        assert desk.receives(ANNA, subject="Another").fate == "opened"
        assert "anna ticket-received" in desk.news()
    desk.advance(hours=25)
    desk.news()
    misuses(desk, address, 2)
    assert desk.news().count("anna status") == 1


def test_a15_further_misuses_are_held_with_the_reason(desk: World) -> None:
    address = parseaddr(desk.last("anna").header("Reply-To"))[1]
    misuses(desk, address, 1)
    row = desk.receives("Sam <s@elsewhere.example>", address, "Re: x", "hello", strength="none")
    assert (row.status, row.reason) == ("held", "reply address of somebody else")


NAMES = {
    "none": lambda raw: re.sub(rb"Message-ID: .*\r\n", b"", raw),
    "two, another first": lambda raw: b"Message-ID: <other@desk.example>\r\n" + raw,
    "another case of the domain": lambda raw: re.sub(rb"(Message-ID: <.*?)@desk.example>", rb"\1@DESK.Example>", raw),
}


@pytest.mark.parametrize("name", NAMES)
def test_a15_an_agents_mail_with_its_message_id_changed_counts_no_second_time(desk: World, name: str) -> None:
    notice = desk.last("piet").message
    to, subject, text = answer(notice, "/time 40m")
    raw = desk.written(PIET, to, subject, text, **thread(notice))
    desk.takes(raw, to, PIET)
    row = desk.takes(NAMES[name](raw), to, PIET)
    assert row.reason.startswith("nothing was done")
    assert desk.last("piet", "agent-error")
    assert desk.story().count("TimeBooked") == 1


def forgotten(world: World) -> None:
    """As a purge leaves the people of a ticket."""
    with db.transaction():
        ticket = tickets.by_id(1)
        assert ticket is not None
        gone = Participant("erased-1@erased.invalid", world.now)
        tickets.save(replace(ticket, requester=gone.address, participants=(gone,)))


@pytest.mark.parametrize("text", ["Here you are.", "/resolve\nHere you are."])
def test_an_answer_that_reaches_nobody_says_so(desk: World, text: str) -> None:
    forgotten(desk)
    desk.replies(PIET, desk.last("piet"), text)
    told = " ".join(desk.last("piet", "agent-transcript").text.split())
    assert "nobody of the customer is reached, so it went to nobody" in told


def test_a_ticket_that_is_opened_again_for_nobody_says_so(desk: World) -> None:
    desk.replies(PIET, desk.last("piet"), "/close")
    forgotten(desk)
    desk.replies(PIET, desk.last("piet"), "/reopen")
    assert "nobody of the customer is reached" in " ".join(desk.last("piet", "agent-transcript").text.split())

"""What is no approval is none: not to who wrote it, not to the agent who reads it; and what a request says is true."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Status
from tests.world import ANNA, BRAM, PIET, World

DORA = "Dora Dekker <dora@dentist.example>"
BEN = "Ben Blom <ben@dentist.example>"
TOM = "Tom Teller <tom@dentist.example>"
CLEO = "Cleo Clinic <cleo@clinic.example>"
CLINIC = """
[plan.open]
standard = "normal"
[[plan.open.priority]]
name = "normal"
resolution = "2 working days"
[[plan.open.tariff]]
currency = "EUR"
rate = "100.00"
authorised_per_ticket = "all"
[[plan.open.tariff.window]]
name = "day"
hours = "08:00-18:00"
[[plan.open.tariff.window]]
name = "night"
hours = "18:00-08:00"
percent = 150
[[customer]]
name = "clinic"
title = "Clinic"
language = "en"
[[customer.contact]]
name = "Cleo Clinic"
addresses = ["cleo@clinic.example"]
rights = ["open", "approve"]
[[customer.contract]]
plan = "open"
first_day = 2026-01-01
last_day = 2026-12-31
"""
NO_APPROVAL = "The customer wrote; it is neither an approval nor a decline, nothing is approved by it."
FRIENDLY = "Sure, go ahead, looks good!"


@pytest.fixture
def estimated(world: World) -> World:
    """Piet has asked Dora and Tom for two hours more than the contract of the dentist's gives."""
    world.receives(BEN)
    world.replies(PIET, world.last("piet"), "/take\n/estimate 2h Moving the archive")
    return world


@pytest.fixture
def open_handed(tmp_path: Path) -> Iterator[World]:
    """A customer whose contract authorises all work."""
    with World(tmp_path / "open", extra=CLINIC) as desk:
        desk.receives(CLEO)
        yield desk


def first_line(text: str) -> str:
    """What a notice says first, below the line above which one replies."""
    return next(line for line in text.splitlines() if line.strip() and not line.startswith("##-"))


def paragraphs(text: str) -> str:
    return " ".join(text.split())


def test_a_request_says_that_it_comes_on_top_of_what_the_contract_authorises(estimated: World) -> None:
    text = paragraphs(estimated.last("dora", "approval-request").text)
    assert "This comes in addition to the 1 h per request that your contract authorises." in text
    assert "Without your approval it stays at what your contract authorises" in text
    assert "nothing is charged for this work" not in text


def test_once_it_was_declined_the_contract_authorises_no_more_and_the_next_request_says_so(estimated: World) -> None:
    estimated.replies(DORA, estimated.last("dora", "approval-request"), "decline")
    estimated.replies(PIET, estimated.last("piet"), "/estimate 1h")
    text = paragraphs(estimated.last("dora", "approval-request").text)
    assert "in addition" not in text
    assert "Without your approval nothing is charged for this work, and we do no more of it." in text


def test_a_request_under_a_contract_that_authorises_nothing_says_so_in_the_readers_language(world: World) -> None:
    world.receives(ANNA)
    world.replies(PIET, world.last("piet"), "/estimate 1h")
    text = paragraphs(world.last("anna", "approval-request").text)
    assert "Zonder uw akkoord brengen wij voor dit werk niets in rekening" in text
    assert "boven op" not in text


def test_a_request_under_a_contract_that_authorises_all_says_what_the_answer_changes(open_handed: World) -> None:
    open_handed.replies(PIET, open_handed.last("piet"), "/estimate 1h")
    text = paragraphs(open_handed.last("cleo", "approval-request").text)
    assert "Your contract authorises our work on a request without approval." in text
    assert "from your answer on" in text
    assert "Without your approval" not in text


def test_the_transcript_of_an_estimate_tells_what_the_customer_is_told(estimated: World) -> None:
    told = paragraphs(estimated.last("piet", "agent-transcript").text)
    assert "2 h asked of Dora Dekker, Tom Teller; 200.00 EUR at the base rate; valid until 2026-12-23 10:00" in told


def test_the_transcript_says_where_rates_vary(open_handed: World) -> None:
    open_handed.replies(PIET, open_handed.last("piet"), "/estimate 1h")
    told = paragraphs(open_handed.last("piet", "agent-transcript").text)
    assert "1 h asked of Cleo Clinic; 100.00 EUR at the base rate (rates vary by time or level); valid until" in told


def test_friendly_words_are_no_approval_to_the_agent_and_their_writer_is_told_how_to_answer(estimated: World) -> None:
    estimated.news()
    mail = estimated.replies(DORA, estimated.last("dora", "approval-request"), FRIENDLY)
    assert mail.fate == "added"
    assert estimated.news() == ["dora approval-result", "piet agent-update"]
    assert first_line(estimated.last("piet").text) == NO_APPROVAL
    assert "By: Dora Dekker" in estimated.last("piet").text
    assert FRIENDLY in estimated.last("piet").text
    assert 'write only "approve" or "decline" on the first line' in paragraphs(estimated.last("dora").text)
    assert estimated.ticket().status is Status.APPROVAL


def test_how_to_answer_is_told_each_person_once_for_each_estimate(estimated: World) -> None:
    for text in (FRIENDLY, "When do you begin?"):
        estimated.replies(DORA, estimated.last("dora", "approval-request"), text)
        assert first_line(estimated.last("piet").text) == NO_APPROVAL
    estimated.replies(TOM, estimated.last("tom", "approval-request"), "Fine with me.")
    told = [mail.to.partition("@")[0] for mail in estimated.sent(notice="approval-result")]
    assert told == ["dora", "tom"]
    estimated.advance(minutes=5)
    estimated.replies(PIET, estimated.last("piet"), "/estimate 3h")
    estimated.replies(DORA, estimated.last("dora", "approval-request"), FRIENDLY)
    assert len(estimated.sent("dora", "approval-result")) == 2
    assert estimated.replies(DORA, estimated.last("dora", "approval-request"), "approve").fate == "approval"


def test_an_automatic_answer_to_a_request_is_not_answered(estimated: World) -> None:
    estimated.news()
    automatic = {"Auto-Submitted": "auto-replied"}
    estimated.replies(DORA, estimated.last("dora", "approval-request"), "I am on holiday.", headers=automatic)
    assert "dora approval-result" not in estimated.news()


def test_the_words_of_who_is_not_asked_are_a_mail_like_any_other(estimated: World) -> None:
    estimated.news()
    estimated.replies(BEN, estimated.last("ben"), FRIENDLY)
    assert estimated.news() == ["piet agent-update"]
    assert first_line(estimated.last("piet").text) == "The customer wrote."


def test_the_word_of_who_may_not_approve_is_no_approval_to_the_agent(world: World) -> None:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), "/take\n/estimate 3h")
    world.news()
    world.replies(BRAM, world.last("bram", "status"), "akkoord")
    assert world.news() == ["bram approval-result", "piet agent-update"]
    said = "The customer wrote; it is no approval, because the person who wrote it may not approve."
    assert first_line(world.last("piet").text) == said
    assert "By: Bram Bakker" in world.last("piet").text
    assert "You have not been named to us for: approving costs." in paragraphs(world.last("bram").text)
    assert world.ticket().status is Status.APPROVAL


def test_an_approval_that_comes_too_late_is_none_to_the_agent(estimated: World) -> None:
    request = estimated.last("tom", "approval-request")
    estimated.replies(DORA, estimated.last("dora", "approval-request"), "approve")
    estimated.news()
    estimated.replies(TOM, request, "approve")
    assert estimated.news() == ["piet agent-update", "tom approval-result"]
    assert first_line(estimated.last("piet").text).startswith("The customer wrote; an answer to the estimate was not")

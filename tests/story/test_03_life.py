"""A ticket waits, is resolved, is closed; and comes back."""

import pytest

from helpdeskd.domain.ticket import Status
from tests.world import ANNA, ANS, BRAM, PIET, World, local


@pytest.fixture
def answered(world: World) -> World:
    """Bram has asked, Piet has answered; it is Monday 10:00."""
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), "Which version?")
    world.news()
    return world


def test_the_resolution_clock_stands_while_the_desk_waits_for_the_customer(answered: World) -> None:
    assert answered.target("resolution").due == local("2026-11-25 10:00")
    answered.replies(PIET, answered.last("piet"), "/wait")
    assert answered.target("resolution").due is None
    answered.at("2026-11-24 10:00")
    answered.replies(BRAM, answered.last("bram"), "Version 12.")
    assert answered.target("resolution").due == local("2026-11-26 10:00")
    assert answered.ticket().status is Status.OPEN


def test_the_next_response_runs_from_the_first_mail_that_was_not_answered(answered: World) -> None:
    answered.at("2026-11-23 11:00")
    answered.replies(BRAM, answered.last("bram"), "Version 12.")
    answered.at("2026-11-23 12:00")
    answered.replies(BRAM, answered.last("bram"), "Or 13.")
    assert answered.target("next response").due == local("2026-11-23 15:00")
    answered.replies(PIET, answered.last("piet"), "Then update.")
    assert answered.target("next response").met_at == local("2026-11-23 12:00")


def test_pending_comes_back_to_its_owner_on_its_day(answered: World) -> None:
    answered.replies(PIET, answered.last("piet"), "/pending 2026-11-26 waiting for the supplier")
    answered.news()
    answered.at("2026-11-26 08:00")
    assert answered.ticket().status is Status.PENDING
    answered.news()
    answered.at("2026-11-26 09:00")
    assert answered.ticket().status is Status.OPEN
    assert "piet agent-update" in answered.news()


def test_a_resolved_ticket_is_closed_in_silence_after_its_quiet_days(answered: World) -> None:
    answered.replies(PIET, answered.last("piet"), "/resolve")
    assert answered.news() == ["bram status", "piet agent-transcript"]
    assert "resolved" in answered.last("bram").text
    assert "before Monday 30 November 2026 at 10:00" in answered.last("bram").text
    assert answered.target("resolution").met_at == answered.now
    answered.at("2026-11-30 09:59")
    assert answered.ticket().status is Status.RESOLVED
    answered.at("2026-11-30 10:00")
    assert answered.ticket().status is Status.CLOSED
    assert answered.news() == []


def test_resolved_with_an_answer_is_one_mail(answered: World) -> None:
    answered.replies(PIET, answered.last("piet"), "/resolve\nIt was the cable.")
    assert answered.news() == ["bram reply", "piet agent-transcript"]


def test_resolved_without_any_answer_leaves_the_response_not_met(world: World) -> None:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), "/resolve")
    assert world.target("response").ended_unmet
    assert world.target("resolution").met_at is not None


def test_an_answer_to_a_resolved_ticket_opens_it_and_its_clock_goes_on(answered: World) -> None:
    answered.at("2026-11-23 12:00")
    answered.replies(PIET, answered.last("piet"), "/resolve")
    answered.at("2026-11-24 12:00")
    mail = answered.replies(BRAM, answered.last("bram"), "It hangs again.")
    assert mail.fate == "added"
    assert answered.ticket().status is Status.OPEN
    resolution = answered.target("resolution")
    assert resolution.met_at is None
    assert resolution.due == local("2026-11-26 10:00")
    answered.at("2026-12-10 12:00")
    assert answered.ticket().status is Status.OPEN


def test_an_answer_to_a_closed_ticket_opens_a_linked_one(answered: World) -> None:
    answered.replies(PIET, answered.last("piet"), "/close")
    assert answered.news() == ["bram closed", "piet agent-transcript"]
    mail = answered.replies(BRAM, answered.last("bram"), "It hangs again.")
    assert (mail.fate, mail.reference) == ("opened", "HD-1002")
    assert answered.ticket("HD-1002").links == ("HD-1001",)
    assert "HD-1001" in answered.last("ans").text
    assert answered.ticket().status is Status.CLOSED


def test_who_is_in_copy_takes_part_if_the_customer_has_named_them(world: World) -> None:
    world.receives(BRAM, cc=[ANNA, "Cato Bakker <cato@bakery.example>", "x@elsewhere.example", PIET])
    world.replies(PIET, world.last("piet"), "Which version?")
    assert [mail.to for mail in world.sent(notice="reply")] == ["bram@bakery.example", "anna@bakery.example"]


def test_who_joins_later_gets_what_is_written_from_then_on(answered: World) -> None:
    answered.replies(BRAM, answered.last("bram"), "My colleague reads along.", cc=[ANNA])
    assert answered.sent("anna") == []
    answered.replies(PIET, answered.last("piet"), "Good.")
    assert "Good." in answered.last("anna").text
    assert "Which version?" not in answered.last("anna").text


def test_a_colleague_of_the_customer_may_join_by_answering(answered: World) -> None:
    mail = answered.receives(ANNA, subject="Re: [HD-1001] Invoice screen hangs", text="With me too.")
    assert (mail.fate, mail.reference) == ("added", "HD-1001")


def test_reopened_by_an_agent(answered: World) -> None:
    answered.replies(PIET, answered.last("piet"), "/resolve")
    answered.replies(ANS, answered.last("ans"), "/reopen")
    assert answered.ticket().status is Status.OPEN
    assert answered.target("resolution").met_at is None

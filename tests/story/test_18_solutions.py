"""What solved a request is recorded for agents, who meet it again with the next one; no customer ever reads it."""

import pytest

from helpdeskd.domain.ticket import Status
from tests.world import ANNA, ANS, BRAM, EVE, PIET, World, texts

SECRET = "Kill the spooler twice."


@pytest.fixture
def asked(world: World) -> World:
    """Bram's printer has stopped, and everybody has read that."""
    world.receives(BRAM, subject="Printer stops", text="The spooler crashes with error 0x6ba.")
    world.news()
    return world


def read_by_customers(world: World) -> str:
    return texts(mail for mail in world.mails if not mail.row.to_agent)


def test_a_solution_is_for_agents_alone(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), f"/solution {SECRET}")
    assert asked.news() == ["piet agent-transcript"]
    assert f"/solution {SECRET}: recorded for agents; the customer is not told" in asked.last("piet").text
    assert (asked.ticket().solution, asked.ticket().status) == (SECRET, Status.NEW)


def test_with_resolve_the_customer_hears_that_it_is_solved_and_not_how(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), f"It works again.\n\n/solution {SECRET}\n/resolve")
    assert asked.news() == ["bram reply", "piet agent-transcript"]
    assert "It works again." in asked.last("bram").text
    assert (asked.ticket().solution, asked.ticket().status) == (SECRET, Status.RESOLVED)
    assert SECRET not in read_by_customers(asked)


def test_a_resolved_and_a_closed_ticket_get_one_too_and_stay_so(asked: World) -> None:
    for command, status in (("/resolve", Status.RESOLVED), ("/close", Status.CLOSED)):
        asked.replies(PIET, asked.last("piet"), command)
        asked.news()
        asked.replies(ANS, asked.last("ans"), f"/solution {SECRET} {status}")
        assert asked.news() == ["ans agent-transcript"]
        assert (asked.ticket().solution, asked.ticket().status) == (f"{SECRET} {status}", status)
    assert SECRET not in read_by_customers(asked)


def test_a_solution_that_a_mail_program_has_broken_is_sent_back_and_goes_to_nobody(asked: World) -> None:
    line = "/solution Kill the spooler twice, then remove the driver of the old label"
    asked.replies(PIET, asked.last("piet"), f"{line}\nprinter and restart.\n\nIt works again.")
    assert asked.news() == ["piet agent-error"]
    assert "shorten it, or leave a blank line below it" in asked.last("piet").text
    assert asked.ticket().solution == ""


def test_show_tells_the_solution(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), f"/solution {SECRET}\n/show")
    assert f"\nsolution: {SECRET}\n" in asked.last("piet").text


def earlier(world: World, agent: str) -> list[str]:
    """The lines about earlier tickets in the newest notice to an agent."""
    lines = world.last(agent, "agent-new").text.splitlines()
    return [line.removeprefix("Earlier tickets").strip() for line in lines if line.startswith("Earlier tickets")]


def test_the_next_notice_tells_what_solved_the_same_for_another_customer(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), f"/solution {SECRET}\n/resolve")
    asked.receives(EVE, subject="Spooler", text="It crashes since this morning.")
    assert earlier(asked, "piet") == [f"HD-1001 resolved: Printer stops → {SECRET}"]
    assert SECRET not in read_by_customers(asked)


def test_what_has_other_words_is_told_to_be_of_the_same_customer_and_of_no_other(asked: World) -> None:
    asked.receives(ANNA, subject="Invoice", text="Where can I find it?")
    assert earlier(asked, "piet") == ["HD-1001 new: Printer stops"]
    asked.receives(EVE, subject="Contract", text="When does it end?")
    assert earlier(asked, "piet") == []


def test_no_more_than_three_are_told_the_solved_first(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), f"/solution {SECRET}")
    for number in range(4):
        asked.receives(BRAM, subject=f"Question {number}", text="How does it work?")
    assert len(earlier(asked, "piet")) == 3
    asked.receives(BRAM, subject="Spooler", text="It crashes again.")
    told = earlier(asked, "piet")
    assert len(told) == 3
    assert told[0] == f"HD-1001 new: Printer stops → {SECRET}"

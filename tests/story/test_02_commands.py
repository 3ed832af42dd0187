"""Agents do their work by replying; what was meant for the desk never reaches a customer."""

import pytest

from helpdeskd.domain.ticket import Status
from tests.mail_client import thread
from tests.world import ANS, BRAM, PIET, World, texts


@pytest.fixture
def asked(world: World) -> World:
    """Bram has asked something, and everybody has read that."""
    world.receives(BRAM)
    world.news()
    return world


def test_a_note_stays_inside(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/note\nThe customer has an old printer.")
    assert asked.news() == ["ans agent-update", "piet agent-transcript"]
    assert "old printer" in asked.last("ans").text
    assert "old printer" not in texts(asked.sent("bram"))
    assert asked.ticket().answered_at is None


def test_mail_to_the_internal_address_of_the_queue_is_a_note(asked: World) -> None:
    seen = asked.last("piet")
    mail = asked.receives(
        PIET, "support+note@desk.example", f"Re: {seen.subject}", "Ask the supplier.", **thread(seen.message)
    )
    assert mail.fate == "added"
    assert asked.news() == ["ans agent-update"]


def test_commands_are_answered_with_what_they_did_and_the_new_deadlines(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/take\n/priority high")
    assert asked.news() == ["piet agent-transcript"]
    told = asked.last("piet").text
    assert "/take: owner is Piet Jansen" in told
    assert "/priority high: priority is high" in told
    assert "response due Mon 2026-11-23 11:00" in told
    assert "resolution due Mon 2026-11-23 14:00" in told


def test_commands_above_an_answer_are_taken_out_of_it(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/priority low\nHave you tried another browser?\n/wait")
    assert asked.news() == ["bram reply", "piet agent-transcript"]
    answer = asked.last("bram").text
    assert "Have you tried another browser?" in answer
    assert "/priority" not in answer
    assert "/wait" not in answer
    assert asked.ticket().status is Status.WAITING


def test_a_typing_error_sends_everything_back_and_nothing_to_the_customer(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/resolv\n/take\nIt works again.")
    assert asked.news() == ["piet agent-error"]
    back = asked.last("piet").text
    assert "/resolv: there is no such command, did you mean /resolve?" in back
    assert "It works again." in back
    assert asked.ticket().status is Status.NEW
    assert asked.ticket().owner == ""


def test_a_command_in_the_middle_of_the_text_sends_everything_back(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "It works.\n/resolve\nGood luck.")
    assert asked.news() == ["piet agent-error"]


def test_a_path_is_text_and_a_doubled_slash_is_one(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/etc/hosts is the file.\n//help is what you type.")
    assert "/etc/hosts is the file.\n/help is what you type." in asked.last("bram").text


def test_who_is_given_a_ticket_hears_of_it_with_the_answer_that_was_given(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/assign ans\nMy colleague will help you.")
    assert asked.news() == ["ans agent-update", "bram reply", "piet agent-transcript"]
    told = asked.last("ans").text
    assert "assigned to you" in told
    assert "> My colleague will help you." in told


def test_why_tells_how_the_deadlines_came_about(asked: World) -> None:
    asked.at("2026-11-23 12:00")
    asked.replies(PIET, asked.last("piet", "agent-new"), "/why")
    told = asked.last("piet", "agent-transcript").text
    assert "HD-1001 was served as: accept" in told
    assert "response within 4 working hours, due Mon 2026-11-23 14:00" in told
    assert "240 min counted" in told


def test_show_tells_the_story_of_another_ticket(asked: World) -> None:
    asked.receives(BRAM, subject="Printer", text="Out of paper.")
    asked.replies(PIET, asked.last("piet"), "/show HD-1001")
    assert "It hangs since this morning." in asked.last("piet").text


def test_help_lists_every_command(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/help")
    assert all(command in asked.last("piet").text for command in ("/take", "/downgrade", "/reject REASON"))


def test_a_rejection_is_told_with_its_reason(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/reject This is not our product.")
    assert asked.news() == ["bram status", "piet agent-transcript"]
    assert "This is not our product." in asked.last("bram").text
    assert asked.target("response").ended_unmet


def test_an_answer_that_resolves_says_so_and_until_when_the_customer_may_object(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/resolve\nPlease restart it.")
    assert asked.news() == ["bram reply", "piet agent-transcript"]
    answer = asked.last("bram").text
    assert "Please restart it.\n\nWith this we consider your request HD-1001 to be resolved." in answer
    assert "please reply to this e-mail before Monday 30 November 2026 at 10:00" in answer


def test_an_answer_to_a_rejection_is_said_to_become_a_new_request(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/reject This is not our product.")
    assert "we will turn your reply into a new request" in asked.last("bram").text
    assert "add something" not in asked.last("bram").text
    asked.replies(BRAM, asked.last("bram"), "Whose is it?")
    assert asked.ticket("HD-1002").links == ("HD-1001",)


def test_show_tells_whose_the_ticket_is_and_what_is_due(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/show")
    told = asked.last("piet").text
    for line in (
        "customer: Bakkerij de Vries B.V. (bakery)",
        "contact: Bram Bakker <bram@bakery.example>",
        "participants: bram@bakery.example",
        "response: due Mon 2026-11-23 14:00",
    ):
        assert line in told


def test_while_the_ticket_waits_the_transcript_says_that_its_deadline_stands(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/wait")
    assert "resolution stands while the ticket is waiting" in asked.last("piet").text


def test_an_agent_who_answers_from_an_unproved_address_is_held(asked: World) -> None:
    mail = asked.replies(PIET, asked.last("piet"), "Please send me your password.", strength="none")
    assert mail.fate == "held"
    assert asked.news() == []


def test_an_agent_in_our_own_network_needs_no_reply_address(asked: World) -> None:
    mail = asked.receives(ANS, subject="[HD-1001] printer", text="/take", strength="internal")
    assert mail.fate == "commands"
    assert asked.ticket().owner == "ans"


def test_an_agent_who_writes_without_a_ticket_is_told_what_to_do(asked: World) -> None:
    asked.receives(ANS, subject="hello", text="/take", strength="internal")
    assert asked.news() == ["ans agent-error"]
    assert "answer one of its notices" in asked.last("ans").text


def test_a_transcript_says_who_got_the_text(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/resolve\nIt works again.")
    assert "your text: sent to Bram Bakker <bram@bakery.example>" in asked.last("piet").text
    asked.replies(PIET, asked.last("piet"), "/reopen")
    assert "your text" not in asked.last("piet").text


def test_who_is_given_a_ticket_reads_the_note_in_the_same_mail(asked: World) -> None:
    asked.replies(PIET, asked.last("piet"), "/assign ans\n/note She is angry, please call.")
    assert asked.news() == ["ans agent-update", "piet agent-transcript"]
    assert "She is angry, please call." in asked.last("ans").text

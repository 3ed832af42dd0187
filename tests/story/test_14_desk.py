"""What an agent asks of the desk itself, in answer to a mail that is about no ticket."""

from tests.world import ANNA, ANS, PIET, World

DESK = "support@desk.example"


def test_a_question_that_needs_no_ticket_is_answered_where_no_token_is_needed(world: World) -> None:
    mail = world.receives(PIET, subject="hello", text="/help", strength="internal")
    assert mail.fate == "commands"
    assert "/duty" in world.last("piet", "agent-transcript").text


def test_an_agent_without_a_token_gets_one_with_the_answer(world: World) -> None:
    """The answer goes to the agent's own address: whoever pretends to be one never sees it."""
    world.receives(PIET, subject="hello", text="/help")
    refused = world.last("piet", "agent-error")
    assert "your own reply address" in refused.text
    assert world.replies(PIET, refused, "/help").fate == "commands"
    assert "/take: makes you the owner" in world.last("piet", "agent-transcript").text


def test_the_reply_address_is_good_for_its_holder_only(world: World) -> None:
    world.receives(PIET, subject="hello", text="/help")
    refused = world.last("piet", "agent-error")
    world.replies(ANS, refused, "/help")
    assert world.last("ans").notice == "agent-error"
    assert world.replies(ANNA, refused, "/help").fate == "opened"


def test_what_needs_a_ticket_and_what_is_no_command_goes_back(world: World) -> None:
    world.receives(PIET, subject="hello", text="/help")
    refused = world.last("piet", "agent-error")
    for text in ("/take", "Hello.", "/help\n\nHello."):
        assert world.replies(PIET, refused, text).fate == "commands"
        assert "ticket" in world.last("piet", "agent-error").text
    assert {mail.to for mail in world.sent()} == {"piet@desk.example"}


def test_a_ticket_may_be_shown_from_there(world: World) -> None:
    world.receives(ANNA, text="The till hangs.")
    world.receives(PIET, subject="hello", text="/show HD-1001", strength="internal")
    assert "The till hangs." in world.last("piet", "agent-transcript").text

"""An agent opens a ticket for a contact who called, or who wrote to the wrong address."""

from tests.world import ANS, BRAM, PIET, STRANGER, World, texts

COPY = "\n".join(
    (
        "---------- Forwarded message ---------",
        "From: {author}",
        "Date: Mon, 23 Nov 2026 at 09:00",
        "Subject: Till is stuck",
        "To: Piet Jansen <piet@desk.example>",
        "",
        "The till does not open any more.",
    )
)


def test_a_call_becomes_a_ticket_of_the_contact(world: World) -> None:
    mail = world.receives(PIET, subject="Till", text="/for bram@bakery.example\nThe till does not open.")
    assert mail.fate == "opened"
    assert world.news() == ["ans agent-new", "bram ticket-received", "piet agent-new", "piet agent-transcript"]
    ticket = world.ticket()
    assert (ticket.requester, ticket.customer, ticket.subject) == ("bram@bakery.example", "bakery", "Till")
    assert "The till does not open." in world.last("ans").text
    assert "/for" not in texts(world.sent("bram"))


def test_a_mail_that_is_forwarded_is_the_contacts_and_what_is_written_above_it_stays_inside(world: World) -> None:
    text = "He is furious.\n\n" + COPY.format(author=BRAM)
    assert world.receives(PIET, subject="Fwd: Till is stuck", text=text).fate == "opened"
    assert world.ticket().subject == "Till is stuck"
    assert "The till does not open any more." in world.last("ans", "agent-new").text
    assert "furious" in world.last("ans", "agent-update").text
    assert "furious" not in texts(world.sent("bram"))
    world.receives(BRAM, world.last("bram").header("Reply-To"), "Re: Till is stuck", "Thank you.")
    assert world.ticket().unanswered_since is not None


def test_when_it_is_not_clear_for_whom_the_agent_is_asked(world: World) -> None:
    for text in (
        "/for nobody@elsewhere.example\nHello",
        "/for",
        COPY.format(author=STRANGER),
        COPY.format(author="Bram"),
    ):
        assert world.receives(PIET, subject="Fwd: Till", text=text).fate == "commands"
        assert world.last("piet").notice == "agent-error"
        assert "for whom is it?" in world.last("piet").text
    assert {mail.to for mail in world.sent()} == {"piet@desk.example"}


def test_only_a_proved_agent_opens_for_others(world: World) -> None:
    text = "/for anna@bakery.example\nPlease."
    assert world.receives(PIET, text=text, strength="none").fate == "held"
    assert world.receives(BRAM, text=text).fate == "opened"
    assert world.ticket().requester == "bram@bakery.example"


def test_a_contact_who_may_not_ask_is_not_served_by_an_agent_either(world: World) -> None:
    assert world.receives(PIET, text="/for cato@bakery.example\nPlease.").fate == "commands"
    assert "no-right" in world.last("piet").text


def test_other_commands_wait_until_the_ticket_is_open(world: World) -> None:
    assert world.receives(PIET, text="/for bram@bakery.example\n/take\nThe till.").fate == "commands"
    assert "send other commands in answer to its notice" in world.last("piet").text


def test_on_a_ticket_it_is_an_error(world: World) -> None:
    world.receives(BRAM)
    world.replies(ANS, world.last("ans"), "/for bram@bakery.example")
    assert "belongs to a ticket already" in world.last("ans").text
